package trace

import (
	"errors"
	"net/url"
)

// withoutURL returns the cause of an error of an HTTP client: the URL of the collector may contain a password.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
