//go:build browser

package explorer_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// serve starts a server on an empty store, and returns its URL. Its clock is the browser's.
func serve(t *testing.T, explorer server.Explorer, tokenTTL time.Duration) string {
	t.Helper()
	return serveApp(t, apptest.App(), explorer, tokenTTL)
}

// serveApp serves an application, which may have another contract, as serve does.
func serveApp(t *testing.T, app server.App, explorer server.Explorer, tokenTTL time.Duration) string {
	t.Helper()
	contract := testkit.Contract(t, app)
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	must(t, err)
	documents := store.New(backend, engine.Models(contract))
	t.Cleanup(func() { must(t, documents.Close(context.Background())) })
	log := slog.New(slog.DiscardHandler)
	config, err := engine.ConfigForTests(documents, contract, "newsdesk", log, time.Now)
	must(t, err)
	config.TokenTTL = tokenTTL
	parts, err := engine.New(config)
	must(t, err)
	handler, err := server.New(app, contract, parts, server.Config{Explorer: explorer}, log)
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
