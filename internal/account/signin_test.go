package account_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/account"
	"github.com/newsdesk-api/newsdesk/internal/apitest"
	"github.com/newsdesk-api/newsdesk/internal/fault"
)

// Whatever happens to an account while somebody signs in, and whenever: no token of before it is good afterwards.
func TestSignInMeanwhile(t *testing.T) {
	t.Parallel()
	yes := true
	for _, tt := range []struct {
		name string
		do   func(a *apitest.API, id string) error
	}{
		{"password changed", func(a *apitest.API, id string) error {
			return a.Accounts.SetPassword(t.Context(), id, "battery staple", "")
		}},
		{"disabled", func(a *apitest.API, id string) error {
			return a.Accounts.Change(t.Context(), id, api.UserPatch{Disabled: &yes})
		}},
		{"deleted", func(a *apitest.API, id string) error { return a.Accounts.Delete(t.Context(), id) }},
		{"demoted", func(a *apitest.API, id string) error {
			return a.Accounts.Change(t.Context(), id, api.UserPatch{Roles: &[]api.Role{api.RoleReader}})
		}},
	} {
		for _, at := range []string{
			"Insert user_sessions",      // the password is checked, the session is not there yet
			"Get users",                 // the session is there
			"DeleteAll signin_attempts", // it has been confirmed
		} {
			t.Run(tt.name+" at "+at, func(t *testing.T) {
				t.Parallel()
				a, store := newHooked(t)
				id, done := a.ID("ann"), false
				store.once(at, func() error { done = true; return tt.do(a, id) })
				answer := signIn(t, a, "ann", apitest.Password)
				if !done {
					t.Fatal("it has not happened")
				}
				if answer.JSON200 == nil {
					want(t, "the sign-in", answer.StatusCode(), 401)
					if n, _ := open(t, a, id); n != 0 {
						t.Errorf("%d sessions are open", n)
					}
					return
				}
				if a.Do("POST", "/news", answer.JSON200.Token, `{"title":"t","body":"b"}`).StatusCode == 200 {
					t.Error("the token lets its bearer write")
				}
				if n, _ := open(t, a, id); n != 0 && tt.name != "demoted" {
					t.Errorf("%d sessions are open", n)
				}
			})
		}
	}
}

// A session that begins while all of a user's are ended is either ended in this process too, or not at all.
func TestEndAllMeanwhile(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	old, late := a.SignIn("ann"), ""
	store.once("UpdateAll user_sessions", func() error {
		late = a.SignIn("ann").Token
		return nil
	})
	if err := a.Accounts.Sessions.EndAll(t.Context(), a.ID("ann"), ""); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{old.Token, late} {
		want(t, "a token", a.Do("GET", "/whoami", token, "").StatusCode, 401)
	}
}

// The hundred and first session ends the one that would have ended first, and no other.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	oldest, used := a.SignIn("ann"), a.SignIn("ann")
	a.Wait(time.Hour)
	used, _ = refresh(t, a, used.RefreshToken)
	bobs := a.SignIn("bob")
	for range account.MaxSessions - 2 {
		a.SignIn("ann")
	}
	if _, status := refresh(t, a, oldest.RefreshToken); status != 200 {
		t.Fatalf("the oldest of %d: %d", account.MaxSessions, status)
	}
	a.Wait(time.Minute)
	used, _ = refresh(t, a, used.RefreshToken)
	a.SignIn("ann")
	if n, _ := open(t, a, a.ID("ann")); n != account.MaxSessions {
		t.Errorf("%d sessions are open, want %d", n, account.MaxSessions)
	}
	want(t, "one that was used since", a.Do("GET", "/whoami", used.Token, "").StatusCode, 200)
	want(t, "somebody else's", a.Do("GET", "/whoami", bobs.Token, "").StatusCode, 200)
}

// Whatever write of a sign-up, a password change or a deletion fails, the account is as before, as wanted, or the same call again makes it so.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"Insert user_credentials", "Insert users"} {
		a, store := newHooked(t)
		store.once(at, down)
		body := `{"email":"ann@example.com","password":"` + apitest.Password + `"}`
		want(t, at, a.Do("POST", "/signup", "", body).StatusCode, 503)
		want(t, at+", again", a.Do("POST", "/signup", "", body).StatusCode, 200)
		want(t, at+", then sign-in", signIn(t, a, "ann", apitest.Password).StatusCode(), 200)
	}
	for _, at := range []string{"UpdateAll user_sessions", "Update user_credentials"} {
		a, store := newHooked(t)
		mine, thief := a.SignIn("ann"), a.SignIn("ann")
		store.once(at, down)
		body := `{"old_password":"` + apitest.Password + `","new_password":"battery staple"}`
		want(t, at, a.Do("PUT", "/users/me/password", mine.Token, body).StatusCode, 503)
		want(t, at+", again", a.Do("PUT", "/users/me/password", mine.Token, body).StatusCode, 204)
		want(t, at+", another session", a.Do("GET", "/whoami", thief.Token, "").StatusCode, 401)
	}
	for _, at := range []string{"Delete user_credentials", "Delete users", "UpdateAll user_sessions"} {
		a, store := newHooked(t)
		mine := a.SignIn("ann")
		store.once(at, down)
		want(t, at, a.Do("DELETE", "/users/me", mine.Token, "").StatusCode, 503)
		if got := signIn(t, a, "ann", apitest.Password).StatusCode(); got != 401 && at != "Delete user_credentials" {
			t.Errorf("%s, then sign-in: %d, want 401", at, got)
		}
		want(t, at+", again", a.Do("DELETE", "/users/me", mine.Token, "").StatusCode, 204)
		want(t, at+", then the token", a.Do("GET", "/whoami", mine.Token, "").StatusCode, 401)
	}
}

// An account whose sign-up was not answered is there, and can be signed in to.
func TestSignUpLost(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	store.once("Insert users", func() error { return errLost })
	body := `{"email":"ann@example.com","password":"` + apitest.Password + `"}`
	want(t, "the sign-up", a.Do("POST", "/signup", "", body).StatusCode, 503)
	want(t, "the sign-up again", a.Do("POST", "/signup", "", body).StatusCode, 409)
	want(t, "the sign-in", signIn(t, a, "ann", apitest.Password).StatusCode(), 200)
}

// After a failure between the new password and the sessions' end, no other session is left: the user has no old password to try again with.
func TestChangePasswordHalfway(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	mine, thief := a.SignIn("ann"), a.SignIn("ann")
	store.once("Update user_credentials", func() error {
		store.once("UpdateAll user_sessions", down)
		return nil
	})
	body := `{"old_password":"` + apitest.Password + `","new_password":"battery staple"}`
	want(t, "the change", a.Do("PUT", "/users/me/password", mine.Token, body).StatusCode, 503)
	want(t, "the new password", signIn(t, a, "ann", "battery staple").StatusCode(), 200)
	want(t, "another session", a.Do("GET", "/whoami", thief.Token, "").StatusCode, 401)
}

// Of two changes of a password at once, the one that was checked against the password before is refused.
func TestChangePasswordTwice(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	mine := a.SignIn("ann")
	store.once("Update user_credentials", func() error {
		return a.Accounts.SetPassword(t.Context(), a.ID("ann"), "the first of two", "")
	})
	body := `{"old_password":"` + apitest.Password + `","new_password":"battery staple"}`
	answer := a.Do("PUT", "/users/me/password", mine.Token, body)
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("the second change: %d %s, want 403", answer.StatusCode, apitest.Body(answer))
	}
	want(t, "the first one's password", signIn(t, a, "ann", "the first of two").StatusCode(), 200)
	want(t, "the second one's", signIn(t, a, "ann", "battery staple").StatusCode(), 401)
}

// A store that goes away during a sign-in is nobody's failed attempt.
func TestSignInInterrupted(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	a.ID("ann")
	for range 20 {
		store.once("Get user_credentials", down)
		want(t, "a sign-in that cannot be checked", signIn(t, a, "ann", apitest.Password).StatusCode(), 503)
	}
	want(t, "the next", signIn(t, a, "ann", apitest.Password).StatusCode(), 200)
}

func down() error { return fault.New(fault.Unavailable, "", "down") }
