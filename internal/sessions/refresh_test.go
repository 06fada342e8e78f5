package sessions_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	first := a.SignIn("ann")
	a.Wait(time.Hour)
	want(t, "the access token, an hour later", a.Do("GET", "/whoami", first.Token, "").StatusCode, 401)
	second := next(t, a, first)
	if second.RefreshToken == first.RefreshToken || second.UserID != a.ID("ann") || second.ExpiresIn != 3600 {
		t.Errorf("%+v, want another refresh token, and an access token of ann's for 3600 s", second)
	}
	want(t, "the new access token", a.Do("GET", "/whoami", second.Token, "").StatusCode, 200)
	p, err := a.Tokens.Verify(second.Token)
	if scopes := a.Contract.Roles().Scopes([]string{a.Contract.DefaultRole()}); err != nil || !slices.Equal(p.Scopes, scopes) {
		t.Errorf("scopes %q, %v; want %q as at the sign-in", p.Scopes, err, scopes)
	}
	third := next(t, a, second)
	want(t, "the session before", a.Do("GET", "/whoami", second.Token, "").StatusCode, 200)
	if current(t, a, second) != current(t, a, third) {
		t.Error("the refresh changed the session")
	}
}

// All invalid refresh tokens get the same response.
func TestRefreshInvalidToken(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine, out := a.SignIn("ann"), a.SignIn("ann")
	want(t, "sign-out", a.Do("POST", "/signout", out.Token, "").StatusCode, 204)
	answer := `{"error":{"statusCode":401,"name":"UnauthorizedError","message":"The refresh token is invalid or has expired. Sign in ` +
		`again.","code":"INVALID_REFRESH_TOKEN"}}`
	for _, tt := range []struct {
		name, token string
		status      int
	}{
		{"no token", "", 422},
		{"junk", "junk", 401},
		{"a token and more", mine.RefreshToken + "A", 401},
		{"a token without its end", mine.RefreshToken[:85], 401},
		{"of no session", forged(t, mine.RefreshToken, 15), 401},
		{"of a session that has ended", out.RefreshToken, 401},
		{"made up for a session", forged(t, mine.RefreshToken, 16, 60), 401},
		{"an access token", mine.Token, 422}, // longer than any refresh token
	} {
		got := a.Do("POST", "/refresh", "", `{"refresh_token":"`+tt.token+`"}`)
		body := testkit.Body(got)
		if got.StatusCode != tt.status || tt.status == 401 && body != answer || tt.token != "" && strings.Contains(body, tt.token) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, got.StatusCode, body, tt.status, answer)
		}
	}
	want(t, "the refresh token as an access token", a.Do("GET", "/whoami", mine.RefreshToken, "").StatusCode, 401)
	next(t, a, mine) // the session has not ended
}

// A refresh token that is reused within 10 s gets the same successor. Later reuse ends the session, including that of the successor.
func TestRefreshReused(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	first := a.SignIn("ann")
	second := next(t, a, first)
	a.Wait(10 * time.Second)
	if again := next(t, a, first); again.RefreshToken != second.RefreshToken {
		t.Error("after 10 s, the successor differs: there are two chains")
	}
	third := next(t, a, second)
	a.Wait(time.Millisecond)
	want(t, "reuse after more than 10 s", refresh(a, first.RefreshToken), 401)
	want(t, "the successor of the successor", refresh(a, third.RefreshToken), 401)
	want(t, "its access token", a.Do("GET", "/whoami", third.Token, "").StatusCode, 401)
	events := audit(t, a, `{"where":{"action":"refresh_reused"},"fields":["user"]}`)
	if want := `[{"user":"` + a.ID("ann") + `"}]`; events != want {
		t.Errorf("audit: %s, want %s", events, want)
	}
	want(t, "once more", refresh(a, first.RefreshToken), 401)
	if again := audit(t, a, `{"where":{"action":"refresh_reused"},"fields":["user"]}`); again != events {
		t.Errorf("audit: %s, want one event for one session", again)
	}
}

// A token with a forged secret, made from a token of the session, is treated like a reused one.
func TestRefreshForged(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine := a.SignIn("ann")
	want(t, "another secret of the family", refresh(a, forged(t, mine.RefreshToken, 63)), 401)
	want(t, "the session", refresh(a, mine.RefreshToken), 401)
}

// A session expires after 180 days, or after 30 days without a refresh.
func TestRefreshExpires(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	a := apptest.New(t)
	used, unused, late := a.SignIn("ann"), a.SignIn("ann"), a.SignIn("ann")
	a.Wait(30*day - time.Millisecond)
	used, late = next(t, a, used), next(t, a, late)
	a.Wait(time.Millisecond)
	want(t, "not refreshed for 30 days", refresh(a, unused.RefreshToken), 401)
	for range 5 {
		a.Wait(29 * day)
		used = next(t, a, used)
	}
	want(t, "not refreshed for 145 days", refresh(a, late.RefreshToken), 401)
	a.Wait(5*day - time.Millisecond) // 180 days in total
	used = next(t, a, used)
	a.Wait(time.Millisecond)
	want(t, "after 180 days", refresh(a, used.RefreshToken), 401)
	want(t, "the last access token, for its hour", a.Do("GET", "/whoami", used.Token, "").StatusCode, 200)
}

// The document of a session cannot grow without limit.
func TestRefreshTooOften(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	token := a.SignIn("ann")
	for range 16 {
		token = next(t, a, token)
	}
	answer := a.Do("POST", "/refresh", "", `{"refresh_token":"`+token.RefreshToken+`"}`)
	if answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "10" {
		t.Errorf("the 17th within 10 s: %d, Retry-After %q; want 429, 10", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	a.Wait(10*time.Second + time.Millisecond)
	next(t, a, token)
}

func next(t *testing.T, a *apptest.API, token apptest.Token) apptest.Token {
	t.Helper()
	answer, err := a.Anyone().RefreshWithResponse(t.Context(), client.RefreshToken{RefreshToken: token.RefreshToken})
	if err != nil || answer.JSON200 == nil {
		t.Fatalf("refresh: %v, %s %s", err, answer.Status(), answer.Body)
	}
	return apptest.Token{Token: answer.JSON200.Token, RefreshToken: answer.JSON200.RefreshToken, UserID: answer.JSON200.UserID,
		ExpiresIn: int(answer.JSON200.ExpiresIn)}
}

// forged returns a refresh token with other bytes at those places: the session's id is in 0 to 15, the family in 16 to 31, the secret in 32
// to 63.
func forged(t *testing.T, token string, places ...int) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) != 64 {
		t.Fatal(err, len(data))
	}
	for _, i := range places {
		data[i] ^= 1
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// audit returns the events that match a filter, as JSON.
func audit(t *testing.T, a *apptest.API, filter string) string {
	t.Helper()
	return strings.TrimSpace(testkit.Body(a.Do("GET", "/audit?filter="+filter, a.Token("root", "audit:read"), "")))
}
