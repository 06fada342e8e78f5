// Package testkit runs the whole API in memory for tests: the real handler on a real SQLite store, called through the
// typed client, with every answer held against the contract and entered in a ledger (Main).
package testkit

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/gen/wire"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

// Password is everybody's.
const Password = "correct horse"

// Issuer is the iss of tokens.
const Issuer = "https://news.example.com"

// Peer is the address that every request comes from, unless it is a trusted proxy and X-Forwarded-For says another.
const Peer = "192.0.2.1"

// API is one server with a store of its own. It is safe for concurrent use.
type API struct {
	Contract *spec.Contract
	Store    *store.Store
	Accounts *account.Accounts
	Tokens   *auth.Tokens
	Handler  http.Handler

	t      testing.TB
	stored store.Backend
	leaks  *leaks
	parts  engine.Config
	now    *atomic.Int64 // Unix nanoseconds
	closed sync.Once
	lock   sync.Mutex
	ids    map[string]string // of users, by name
}

// New starts an API that shows its explorer and whose clock stands at 8 o'clock on 31 January 2026, and closes it when the test ends. It takes any number
// of requests: all of them come from one address, and the clock that would let more in does not move.
func New(t testing.TB) *API {
	t.Helper()
	return NewIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn})
}

// NewIn starts an API as New does, in surroundings of the test's choice; with the rates of the contract when config is its zero value.
func NewIn(t testing.TB, config server.Config) *API {
	t.Helper()
	return on(t, Contract(t), open(t), config, slog.New(slog.DiscardHandler))
}

// NewOf starts an API as New does, with another contract that has the same operations.
func NewOf(t testing.TB, contract *spec.Contract) *API {
	t.Helper()
	return on(t, contract, open(t), server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn}, slog.New(slog.DiscardHandler))
}

// open opens an empty store: SQLite in memory, or a database of its own on the server at MONGODB_TEST_URI when that is set.
func open(t testing.TB) store.Backend {
	t.Helper()
	server := os.Getenv("MONGODB_TEST_URI")
	if server == "" {
		backend, err := sqlite.Open(t.Context(), sqlite.Memory)
		must(t, err)
		return backend
	}
	uri, err := url.Parse(server)
	must(t, err)
	uri.Path = "/api_" + strings.ReplaceAll(store.NewID(), "-", "")
	backend, err := mongo.Open(t.Context(), mongo.Config{URI: uri.String()})
	must(t, err)
	return backend
}

// Contract returns the contract that the server embeds.
func Contract(t testing.TB) *spec.Contract {
	t.Helper()
	contract, err := embedded()
	must(t, err)
	return contract
}

// embedded reads the contract once for all tests: it does not change.
var embedded = sync.OnceValues(func() (*spec.Contract, error) {
	return spec.Load(newsdesk.OpenAPI)
})

// App is the application that the tests serve.
func App() server.App {
	return server.App{OpenAPI: newsdesk.OpenAPI, Register: wire.Register, Explorer: explorer.Handler}
}

// Plant stores the JSON of a document of a schema past all checks, as another program could.
func (a *API) Plant(schema, id, text string) {
	a.t.Helper()
	must(a.t, a.stored.Insert(a.t.Context(), a.model(schema), store.Document{ID: id, JSON: json.RawMessage(text)}))
}

// PlantIn gives a stored document a property past all checks.
func (a *API) PlantIn(schema, id, property, text string) {
	a.t.Helper()
	value, err := json.Marshal(text)
	must(a.t, err)
	_, err = a.stored.Update(a.t.Context(), a.model(schema), id, []store.Change{{Name: property, JSON: value}}, store.Guard{})
	must(a.t, err)
}

func (a *API) model(schema string) *store.Model {
	models := a.Store.Models()
	return models[slices.IndexFunc(models, func(m *store.Model) bool { return m.Schema.Name() == schema })]
}

func on(t testing.TB, contract *spec.Contract, backend store.Backend, config server.Config, log *slog.Logger) *API {
	t.Helper()
	a := &API{Contract: contract, t: t, stored: backend, now: new(atomic.Int64), ids: map[string]string{}}
	a.now.Store(time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC).UnixNano())
	a.leaks = newLeaks(t)
	if _, measured := t.(*testing.B); !measured {
		log = a.leaks.beside(log)
	}
	parts, err := engine.ConfigForTests(store.New(backend, engine.Models(contract)), contract, Issuer, log, a.Now)
	must(t, err)
	a.start(parts, config)
	t.Cleanup(a.Close)
	return a
}

func (a *API) start(config engine.Config, surroundings server.Config) {
	a.t.Helper()
	parts, err := engine.New(config)
	must(a.t, err)
	a.parts, a.Store, a.Tokens, a.Accounts = config, parts.Store, parts.Tokens, parts.Accounts
	a.Handler, err = server.New(App(), a.Contract, parts, surroundings, config.Log)
	must(a.t, err)
	must(a.t, a.Store.Migrate(a.t.Context()))
}

// Close takes the store away from the server. The end of the test does it too.
func (a *API) Close() {
	a.closed.Do(func() { must(a.t, a.Store.Close(context.Background())) })
}

// Now is the API's clock.
func (a *API) Now() time.Time { return time.Unix(0, a.now.Load()).UTC() }

// Wait turns the clock on.
func (a *API) Wait(d time.Duration) { a.now.Add(int64(d)) }

// Anyone returns a client without a token.
func (a *API) Anyone() *client.ClientWithResponses { return a.With("") }

// As returns a client with a token of the user of that name, who is signed up at the first call. The token has the scopes
// of the default role; With and Token make one with others.
func (a *API) As(name string) *client.ClientWithResponses {
	return a.With(a.Token(name, a.Contract.Roles().Scopes([]string{a.Contract.DefaultRole()})...))
}

// ID returns the id of the user of that name.
func (a *API) ID(name string) string {
	a.lock.Lock()
	defer a.lock.Unlock()
	if id := a.ids[name]; id != "" {
		return id
	}
	answer, err := a.Anyone().SignUpWithResponse(a.t.Context(), client.UserInput{Email: Email(name), Password: Password})
	must(a.t, err)
	if answer.JSON200 == nil {
		a.t.Fatalf("sign-up of %s: %s %s", name, answer.Status(), answer.Body)
	}
	a.ids[name] = answer.JSON200.ID
	return a.ids[name]
}

// Email is the address of the user of that name.
func Email(name string) string { return name + "@example.com" }

// Token returns a token of that user's with those scopes.
func (a *API) Token(name string, scopes ...string) string {
	token, _, err := a.Tokens.Issue(auth.TokenRequest{Subject: a.ID(name), Session: store.NewID(), Scopes: scopes})
	must(a.t, err)
	return token
}

// With returns a client that sends that token; none when it is empty.
func (a *API) With(token string) *client.ClientWithResponses {
	c, err := client.NewClientWithResponses("http://newsdesk", client.WithHTTPClient(&http.Client{Transport: transport{a, token}}))
	must(a.t, err)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
