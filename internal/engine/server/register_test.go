package server

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// TestNewRefuses starts the server with contracts that its generated code was not made from.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want []string
		edit []string // old text, new text, old text, …
	}{
		{"nothing", nil, nil},
		{"an operation more", []string{"pong", "no route", "go generate"}, []string{"  /health:\n",
			"  /pong:\n    get: {operationId: pong, tags: [system], security: [], responses: {'204': {description: Pong}}}\n  /health:\n"}},
		{"an operation renamed", []string{"GET /ping", "no check", "go generate"}, []string{"operationId: ping", "operationId: pong"}},
		{"an operation on another path", []string{"ping", "no route", "go generate"}, []string{"  /ping:\n", "  /pong:\n"}},
		{"an operation by another method", []string{"ping", "no route", "go generate"},
			[]string{"  /ping:\n    get:\n", "  /ping:\n    put:\n"}},
		{"a path parameter renamed", []string{"no route"},
			[]string{"/notes/{id}:\n    parameters:\n      - {$ref: '#/components/parameters/ID'}",
				"/notes/{key}:\n    parameters:\n      - {name: key, in: path, required: true, schema: {type: string}}"}},
		{"a security scheme without a verifier", []string{"otherAuth", "verifier"},
			[]string{"security: [{bearerAuth: []}]", "security: [{otherAuth: []}]", "    bearerAuth:\n",
				"    otherAuth: {type: http, scheme: basic}\n    bearerAuth:\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contract := contractWith(t, tt.edit)
			_, err := New(generated(t), contract, newApp(t, contract), Config{}, slog.New(slog.DiscardHandler))
			if (err == nil) != (tt.want == nil) {
				t.Fatal(err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}

// A route whose check is missing would let everybody in.
func TestNewRefusesARouteWithoutACheck(t *testing.T) {
	t.Parallel()
	contract := contractWith(t, nil)
	a := newApp(t, contract)
	for _, op := range contract.Operations() {
		app := generated(t)
		register := app.Register
		app.Register = func(r Router, s engine.Services, m Middleware) {
			delete(m, op.ID)
			register(r, s, m)
		}
		_, err := New(app, contract, a, Config{}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), op.Path+" has no check") {
			t.Errorf("without the check of %s: %v", op.ID, err)
		}
	}
}

// generated stands for the code that is generated from the contract as it is: its handlers answer 200.
func generated(t *testing.T) App {
	t.Helper()
	operations := contractWith(t, nil).Operations()
	return App{OpenAPI: openAPI(t), Register: func(r Router, _ engine.Services, m Middleware) {
		for _, op := range operations {
			add := map[string]func(string, echo.HandlerFunc, ...echo.MiddlewareFunc) *echo.Route{
				"GET": r.GET, "POST": r.POST, "PUT": r.PUT, "PATCH": r.PATCH, "DELETE": r.DELETE,
			}[op.Method]
			add(generatedPath(op.Path), func(c echo.Context) error { return c.NoContent(200) }, m[op.ID]...)
		}
	}}
}

// openAPI returns testapp's contract: testapp imports this package.
func openAPI(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("../testapp/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func contractWith(t testing.TB, edit []string) *spec.Contract {
	t.Helper()
	text := string(openAPI(t))
	for i := 0; i+1 < len(edit); i += 2 {
		if !strings.Contains(text, edit[i]) {
			t.Fatalf("the contract has no %q any more", edit[i])
		}
		text = strings.Replace(text, edit[i], edit[i+1], 1)
	}
	contract, err := spec.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// newApp returns what a server needs to start; on an empty store.
func newApp(t testing.TB, contract *spec.Contract) engine.Services {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	documents := store.New(backend, engine.Models(contract))
	t.Cleanup(func() { _ = documents.Close(context.Background()) })
	parts, err := engine.NewForTests(documents, contract, "field-notes", slog.New(slog.DiscardHandler), time.Now)
	if err == nil {
		err = documents.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return parts
}
