package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// fixture is an API with callers for the test of one operation.
type fixture struct {
	*API
	contract *document
	backend  store.Backend
	people   int
	bodies   int
}

func newFixture(t testing.TB, contract *document, app server.App) *fixture {
	t.Helper()
	backend := Backend(t)
	return &fixture{API: NewOn(t, app, backend, discard), contract: contract, backend: backend}
}

// caller is a caller with the credentials that they send.
type caller struct {
	name                   string
	user, session          string // their ids
	email                  string
	token, refresh         string
	scopes                 []string
	lostToken, lostAccount bool // tokens, or even the correct password, must be rejected
}

// person creates an account with the roles, or with those of a new account if there are none, and signs in.
func (s *fixture) person(name string, roles ...string) caller {
	s.t.Helper()
	s.people++
	user := fmt.Sprint("person", s.people)
	if s.Accounts == nil {
		scopes := s.Contract.Roles().Scopes(roles)
		if len(roles) == 0 {
			scopes = s.Contract.Roles().Scopes([]string{s.Contract.DefaultRole()})
		}
		return s.scoped(caller{user: user, session: store.NewID()}, name, scopes...)
	}
	s.ID(user)
	if len(roles) > 0 {
		s.Grant(user, roles...)
	}
	return s.signIn(caller{name: name, email: Email(user)})
}

func (s *fixture) signIn(c caller) caller {
	s.t.Helper()
	if s.Accounts == nil {
		return c
	}
	tokens, err := s.Accounts.SignIn(s.t.Context(), account.Credentials{Email: c.email, Password: Password})
	must(s.t, err)
	p, err := s.Tokens.Verify(tokens.Access)
	must(s.t, err)
	c.user, c.session, c.scopes, c.token, c.refresh = p.ID, p.SessionID, p.Scopes, tokens.Access, tokens.Refresh
	return c
}

// scoped returns the caller with a token of their session with the scopes.
func (s *fixture) scoped(c caller, name string, scopes ...string) caller {
	s.t.Helper()
	token, _, err := s.Tokens.Issue(auth.TokenRequest{Subject: c.user, Session: c.session, Scopes: scopes})
	must(s.t, err)
	c.name, c.token, c.scopes = name, token, scopes
	return c
}

// rejectedCallers returns callers whom every operation that is not public must reject. It advances the clock, so it must be called before
// other callers sign in.
func (s *fixture) rejectedCallers() []caller {
	s.t.Helper()
	if s.Accounts == nil {
		return s.rejectedTokens()
	}
	idle, expired := s.person("whose session was not used for long"), caller{}
	s.Wait(200 * 24 * time.Hour)
	expired = s.person("expired")
	p, err := s.Tokens.Verify(expired.token)
	must(s.t, err)
	s.Wait(p.Expires.Sub(s.Now()))
	expired.refresh = "" // which is still valid
	revoked, disabled, deleted := s.person("of an ended session"), s.person("disabled"), s.person("deleted")
	racing, sound := s.person("disabled while signing in"), s.person("sound")
	p, err = s.Tokens.Verify(revoked.token)
	must(s.t, err)
	must(s.t, s.Accounts.Sessions.End(s.t.Context(), p, revoked.session))
	yes := true
	must(s.t, s.Accounts.Change(s.t.Context(), disabled.user, account.Patch{Disabled: &yes}))
	must(s.t, s.Accounts.Delete(s.t.Context(), deleted.user))
	_, _, err = store.CollectionOf[account.User](s.Store, "User").Update(s.t.Context(), racing.user, account.Patch{Disabled: &yes},
		store.Any)
	must(s.t, err)
	disabled.lostAccount, deleted.lostAccount, racing.lostAccount = true, true, true
	forged := caller{name: "forged", user: sound.user, email: sound.email, token: altered(sound.token), refresh: altered(sound.refresh)}
	all := []caller{
		{name: "nobody"}, {name: "junk", token: "junk", refresh: "junk"}, {name: "three parts of junk", token: "a.b.c", refresh: "a.b.c"},
		forged,
		{name: "with a refresh token for a token", token: sound.refresh, refresh: sound.token[:len(sound.refresh)]}, idle, expired, revoked,
		disabled, deleted,
	}
	for i := range all {
		all[i].lostToken = true
	}
	return append(all, racing)
}

// rejectedTokens returns the callers of rejectedCallers who need no account.
func (s *fixture) rejectedTokens() []caller {
	s.t.Helper()
	expired := s.person("expired")
	s.Wait(48 * time.Hour)
	all := []caller{{name: "nobody"}, {name: "junk", token: "junk"}, {name: "three parts of junk", token: "a.b.c"}, expired,
		{name: "forged", token: altered(s.person("").token)}}
	for i := range all {
		all[i].lostToken = true
	}
	return all
}

// altered changes a character in the middle of the last part of a token.
func altered(token string) string {
	at, with := len(token)-20, "A"
	if token[at] == 'A' {
		with = "B"
	}
	return token[:at] + with + token[at+1:]
}

// snapshot contains all stored documents by collection and id.
type snapshot map[string]string

func (s *fixture) snapshot() snapshot {
	s.t.Helper()
	all := snapshot{}
	for _, m := range s.Store.Models() {
		err := s.backend.Find(s.t.Context(), m, &filter.Query{Limit: 1 << 20}, func(d store.Document) error {
			all[m.Collection+" "+d.ID] = fmt.Sprintf("%d %s", d.Version, d.JSON)
			return nil
		})
		must(s.t, err)
	}
	return all
}

// lost returns the documents that have changed or disappeared.
func (before snapshot) lost(after snapshot) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(before)), func(key string) bool { return after[key] == before[key] })
}

// mentions reports whether a document contains any of the ids.
func (before snapshot) mentions(key string, ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id != "" && strings.Contains(key+before[key], id) })
}
