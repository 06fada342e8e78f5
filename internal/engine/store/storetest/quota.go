package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testQuota fills quotas of documents and of bytes, and releases them again in every way.
func testQuota(t *testing.T, open func(t *testing.T) store.Backend) {
	notes := func(q *store.Quota) *store.Model {
		m := model(t, "Note", "notes", property("owner", filter.String), property("text", filter.String))
		m.Owner, m.Quota = m.Schema.Property("owner"), q
		m.Indexes = []store.Index{index(m, "owner")}
		return m
	}
	note := func(id, owner string, size int) store.Document {
		return store.Document{ID: id, JSON: json.RawMessage(fmt.Sprintf(`{"id":%q,"owner":%q,"text":%q}`, id, owner,
			strings.Repeat("x", size)))}
	}
	text := func(size int) []store.Change {
		return []store.Change{{Name: "text", JSON: json.RawMessage(fmt.Sprintf("%q", strings.Repeat("y", size)))}}
	}
	full := func(t *testing.T, what string, err error) {
		t.Helper()
		if fault.KindOf(err) != fault.Forbidden || !strings.Contains(err.Error(), "quota") {
			t.Errorf("%s: %v, want that the quota is used up", what, err)
		}
	}
	fine := func(t *testing.T, what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	t.Run("documents", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, notes(&store.Quota{Documents: 3}))
		mine := &filter.Comparison{Property: c.Owner, Op: filter.Eq, Value: "ann"}
		for i := range 3 {
			fine(t, "within the quota", c.Insert(t.Context(), c.Model, note(fmt.Sprint(i), "ann", 10)))
		}
		full(t, "one more", c.Insert(t.Context(), c.Model, note("3", "ann", 10)))
		c.lacks(t, "3")
		fine(t, "another's", c.Insert(t.Context(), c.Model, note("b", "bob", 10)))
		_, err := c.Update(t.Context(), c.Model, "1", text(500), store.Guard{Where: mine})
		fine(t, "a change", err)
		fine(t, "delete", c.Delete(t.Context(), c.Model, "0", store.Guard{Where: mine}))
		fine(t, "after a delete", c.Insert(t.Context(), c.Model, note("3", "ann", 10)))
		full(t, "one more", c.Insert(t.Context(), c.Model, note("4", "ann", 10)))
		_, err = c.DeleteAll(t.Context(), c.Model, mine)
		fine(t, "delete all", err)
		for i := range 3 {
			fine(t, "after all are deleted", c.Insert(t.Context(), c.Model, note(fmt.Sprint(i), "ann", 10)))
		}
		full(t, "one more", c.Insert(t.Context(), c.Model, note("3", "ann", 10)))
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, notes(&store.Quota{Bytes: 3000}))
		mine := &filter.Comparison{Property: c.Owner, Op: filter.Eq, Value: "ann"}
		fine(t, "within the quota", c.Insert(t.Context(), c.Model, note("a", "ann", 1000)))
		fine(t, "within the quota", c.Insert(t.Context(), c.Model, note("b", "ann", 1000)))
		full(t, "a large one", c.Insert(t.Context(), c.Model, note("c", "ann", 1000)))
		fine(t, "a small one", c.Insert(t.Context(), c.Model, note("c", "ann", 100)))
		_, err := c.Update(t.Context(), c.Model, "c", text(1500), store.Guard{Where: mine})
		full(t, "a change that is too large", err)
		c.holds(t, "c", 1, string(note("c", "ann", 100).JSON))
		_, err = c.UpdateAll(t.Context(), c.Model, mine, text(1500))
		full(t, "a change of all that is too large", err)
		c.holds(t, "a", 1, string(note("a", "ann", 1000).JSON))
		_, err = c.Update(t.Context(), c.Model, "a", text(900), store.Guard{Where: mine})
		fine(t, "one that is smaller", err)
		_, err = c.UpdateAll(t.Context(), c.Model, mine, text(100))
		fine(t, "all smaller", err)
		fine(t, "a large one after that", c.Insert(t.Context(), c.Model, note("d", "ann", 1000)))
	})
	t.Run("before there was one", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, notes(nil))
		c.insert(t, `{"id":"a","owner":"ann","text":"t"}`, `{"id":"b","owner":"ann","text":"t"}`, `{"id":"c","text":"nobody's"}`)
		c = c.migrate(t, notes(&store.Quota{Documents: 1, Bytes: 1 << 20}))
		full(t, "one more", c.Insert(t.Context(), c.Model, note("d", "ann", 10)))
		fine(t, "delete", c.Delete(t.Context(), c.Model, "a", store.Guard{}))
		full(t, "one more", c.Insert(t.Context(), c.Model, note("d", "ann", 10)))
		fine(t, "delete", c.Delete(t.Context(), c.Model, "b", store.Guard{}))
		fine(t, "the first", c.Insert(t.Context(), c.Model, note("d", "ann", 10)))
		c = c.migrate(t, notes(nil))
		fine(t, "without a quota", c.Insert(t.Context(), c.Model, note("e", "ann", 10)))
	})
	t.Run("together", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, notes(&store.Quota{Documents: 10}))
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { _ = c.Insert(context.Background(), c.Model, note(fmt.Sprint(i), "ann", 10)) })
		}
		all.Wait()
		if n, err := c.Count(t.Context(), c.Model, nil); err != nil || n != 10 {
			t.Errorf("%d are stored, %v; want 10", n, err)
		}
	})
}
