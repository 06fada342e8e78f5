package account_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// However a session ends, its access token is refused at once in this process, within --revocation-max-staleness in another one, and after
// a restart.
func TestRevoked(t *testing.T) {
	t.Parallel()
	yes := true
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, a *testkit.API, victim account.Tokens)
	}{
		{"signed out", func(t *testing.T, a *testkit.API, victim account.Tokens) {
			want(t, "sign-out", a.Do("POST", "/signout", victim.Access, "").StatusCode, 204)
		}},
		{"ended from another session", func(t *testing.T, a *testkit.API, _ account.Tokens) {
			want(t, "ending", a.Do("DELETE", "/sessions", a.SignIn("ann").Access, "").StatusCode, 204)
		}},
		{"password changed", func(t *testing.T, a *testkit.API, _ account.Tokens) {
			body := `{"old_password":"` + testkit.Password + `","new_password":"battery staple"}`
			want(t, "change", a.Do("PUT", "/users/me/password", a.SignIn("ann").Access, body).StatusCode, 204)
		}},
		{"refresh token used twice", func(t *testing.T, a *testkit.API, victim account.Tokens) {
			refresh(t, a, victim.Refresh)
			a.Wait(account.Grace + time.Millisecond)
			refresh(t, a, victim.Refresh)
		}},
		{"ended by an administrator", func(t *testing.T, a *testkit.API, _ account.Tokens) {
			admin := a.Token("root", "users:admin")
			want(t, "ending", a.Do("DELETE", "/users/"+a.ID("ann")+"/sessions", admin, "").StatusCode, 204)
		}},
		{"disabled", func(t *testing.T, a *testkit.API, _ account.Tokens) {
			if err := a.Accounts.Change(t.Context(), a.ID("ann"), account.Patch{Disabled: &yes}); err != nil {
				t.Error(err)
			}
		}},
		{"given other roles", func(t *testing.T, a *testkit.API, _ account.Tokens) { a.Grant("ann", "reader") }},
		{"deleted", func(t *testing.T, a *testkit.API, victim account.Tokens) {
			want(t, "deletion", a.Do("DELETE", "/users/me", victim.Access, "").StatusCode, 204)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			backend := testkit.Backend(t)
			a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.DiscardHandler))
			victim := a.SignIn("ann")
			second := a.Another(backend)
			want(t, "in the second process, before", second.Do("GET", "/whoami", victim.Access, "").StatusCode, 200)
			tt.do(t, a, victim)
			want(t, "at once", a.Do("GET", "/whoami", victim.Access, "").StatusCode, 401)
			want(t, "after a restart", a.Another(backend).Do("GET", "/whoami", victim.Access, "").StatusCode, 401)
			a.Wait(10 * time.Second)
			want(t, "in the second process", second.Do("GET", "/whoami", victim.Access, "").StatusCode, 401)
			for a.Now().Before(time.Date(2026, 1, 31, 8, 59, 59, 0, time.UTC)) {
				a.Wait(time.Minute)
				want(t, "later", second.Do("GET", "/whoami", victim.Access, "").StatusCode, 401)
				if a.Now().Minute()%20 == 0 {
					want(t, "after a restart later", a.Another(backend).Do("GET", "/whoami", victim.Access, "").StatusCode, 401)
				}
			}
			if _, status := refresh(t, second, victim.Refresh); status != 401 {
				t.Errorf("the refresh token: %d, want 401", status)
			}
		})
	}
}

// While it cannot be found out which sessions have ended, nobody is let in; nor is a session that is known to have ended while it can.
func TestRevokedUnknown(t *testing.T) {
	t.Parallel()
	a, backend := newHooked(t)
	live, ended := a.SignIn("ann"), a.SignIn("ann")
	want(t, "sign-out", a.Do("POST", "/signout", ended.Access, "").StatusCode, 204)
	backend.hook(func(call string) error {
		if strings.HasSuffix(call, "user_sessions") {
			return down()
		}
		return nil
	})
	want(t, "while knowledge is fresh", a.Do("GET", "/whoami", live.Access, "").StatusCode, 200)
	a.Wait(10 * time.Second)
	for _, token := range []string{live.Access, ended.Access} {
		answer := a.Do("GET", "/whoami", token, "")
		if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
			t.Errorf("when it is old: %d, want 503 with Retry-After", answer.StatusCode)
		}
	}
	backend.hook(func(string) error { return nil })
	want(t, "a live session's token when the store is back", a.Do("GET", "/whoami", live.Access, "").StatusCode, 200)
	want(t, "an ended one's", a.Do("GET", "/whoami", ended.Access, "").StatusCode, 401)
}

// Whoever signs out and hangs up is out at once all the same.
func TestRevokedHungUp(t *testing.T) {
	t.Parallel()
	a, backend := newHooked(t)
	token := a.SignIn("ann").Access
	caller := principal(t, a, token)
	ctx, hangUp := context.WithCancel(t.Context())
	backend.once("Find user_sessions", func() error { hangUp(); return nil })
	if err := a.Accounts.Sessions.SignOut(ctx, caller); ctx.Err() == nil {
		t.Fatalf("it did not come to hanging up: %v", err)
	}
	want(t, "the token", a.Do("GET", "/whoami", token, "").StatusCode, 401)
}

// A process whose clock was ahead, and set back, looks at all of the time that counts.
func TestRevokedClockSetBack(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.DiscardHandler))
	token, second := a.SignIn("ann"), a.Another(backend)
	a.Wait(30 * time.Minute)
	want(t, "ahead", second.Do("GET", "/whoami", token.Access, "").StatusCode, 200)
	a.Wait(-30 * time.Minute)
	want(t, "sign-out", a.Do("POST", "/signout", token.Access, "").StatusCode, 204)
	want(t, "set back", second.Do("GET", "/whoami", token.Access, "").StatusCode, 401)
}

// hanging is a backend that answers nothing, and counts who asks.
type hanging struct {
	store.Backend
	asked atomic.Int32
}

func (h *hanging) Find(ctx context.Context, _ *store.Model, _ *filter.Query, _ func(store.Document) error) error {
	h.asked.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

// A store that hangs holds up nobody for longer than one question takes, however many requests wait for its answer.
func TestRevokedHanging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		backend := &hanging{}
		revocations := account.NewRevocations(store.New(backend, account.Models()), 10*time.Second, time.Hour, time.Now)
		begin := time.Now()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if ended, err := revocations.Revoked("any"); !ended || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%t, %v; want true and an error", ended, err)
				}
			})
		}
		group.Wait()
		if took, asked := time.Since(begin), backend.asked.Load(); took != 2*time.Second || asked != 1 {
			t.Errorf("100 at once wait %s for %d questions, want 2 s for one", took, asked)
		}
	})
}

// BenchmarkVerify checks a remembered token, the look whether its session has ended included, and BenchmarkVerify/…/session is that look
// alone. What it costs does not depend on how many have ended.
func BenchmarkVerify(b *testing.B) {
	for _, ended := range []int{0, 100, 10_000} {
		a := testkit.New(b, testapp.App())
		sessions := store.CollectionOf[session](a.Store, "UserSession")
		now := a.Now().Format(timestamp.Layout)
		for range ended {
			if _, _, err := sessions.Create(b.Context(), session{User: "bob", Ended: &now}); err != nil {
				b.Fatal(err)
			}
		}
		token := a.SignIn("ann").Access
		caller, err := a.Tokens.Verify(token)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(ended, "/token"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Tokens.Verify(token); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprint(ended, "/session"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ended, err := a.Accounts.Revocations.Revoked(caller.SessionID); ended || err != nil {
					b.Fatal(ended, err)
				}
			}
		})
	}
}
