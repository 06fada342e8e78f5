package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Whatever happens to an account while somebody signs in, and whenever: no token of before it is good afterwards.
func TestSignInMeanwhile(t *testing.T) {
	t.Parallel()
	yes := true
	for _, tt := range []struct {
		name string
		do   func(a *testkit.API, id string) error
	}{
		{"password changed", func(a *testkit.API, id string) error {
			return a.Accounts.SetPassword(t.Context(), id, "battery staple", "")
		}},
		{"disabled", func(a *testkit.API, id string) error {
			return a.Accounts.Change(t.Context(), id, account.Patch{Disabled: &yes})
		}},
		{"deleted", func(a *testkit.API, id string) error { return a.Accounts.Delete(t.Context(), id) }},
		{"demoted", func(a *testkit.API, id string) error {
			return a.Accounts.Change(t.Context(), id, account.Patch{Roles: &[]string{"reader"}})
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
				answer := signIn(t, a, "ann", testkit.Password)
				if !done {
					t.Fatal("it has not happened")
				}
				if answer.status != http.StatusOK {
					want(t, "the sign-in", answer.status, 401)
					if n, _ := open(t, a, id); n != 0 {
						t.Errorf("%d sessions are open", n)
					}
					return
				}
				if a.Do("POST", "/notes", answer.tokens.Access, `{"title":"t","text":"b"}`).StatusCode == 200 {
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
		late = a.SignIn("ann").Access
		return nil
	})
	if err := a.Accounts.Sessions.EndAll(t.Context(), a.ID("ann"), ""); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{old.Access, late} {
		want(t, "a token", a.Do("GET", "/whoami", token, "").StatusCode, 401)
	}
}

// The hundred and first session ends the one that would have ended first, and no other.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	oldest, used := a.SignIn("ann"), a.SignIn("ann")
	a.Wait(time.Hour)
	used, _ = refresh(t, a, used.Refresh)
	bobs := a.SignIn("bob")
	for range account.MaxSessions - 2 {
		a.SignIn("ann")
	}
	if _, status := refresh(t, a, oldest.Refresh); status != 200 {
		t.Fatalf("the oldest of %d: %d", account.MaxSessions, status)
	}
	a.Wait(time.Minute)
	used, _ = refresh(t, a, used.Refresh)
	a.SignIn("ann")
	if n, _ := open(t, a, a.ID("ann")); n != account.MaxSessions {
		t.Errorf("%d sessions are open, want %d", n, account.MaxSessions)
	}
	want(t, "one that was used since", a.Do("GET", "/whoami", used.Access, "").StatusCode, 200)
	want(t, "somebody else's", a.Do("GET", "/whoami", bobs.Access, "").StatusCode, 200)
}

// lookedUp is a backend that calls a function of the test's after it has looked for a user or a secret.
type lookedUp struct {
	store.Backend
	after string // the collection
	then  func()
}

func (l *lookedUp) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	defer l.looked(m)
	return l.Backend.Find(ctx, m, q, yield)
}

func (l *lookedUp) Get(ctx context.Context, m *store.Model, id string) (store.Document, error) {
	defer l.looked(m)
	return l.Backend.Get(ctx, m, id)
}

func (l *lookedUp) looked(m *store.Model) {
	if m.Collection == l.after {
		l.then()
	}
}

// Whoever is refused has waited for the work of a hash, whatever is wrong. It shows by who hangs up just before: it is not begun for them.
func TestRefusalsCostAHash(t *testing.T) {
	t.Parallel()
	backend := &lookedUp{Backend: testkit.Backend(t)}
	a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.DiscardHandler))
	yes := true
	for _, name := range []string{"ann", "bob", "eve"} {
		a.ID(name)
	}
	secrets := store.CollectionOf[json.RawMessage](a.Store, "UserCredentials")
	if err := errors.Join(a.Accounts.Change(t.Context(), a.ID("bob"), account.Patch{Disabled: &yes}),
		secrets.Delete(t.Context(), a.ID("eve"), store.Any)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ what, name, password, after string }{
		{"an unknown address", "nobody", testkit.Password, "users"},
		{"a disabled account", "bob", testkit.Password, "users"},
		{"an account without a password", "eve", testkit.Password, "user_credentials"},
		{"a wrong password", "ann", "wrong password", "user_credentials"},
	} {
		ctx, hangUp := context.WithCancel(t.Context())
		backend.after, backend.then = tt.after, hangUp
		_, err := a.Accounts.SignIn(ctx, account.Credentials{Email: testkit.Email(tt.name), Password: tt.password})
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != "PASSWORD_CHECKS_BUSY" {
			t.Errorf("%s: %v", tt.what, err)
		}
	}
}

// Of 30 guesses that all find less than ten failures, no more than ten reach the password.
func TestSignInTogether(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	a.ID("ann")
	var looked, done sync.WaitGroup
	var reached atomic.Int32
	looked.Add(30)
	store.hook(func(call string) error {
		switch call {
		case "Insert signin_attempts":
			looked.Done()
			looked.Wait()
		case "Get user_credentials":
			reached.Add(1)
		}
		return nil
	})
	for range 30 {
		done.Go(func() { signIn(t, a, "ann", "wrong password") })
	}
	done.Wait()
	if n := reached.Load(); n > account.MaxFailures {
		t.Errorf("%d guesses reach the password, want %d at most", n, account.MaxFailures)
	}
}

// An attempt too many is refused as such, also when somebody else's success takes it back first.
func TestSignInForgottenMeanwhile(t *testing.T) {
	t.Parallel()
	a, backend := newHooked(t)
	a.ID("ann")
	for range account.MaxFailures - 1 {
		want(t, "a failure", signIn(t, a, "ann", "wrong password").status, 401)
	}
	forgotten := false
	backend.once("Insert signin_attempts", func() error {
		want(t, "the last failure", signIn(t, a, "ann", "wrong password").status, 401)
		backend.once("Delete signin_attempts", func() error {
			forgotten = true
			_, err := store.CollectionOf[struct{}](a.Store, "SignInAttempt").DeleteWhere(t.Context(), filter.Everything{})
			return err
		})
		return nil
	})
	want(t, "one too many", signIn(t, a, "ann", "wrong password").status, 429)
	if !forgotten {
		t.Error("it has not come to that")
	}
}

// A store that goes away during a sign-in is nobody's failed attempt.
func TestSignInInterrupted(t *testing.T) {
	t.Parallel()
	a, store := newHooked(t)
	a.ID("ann")
	for range 20 {
		store.once("Get user_credentials", down)
		want(t, "a sign-in that cannot be checked", signIn(t, a, "ann", testkit.Password).status, 503)
	}
	want(t, "the next", signIn(t, a, "ann", testkit.Password).status, 200)
}
