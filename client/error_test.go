package client_test

import (
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

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
