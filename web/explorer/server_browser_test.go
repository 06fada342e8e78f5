//go:build browser

package explorer_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/apitest"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/server"
	"github.com/newsdesk-api/newsdesk/internal/store"
	"github.com/newsdesk-api/newsdesk/internal/store/sqlite"
)

// serve starts a server on an empty store, and returns its URL. Its clock is the browser's.
func serve(t *testing.T, explorer server.Explorer, tokenTTL time.Duration) string {
	t.Helper()
	contract := apitest.Contract(t)
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	must(t, err)
	documents := store.New(backend, contract.Models())
	t.Cleanup(func() { must(t, documents.Close(context.Background())) })
	key, err := auth.GenerateKey()
	must(t, err)
	keys, err := auth.NewKeys(key)
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	parts, err := app.New(app.Config{
		Store: documents, Roles: contract.Roles(), Keys: keys, Passwords: auth.NewWeakPasswordsForTests(), Issuer: "newsdesk", Audience: "newsdesk",
		TokenTTL: tokenTTL, SessionIdle: time.Hour, SessionLife: time.Hour, RevocationTTL: time.Second, NewAccounts: "editor", Log: log, Now: time.Now,
	})
	must(t, err)
	handler, err := server.New(contract, parts, server.Config{Explorer: explorer}, log)
	must(t, err)
	must(t, documents.Migrate(t.Context()))
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
