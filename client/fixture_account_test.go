package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/newsdesk-api/newsdesk/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const email, password = "ann@example.com", "battery staple"

// world is the real API behind HTTP. A handler in front of it counts requests and may respond instead.
type world struct {
	*apptest.API
	*httptest.Server
	refreshes, requests atomic.Int64

	lock   sync.Mutex
	before func(w http.ResponseWriter, r *http.Request) (answered bool) // nil: no interception
	waits  []time.Duration
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return serve(t, apptest.New(t))
}

// newWorldWithRates returns a world with the rates of the contract.
func newWorldWithRates(t testing.TB) *world {
	t.Helper()
	return serve(t, apptest.NewIn(t, server.Config{}))
}

func serve(t testing.TB, api *apptest.API) *world {
	t.Helper()
	w := &world{API: api}
	w.Server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		w.requests.Add(1)
		if r.URL.Path == "/refresh" {
			w.refreshes.Add(1)
		}
		w.lock.Lock()
		before := w.before
		w.lock.Unlock()
		if before == nil || !before(answer, r) {
			w.Handler.ServeHTTP(answer, r)
		}
	}))
	t.Cleanup(w.Server.Close)
	return w
}

// Close closes the server; the store is closed at the end of the test.
func (w *world) Close() { w.Server.Close() }

// intercept calls before for each request. If it returns true, the request does not reach the API.
func (w *world) intercept(before func(http.ResponseWriter, *http.Request) bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.before = before
}

// wait moves the API's clock forward instead of waiting.
func (w *world) wait(ctx context.Context, d time.Duration) error {
	w.lock.Lock()
	w.waits = append(w.waits, d)
	w.lock.Unlock()
	w.Wait(d)
	return ctx.Err()
}

// client returns an anonymous client with the API's clock.
func (w *world) client(t testing.TB, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(w.URL, append([]client.Option{client.WithClock(w.Now, w.wait)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ann returns a client that is signed in as Ann.
func (w *world) ann(t testing.TB, options ...client.Option) *client.Client {
	t.Helper()
	c := w.client(t, options...)
	if _, err := c.SignUp(t.Context(), client.UserInput{Email: email, Password: password}); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	return c
}
