// Package engine assembles the services that a server needs for any contract.
package engine

import (
	"cmp"
	"log/slog"
	"slices"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Services are what the handlers of an application work with. They are safe for concurrent use.
type Services struct {
	Title    string // of the contract
	BasePath string // of the contract (spec.Contract.BasePath), for Location header fields
	Store    *store.Store
	Accounts *account.Accounts // nil if the contract has no accounts (spec.Contract.Accounts)
	Tokens   *auth.Tokens
	Keys     *auth.Keys
	Issuer   string           // the iss of tokens
	Now      func() time.Time // the clock, which tests can set
}

// Config is the configuration of Services. All fields are required except Leeway and DefaultRole.
type Config struct {
	Store     *store.Store
	Contract  *spec.Contract
	Keys      *auth.Keys
	Passwords *auth.Passwords
	Issuer    string
	Audience  string
	ClientID  string // the client_id of tokens

	TokenTTL               time.Duration // lifetime of an access token
	Leeway                 time.Duration // tolerance for clocks that differ
	SessionIdle            time.Duration // a session that is not refreshed for this time ends
	SessionMaxAge          time.Duration // lifetime of a session
	RevocationMaxStaleness time.Duration // for which other processes may accept tokens of an ended session
	DefaultRole            string        // role of new accounts; empty means that of the contract
	Log                    *slog.Logger
	Now                    func() time.Time
}

// Models returns the models of all collections: the contract's, and those of accounts that no client may name.
func Models(contract *spec.Contract) []*store.Model {
	if !contract.Accounts() {
		return append(contract.Models(), account.SessionModel()) // which tokens are checked against
	}
	all := append(contract.Models(), account.Models()...)
	events := account.EventModel()
	if slices.ContainsFunc(all, func(m *store.Model) bool { return m.Schema.Name() == events.Schema.Name() }) {
		return all
	}
	return append(all, events)
}

// New puts Services together. Config.Store must have Models; its Migrate must follow.
func New(c Config) (Services, error) {
	c.Store.Log = c.Log
	revocations := account.NewRevocations(c.Store, c.RevocationMaxStaleness, c.TokenTTL+c.Leeway, c.Now)
	tokens, err := auth.NewTokens(c.Keys, auth.TokenConfig{
		Issuer: c.Issuer, Audience: c.Audience, ClientID: c.ClientID, TTL: c.TokenTTL, Leeway: c.Leeway, Clock: c.Now,
		Revoked: revocations.Revoked,
	})
	if err != nil {
		return Services{}, err
	}
	services := Services{
		Title: c.Contract.Title(), BasePath: c.Contract.BasePath(), Store: c.Store,
		Tokens: tokens, Keys: c.Keys, Issuer: c.Issuer, Now: c.Now,
	}
	if !c.Contract.Accounts() {
		return services, nil
	}
	services.Accounts, err = account.New(account.Config{
		Store: c.Store, Keys: c.Keys, Tokens: tokens, Passwords: c.Passwords, Revocations: revocations, Roles: c.Contract.Roles(),
		DefaultRole: cmp.Or(c.DefaultRole, c.Contract.DefaultRole()), Idle: c.SessionIdle, MaxAge: c.SessionMaxAge, Log: c.Log, Now: c.Now,
	})
	return services, err
}
