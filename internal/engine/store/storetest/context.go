package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testContext checks that an ended context returns an error and does not affect the store.
func testContext(t *testing.T, open func(t *testing.T) store.Backend) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	cancel()
	text := `{"id":"a","slug":"s"}`
	for name, ctx := range map[string]context.Context{"cancelled": cancelled, "expired": expired} {
		t.Run(name, func(t *testing.T) {
			c := migrated(t, open, articles(t))
			c.insert(t, text)
			changes := []store.Change{set("slug", `"new"`)}
			for method, call := range map[string]func() error{
				"Migrate": func() error { return c.Migrate(ctx, []*store.Model{articles(t)}) },
				"Insert":  func() error { return c.Insert(ctx, c.Model, document(t, `{"id":"b"}`)) },
				"Get":     func() error { _, err := c.Get(ctx, c.Model, "a"); return err },
				"Find": func() error {
					return c.Find(ctx, c.Model, &filter.Query{Limit: 1}, func(store.Document) error { return nil })
				},
				"Count":     func() error { _, err := c.Count(ctx, c.Model, nil); return err },
				"Update":    func() error { _, err := c.Update(ctx, c.Model, "a", changes, store.Guard{}); return err },
				"UpdateAll": func() error { _, err := c.UpdateAll(ctx, c.Model, nil, changes); return err },
				"Delete":    func() error { return c.Delete(ctx, c.Model, "a", store.Guard{}) },
				"DeleteAll": func() error { _, err := c.DeleteAll(ctx, c.Model, nil); return err },
				"Ping":      func() error { return c.Ping(ctx) },
				"Probe":     func() error { return c.Probe(ctx) },
			} {
				for range 5 { // a select may have chosen well by chance
					failed(t, method, call(), fault.Unavailable)
				}
			}
			c.finds(t, `{}`, "a")
			c.holds(t, "a", 1, text)
			if err := errors.Join(c.Ping(t.Context()), c.Probe(t.Context())); err != nil {
				t.Errorf("Ping, Probe: %v", err)
			}
		})
	}

	t.Run("during writes", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		var stored sync.Map
		together(32, func(i int) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go cancel()
			for j := range 10 {
				id := fmt.Sprintf("%d-%d", i, j)
				if err := c.Insert(ctx, c.Model, document(t, `{"id":"`+id+`"}`)); err != nil {
					failed(t, "Insert", err, fault.Unavailable)
				} else {
					stored.Store(id, true)
				}
			}
		})
		for id := range stored.Range {
			c.holds(t, id.(string), 1, `{"id":"`+id.(string)+`"}`)
		}
		c.insert(t, `{"id":"after"}`)
	})
	t.Run("during Find", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		for i := range 200 {
			c.insert(t, fmt.Sprintf(`{"id":"%03d"}`, i))
		}
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			n := 0
			err := c.Find(ctx, c.Model, &filter.Query{Limit: 200}, func(store.Document) error {
				n++
				cancel()
				return nil
			})
			// Find may still yield documents that were already read, but must not return nil if some are missing.
			if err != nil {
				failed(t, "Find", err, fault.Unavailable)
			} else if n != 200 {
				t.Errorf("Find yielded %d of 200 documents and returned nil", n)
			}
			cancel()
		}
		c.insert(t, `{"id":"after"}`)
		c.finds(t, `{"id":"after"}`, "after")
	})
}
