package account_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// The sweep deletes what has no use any more when it has none, and not a moment before.
func TestSweep(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	a := testkit.New(t, testapp.App())
	ended, _ := a.SignIn("ann"), a.SignIn("ann")
	signIn(t, a, "ann", "wrong password")
	if err := a.Accounts.Sessions.SignOut(t.Context(), principal(t, a, ended.Access)); err != nil {
		t.Fatal(err)
	}
	begin := a.Now()
	for _, tt := range []struct {
		after                      time.Duration
		sessions, attempts, events int
	}{
		{0, 2, 1, 5}, // sign-up, two sign-ins, a failed one, sign-out
		{15 * time.Minute, 2, 1, 5},
		{15*time.Minute + time.Millisecond, 2, 0, 5},
		{time.Hour + time.Minute, 2, 0, 5}, // tokens are good for an hour, clocks may differ by a minute
		{time.Hour + time.Minute + time.Millisecond, 1, 0, 5},
		{7 * day, 1, 0, 5},
		{7*day + time.Millisecond, 1, 0, 0},
		{30*day + time.Hour + time.Minute, 1, 0, 0},
		{30*day + time.Hour + time.Minute + time.Millisecond, 0, 0, 0},
	} {
		a.Wait(begin.Add(tt.after).Sub(a.Now()))
		if err := a.Accounts.Sweep(t.Context(), account.Retention{Age: 7 * day, Events: 1000}); err != nil {
			t.Fatal(err)
		}
		for schema, want := range map[string]int{"UserSession": tt.sessions, "SignInAttempt": tt.attempts, "AuditEvent": tt.events} {
			if got := count(t, a, schema); got != want {
				t.Errorf("after %s: %d of %s, want %d", tt.after, got, schema, want)
			}
		}
	}
	if got := count(t, a, "User") + count(t, a, "UserCredentials"); got != 2 {
		t.Errorf("%d documents are left of the account, want 2", got)
	}
}

func count(t *testing.T, a *testkit.API, schema string) (n int) {
	t.Helper()
	err := store.CollectionOf[json.RawMessage](a.Store, schema).Each(t.Context(), filter.Query{Limit: 1000},
		func(json.RawMessage, store.Version) error {
			n++
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
