package account_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// What has happened is recorded, also when what follows it fails.
func TestRecordedHalfway(t *testing.T) {
	t.Parallel()
	const wipe, look = "UpdateAll user_sessions", "Find user_sessions"
	yes := true
	for name, tt := range map[string]struct {
		first, fails string // the call that is waited for, and the one after it that fails
		do           func(a *testkit.API, refreshToken string) error
		want         account.Action
	}{
		"given other roles": {"Update users", wipe, func(a *testkit.API, _ string) error {
			return a.Accounts.Change(t.Context(), a.ID("ann"), account.Patch{Roles: &[]string{"reader"}})
		}, account.RolesChanged},
		"disabled": {"Update users", wipe, func(a *testkit.API, _ string) error {
			return a.Accounts.Change(t.Context(), a.ID("ann"), account.Patch{Disabled: &yes})
		}, account.UserDisabled},
		"password set": {"Update user_credentials", wipe, func(a *testkit.API, _ string) error {
			return a.Accounts.SetPassword(t.Context(), a.ID("ann"), "battery staple", "")
		}, account.PasswordChanged},
		"deleted": {"Delete users", wipe, func(a *testkit.API, _ string) error {
			return a.Accounts.Delete(t.Context(), a.ID("ann"))
		}, account.UserDeleted},
		"all sessions ended": {wipe, look, func(a *testkit.API, _ string) error {
			return a.Accounts.Sessions.EndAll(t.Context(), a.ID("ann"), "")
		}, account.SessionsEnded},
		"refresh token used twice": {wipe, look, func(a *testkit.API, token string) error {
			a.Wait(account.Grace + time.Millisecond)
			_, err := a.Accounts.Sessions.Refresh(t.Context(), token)
			return err
		}, account.RefreshReused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, backend := newHooked(t)
			token := a.SignIn("ann")
			refresh(t, a, token.Refresh)
			failed := false
			backend.once(tt.first, func() error {
				backend.once(tt.fails, func() error { failed = true; return down() })
				return nil
			})
			if err := tt.do(a, token.Refresh); err == nil || !failed {
				t.Fatalf("it has not failed: %v", err)
			}
			if got := actions(t, a); !slices.Contains(got, tt.want) {
				t.Errorf("recorded are %q, want %q among them", got, tt.want)
			}
		})
	}
}

// Whoever guesses and hangs up leaves a record all the same.
func TestRecordedHungUp(t *testing.T) {
	t.Parallel()
	a, backend := newHooked(t)
	a.ID("ann")
	ctx, hangUp := context.WithCancel(t.Context())
	backend.once("Insert audit", func() error { hangUp(); return nil })
	_, err := a.Accounts.SignIn(ctx, account.Credentials{Email: testkit.Email("ann"), Password: "wrong password"})
	if ctx.Err() == nil {
		t.Fatalf("it did not come to hanging up: %v", err)
	}
	if got := actions(t, a); !slices.Contains(got, account.SigninFailed) {
		t.Errorf("recorded are %q", got)
	}
}

// An account that is made with roles of its own, such as the first administrator's, has them in its record.
func TestRecordedRoles(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	for _, n := range []account.NewAccount{
		{Email: "ann@example.com", Password: testkit.Password},
		{Email: "root@example.com", Password: testkit.Password, Roles: []string{"admin", "reader"}},
	} {
		if _, err := a.Accounts.Create(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	var details []string
	for _, e := range events(t, a) {
		details = append(details, e.Detail)
	}
	if want := []string{"", "admin reader"}; !slices.Equal(details, want) {
		t.Errorf("recorded are %q, want %q", details, want)
	}
}

// What several processes see, or one sees again, is recorded once; what happened at another time is something else.
func TestRecordOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	backend := testkit.Backend(t)
	a := testkit.NewOn(t, testapp.App(), backend, slog.New(slog.NewTextHandler(&log, nil)))
	e := account.Event{Action: account.KeyRotated, Detail: "new"}
	for _, process := range []*testkit.API{a, a.Another(backend)} {
		for _, at := range []time.Time{a.Now().Add(-time.Hour), a.Now(), a.Now().Add(-time.Hour)} {
			if err := process.Accounts.Audit.RecordOnce(t.Context(), e, at); err != nil {
				t.Error(err)
			}
		}
	}
	if got := actions(t, a); len(got) != 2 || strings.Count(log.String(), "key_rotated") != 2 {
		t.Errorf("recorded are %q, logged is %s", got, log.String())
	}
}

// actions returns what has happened, as far as it was recorded.
func actions(t *testing.T, a *testkit.API) (found []account.Action) {
	t.Helper()
	for _, e := range events(t, a) {
		found = append(found, e.Action)
	}
	return found
}

// events returns what was recorded.
func events(t *testing.T, a *testkit.API) (found []account.Event) {
	t.Helper()
	err := store.CollectionOf[account.Event](a.Store, "AuditEvent").Each(t.Context(), filter.Query{Limit: 1000},
		func(e account.Event, _ store.Version) error {
			found = append(found, e)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
