package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/newsdesk-api/newsdesk/gen/client"
)

const (
	backoff = 500 * time.Millisecond // if the server sends no Retry-After
	// maxWait is the maximum wait before a retry. A longer wait, as after too many wrong passwords, is left to the
	// caller.
	maxWait = 30 * time.Second
	// maxAnswer limits the body of a response. It allows a page of 100 documents of 1 MiB, the maximum of the contract.
	maxAnswer = 256 << 20
)

// escapeSeparators escapes what generated code leaves between the items of a list in one parameter.
var escapeSeparators = strings.NewReplacer(" ", "%20", "|", "%7C")

// retrier sends a request, retries it once if that is safe, and returns an error response as an *Error.
type retrier struct {
	next api.HttpRequestDoer
	now  func() time.Time
	wait func(context.Context, time.Duration) error
}

func (s retrier) Do(r *http.Request) (*http.Response, error) {
	r.URL.RawQuery = escapeSeparators.Replace(r.URL.RawQuery)
	if err := makeReplayable(r); err != nil {
		return nil, err
	}
	answer, refused := s.try(r)
	e, ok := errors.AsType[*Error](refused)
	if !ok || !repeatable(e) {
		return answer, refused
	}
	pause := delay(e)
	if deadline, ok := r.Context().Deadline(); e.RetryAfter > maxWait || ok && time.Until(deadline) < pause {
		return nil, refused // the deadline is before the retry
	}
	if err := s.wait(r.Context(), pause); err != nil {
		return nil, errors.Join(err, refused)
	}
	again, err := replay(r)
	if err != nil {
		return nil, err
	}
	return s.try(again)
}

func (s retrier) try(r *http.Request) (*http.Response, error) {
	answer, err := s.next.Do(r)
	if err != nil {
		return nil, withoutQuery(err)
	}
	if answer.StatusCode >= 400 {
		return nil, errorOf(r, answer, s.now())
	}
	answer.Body = &bounded{answer.Body, maxAnswer}
	return answer, nil
}

// withoutQuery removes the query from net/http's error, because a filter may be confidential.
func withoutQuery(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		address, _, _ := strings.Cut(e.URL, "?")
		return &url.Error{Op: e.Op, URL: address, Err: e.Err}
	}
	return err
}

// repeatable reports whether a retry is safe. A 429 is sent before anything is done. A 503 may mean that a write timed out but was
// done nevertheless; a retry could write twice, or return 404 for a deletion that succeeded. So only safe methods are retried
// after 503 (RFC 9110, section 9.2.1).
func repeatable(e *Error) bool {
	safe := e.Method == http.MethodGet || e.Method == http.MethodHead
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable && safe
}

// delay returns a time between the wait that the server asks for and one and a half times as much, so that clients that were
// rejected together do not retry together.
func delay(e *Error) time.Duration {
	d := e.RetryAfter
	if d == 0 {
		d = backoff
	}
	return d + rand.N(d/2) // #nosec G404 -- jitter, not a secret
}

// sleep waits for d. If ctx ends first, it returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// bounded is a body with a limit on the bytes that are read.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, fmt.Errorf("client: the response is larger than %d bytes; request less, for example with a smaller PageSize", maxAnswer)
	}
	return n, err
}

// makeReplayable buffers a body that can be read only once. The typed methods already have replayable bodies.
func makeReplayable(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || r.GetBody != nil {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := r.Body.Close(); err != nil {
		return err
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	r.ContentLength = int64(len(text))
	r.Body, err = r.GetBody()
	return err
}

// replay returns the request with its body at the start.
func replay(r *http.Request) (*http.Request, error) {
	again := r.Clone(r.Context())
	if r.GetBody == nil {
		return again, nil
	}
	var err error
	again.Body, err = r.GetBody()
	return again, err
}
