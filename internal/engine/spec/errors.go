package spec

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// faultStatuses are the statuses that the server sends for errors.
var faultStatuses = []int{400, 401, 403, 404, 405, 409, 412, 413, 415, 421, 422, 429, 500, 503}

// OwnErrors returns the error statuses whose responses a handler sends itself, sorted: those that the server sends for no error, such as
// 402,
// and those whose body is documented but is not the server's.
func (o *Operation) OwnErrors() (own []string) {
	for _, status := range o.Statuses() {
		if o.isOwnError(status) {
			own = append(own, status)
		}
	}
	return own
}

func (o *Operation) isOwnError(status string) bool {
	code, err := strconv.Atoi(status)
	isSuccess := func(status string) bool { return status < "4" }
	switch {
	case isSuccess(status):
		return false
	case status == "default" && !slices.ContainsFunc(o.Statuses(), isSuccess):
		return true // it is that of a success, too
	case err == nil && !slices.Contains(faultStatuses, code):
		return true
	case err != nil:
		if code = 500; status[0] == '4' {
			code = 400
		}
	}
	content := o.responses.Value(status).Value.Content
	if len(content) == 0 {
		return false
	}
	media := content[jsonType]
	envelope := map[string]any{"error": map[string]any{"statusCode": code, "name": "Error", "message": "message"}}
	return media == nil || media.Schema != nil && fits(media.Schema.Value, envelope) != nil
}

// MayFail reports whether the server can send a status for an error that it finds itself, before or instead of the handler's response.
func (o *Operation) MayFail(status int) bool {
	switch status {
	case 400, 500, 503:
		return true
	case 401:
		return !o.Public
	case 403:
		return len(o.Scopes) > 0
	case 413, 415, 422:
		return o.HasBody()
	case 429:
		return len(o.Limits.Rates)+len(o.Limits.Concurrent) > 0
	}
	return false
}

// ValidateErrorBody returns an error if the body of an error is not the one that the contract documents for the status. It accepts any body
// of a status that is not documented, or is documented without content.
func (o *Operation) ValidateErrorBody(status int, contentType string, body []byte) error {
	key, documented := o.response(status)
	if documented == nil || len(documented.Value.Content) == 0 {
		return nil
	}
	if err := errors.Join(wrongBody(documented.Value.Content, contentType, body)...); err != nil {
		return fmt.Errorf("%s: response %s: %w", o.ID, key, err)
	}
	return nil
}

// AllowsType reports whether the body of an error may have a media type: a documented one, or any if none is documented.
func (o *Operation) AllowsType(status int, mediaType string) bool {
	_, documented := o.response(status)
	return documented == nil || len(documented.Value.Content) == 0 || documented.Value.Content[mediaType] != nil
}

// Ranges reports whether the response can be a part of the bytes (RFC 9110, section 14).
func (o *Operation) Ranges() bool { return o.responses.Value("206") != nil && o.streams() }

// streams reports whether a success is a stream of bytes, which may take as long as it needs.
func (o *Operation) streams() bool {
	for _, status := range o.Statuses() {
		for name := range o.responses.Value(status).Value.Content {
			if status < "3" && !isJSON(name) && !slices.Contains([]string{textType, formType, multipartType}, name) {
				return true
			}
		}
	}
	return false
}
