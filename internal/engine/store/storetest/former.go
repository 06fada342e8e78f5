package storetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// renamed is the collection of notes whose property text is now called body and required.
func renamed(t *testing.T) *store.Model {
	t.Helper()
	m := model(t, "Note", "notes", property("body", filter.String), property("at", filter.Date))
	for i := range m.Properties {
		if p := &m.Properties[i]; p.Name == "body" {
			p.Was, p.Required = "text", true
		}
	}
	m.Indexes = []store.Index{index(m, "body")}
	return m
}

// testRename lets programs before and after the renaming of a property alternate, and removes its former name.
func testRename(t *testing.T, open func(t *testing.T) store.Backend) {
	older := func() *store.Model { return notes(t, "", property("at", filter.Date)) }
	c := migrated(t, open, older())
	c.insert(t, `{"id":"a","text":"x"}`, `{"id":"b","text":"y"}`)
	c.planned(t, true, renamed(t))

	c = c.migrate(t, renamed(t))
	c.finds(t, `{"body":"x"}`, "a")
	c.sees(t, "a", `{"id":"a","body":"x"}`)
	notes := store.CollectionOf[map[string]any](store.New(c.Backend, []*store.Model{c.Model}), "Note")
	created, _, err := notes.CreateWithID(t.Context(), "c", map[string]any{"body": "z"})
	if err != nil || content(t, created) != `{"id":"c","body":"z"}` {
		t.Errorf("created %s, %v", content(t, created), err)
	}
	if _, _, err := notes.Update(t.Context(), "b", map[string]any{"body": "new"}, store.Any); err != nil {
		t.Error(err)
	}

	c = c.migrate(t, older())
	c.finds(t, `{"text":{"inq":["x","new","z"]}}`, "a", "b", "c")
	if _, err := c.Update(t.Context(), c.Model, "c", []store.Change{set("text", `"late"`)}, store.Guard{}); err != nil {
		t.Fatal(err)
	}
	c.insert(t, `{"id":"d","text":"late"}`)

	c = c.migrate(t, renamed(t))
	c.finds(t, `{"body":"late"}`, "c", "d")
	c.finds(t, `{"body":{"inq":["x","new"]}}`, "a", "b")
	// Older programs still run: what they write is seen at once, and found after the next Migrate on a store that several can open.
	plain := older()
	if _, err := c.Update(t.Context(), c.Model, "d", []store.Change{set("text", `"later"`)}, store.Guard{}); err != nil {
		t.Fatal(err)
	}
	c.sees(t, "d", `{"id":"d","body":"later"}`)

	removed := renamed(t)
	for i := range removed.Properties {
		removed.Properties[i].Was = ""
	}
	c = c.migrate(t, plain).migrate(t, renamed(t)).migrate(t, removed)
	c.finds(t, `{"body":"later"}`, "d")
	removed = renamed(t)
	for i := range removed.Properties {
		removed.Properties[i].Was = ""
	}
	removed.Removed = []string{"text"}
	c = c.migrate(t, removed)
	c.prune(t)
	for _, id := range []string{"a", "b", "c", "d"} {
		if d, err := c.Get(t.Context(), c.Model, id); err != nil || strings.Contains(string(d.JSON), `"text"`) {
			t.Errorf("%s is %s, %v", id, d.JSON, err)
		}
	}
	c.finds(t, `{"body":"later"}`, "d")
}

// sees checks what a Collection returns for an id.
func (c collection) sees(t *testing.T, id, want string) {
	t.Helper()
	notes := store.CollectionOf[map[string]any](store.New(c.Backend, []*store.Model{c.Model}), c.Model.Schema.Name())
	got, _, err := notes.Read(t.Context(), id, json.RawMessage(nil))
	if err != nil || content(t, got) != want {
		t.Errorf("%s is seen as %s, %v, want %s", id, content(t, got), err, want)
	}
}

func content(t *testing.T, text store.JSON) string {
	t.Helper()
	var b strings.Builder
	if _, err := text.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
