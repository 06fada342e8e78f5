// Package testkit runs the whole API of an application in memory for tests: the real handlers on a real SQLite store. It validates every
// response against the contract and records it for the coverage report (Main). Access, Refusals, Methods, Headers, ErrorsLeakNothing and
// SecretsStayOutOfTheLog are tests of any contract.
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

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// Issuer is the iss of tokens.
const Issuer = "https://api.example.com"

// Peer is the remote address of every request. If it is a trusted proxy, X-Forwarded-For can set another client address.
const Peer = "192.0.2.1"

// API is a server with its own store. It is safe for concurrent use.
type API struct {
	Contract *spec.Contract
	Store    *store.Store
	Accounts *account.Accounts // nil if the contract has none
	Tokens   *auth.Tokens
	Handler  http.Handler

	t      testing.TB
	app    server.App
	stored store.Backend
	leaks  *leaks
	parts  engine.Config
	now    *atomic.Int64 // Unix nanoseconds
	closed sync.Once
	lock   sync.Mutex
	ids    map[string]string // user name to id
}

// Options configure the server of a test. The zero value means an empty store, no log and the rates of the contract.
type Options struct {
	Server  server.Config
	Backend store.Backend                 // nil: the result of Backend
	Log     *slog.Logger                  // nil: no log
	Change  func(services *engine.Config) // changes the configuration before the services are created
}

var unlimited = server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn}

// New starts an application with the explorer and with a clock that is stopped at 8 o'clock on 31 January 2026, and closes it when the test
// ends. It has no rate limits, because all requests come from one address and the clock does not advance.
func New(t testing.TB, app server.App) *API {
	t.Helper()
	return NewWith(t, app, Options{Server: unlimited})
}

// NewIn starts an application as New does, with the given configuration. The zero value has the rates of the contract.
func NewIn(t testing.TB, app server.App, config server.Config) *API {
	t.Helper()
	return NewWith(t, app, Options{Server: config})
}

// NewOn starts an application as New does, without the explorer, on a backend such as that of Backend, with the given log.
func NewOn(t testing.TB, app server.App, backend store.Backend, log *slog.Logger) *API {
	t.Helper()
	return NewWith(t, app, Options{Server: server.Config{RateLimitsOff: true}, Backend: backend, Log: log})
}

// NewWith starts an application as New does, with the given options.
func NewWith(t testing.TB, app server.App, o Options) *API {
	t.Helper()
	if o.Backend == nil {
		o.Backend = Backend(t)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Contract: Contract(t, app), t: t, app: app, stored: o.Backend, now: new(atomic.Int64), ids: map[string]string{}}
	a.now.Store(time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC).UnixNano())
	a.leaks = newLeaks(t)
	a.leaks.ownErrors = app.ErrorBody != nil
	if _, measured := t.(*testing.B); !measured {
		o.Log = a.leaks.beside(o.Log)
	}
	parts, err := engine.ConfigForTests(store.New(o.Backend, engine.Models(a.Contract)), a.Contract, Issuer, o.Log, a.Now)
	must(t, err)
	if o.Change != nil {
		o.Change(&parts)
	}
	a.start(parts, o.Server)
	t.Cleanup(a.Close)
	return a
}

// Another starts another process on the same backend, with the same keys and clock. Close of the first API closes the backend.
func (a *API) Another(backend store.Backend) *API {
	a.t.Helper()
	b := &API{Contract: a.Contract, t: a.t, app: a.app, leaks: a.leaks, now: a.now, ids: a.copyIDs()}
	config := a.parts
	config.Store = store.New(backend, engine.Models(a.Contract))
	b.start(config, server.Config{RateLimitsOff: true})
	return b
}

func (a *API) start(config engine.Config, surroundings server.Config) {
	a.t.Helper()
	parts, err := engine.New(config)
	must(a.t, err)
	a.parts, a.Store, a.Tokens, a.Accounts = config, parts.Store, parts.Tokens, parts.Accounts
	a.Handler, err = server.New(withTokens(a.app), a.Contract, parts, surroundings, config.Log)
	must(a.t, err)
	must(a.t, a.Store.Migrate(a.t.Context()))
}

// Close closes the store of the server. It is also called at the end of the test.
func (a *API) Close() {
	a.closed.Do(func() { must(a.t, a.Store.Close(context.Background())) })
}

// Now returns the time of the API's clock.
func (a *API) Now() time.Time { return time.Unix(0, a.now.Load()).UTC() }

// Wait advances the API's clock.
func (a *API) Wait(d time.Duration) { a.now.Add(int64(d)) }

// Backend opens an empty store: SQLite in memory or, if MONGODB_TEST_URI is set, a new database on that server.
func Backend(t testing.TB) store.Backend {
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

// Contract returns the contract of an application. It loads each contract once.
func Contract(t testing.TB, app server.App) *spec.Contract {
	t.Helper()
	contract, err := load(app)
	must(t, err)
	return contract
}

func load(app server.App) (*spec.Contract, error) {
	loaded, ok := contracts.Load(string(app.OpenAPI))
	if !ok {
		loaded, _ = contracts.LoadOrStore(string(app.OpenAPI), sync.OnceValues(
			func() (*spec.Contract, error) { return spec.Load(app.OpenAPI) }))
	}
	return loaded.(func() (*spec.Contract, error))()
}

var contracts sync.Map // func() (*spec.Contract, error), by the text

// Plant stores a document of the schema as JSON without any validation, as another program could.
func (a *API) Plant(schema, id, text string) {
	a.t.Helper()
	must(a.t, a.stored.Insert(a.t.Context(), a.model(schema), store.Document{ID: id, JSON: json.RawMessage(text)}))
}

// PlantIn sets a property of a stored document without any validation.
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
