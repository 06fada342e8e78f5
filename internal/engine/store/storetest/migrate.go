package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testMigrate checks stored documents after changes of the contract.
func testMigrate(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Run("again", func(t *testing.T) {
		c := migrated(t, open, notes(t, "text"))
		c.insert(t, jotted()...)
		for range 2 {
			c = c.migrate(t, notes(t, "text"))
			c.unchanged(t)
		}
		c.refuses(t, `{"id":"d","text":"x"}`, store.Duplicate(c.Model, "text"))
	})
	t.Run("nothing", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		if err := c.Migrate(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		c.migrate(t, notes(t, "")).unchanged(t)
	})
	t.Run("a property comes", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		c = c.migrate(t, notes(t, "", property("rank", filter.Integer), array("tags", filter.String)))
		c.unchanged(t)
		c.finds(t, `{"rank":null,"tags":null}`, "a", "b", "c")
		c.insert(t, `{"id":"d","rank":1,"tags":["x"]}`)
		if _, err := c.Update(t.Context(), c.Model, "b", []store.Change{set("rank", `2`)}, store.Guard{}); err != nil {
			t.Fatal(err)
		}
		c.finds(t, `{"rank":{"gt":0}}`, "b", "d")
		c.finds(t, `{"tags":"x"}`, "d")
	})
	t.Run("a property becomes one that filters can name", func(t *testing.T) {
		hidden := notes(t, "")
		hidden.Properties = append(hidden.Properties, store.Property{Name: "place"}, store.Property{Name: "rank"})
		c := migrated(t, open, hidden)
		text := `{"id":"d","place":{"city":"Rome"},"rank":9007199254740993}`
		c.insert(t, text, `{"id":"e","rank":null}`)
		c = c.migrate(t, notes(t, "", property("place.city", filter.String), property("rank", filter.Integer)))
		c.finds(t, `{"rank":{"gt":9007199254740992}}`, "d")
		c.finds(t, `{"place.city":"Rome"}`, "d")
		c.finds(t, `{"rank":{"exists":true}}`, "d", "e")
		c.migrate(t, hidden).holds(t, "d", 1, text)
	})
	t.Run("a required property with a default comes", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		m := notes(t, "", property("zone", filter.String))
		last := &m.Properties[len(m.Properties)-1]
		last.Required, last.Default = true, json.RawMessage(`"utc"`)
		for range 2 {
			c = c.migrate(t, m)
			c.finds(t, `{"zone":"utc"}`, "a", "b", "c")
			for _, text := range jotted() {
				d, err := c.Get(t.Context(), c.Model, document(t, text).ID)
				if want := text[:len(text)-1] + `,"zone":"utc"}`; err != nil || string(d.JSON) != want {
					t.Errorf("got %s, %v, want %s", d.JSON, err, want)
				}
			}
		}
	})
	t.Run("a property that no document has goes", func(t *testing.T) {
		c := migrated(t, open, notes(t, "", property("rank", filter.Integer)))
		c.insert(t, jotted()...)
		c.migrate(t, notes(t, "")).unchanged(t)
	})
	t.Run("a unique index comes and goes", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		c.planned(t, true, notes(t, "text"))
		c.insert(t, `{"id":"d","text":"x"}`)
		if err := c.Delete(t.Context(), c.Model, "d", store.Guard{}); err != nil {
			t.Fatal(err)
		}
		c = c.migrate(t, notes(t, "text"))
		c.refuses(t, `{"id":"d","text":"x"}`, store.Duplicate(c.Model, "text"))
		c.unchanged(t)
		c = c.migrate(t, notes(t, ""))
		c.refuses(t, `{"id":"d","text":"x"}`, store.Duplicate(c.Model, "text")) // a program with the newer contract may run
		c.prune(t)
		c.unchanged(t)
		c.insert(t, `{"id":"d","text":"x"}`)
	})
	t.Run("a collection comes", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		other := collection{c.Backend, articles(t)}
		if err := c.Migrate(t.Context(), []*store.Model{other.Model, c.Model}); err != nil {
			t.Fatal(err)
		}
		c.unchanged(t)
		other.insert(t, `{"id":"a"}`)
	})
	t.Run("a schema gets another name", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		c.migrate(t, model(t, "Memo", "notes", property("text", filter.String))).unchanged(t)
	})
	t.Run("a collection goes and comes back", func(t *testing.T) {
		c := migrated(t, open, notes(t, ""))
		c.insert(t, jotted()...)
		c.migrate(t, articles(t)).migrate(t, c.Model).unchanged(t)
	})

	t.Run("an older contract comes back", func(t *testing.T) { testOlder(t, open) })
	t.Run("a property gets another name", func(t *testing.T) { testRename(t, open) })

	t.Run("a property changes its type and every value converts", func(t *testing.T) { testConvert(t, open) })

	t.Run("interrupted", func(t *testing.T) { testInterrupt(t, open) })

	required := notes(t, "", property("zone", filter.String))
	required.Properties[len(required.Properties)-1].Required = true
	for name, m := range map[string]*store.Model{
		"a property changes its type":                 model(t, "Note", "notes", property("text", filter.Integer)),
		"a required property without a default comes": required,
		"a unique index over duplicates comes":        notes(t, "text"),
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			c := migrated(t, open, notes(t, ""))
			c.insert(t, jotted()...)
			c.insert(t, `{"id":"d","text":"x"}`)
			if _, err := c.Plan(t.Context(), []*store.Model{m}); fault.KindOf(err) != fault.Conflict && !(err == nil && m.Indexes != nil) {
				t.Errorf("Plan: %v, want a Conflict", err)
			}
			err := c.Migrate(t.Context(), []*store.Model{articles(t), m})
			if f, ok := err.(*fault.Error); !ok || f.Detail == "" {
				t.Errorf("Migrate returned %T %v, want a fault that says what to do", err, err)
			}
			c = c.migrate(t, notes(t, ""))
			for _, text := range jotted() {
				c.holds(t, document(t, text).ID, 1, text)
			}
			c.finds(t, `{"text":"x"}`, "a", "d")
		})
	}
}

// notes returns a collection with further properties; uniqueOn names the property of a unique index, if any.
func notes(t *testing.T, uniqueOn string, more ...*filter.Property) *store.Model {
	t.Helper()
	m := model(t, "Note", "notes", append([]*filter.Property{property("text", filter.String)}, more...)...)
	if uniqueOn != "" {
		m.Indexes = []store.Index{unique(m, uniqueOn)}
	}
	return m
}

// jotted are the documents of notes before a change.
func jotted() []string {
	return []string{`{"id":"a","text":"x"}`, `{"id":"b"}`, `{"id":"c","text":null}`}
}

// unchanged checks that the collection contains exactly jotted, and that filters find them.
func (c collection) unchanged(t *testing.T) {
	t.Helper()
	for _, text := range jotted() {
		c.holds(t, document(t, text).ID, 1, text)
	}
	c.finds(t, `{}`, "a", "b", "c")
	c.finds(t, `{"text":"x"}`, "a")
}

// planned checks whether a plan has steps, and that each names the collection.
func (c collection) planned(t *testing.T, steps bool, m *store.Model) {
	t.Helper()
	plan, err := c.Plan(t.Context(), []*store.Model{m})
	if err != nil || len(plan) > 0 != steps {
		t.Errorf("Plan returned %q, %v, want steps: %t", plan, err, steps)
	}
	for _, step := range plan {
		if !strings.HasPrefix(step, m.Collection+": ") {
			t.Errorf("the step %q does not say of which collection it is", step)
		}
	}
}

// migrate migrates the collection to the model and returns it.
func (c collection) migrate(t *testing.T, m *store.Model) collection {
	t.Helper()
	if err := c.Migrate(t.Context(), []*store.Model{m}); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	c.planned(t, false, m)
	return collection{c.Backend, m}
}

// prune calls Prune as a plan, executes it, and checks that nothing is left to do.
func (c collection) prune(t *testing.T) {
	t.Helper()
	models := []*store.Model{c.Model}
	planned, err := c.Prune(t.Context(), models, true)
	steps, oops := c.Prune(t.Context(), models, false)
	rest, last := c.Prune(t.Context(), models, true)
	if err := errors.Join(err, oops, last); err != nil || len(steps) == 0 || !slices.Equal(planned, steps) || len(rest) > 0 {
		t.Errorf("Prune: %q, planned as %q, then %q, %v", steps, planned, rest, err)
	}
	c.planned(t, false, c.Model)
}

// testOlder lets a newer and an older contract alternate. The older one must keep what it does not know, and both must find everything.
func testOlder(t *testing.T, open func(t *testing.T) store.Backend) {
	older := func() *store.Model { return notes(t, "", property("zone", filter.String)) }
	newer := func() *store.Model {
		m := notes(t, "", property("rank", filter.Integer), property("zone", filter.String), property("place.city", filter.String),
			array("tags", filter.String), property("at", filter.Date))
		m.Indexes = []store.Index{index(m, "rank"), unique(m, "place.city")}
		return m
	}
	c := migrated(t, open, older())
	c.insert(t, `{"id":"a","text":"x"}`)
	c = c.migrate(t, newer())
	const rest = `"at":"2026-01-02T03:04:05.678Z","place":{"city":"Rome"},"rank":9007199254740993,"tags":["p","q"]`
	c.insert(t, `{"id":"b",`+rest+`,"text":"x"}`)

	c = c.migrate(t, older())
	c.holds(t, "b", 1, `{"id":"b",`+rest+`,"text":"x"}`)
	c.finds(t, `{"text":"x"}`, "a", "b")
	if _, err := c.Update(t.Context(), c.Model, "b", []store.Change{set("text", `"y"`), {Name: "zone"}}, store.Guard{}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.UpdateAll(t.Context(), c.Model, c.where(t, `{"text":"y"}`), []store.Change{set("text", `"z"`)}); n != 1 || err != nil {
		t.Fatalf("UpdateAll changed %d, %v", n, err)
	}
	c.holds(t, "b", 3, `{"id":"b",`+rest+`,"text":"z"}`)
	c.insert(t, `{"id":"c","text":"z"}`)
	c.insert(t, `{"id":"d","rank":5,"at":"2026-01-02T03:04:05.678Z","place":{"city":"Oslo"}}`) // as a copy of the store does
	if _, err := c.Update(t.Context(), c.Model, "d", []store.Change{set("text", `"z"`)}, store.Guard{}); err != nil {
		t.Fatal(err)
	}

	c = c.migrate(t, newer())
	c.finds(t, `{"rank":{"gt":5}}`, "b")
	c.finds(t, `{"rank":5}`, "d")
	c.finds(t, `{"place.city":{"inq":["Rome","Oslo"]}}`, "b", "d")
	c.finds(t, `{"tags":"q"}`, "b")
	c.finds(t, `{"at":"2026-01-02T03:04:05.678Z"}`, "b", "d")
	c.finds(t, `{"text":"z"}`, "b", "c", "d")
	c.refuses(t, `{"id":"e","place":{"city":"Oslo"}}`, store.Duplicate(c.Model, "place.city"))

	c = c.migrate(t, older())
	c.prune(t)
	c.insert(t, `{"id":"e","place":{"city":"Oslo"}}`)
}
