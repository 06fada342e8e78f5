package audit_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Each action writes its event to the collection and to the log. Neither contains secrets or personal data.
func TestFindAudit(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := apptest.NewOn(t, testkit.Backend(t), slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	a.Grant("root", "admin")
	admin := a.SignIn("root").Token
	var secrets []string
	signIn := func() apptest.Token {
		token := a.SignIn("ann")
		secrets = append(secrets, token.Token, token.RefreshToken)
		return token
	}
	id := a.ID("ann")
	do := func(method, path, token, body string, status int) {
		t.Helper()
		if answer := a.Do(method, path, token, body, "User-Agent", "curl/8"); answer.StatusCode != status {
			t.Errorf("%s %s: %d %s, want %d", method, path, answer.StatusCode, testkit.Body(answer), status)
		}
	}
	for _, tt := range []struct {
		do   func()
		want []string // action, actor and detail of the new events about ann
	}{
		{func() {}, []string{"signup"}},
		{func() { signIn() }, []string{"signin"}},
		{func() { do("POST", "/signin", "", `{"email":"ann@example.com","password":"a wrong guess"}`, 401) }, []string{"signin_failed"}},
		{func() { do("POST", "/signout", signIn().Token, "", 204) }, []string{"signin", "signout"}},
		{func() { do("DELETE", "/sessions", signIn().Token, "", 204) }, []string{"signin", "sessions_ended"}},
		{func() {
			token := signIn()
			body := `{"refresh_token":"` + token.RefreshToken + `"}`
			do("POST", "/refresh", "", body, 200)
			a.Wait(account.Grace + time.Millisecond)
			do("POST", "/refresh", "", body, 401)
		}, []string{"signin", "refresh_reused"}},
		{func() { do("PATCH", "/users/"+id, admin, `{"roles":["reader","admin"]}`, 204) },
			[]string{"sessions_ended by root", "roles_changed by root: reader admin"}},
		{func() { do("DELETE", "/users/"+id+"/sessions", admin, "", 204) }, nil}, // there is no session
		{func() { do("PATCH", "/users/"+id, admin, `{"disabled":true}`, 204) }, []string{"user_disabled by root"}},
		{func() {
			do("POST", "/signin", "", `{"email":"ann@example.com","password":"`+testkit.Password+`"}`, 401)
		}, nil}, // counted in the event of the first failure of the hour
		{func() { do("PATCH", "/users/"+id, admin, `{"disabled":false}`, 204) }, []string{"user_enabled by root"}},
		{func() {
			body := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
			do("PUT", "/users/me/password", signIn().Token, body, 204)
		}, []string{"signin", "password_changed"}},
		{func() {
			do("DELETE", "/users/me", a.Token("ann"), "", 204)
		}, []string{"sessions_ended", "user_deleted"}},
	} {
		a.Wait(time.Minute)
		since := a.Now().Format(time.RFC3339)
		if tt.want != nil && tt.want[0] == "signup" {
			since = "2026-01-01T00:00:00Z"
		}
		tt.do()
		if got := events(t, a, admin, id, since); !slices.Equal(got, tt.want) {
			t.Errorf("events %q, want %q", got, tt.want)
		}
	}
	all := testkit.Body(a.Do("GET", `/audit?filter={"limit":1000}`, admin, ""))
	if !strings.Contains(all, `"client":"curl/8"`) || !strings.Contains(all, `"address":"192.0.2.1"`) ||
		!strings.Contains(log.String(), `"audit":{"action":"refresh_reused","user":"`+id) {
		t.Errorf("an event lacks its client or address, or is not in the log:\n%s\n%s", all, log.String())
	}
	for _, secret := range append(secrets, testkit.Password, "a wrong guess", "battery staple", "ann@example.com", "ann%40", "$2") {
		if strings.Contains(all, secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%q is in an event or in the log", secret)
		}
	}
}

// events returns the events about a user since a time: "action by actor: detail".
func events(t *testing.T, a *apptest.API, admin, user, since string) (found []string) {
	t.Helper()
	answer := a.Do("GET", `/audit?filter={"where":{"user":"`+user+`","date":{"gte":"`+since+`"}},"order":"id"}`, admin, "")
	var list []account.Event
	if err := json.Unmarshal([]byte(testkit.Body(answer)), &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		text := string(e.Action)
		if e.Actor == a.ID("root") {
			text += " by root"
		}
		if e.Detail != "" {
			text += ": " + e.Detail
		}
		found = append(found, text)
	}
	return found
}

func TestFindAuditErrors(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	admin := a.Token("root", "audit:read")
	for _, tt := range []struct {
		name, token, query string
		status             int
	}{
		{"without a token", "", "", http.StatusUnauthorized},
		{"as an editor", a.SignIn("ann").Token, "", http.StatusForbidden},
		{"as an administrator", admin, `?filter={"where":{"action":"signin"},"order":"date DESC","limit":1}`, http.StatusOK},
		{"by what events have not", admin, `?filter={"where":{"email":"ann@example.com"}}`, http.StatusBadRequest},
		{"too many", admin, `?filter={"limit":1001}`, http.StatusBadRequest},
	} {
		if answer := a.Do("GET", "/audit"+tt.query, tt.token, ""); answer.StatusCode != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, answer.StatusCode, testkit.Body(answer), tt.status)
		}
	}
}

func TestCountAudit(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin := a.SignIn("root").Token
	a.SignIn("ann")
	for query, want := range map[string]string{
		`?where[action]=signup`:                                   `{"count":2}`,
		`?where={"action":"signup","user":"` + a.ID("ann") + `"}`: `{"count":1}`,
		`?where[action]=key_rotated`:                              `{"count":0}`,
	} {
		if got := strings.TrimSpace(testkit.Body(a.Do("GET", "/audit/count"+query, admin, ""))); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	page := a.Do("GET", "/audit?filter[where][action]=signup&filter[limit]=1&total=true", admin, "")
	if got := page.Header.Get("X-Total-Count"); got != "2" {
		t.Errorf("the total of a page: %q, want 2", got)
	}
}
