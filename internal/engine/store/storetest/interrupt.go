package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testInterrupt interrupts a migration with every kind of step at each of its steps, and continues it.
func testInterrupt(t *testing.T, open func(t *testing.T) store.Backend) {
	older := func() *store.Model {
		return notes(t, "", property("rank", filter.Integer), property("gone", filter.String), property("zone", filter.String))
	}
	newer := func() *store.Model {
		m := model(t, "Note", "notes", property("body", filter.String), property("rank", filter.String), property("state", filter.String),
			property("zone", filter.String))
		for i := range m.Properties {
			switch p := &m.Properties[i]; p.Name {
			case "body":
				p.Was = "text"
			case "state":
				p.Required, p.Default = true, json.RawMessage(`"open"`)
			}
		}
		m.Removed = []string{"gone"}
		m.Indexes = []store.Index{index(m, "body"), index(m, "rank"), index(m, "zone")}
		return m
	}
	for name, run := range map[string]func(context.Context, store.Backend, *store.Model) error{
		"Migrate": func(ctx context.Context, b store.Backend, m *store.Model) error {
			return b.Migrate(ctx, []*store.Model{m})
		},
		"Prune": func(ctx context.Context, b store.Backend, m *store.Model) error {
			_, err := b.Prune(ctx, []*store.Model{m}, false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, older())
			for i := range 20 {
				c.insert(t, fmt.Sprintf(`{"id":"%02d","gone":"g","rank":%d,"text":"x"}`, i, i))
			}
			interrupted := 0
			for at := 1; ; at++ {
				ctx, cancel := context.WithCancel(t.Context())
				steps := 0
				err := run(store.WithProgress(ctx, func(string) {
					if steps++; steps == at {
						cancel()
					}
				}), c.Backend, newer())
				cancel()
				if err == nil {
					break
				}
				if interrupted++; fault.KindOf(err) != fault.Unavailable || interrupted > 50 {
					t.Fatalf("at step %d: %v", at, err)
				}
			}
			if interrupted < 2 {
				t.Errorf("it was interrupted %d times", interrupted)
			}
			c.Model = newer()
			if err := run(t.Context(), c.Backend, c.Model); err != nil {
				t.Fatal(err)
			}
			c.planned(t, false, c.Model)
			for i := range 20 {
				c.sees(t, fmt.Sprintf("%02d", i), fmt.Sprintf(`{"id":"%02d","rank":"%d","body":"x","state":"open"}`, i, i))
			}
			where := c.where(t, `{"body":"x","state":"open","rank":{"neq":null}}`)
			if n, err := c.Count(t.Context(), c.Model, where); n != 20 || err != nil {
				t.Errorf("%d documents are found, %v", n, err)
			}
		})
	}
}
