package mongo

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestStepDown makes the primary step down under load. It does not run in parallel, because a missing primary affects every test.
func TestStepDown(t *testing.T) {
	uri := realURI(t)
	disturbed(t, ownDatabase(t, uri), func(ctx context.Context, db *DB) error {
		admin := db.client.Database("admin")
		err := admin.RunCommand(ctx, bson.D{{Key: "replSetStepDown", Value: 2}, {Key: "secondaryCatchUpPeriodSecs", Value: 1},
			{Key: "force", Value: true}}).Err()
		if err != nil && fault.KindOf(problem(err)) != fault.Unavailable { // the command may interrupt its own connection
			return err
		}
		return nil
	})
}

// TestCut cuts every connection under load.
func TestCut(t *testing.T) {
	t.Parallel()
	uri, err := url.Parse(serverURI(t))
	if err != nil {
		t.Fatal("the server's URI is not one") // err would quote it
	}
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), t.Name(), "127.0.0.1:0", uri.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	uri.Host, uri.RawQuery = proxy.Listen, "directConnection=true"
	disturbed(t, ownDatabase(t, uri.String()), func(context.Context, *DB) error {
		proxy.Stop()
		return proxy.Start()
	})
}

// disturbed writes while something happens to the server, three times. Each write succeeds or is Unavailable, every successful write was
// done exactly once, and writing continues afterwards.
func disturbed(t *testing.T, uri string, disturb func(context.Context, *DB) error) {
	const rounds, writers, acks = 3, 4, 40
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := Open(ctx, Config{Name: "example", URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	defer db.database.Drop(context.Background())
	m := articles(t)
	if err := db.Migrate(ctx, []*store.Model{m}); err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan struct{})
	list := make([]*writer, writers)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for i := range list {
		list[i] = &writer{db: db, m: m, id: fmt.Sprint(i)}
		if err := db.Insert(ctx, m, document(t, `{"id":"`+list[i].id+`"}`)); err != nil {
			t.Fatal(err)
		}
		all.Go(func() { list[i].run(t, ctx, acknowledged) })
	}
	for round := range rounds {
		over := make(chan error, 1)
		go func() { over <- disturb(ctx, db) }()
		for after := -1; after < acks; {
			select {
			case <-acknowledged:
				if after >= 0 {
					after++
				}
			case err := <-over:
				if after = 0; err != nil {
					t.Fatal(err)
				}
			case <-ctx.Done():
				t.Fatalf("round %d: writing does not go on", round)
			}
		}
	}
	cancel()
	all.Wait()
	for _, w := range list {
		w.check(t)
	}
}

// writer inserts documents, and changes one that it inserted before.
type writer struct {
	db *DB
	m  *store.Model
	id string

	inserted        []string
	updated, failed int64 // updates, and calls that may have been done or not
}

func (w *writer) run(t *testing.T, ctx context.Context, acknowledged chan<- struct{}) {
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("%s-%d", w.id, n)
		if succeeded(t, w.db.Insert(t.Context(), w.m, document(t, `{"id":"`+id+`"}`))) {
			w.inserted = append(w.inserted, id)
		}
		if _, err := w.db.Update(t.Context(), w.m, w.id, nil, store.Guard{}); !succeeded(t, err) {
			w.failed++
			continue
		}
		w.updated++
		select {
		case acknowledged <- struct{}{}:
		case <-ctx.Done():
		}
	}
}

// succeeded reports whether a call succeeded; the only other allowed outcome is Unavailable.
func succeeded(t *testing.T, err error) bool {
	if err != nil && fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want success or Unavailable", err)
	}
	return err == nil
}

// check checks that every acknowledged write is stored, and that nothing was done twice.
func (w *writer) check(t *testing.T) {
	for _, id := range w.inserted {
		if d, err := w.db.Get(t.Context(), w.m, id); err != nil || d.Version != 1 {
			t.Errorf("the insert of %s was acknowledged: version %d, %v", id, d.Version, err)
		}
	}
	d, err := w.db.Get(t.Context(), w.m, w.id)
	if done := d.Version - 1; err != nil || done < w.updated || done > w.updated+w.failed {
		t.Errorf("%d updates were done, %v; %d were acknowledged and %d were not", done, err, w.updated, w.failed)
	}
	t.Logf("%d inserts and %d updates acknowledged, %d not", len(w.inserted), w.updated, w.failed)
}
