package client_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestErrorsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	for _, tt := range []struct{ name, body, message string }{
		{"nothing", "", "Bad Gateway"},
		{"a proxy's page", "<html>", "Bad Gateway"},
		{"JSON of something else", `[1]`, "Bad Gateway"},
		{"another status in the envelope", `{"error":{"statusCode":404,"name":"x","message":"x"}}`, "Bad Gateway"},
		{"our envelope", `{"error":{"statusCode":502,"name":"x","message":"Gone."}}`, "Gone."},
		{"our problem", `{"status":502,"title":"x","detail":"Gone."}`, "Gone."},
	} {
		w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
			answer.WriteHeader(http.StatusBadGateway)
			_, _ = answer.Write([]byte(tt.body))
			return true
		})
		_, err := c.GetMe(t.Context())
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 502 || e.Message != tt.message {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	e := &client.Error{Method: "POST", Path: "/news", Status: 422, Message: "Invalid.", RequestID: "abc"}
	for _, path := range []string{"/title", "", "/body", "/a", "/b"} {
		e.Details = append(e.Details, client.ErrorDetail{Path: path, Message: "is wrong"})
	}
	const want = "POST /news: 422 Invalid.; /title is wrong; is wrong; /body is wrong; and 2 more (request abc)"
	if e.Error() != want {
		t.Errorf("%s; want %s", e, want)
	}
}

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "1.5": 0, "soon": 0, "99999999999999999999": 0, "4294967296": 0,
		"Sat, 31 Jan 2026 08:00:09 GMT": 9 * time.Second, "Sat, 31 Jan 2026 07:00:00 GMT": 0,
	} {
		if got := client.RetryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func FuzzError(f *testing.F) {
	for _, body := range []string{
		``, `<html>`, `null`, `{"error":null}`,
		`{"error":{"statusCode":404,"name":"Error","message":"Gone","details":[{"path":"/a","code":"c","message":"m","info":{}}]}}`,
		`{"status":404,"title":"t","detail":"d","errors":[{}]}`, `{"error":{"statusCode":"404"}}`,
	} {
		f.Add(404, body, "7")
	}
	f.Fuzz(func(t *testing.T, status int, body, retryAfter string) {
		e := client.ErrorOf(status, body, retryAfter)
		if e.Status != status || e.RetryAfter < 0 || e.Error() == "" {
			t.Errorf("%+v", e)
		}
	})
}
