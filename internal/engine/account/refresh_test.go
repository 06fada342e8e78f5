package account_test

import (
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A hundred uses of one refresh token at once, from two processes: one successor, one chain, and nobody is signed out.
func TestRefreshTogether(t *testing.T) {
	t.Parallel()
	rounds := 100
	if testing.Short() {
		rounds = 10
	}
	backend := testkit.Backend(t)
	a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.DiscardHandler))
	processes := []*testkit.API{a, a.Another(backend)}
	token := a.SignIn("ann")
	for round := range rounds {
		a.Wait(time.Minute)
		var got [100]account.Tokens
		var group sync.WaitGroup
		for i := range got {
			group.Go(func() {
				var status int
				if got[i], status = refresh(t, processes[i%2], token.Refresh); status != 200 {
					t.Errorf("round %d: %d", round, status)
				}
			})
		}
		group.Wait()
		for _, other := range got {
			if other.Refresh != got[0].Refresh || other.Refresh == token.Refresh {
				t.Fatalf("round %d: two successors of one token, or none", round)
			}
		}
		token = got[0]
	}
	if mine, all := open(t, a, a.ID("ann")); mine != 1 || all != 1 {
		t.Errorf("%d sessions are open of %d, want one", mine, all)
	}
	want(t, "the last access token", a.Do("GET", "/whoami", token.Access, "").StatusCode, 200)
}

// While the key is rotated, and one of two processes has not heard of it, a token that is used in both has one successor all the same: that
// of whoever comes first, in both, and after a restart.
func TestRefreshRotated(t *testing.T) {
	t.Parallel()
	for name, knows := range map[string]int{"who comes first knows": 1, "who comes second knows": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, backend := newHooked(t)
			token, path := a.SignIn("ann"), filepath.Join(t.TempDir(), "key.pem")
			process := func() *testkit.API {
				p := a.Another(backend)
				keys, err := auth.LoadOrCreateKeys(path, time.Hour)
				if err != nil {
					t.Fatal(err)
				}
				p.Accounts.Sessions.Keys = keys
				return p
			}
			processes := []*testkit.API{process(), process()}
			if _, err := processes[knows].Accounts.Sessions.Keys.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
			var first account.Tokens
			backend.once("Update user_sessions", func() error {
				first, _ = refresh(t, processes[1], token.Refresh)
				return nil
			})
			for i, p := range append(processes, process()) {
				again, status := refresh(t, p, token.Refresh)
				if want(t, "the refresh", status, 200); first.Refresh == "" || again.Refresh != first.Refresh {
					t.Errorf("process %d: two successors of one token", i+1)
				}
			}
			_, status := refresh(t, processes[0], first.Refresh)
			want(t, "the successor", status, 200)
		})
	}
}

// A session that ends while it is refreshed stays ended, and a user who is deleted meanwhile gets no token.
func TestRefreshMeanwhile(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(a *testkit.API, id string) error{
		"ended":   func(a *testkit.API, id string) error { return a.Accounts.Sessions.EndAll(t.Context(), id, "") },
		"deleted": func(a *testkit.API, id string) error { return a.Accounts.Delete(t.Context(), id) },
		"swept": func(a *testkit.API, _ string) error {
			a.Wait(31 * 24 * time.Hour)
			return a.Accounts.Sweep(t.Context(), account.Retention{Age: time.Hour, Events: 1000})
		},
	} {
		for _, at := range []string{"Get users", "Update user_sessions"} {
			t.Run(name+" at "+at, func(t *testing.T) {
				t.Parallel()
				a, store := newHooked(t)
				token := a.SignIn("ann")
				store.once(at, func() error { return do(a, a.ID("ann")) })
				_, status := refresh(t, a, token.Refresh)
				want(t, "the refresh", status, 401)
				if n, _ := open(t, a, a.ID("ann")); n != 0 {
					t.Errorf("%d sessions are open", n)
				}
			})
		}
	}
}
