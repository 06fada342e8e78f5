package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
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
	var signedIn struct {
		Token   string
		Refresh string `json:"refresh_token"`
		User    string `json:"user_id"`
	}
	must(t, json.Unmarshal([]byte(send(t, r, t.Context(), "POST", "/signin", "", account)), &signedIn))
	if signedIn.Token == "" {
		t.Fatal("nobody could sign in")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	secrets := []string{mark, strings.Split(signedIn.Token, ".")[1], signedIn.Refresh[40:], "$bcrypt"}
	everything := func(ctx context.Context) {
		for _, op := range slices.Backward(r.contract.Operations()) { // the account is deleted after all else was done with it
			admin, _, err := r.tokens.Issue(auth.TokenRequest{Subject: signedIn.User, Session: store.NewID(),
				Scopes: r.contract.Roles().Scopes([]string{"admin"})})
			must(t, err)
			secrets = append(secrets, admin[len(admin)-30:])
			for _, token := range []string{"", admin, signedIn.Token, mark + ".x.y", signedIn.Token[:len(signedIn.Token)-4] + "AAAA"} {
				for _, body := range marked(op, account, signedIn.Refresh) {
					for _, query := range []string{"", "?where={}", "?where={\"title\":\"" + mark + "\"}", "?" + mark + "=" + mark,
						"?filter={\"" + mark + "\":1}"} {
						send(t, r, ctx, op.Method, filled(op.Path, mark)+query, token, body)
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
	for _, secret := range append(secrets, signedIn.Token[len(signedIn.Token)-30:]) {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("the log has a secret: …%s…", log[max(0, at-200):min(len(log), at+100)])
		}
	}
	for _, seen := range []string{`"status":200`, `"status":400`, `"status":401`, `"status":422`, `"status":500`, `"status":503`,
		`"status":204`, "a defect", `"action":"signin_failed"`,
		`"action":"password_changed"`, `"action":"user_deleted"`} {
		if !strings.Contains(log, seen) {
			t.Errorf("the log has no %s: the test has not seen what it is for", seen)
		}
	}
}

func marked(op *spec.Operation, account, refresh string) []string {
	if !op.HasBody() {
		return []string{""}
	}
	return []string{
		account, strings.Replace(account, mark+"-password", mark+"-wrong", 1), strings.Replace(account, mark, mark+`\u0000`, 1),
		`{"title":"` + mark + `","text":"` + mark + `"}`, `{"title":5,"` + mark + `":"` + mark + `"}`,
		`{"refresh_token":"` + refresh + `"}`, `{"refresh_token":"` + mark + `"}`, `{"name":"` + mark + `"}`,
		`{"old_password":"` + mark + `-password","new_password":"` + mark + `-next"}`,
		`{"old_password":"` + mark + `-next","new_password":"` + mark + `-password"}`,
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
