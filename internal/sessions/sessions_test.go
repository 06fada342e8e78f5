package sessions_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

var discard = slog.New(slog.DiscardHandler)

func TestSignOut(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine, other := a.SignIn("ann"), a.SignIn("ann")
	want(t, "sign-out", a.Do("POST", "/signout", mine.Token, "").StatusCode, 204)
	want(t, "the token afterwards", a.Do("GET", "/whoami", mine.Token, "").StatusCode, 401)
	want(t, "the refresh token afterwards", refresh(a, mine.RefreshToken), 401)
	want(t, "signing out again", a.Do("POST", "/signout", mine.Token, "").StatusCode, 401)
	want(t, "another session", a.Do("GET", "/whoami", other.Token, "").StatusCode, 200)
	// The session of the token has just ended in another process, or was deleted. The sign-out succeeds, because the session is over.
	want(t, "sign-out of a session that is not there", a.Do("POST", "/signout", a.Token("ann"), "").StatusCode, 204)
}

func TestListSessions(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	first := a.SignIn("ann")
	a.Wait(time.Hour)
	body := `{"email":"ann@example.com","password":"` + testkit.Password + `"}`
	want(t, "sign-in", a.Do("POST", "/signin", "", body, "User-Agent", "curl/8\t\u202e1").StatusCode, 200)
	a.Wait(time.Hour)
	ended := a.SignIn("ann")
	want(t, "sign-out", a.Do("POST", "/signout", ended.Token, "").StatusCode, 204)
	a.SignIn("bob")
	want(t, "refresh", refresh(a, first.RefreshToken), 200)

	list, err := a.With(a.SignIn("ann").Token).ListSessionsWithResponse(t.Context())
	if err != nil || list.JSON200 == nil || len(*list.JSON200) != 3 {
		t.Fatalf("%v, %s; want ann's three active sessions", err, list.Body)
	}
	eight := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	for i, s := range []struct {
		created, used time.Duration
		client        string
		current       bool
	}{{0, 2 * time.Hour, "", false}, {2 * time.Hour, 2 * time.Hour, "", true}, {time.Hour, time.Hour, "curl/81", false}} {
		got := (*list.JSON200)[i]
		if !got.DateCreated.Equal(eight.Add(s.created)) || !got.LastUsed.Equal(eight.Add(s.used)) || got.Client != s.client ||
			got.Current != s.current {
			t.Errorf("session %d: %+v, want %+v: most recently used first", i, got, s)
		}
	}

	a.Wait(30*24*time.Hour - time.Hour)
	if list, err = a.With(a.SignIn("ann").Token).ListSessionsWithResponse(t.Context()); err != nil || len(*list.JSON200) != 3 {
		t.Errorf("%v, %s; want three: the session of 9 o'clock has expired, and one is new", err, list.Body)
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine, lost, bobs := a.SignIn("ann"), a.SignIn("ann"), a.SignIn("bob")
	id := current(t, a, lost)
	for _, tt := range []struct {
		name, token, id string
		status          int
	}{
		{"without a token", "", id, 401},
		{"somebody else's", bobs.Token, id, 404},
		{"of no session", mine.Token, "0198c5d2-0000-7000-8000-000000000000", 404},
		{"of what is no id", mine.Token, "%00", 404},
		{"one's own", mine.Token, id, 204},
		{"one that has ended", mine.Token, id, 404},
	} {
		want(t, tt.name, a.Do("DELETE", "/sessions/"+tt.id, tt.token, "").StatusCode, tt.status)
	}
	want(t, "the ended session's token", a.Do("GET", "/whoami", lost.Token, "").StatusCode, 401)
	want(t, "the ended session's refresh token", refresh(a, lost.RefreshToken), 401)
	want(t, "the token that asked", a.Do("GET", "/whoami", mine.Token, "").StatusCode, 200)
	want(t, "the current one", a.Do("DELETE", "/sessions/"+current(t, a, mine), mine.Token, "").StatusCode, 204)
	want(t, "the token afterwards", a.Do("GET", "/whoami", mine.Token, "").StatusCode, 401)
}

func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine, bobs := a.SignIn("ann"), a.SignIn("bob")
	others := []apptest.Token{a.SignIn("ann"), a.SignIn("ann")}
	for range 2 { // the second time, there is no session to end
		want(t, "ending all others", a.Do("DELETE", "/sessions", mine.Token, "").StatusCode, 204)
	}
	for _, other := range others {
		want(t, "another's token", a.Do("GET", "/whoami", other.Token, "").StatusCode, 401)
		want(t, "another's refresh token", refresh(a, other.RefreshToken), 401)
	}
	want(t, "the token that asked", a.Do("GET", "/whoami", mine.Token, "").StatusCode, 200)
	want(t, "the refresh token of the session that asked", refresh(a, mine.RefreshToken), 200)
	want(t, "bob's token", a.Do("GET", "/whoami", bobs.Token, "").StatusCode, 200)
}

func want(t *testing.T, what string, got, status int) {
	t.Helper()
	if got != status {
		t.Errorf("%s: %d, want %d", what, got, status)
	}
}

// refresh sends a refresh token and returns the status of the response.
func refresh(a *apptest.API, token string) int {
	return a.Do("POST", "/refresh", "", `{"refresh_token":"`+token+`"}`).StatusCode
}

// current returns the id of the session of a token.
func current(t *testing.T, a *apptest.API, token apptest.Token) string {
	t.Helper()
	list, err := a.With(token.Token).ListSessionsWithResponse(t.Context())
	if err != nil || list.JSON200 == nil {
		t.Fatal(err, string(list.Body))
	}
	for _, s := range *list.JSON200 {
		if s.Current {
			return s.ID
		}
	}
	t.Fatalf("no session is current: %s", list.Body)
	return ""
}
