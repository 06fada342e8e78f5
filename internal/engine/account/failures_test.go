package account_test

import (
	"net/http"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Whatever write of a sign-up, a password change or a deletion fails, the account is as before, as wanted, or the same call again
// makes it so.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"Insert user_credentials", "Insert users"} {
		a, store := newHooked(t)
		store.once(at, down)
		body := `{"email":"ann@example.com","password":"` + testkit.Password + `"}`
		want(t, at, a.Do("POST", "/signup", "", body).StatusCode, 503)
		want(t, at+", again", a.Do("POST", "/signup", "", body).StatusCode, 200)
		want(t, at+", then sign-in", signIn(t, a, "ann", testkit.Password).status, 200)
	}
	for _, at := range []string{"UpdateAll user_sessions", "Update user_credentials"} {
		a, store := newHooked(t)
		mine, thief := a.SignIn("ann"), a.SignIn("ann")
		store.once(at, down)
		body := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
		want(t, at, a.Do("PUT", "/users/me/password", mine.Access, body).StatusCode, 503)
		want(t, at+", again", a.Do("PUT", "/users/me/password", mine.Access, body).StatusCode, 204)
		want(t, at+", another session", a.Do("GET", "/whoami", thief.Access, "").StatusCode, 401)
	}
	for _, at := range []string{"Delete user_credentials", "Delete users", "UpdateAll user_sessions"} {
		a, store := newHooked(t)
		mine := a.SignIn("ann")
		store.once(at, down)
		want(t, at, a.Do("DELETE", "/users/me", mine.Access, "").StatusCode, 503)
		if got := signIn(t, a, "ann", testkit.Password).status; got != 401 && at != "Delete user_credentials" {
			t.Errorf("%s, then sign-in: %d, want 401", at, got)
		}
		want(t, at+", again", a.Do("DELETE", "/users/me", mine.Access, "").StatusCode, 204)
		want(t, at+", then the token", a.Do("GET", "/whoami", mine.Access, "").StatusCode, 401)
	}
}

// An account whose sign-up was not answered is there, and can be signed in to.
func TestSignUpLost(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	store.once("Insert users", func() error { return errLost })
	body := `{"email":"ann@example.com","password":"` + testkit.Password + `"}`
	want(t, "the sign-up", a.Do("POST", "/signup", "", body).StatusCode, 503)
	want(t, "the sign-up again", a.Do("POST", "/signup", "", body).StatusCode, 409)
	want(t, "the sign-in", signIn(t, a, "ann", testkit.Password).status, 200)
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
	body := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
	want(t, "the change", a.Do("PUT", "/users/me/password", mine.Access, body).StatusCode, 503)
	want(t, "the new password", signIn(t, a, "ann", "battery staple").status, 200)
	want(t, "another session", a.Do("GET", "/whoami", thief.Access, "").StatusCode, 401)
}

// Of two changes of a password at once, the one that was checked against the password before is refused.
func TestChangePasswordTwice(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	mine := a.SignIn("ann")
	store.once("Update user_credentials", func() error {
		return a.Accounts.SetPassword(t.Context(), a.ID("ann"), "the first of two", "")
	})
	body := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
	answer := a.Do("PUT", "/users/me/password", mine.Access, body)
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("the second change: %d %s, want 403", answer.StatusCode, testkit.Body(answer))
	}
	want(t, "the first one's password", signIn(t, a, "ann", "the first of two").status, 200)
	want(t, "the second one's", signIn(t, a, "ann", "battery staple").status, 401)
}

func down() error { return fault.New(fault.Unavailable, "", "down") }
