package account_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// counted is what of a stored event the tests look at.
type counted struct {
	Action  account.Action `json:"action"`
	User    string         `json:"user"`
	Address string         `json:"address"`
	Detail  string         `json:"detail"`
	Count   int            `json:"count"`
}

// Failed sign-ins to one account from one network within an hour are one event, however many processes count them at the same moment.
func TestFailedSignInsFolded(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.DiscardHandler))
	processes := []*testkit.API{a, a.Another(backend)}
	together := func(user string, addresses ...string) {
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				failedSignIn(t, processes[i%2], user, addresses[i%len(addresses)])
			})
		}
		all.Wait()
	}
	together("ann", "192.0.2.7")
	together("ann", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9")
	failedSignIn(t, a, "ann", "192.0.2.8")
	failedSignIn(t, a, "bob", "192.0.2.7")
	failedSignIn(t, a, "", "192.0.2.7")
	a.Wait(account.FoldWindow)
	failedSignIn(t, a, "ann", "192.0.2.7")
	failedSignIn(t, a, "ann", "192.0.2.7")

	got := map[string]int{}
	for _, e := range stored(t, a) {
		got[fmt.Sprint(e.User, " ", identity.Client{Address: e.Address}.Network(), " ", e.Count)]++
	}
	want := []string{"ann 192.0.2.7 60", "ann 2001:db8:1:2::/64 60", "ann 192.0.2.8 0", "bob 192.0.2.7 0", " 192.0.2.7 0",
		"ann 192.0.2.7 2"}
	for _, event := range want {
		if got[event] != 1 {
			t.Errorf("stored is %v, want %q once", got, event)
		}
	}
	if len(got) != len(want) {
		t.Errorf("stored are %d kinds of events, want %d: %v", len(got), len(want), got)
	}
}

// A flood from one network takes away its own oldest events, and nobody else's, in whatever order they came.
func TestFloodPushesOutItsOwn(t *testing.T) {
	t.Parallel()
	const most = 50
	a := testkit.New(t, testapp.App())
	record := func(address string, count int) {
		t.Helper()
		for i := range count {
			a.Wait(time.Second)
			ctx := identity.NewClientContext(t.Context(), identity.NewClient(address, ""))
			if err := a.Accounts.Audit.Record(ctx, account.Event{Action: account.Signup, User: "ann", Detail: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	record("192.0.2.7", 5)
	record("", 3) // the operator's
	for round := range 3 {
		for i := range 20 {
			record(fmt.Sprint("2001:db8:1:2::", i+1), 2)
		}
		record("198.51.100.1", 2)
		if err := a.Accounts.Sweep(t.Context(), account.Retention{Age: 24 * time.Hour, Events: most}); err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		all := stored(t, a)
		for _, e := range all {
			network := identity.Client{Address: e.Address}.Network()
			got[network] = append(got[network], e.Detail)
		}
		for network, want := range map[string]int{"192.0.2.7": 5, "": 3, "198.51.100.1": 2 * (round + 1)} {
			if len(got[network]) != want {
				t.Errorf("round %d: %d events of %q are left, want %d", round, len(got[network]), network, want)
			}
		}
		if len(all) > most || len(all) < most*9/10 {
			t.Errorf("round %d: %d events are left, want %d to %d", round, len(all), most*9/10, most)
		}
	}
	last := stored(t, a)
	if newest := last[len(last)-3]; newest.Address != "2001:db8:1:2::20" {
		t.Errorf("the flood's newest event is gone: %+v", newest)
	}
}

// Where all networks have as many events, the oldest go; a store within the limit keeps all.
func TestAuditLimit(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	for i := range 11 {
		a.Wait(time.Second)
		failedSignIn(t, a, "ann", fmt.Sprint("192.0.2.", i))
	}
	for _, tt := range []struct{ most, left int64 }{{11, 11}, {10, 9}, {1, 1}} {
		if err := a.Accounts.Sweep(t.Context(), account.Retention{Age: time.Hour, Events: tt.most}); err != nil {
			t.Fatal(err)
		}
		left := stored(t, a)
		if int64(len(left)) != tt.left || left[len(left)-1].Address != "192.0.2.10" {
			t.Errorf("at most %d: left are %+v, want the last %d", tt.most, left, tt.left)
		}
	}
}

// Sign-in attempts are stored by who has a turn to hash only, so that hashing bounds how many there can be in FailureWindow.
func TestAttemptsWaitForHashing(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	ctx, free := context.WithCancel(t.Context())
	var all, held sync.WaitGroup
	const hashes = 256 // as many as NewWeakPasswordsForTests computes at once
	held.Add(hashes)
	for range hashes {
		all.Go(func() {
			err := a.Accounts.Passwords.Turn(t.Context(), func(context.Context) error {
				held.Done()
				<-ctx.Done()
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	held.Wait()
	hurried, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	var flood sync.WaitGroup
	for i := range 20 {
		flood.Go(func() {
			c := account.Credentials{Email: testkit.Email(fmt.Sprint("user", i)), Password: "wrong password"}
			if _, err := a.Accounts.SignIn(hurried, c); err == nil {
				t.Error("signed in")
			}
		})
	}
	flood.Wait()
	if got := count(t, a, "SignInAttempt"); got != 0 {
		t.Errorf("%d attempts are stored of sign-ins that were not checked", got)
	}
	free()
	all.Wait()
}

// failedSignIn records one.
func failedSignIn(t *testing.T, a *testkit.API, user, address string) {
	t.Helper()
	ctx := identity.NewClientContext(t.Context(), identity.NewClient(address, "test"))
	if err := a.Accounts.Audit.Record(ctx, account.Event{Action: account.SigninFailed, User: user}); err != nil {
		t.Error(err)
	}
}

// stored returns all events, the oldest first.
func stored(t *testing.T, a *testkit.API) (found []counted) {
	t.Helper()
	events := store.CollectionOf[counted](a.Store, "AuditEvent")
	order := []filter.Order{store.PropertyOf[time.Time](events, "date").Asc()}
	err := events.Each(t.Context(), filter.Query{Order: order, Limit: 1000}, func(e counted, _ store.Version) error {
		found = append(found, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
