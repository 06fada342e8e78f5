package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testRaces checks that exactly one of many conflicting calls succeeds.
func testRaces(t *testing.T, open func(t *testing.T) store.Backend) {
	const rounds, callers = 10, 64
	duplicate := func(property string) func(m *store.Model, id string) error {
		return func(m *store.Model, _ string) error { return store.Duplicate(m, property) }
	}
	for _, tt := range []struct {
		name  string
		there bool // the document, before the calls
		call  func(t *testing.T, c collection, id string, caller int) error
		lost  func(m *store.Model, id string) error // the error of the others
	}{
		{"insert of a unique value", false, func(t *testing.T, c collection, id string, caller int) error {
			return c.Insert(t.Context(), c.Model, document(t, fmt.Sprintf(`{"id":"%s-%d","slug":"%s"}`, id, caller, id)))
		}, duplicate("slug")},
		{"insert of an id", false, func(t *testing.T, c collection, id string, caller int) error {
			return c.Insert(t.Context(), c.Model, document(t, fmt.Sprintf(`{"id":"%s","views":%d}`, id, caller)))
		}, duplicate("id")},
		{"update of a version", true, func(t *testing.T, c collection, id string, caller int) error {
			_, err := c.Update(t.Context(), c.Model, id, []store.Change{set("views", fmt.Sprint(caller))}, store.Guard{Version: 1})
			return err
		}, store.PreconditionFailed},
		{"update guarded by a where", true, func(t *testing.T, c collection, id string, _ int) error {
			_, err := c.Update(t.Context(), c.Model, id, []store.Change{set("published", `true`)},
				store.Guard{Where: c.where(t, `{"published":null}`)})
			return err
		}, store.NotFound},
		{"delete", true, func(t *testing.T, c collection, id string, _ int) error {
			return c.Delete(t.Context(), c.Model, id, store.Guard{})
		}, store.NotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := migrated(t, open, articles(t))
			for round := range rounds {
				id := fmt.Sprint(round)
				if tt.there {
					c.insert(t, `{"id":"`+id+`"}`)
				}
				var won atomic.Int64
				together(callers, func(caller int) {
					if err := tt.call(t, c, id, caller); err == nil {
						won.Add(1)
					} else {
						refused(t, err, tt.lost(c.Model, id))
					}
				})
				if won.Load() != 1 {
					t.Fatalf("round %d: %d of %d calls succeeded, want 1", round, won.Load(), callers)
				}
			}
		})
	}
}

// together runs n calls at the same time and waits for them.
func together(n int, call func(i int)) {
	var start, done sync.WaitGroup
	start.Add(n)
	for i := range n {
		done.Go(func() {
			start.Done()
			start.Wait()
			call(i)
		})
	}
	done.Wait()
}
