package spec

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// stream replaces the request's body with a stream that returns a *fault.Error if the client sends more than limit bytes, stops early or
// is too slow, or if a part of a form is invalid.
func (a *bodies) stream(b *body, r *http.Request, limit int64) error {
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	if r.Body == nil {
		return a.missing(r)
	}
	source := bufio.NewReader(&boundedBody{source: r.Body, left: limit, limit: limit})
	if _, err := source.Peek(1); errors.Is(err, io.EOF) {
		return a.missing(r)
	} else if err != nil {
		return err
	}
	if b.kind == multipartBody {
		parts, err := newParts(b, source, r.Header)
		if err != nil {
			return err
		}
		r.Body, r.ContentLength = io.NopCloser(parts), -1
		return nil
	}
	if len(a.types) > 1 && !a.onlyBytes() {
		r.Header.Set("Content-Type", b.media) // generated code compares it
	}
	r.Body = io.NopCloser(source)
	return nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "", "request entity too large: this operation takes at most %d bytes", limit)
}

// boundedBody is a body whose errors are faults.
type boundedBody struct {
	source      io.Reader
	left, limit int64
	failed      error
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one byte more tells whether there is more
	}
	n, err := b.source.Read(p)
	if b.left -= int64(n); b.left < 0 {
		n, err = 0, tooLarge(b.limit)
		b.failed = err
	} else if err != nil && !errors.Is(err, io.EOF) {
		err = readFault(err)
		b.failed = err
	}
	return n, err
}

// readFault returns the fault for an error of the connection.
func readFault(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.Wrap(err, fault.BadRequest, "", "The request body did not arrive in time.")
	}
	return fault.Wrap(err, fault.BadRequest, "", "The request body ended early or its framing is invalid.")
}
