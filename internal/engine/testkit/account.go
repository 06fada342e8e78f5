package testkit

import (
	"log/slog"
	"maps"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// SignIn begins a session of the user of that name, who is signed up at the first call.
func (a *API) SignIn(name string) client.Token {
	a.t.Helper()
	a.ID(name)
	answer, err := a.Anyone().SignInWithResponse(a.t.Context(), client.Credentials{Email: Email(name), Password: Password})
	must(a.t, err)
	if answer.JSON200 == nil {
		a.t.Fatalf("sign-in of %s: %s %s", name, answer.Status(), answer.Body)
	}
	return *answer.JSON200
}

// Grant gives the user of that name those roles and no others, which ends their sessions.
func (a *API) Grant(name string, roles ...string) {
	a.t.Helper()
	must(a.t, a.Accounts.Change(a.t.Context(), a.ID(name), account.Patch{Roles: &roles}))
}

// NewOn is New on another contract, or another backend than Backend opens, with a log that is kept.
func NewOn(t testing.TB, contract *spec.Contract, backend store.Backend, log *slog.Logger) *API {
	t.Helper()
	return on(t, contract, backend, server.Config{RateLimitsOff: true}, log)
}

// Backend opens the empty store that New uses.
func Backend(t testing.TB) store.Backend {
	t.Helper()
	return open(t)
}

// Another starts another process on the same backend, with the same keys and the same clock. The first one's Close closes the backend.
func (a *API) Another(backend store.Backend) *API {
	a.t.Helper()
	b := &API{Contract: a.Contract, t: a.t, leaks: a.leaks, now: a.now, ids: maps.Clone(a.ids)}
	config := a.parts
	config.Store = store.New(backend, engine.Models(a.Contract))
	b.start(config, server.Config{RateLimitsOff: true})
	return b
}
