package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// rig is a server whose log can be read and whose handlers can be made to fail or wait: GET /ping asks the clock.
type rig struct {
	*server.Server
	store  *store.Store
	tokens *auth.Tokens
	log    *journal
}

// peer is the remote address of the requests of httptest.
const peer = "192.0.2.1"

// newRig returns a server that takes any number of requests, and that trusts the peer.
func newRig(t testing.TB, now func() time.Time) rig {
	t.Helper()
	return newRigIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn, TrustedProxies: []string{peer}}, now)
}

func newRigIn(t testing.TB, config server.Config, now func() time.Time) rig {
	t.Helper()
	return newRigOn(t, testapp.App().OpenAPI, config, now)
}

// newRigOn returns a server of another contract.
func newRigOn(t testing.TB, document []byte, config server.Config, now func() time.Time) rig {
	t.Helper()
	contract, err := spec.Load(document)
	must(t, err)
	backend, err := sqlite.Open(t.Context(), ":memory:")
	must(t, err)
	r := rig{store: store.New(backend, engine.Models(contract)), log: &journal{}}
	t.Cleanup(func() { must(t, r.store.Close(context.Background())) })
	parts, err := engine.NewForTests(r.store, contract, "field-notes", r.log.logger(), time.Now)
	must(t, err)
	r.tokens, parts.Now = parts.Tokens, now
	r.Server, err = server.New(testapp.App(), contract, parts, config, r.log.logger())
	must(t, err)
	must(t, r.store.Migrate(t.Context()))
	return r
}

// token returns a token that carries every scope.
func (r rig) token(t *testing.T) string {
	t.Helper()
	return r.tokenOf(t, "ann")
}

func (r rig) tokenOf(t *testing.T, account string) string {
	t.Helper()
	token, _, err := r.tokens.Issue(auth.TokenRequest{Subject: account, Session: store.NewID(),
		Scopes: []string{"notes:read", "notes:write"}})
	must(t, err)
	return token
}

// journal is a log, at its finest level, as JSON. It is safe for concurrent use.
type journal struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(text []byte) (int, error) {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.text.Write(text)
}

func (j *journal) String() string {
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
