package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What is tested by itself.
var (
	Sleep      = sleep
	RetryAfter = retryAfter
)

// ErrorOf reads an error from an answer of the server.
func ErrorOf(status int, body, retryAfter string) *Error {
	answer := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: io.NopCloser(strings.NewReader(body))}
	return errorOf(&http.Request{Method: "GET", URL: &url.URL{Path: "/"}}, answer, time.Now())
}

// WithClock has the client read that clock, and wait by calling wait.
func WithClock(now func() time.Time, wait func(context.Context, time.Duration) error) Option {
	return func(s *settings) { s.now, s.wait = now, wait }
}
