package storetest

import (
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testNames checks that names with a special meaning in a store work like all others, and that collections do not mix.
func testNames(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Run("properties", func(t *testing.T) {
		columns := []*filter.Property{}
		names := []string{"count", "create", "date", "doc", "documents", "from", "group", "index", "json", "key", "null", "order",
			"rowid", "select", "set", "table", "true", "type", "value", "version", "where"}
		for _, name := range names {
			columns = append(columns, property(name, filter.String))
		}
		m := model(t, "Order", "order", columns...)
		for _, name := range names {
			m.Indexes = append(m.Indexes, index(m, name))
		}
		c := migrated(t, open, m)
		for _, name := range names {
			c.insert(t, `{"id":"`+name+`","`+name+`":"x"}`)
		}
		for _, name := range names {
			c.finds(t, `{"`+name+`":"x"}`, name)
			got, err := c.Update(t.Context(), c.Model, name, []store.Change{set(name, `"y"`)},
				store.Guard{Where: c.where(t, `{"`+name+`":"x"}`), Version: 1})
			if err != nil {
				t.Errorf("Update of %q: %v", name, err)
				continue
			}
			same(t, "Update", got, store.Document{ID: name, Version: 2, JSON: []byte(`{"id":"` + name + `","` + name + `":"y"}`)})
			c.finds(t, `{"`+name+`":"x"}`)
			if found := c.find(t, `{"order":"`+name+` DESC","limit":1}`); !slices.Equal(found, []string{name}) {
				t.Errorf("order by %q: %q first", name, found)
			}
		}
	})
	t.Run("collections", func(t *testing.T) {
		b := opened(t, open)
		var all []collection
		for _, name := range []string{"group", "select", "Articles2", "articles_slug", "documents"} {
			m := model(t, name, name, property("slug", filter.String))
			m.Indexes = []store.Index{unique(m, "slug")}
			all = append(all, collection{b, m})
		}
		var models []*store.Model
		for _, c := range all {
			models = append(models, c.Model)
		}
		if err := b.Migrate(t.Context(), models); err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			c.insert(t, `{"id":"a","slug":"s"}`)
			c.refuses(t, `{"id":"b","slug":"s"}`, store.Duplicate(c.Model, "slug"))
		}
		if n, err := all[0].DeleteAll(t.Context(), all[0].Model, nil); n != 1 || err != nil {
			t.Errorf("DeleteAll: %d, %v", n, err)
		}
		all[0].finds(t, `{}`)
		for _, c := range all[1:] {
			c.finds(t, `{"slug":"s"}`, "a")
		}
	})
}
