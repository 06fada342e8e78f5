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

// What generated code uses, each for some contracts only.
var _ = []any{
	done, query, segment, segments, texts[int], with,
	find[struct{}], property[struct{}, bool], stringProperty[struct{}], dateProperty[struct{}],
	jsonBody, formBody, textBody, receive[struct{}],
}

// Exported for tests.
var (
	Sleep      = sleep
	RetryAfter = retryAfter
)

// RefreshThese refreshes the tokens if they are still the current ones.
func (c *Client) RefreshThese(t Tokens) error { return c.session.refresh(t) }

// ErrorOf returns a response as an error.
func ErrorOf(status int, body, retryAfter string) *Error {
	answer := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}},
		Body: io.NopCloser(strings.NewReader(body))}
	return errorOf(&http.Request{Method: "GET", URL: &url.URL{Path: "/"}}, answer, time.Now())
}

// WithClock sets the clock of the client and its function to wait.
func WithClock(now func() time.Time, wait func(context.Context, time.Duration) error) Option {
	return func(s *settings) { s.now, s.wait = now, wait }
}

// Bounded reads from r, up to the limit.
func Bounded(r io.Reader, limit int64) io.Reader { return &bounded{io.NopCloser(r), limit} }

// After fails the test if after returns neither an error nor a condition.
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
