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
	backoff = 500 * time.Millisecond // when the server does not say how long to wait
	// maxWait is the longest that a call waits for its second try: what asks for more, as do too many wrong passwords, is
	// the caller's to decide.
	maxWait = 30 * time.Second
	// maxAnswer bounds an answer's body: a page of 100 documents of 1 MiB, the most that the contract lets in, fits.
	maxAnswer = 256 << 20
)

// retrier sends a request, once more when it can be repeated, and makes the answer an *Error when it is not a success.
type retrier struct {
	next api.HttpRequestDoer
	now  func() time.Time
	wait func(context.Context, time.Duration) error
}

func (s retrier) Do(r *http.Request) (*http.Response, error) {
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
		return nil, refused // to wait would be in vain
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

// withoutQuery takes what a filter looks for out of net/http's error.
func withoutQuery(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		address, _, _ := strings.Cut(e.URL, "?")
		return &url.Error{Op: e.Op, URL: address, Err: e.Err}
	}
	return err
}

// repeatable says whether a second try can do no harm. A 429 is sent before anything is done. A 503 may come when the time for
// a write was over, which may have been done nevertheless: to repeat it could write twice, and answer a deletion that worked
// with 404. So only what changes nothing is repeated (RFC 9110, section 9.2.1).
func repeatable(e *Error) bool {
	safe := e.Method == http.MethodGet || e.Method == http.MethodHead
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable && safe
}

// delay is at least as long as the server asks for, and up to half as long again, so that those who were refused together do
// not come back together.
func delay(e *Error) time.Duration {
	d := e.RetryAfter
	if d == 0 {
		d = backoff
	}
	return d + rand.N(d/2) // #nosec G404 -- jitter, not a secret
}

// sleep waits for d, or until ctx ends, whose error it then returns.
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

// bounded is a body of which at most so many bytes are read.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, fmt.Errorf("client: the answer is larger than %d bytes; ask for less, such as a smaller PageSize", maxAnswer)
	}
	return n, err
}

// makeReplayable keeps a body that could be read only once. Those of the typed methods need it not.
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

// replay returns the request with its body from the beginning.
func replay(r *http.Request) (*http.Request, error) {
	again := r.Clone(r.Context())
	if r.GetBody == nil {
		return again, nil
	}
	var err error
	again.Body, err = r.GetBody()
	return again, err
}
