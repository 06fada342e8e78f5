package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What is tested by itself.
var (
	Sleep      = sleep
	RetryAfter = retryAfter
)

// RefreshThese replaces tokens that a call has found due.
func (c *Client) RefreshThese(t Tokens) error { return c.session.refresh(t) }

// ErrorOf reads an error from an answer of the server.
func ErrorOf(status int, body, retryAfter string) *Error {
	answer := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}},
		Body: io.NopCloser(strings.NewReader(body))}
	return errorOf(&http.Request{Method: "GET", URL: &url.URL{Path: "/"}}, answer, time.Now())
}

// WithClock has the client read that clock, and wait by calling wait.
func WithClock(now func() time.Time, wait func(context.Context, time.Duration) error) Option {
	return func(s *settings) { s.now, s.wait = now, wait }
}

// Bounded reads from r, at most so many bytes.
func Bounded(r io.Reader, limit int64) io.Reader { return &bounded{io.NopCloser(r), limit} }

// After fails the test when what comes after a document is neither an error nor a condition.
func After(t testing.TB, document string) {
	keys := []key{{name: "title", nullable: true, desc: true}, {name: "address.city", nullable: true}, {name: "id"}}
	where, err := after[struct{}](keys, json.RawMessage(document))
	if err != nil {
		return
	}
	if text, err := json.Marshal(where); err != nil || !strings.HasSuffix(string(text), "}]}") {
		t.Errorf("%s: %s, %v", document, text, err)
	}
}
