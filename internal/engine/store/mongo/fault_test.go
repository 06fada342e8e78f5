package mongo

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.mongodb.org/mongo-driver/mongo/description"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// proxied puts a proxy before a replica set, so that the driver can only reach it through the proxy.
func proxied(t *testing.T) (*replicaSet, *toxiproxy.Proxy) {
	t.Helper()
	server := serve(t, nil)
	control := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(control, t.Name(), "127.0.0.1:0", server.address)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	server.address = proxy.Listen
	return server, proxy
}

// TestFaults breaks the connection to the server, checks the error of each method, repairs it, and checks that the same store works again.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(t *testing.T, p *toxiproxy.Proxy) (mend func()){
		"down": func(t *testing.T, p *toxiproxy.Proxy) func() {
			p.Stop()
			return func() {
				if err := p.Start(); err != nil {
					t.Error(err)
				}
			}
		},
		"slow":             toxic(`{"name":"x","type":"latency","stream":"downstream","attributes":{"latency":60000}}`),
		"half-open":        toxic(`{"name":"x","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`),
		"reset mid-answer": toxic(`{"name":"x","type":"limit_data","stream":"downstream","attributes":{"bytes":10}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, proxy := proxied(t)
			db, err := Open(t.Context(), Config{Name: "example", URI: "mongodb://" + proxy.Listen + "/?replicaSet=rs0&maxPoolSize=10"})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(context.Background())
			m := articles(t)
			if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
				t.Fatal(err)
			}
			mend := breakIt(t, proxy)
			var all sync.WaitGroup
			for method, call := range methods(t, db, m) {
				for range 10 {
					all.Go(func() { unavailable(t, method, call) })
				}
			}
			all.Wait()
			if n := server.connections(); n > 10+2 { // two more monitor the server
				t.Errorf("%d connections, want at most those of the pool", n)
			}
			if err := db.Ping(t.Context()); name == "down" && !store.IsFailure(err) {
				t.Errorf("a server that is down is not the state of the store: %v", err)
			}
			mend()
			// The store recovers by itself, however often it failed before.
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for err = db.Ping(ctx); err != nil && ctx.Err() == nil; err = db.Ping(ctx) {
			}
			if err != nil {
				t.Errorf("the server is back, the store is not: %v", err)
			}
			if err := db.Insert(t.Context(), m, document(t, `{"id":"a"}`)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTimeout checks that Config.Timeout applies to each method except Migrate and Plan.
func TestTimeout(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{Name: "example", URI: "mongodb://" + serve(t, nil).address + "/?replicaSet=rs0",
		Timeout: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	m := articles(t)
	if err := db.Migrate(t.Context(), []*store.Model{m}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Plan(t.Context(), []*store.Model{m}); err != nil {
		t.Error(err)
	}
	for method, call := range methods(t, db, m) {
		unavailable(t, method, call)
	}
}

// methods returns calls of each method that uses the server, except Migrate and Plan.
func methods(t *testing.T, db *DB, m *store.Model) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Ping":      db.Ping,
		"Insert":    func(ctx context.Context) error { return db.Insert(ctx, m, document(t, `{"id":"a"}`)) },
		"Get":       func(ctx context.Context) error { _, err := db.Get(ctx, m, "a"); return err },
		"Find":      func(ctx context.Context) error { return db.Find(ctx, m, &filter.Query{Limit: 1}, nil) },
		"Count":     func(ctx context.Context) error { _, err := db.Count(ctx, m, nil); return err },
		"Update":    func(ctx context.Context) error { _, err := db.Update(ctx, m, "a", nil, store.Guard{}); return err },
		"UpdateAll": func(ctx context.Context) error { _, err := db.UpdateAll(ctx, m, nil, nil); return err },
		"Delete":    func(ctx context.Context) error { return db.Delete(ctx, m, "a", store.Guard{}) },
		"DeleteAll": func(ctx context.Context) error { _, err := db.DeleteAll(ctx, m, nil); return err },
	}
}

// unavailable checks that the call, which has no deadline, returns Unavailable.
func unavailable(t *testing.T, method string, call func(context.Context) error) {
	err := call(t.Context())
	if f, ok := err.(*fault.Error); !ok || f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
		t.Errorf("%s: got %v, want Unavailable with a RetryAfter", method, err)
	}
}

// TestOpenWaits checks that Open waits for a server that starts later, and otherwise returns an error of one line.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	_, proxy := proxied(t)
	host := proxy.Listen // Start writes it again
	uri := "mongodb://u:s3cret@" + host + "/?replicaSet=rs0"
	proxy.Stop()
	opened := make(chan error, 1)
	go func() {
		db, err := Open(t.Context(), Config{Name: "example", URI: "mongodb://" + host + "/?replicaSet=rs0", Wait: time.Minute})
		if err == nil {
			err = db.Close(context.Background())
		}
		opened <- err
	}()
	// The other one must wait until this one has given up.
	_, err := Open(t.Context(), Config{Name: "example", URI: uri})
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.HasPrefix(err.Error(),
		"open the store: MongoDB at "+host+" cannot be used: dial tcp") {
		t.Errorf("got %v, want one line that names the host and what is wrong there, without the password", err)
	}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// TestCause checks that the error of Open is always one line, whatever the server or the driver reports.
func TestCause(t *testing.T) {
	t.Parallel()
	known := func(servers ...description.Server) error {
		return topology.ServerSelectionError{Desc: description.Topology{Servers: servers}, Wrapped: context.DeadlineExceeded}
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("not\nallowed\n\nSee the manual.\n"), "not allowed See the manual."},
		{known(description.Server{}, description.Server{LastError: errors.New("auth error:\nno such user")}), "auth error: no such user"},
		{known(description.Server{}), "none of the servers is the primary of the replica set that the URI names"},
	} {
		if got := cause(tt.err); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.err, got, tt.want)
		}
	}
}

// toxic adds a toxic to the proxy, and returns a function that removes it.
func toxic(text string) func(*testing.T, *toxiproxy.Proxy) func() {
	return func(t *testing.T, p *toxiproxy.Proxy) func() {
		t.Helper()
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		return func() { p.Toxics.ResetToxics(context.Background()) }
	}
}
