package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/spec"
)

// mark is in everything that callers send below, and may be in no line of the log.
const mark = "hunter2"

// TestSecretsStayOutOfTheLog sends every operation marked bodies, tokens, queries, paths and headers, which succeed, are refused,
// meet a store that does not answer, and a defect of ours.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	broken := false
	r := newRig(t, func() time.Time {
		if broken {
			panic("a defect")
		}
		return time.Now()
	})
	account := `{"email":"` + mark + `@example.com","password":"` + mark + `-password"}`
	send(t, r, t.Context(), "POST", "/signup", "", account)
	var signedIn struct{ Token string }
	must(t, json.Unmarshal([]byte(send(t, r, t.Context(), "POST", "/signin", "", account)), &signedIn))
	if signedIn.Token == "" {
		t.Fatal("nobody could sign in")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	everything := func(ctx context.Context) {
		for _, op := range r.contract.Operations() {
			for _, token := range []string{"", signedIn.Token, mark + ".x.y", signedIn.Token[:len(signedIn.Token)-4] + "AAAA"} {
				for _, body := range marked(op, account) {
					for _, query := range []string{"", "?where={}", "?where={\"title\":\"" + mark + "\"}", "?" + mark + "=" + mark, "?filter={\"" + mark + "\":1}"} {
						send(t, r, ctx, op.Method, strings.ReplaceAll(op.Path, "{id}", mark)+query, token, body)
					}
				}
			}
		}
	}
	everything(t.Context())
	everything(over)
	broken = true
	everything(t.Context())
	must(t, r.store.Close(t.Context()))
	everything(t.Context())

	log := r.log.String()
	for _, secret := range []string{mark, signedIn.Token[len(signedIn.Token)-30:], strings.Split(signedIn.Token, ".")[1]} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log has a secret: …%s…", log[max(0, at-200):min(len(log), at+100)])
		}
	}
	for _, seen := range []string{`"status":200`, `"status":400`, `"status":401`, `"status":422`, `"status":500`, `"status":503`, "a defect"} {
		if !strings.Contains(log, seen) {
			t.Errorf("the log has no %s: the test has not seen what it is for", seen)
		}
	}
}

func marked(op *spec.Operation, account string) []string {
	if !op.HasBody() {
		return []string{""}
	}
	return []string{
		account, strings.Replace(account, mark, mark+`\u0000`, 1), `{"title":"` + mark + `","body":"` + mark + `"}`, `{"title":5,"` + mark + `":"` + mark + `"}`,
		`{"` + mark + `":1,"` + mark + `":1}`, mark, `"` + mark, `{"date_created":"` + mark + `"}`,
	}
}

func send(t *testing.T, r rig, ctx context.Context, method, target, token, body string) string {
	t.Helper()
	request := httptest.NewRequestWithContext(ctx, method, strings.ReplaceAll(target, `"`, "%22"), strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, name := range []string{"Cookie", "X-Api-Key", "User-Agent", "Referer", "If-None-Match", "Proxy-Authorization"} {
		request.Header.Set(name, mark)
	}
	request.Header.Set("X-Request-Id", mark+"\n")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	text, err := io.ReadAll(w.Body)
	must(t, err)
	return string(text)
}
