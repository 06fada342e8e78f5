package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// failing is a backend whose calls can be made to fail.
type failing struct {
	store.Backend
	err atomic.Pointer[fault.Error]
}

func (f *failing) fail() error {
	if err := f.err.Load(); err != nil {
		return err
	}
	return nil
}

func (f *failing) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Backend.Insert(ctx, m, d)
}

func (f *failing) Probe(ctx context.Context) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Backend.Probe(ctx)
}

func newFailing(t *testing.T) (rig, *failing) {
	t.Helper()
	contract, err := spec.Load(testapp.App().OpenAPI)
	must(t, err)
	backend, err := sqlite.Open(t.Context(), ":memory:")
	must(t, err)
	f := &failing{Backend: backend}
	r := rig{store: store.New(f, engine.Models(contract)), log: &journal{}}
	t.Cleanup(func() { must(t, r.store.Close(context.Background())) })
	parts, err := engine.NewForTests(r.store, contract, "field-notes", r.log.logger(), time.Now)
	must(t, err)
	r.tokens = parts.Tokens
	r.Server, err = server.New(testapp.App(), contract, parts, server.Config{RateLimitsOff: true}, r.log.logger())
	must(t, err)
	must(t, r.store.Migrate(t.Context()))
	return r, f
}

// A full disk is one ERROR a minute, and the server is not ready until a write succeeds.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	r, backend := newFailing(t)
	token := r.token(t)
	status := func(want int) {
		t.Helper()
		if got := get(r, "/ready").Code; got != want {
			t.Errorf("ready: %d, want %d; %s", got, want, r.log)
		}
	}
	status(200)
	backend.err.Store(fault.Wrap(&store.Failure{Err: errors.New("the disk is full")}, fault.InsufficientStorage, "", "No space."))
	for range 5 {
		if got := post(r, "/notes", token, `{"title":"t","text":"t"}`).Code; got != 503 {
			t.Errorf("a write: %d, want 503", got)
		}
	}
	status(503)
	status(503)
	if n := strings.Count(r.log.String(), `"ERROR"`); n != 1 {
		t.Errorf("%d errors in the log: %s", n, r.log)
	}
	if line := r.log.line(t, "the store is not available"); line["error"] != "No space.: the disk is full" || line["suppressed"] != 0.0 {
		t.Errorf("%v", line)
	}
	if got := get(r, "/notes", "Authorization", "Bearer "+token).Code; got != 200 {
		t.Errorf("a read: %d, want 200", got)
	}
	status(503)
	backend.err.Store(nil)
	status(200) // it tries a write itself: no load balancer would send one
	if line := r.log.line(t, "the store is available again"); line["suppressed"].(float64) < 4 {
		t.Errorf("%v", line)
	}
}

// Overload is one WARN a minute, not an ERROR.
func TestOverloadIsNoError(t *testing.T) {
	t.Parallel()
	r, backend := newFailing(t)
	token := r.token(t)
	backend.err.Store(fault.New(fault.Unavailable, "", "The server is busy."))
	for range 5 {
		post(r, "/notes", token, `{"title":"t","text":"t"}`)
	}
	backend.err.Store(fault.New(fault.RateLimited, fault.TooManyConcurrentRequests, "Too many of your writes are waiting."))
	for range 150 {
		post(r, "/notes", token, `{"title":"t","text":"t"}`)
	}
	log := r.log.String()
	if strings.Contains(log, `"ERROR"`) || strings.Count(log, `"WARN","msg":"the server is overloaded"`) != 1 ||
		strings.Count(log, `"WARN","msg":"many requests are rejected"`) != 1 {
		t.Errorf("the log has %s", log)
	}
	if line := r.log.line(t, "many requests are rejected"); line["suppressed"] != 100.0 || line["operation"] != "createNote" {
		t.Errorf("%v", line)
	}
	if got := get(r, "/ready").Code; got != 200 {
		t.Errorf("ready under load: %d", got)
	}
	backend.err.Store(fault.Wrap(fmt.Errorf("a defect"), fault.Internal, "", ""))
	post(r, "/notes", token, `{"title":"t","text":"t"}`)
	post(r, "/notes", token, `{"title":"t","text":"t"}`)
	if n := strings.Count(r.log.String(), `"ERROR"`); n != 2 {
		t.Errorf("%d errors in the log for two defects: %s", n, r.log)
	}
}

// post sends a JSON body.
func post(r rig, target, token, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("POST", target, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request)
	return w
}
