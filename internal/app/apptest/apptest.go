// Package apptest runs the application for its tests, with the typed client. Only tests import it.
package apptest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/gen/wire"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

// App returns the application.
func App() server.App {
	return server.App{OpenAPI: newsdesk.OpenAPI, Register: wire.Register, Explorer: explorer.Handler}
}

// Contract returns the application's contract.
func Contract(t testing.TB) *spec.Contract {
	t.Helper()
	return testkit.Contract(t, App())
}

// Main runs the tests of a tag as testkit.Main does.
func Main(m *testing.M, tag string) { testkit.Main(m, App(), tag) }

// API is the application in memory. It is safe for concurrent use.
type API struct {
	*testkit.API
	t testing.TB
}

// New starts the application as testkit.New does.
func New(t testing.TB) *API {
	t.Helper()
	return &API{testkit.New(t, App()), t}
}

// NewIn starts the application as testkit.NewIn does.
func NewIn(t testing.TB, config server.Config) *API {
	t.Helper()
	return &API{testkit.NewIn(t, App(), config), t}
}

// NewOn starts the application as testkit.NewOn does.
func NewOn(t testing.TB, backend store.Backend, log *slog.Logger) *API {
	t.Helper()
	return &API{testkit.NewOn(t, App(), backend, log), t}
}

// NewOf starts the application as testkit.New does, with a different contract that has the same operations.
func NewOf(t testing.TB, document []byte) *API {
	t.Helper()
	app := App()
	app.OpenAPI = document
	return &API{testkit.New(t, app), t}
}

// Another starts another process as testkit.API.Another does.
func (a *API) Another(backend store.Backend) *API { return &API{a.API.Another(backend), a.t} }

// Anyone returns a client without a token.
func (a *API) Anyone() *client.ClientWithResponses { return a.With("") }

// As returns a client with a token of the named user, with the scopes of the default role.
func (a *API) As(name string) *client.ClientWithResponses { return a.With(a.DefaultToken(name)) }

// With returns a client that sends the token, or no token if it is empty.
func (a *API) With(token string) *client.ClientWithResponses {
	a.t.Helper()
	c, err := client.NewClientWithResponses("http://app"+a.Contract.BasePath(), client.WithHTTPClient(a.Client(token)))
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// Token is the response of the sign-in.
type Token struct {
	Token        string `json:"token"`
	RefreshToken string `json:"refresh_token"`
	UserID       string `json:"user_id"`
	ExpiresIn    int    `json:"expires_in"`
}

// SignIn starts a session of the named user through the API, by the operation of x-token. The first call signs the user up.
func (a *API) SignIn(name string) (t Token) {
	a.t.Helper()
	a.ID(name)
	how, _ := a.Contract.Token()
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email(name), testkit.Password)
	response := a.Do(how.SignIn.Method, how.SignIn.Path, "", body)
	text := testkit.Body(response)
	if err := json.Unmarshal([]byte(text), &t); err != nil || t.Token == "" {
		a.t.Fatalf("sign-in of %s: %s %s", name, response.Status, text)
	}
	return t
}
