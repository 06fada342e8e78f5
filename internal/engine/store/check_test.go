package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const itemContract = `
openapi: 3.0.3
info: {title: Items, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths: {}
components:
  schemas:
    Item:
      type: object
      x-collection: {name: items, owner: owner}
      additionalProperties: false
      required: [id, title, owner]
      properties:
        id: {type: string}
        owner: {type: string}
        title: {type: string, minLength: 1, maxLength: 5}
        kind: {type: string, enum: [a, b]}
        count: {type: integer, minimum: 0}
        day: {type: string, format: date-time}
        tags: {type: array, maxItems: 2, items: {type: string}}
        place: {type: object, additionalProperties: false, required: [city],
          properties: {city: {type: string}, zip: {type: string, nullable: true}}}
`

// items is a collection with the check of its contract, and the log of its store.
type items struct {
	store.Collection[any]
	store   *store.Store
	backend store.Backend
	model   *store.Model
	log     *bytes.Buffer
}

func newItems(t *testing.T) items {
	t.Helper()
	contract, err := spec.Load([]byte(itemContract))
	must(t, err)
	backend, err := sqlite.Open(t.Context(), ":memory:")
	must(t, err)
	s, log := store.New(backend, contract.Models()), new(bytes.Buffer)
	s.Log = slog.New(slog.NewTextHandler(log, nil))
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	must(t, s.Migrate(t.Context()))
	return items{store.CollectionOf[any](s, "Item"), s, backend, contract.Models()[0], log}
}

func TestWritesFitTheSchema(t *testing.T) {
	t.Parallel()
	c := newItems(t)
	_, _, err := c.CreateWithID(as("ann"), "one", json.RawMessage(`{"title":"first"}`))
	must(t, err)
	before, err := c.Find(as("ann"), nil)
	must(t, err)
	for in, place := range map[string]string{
		`{"title":5}`:                                       "/title",
		`{"title":null}`:                                    "/title",
		`{"title":""}`:                                      "/title",
		`{"title":"secret"}`:                                "/title",
		`{"title":"t","kind":"secret"}`:                     "/kind",
		`{"title":"t","count":-1}`:                          "/count",
		`{"title":"t","count":1.5}`:                         "/count",
		`{"title":"t","day":"secret"}`:                      "/day",
		`{"title":"t","tags":["secret",1]}`:                 "/tags/1",
		`{"title":"t","tags":["a","b","c"]}`:                "/tags",
		`{"title":"t","tags":{}}`:                           "/tags",
		`{"title":"t","place":{}}`:                          "/place",
		`{"title":"t","place":{"city":"c","zip":1}}`:        "/place/zip",
		`{"title":"t","place":{"city":"c","unknown":"s"}}`:  "/place",
		`{"title":"t","unknown":"secret"}`:                  "unknown",
		`{"title":"t","place":{"city":"c","city":"other"}}`: "twice in one object",
	} {
		_, _, create := c.Create(as("ann"), json.RawMessage(in))
		_, _, replace := c.Replace(as("ann"), "one", json.RawMessage(in), store.Any)
		_, _, update := c.Update(as("ann"), "one", json.RawMessage(in), store.Any)
		_, all := c.UpdateAll(as("ann"), []byte(`{}`), nil, json.RawMessage(in))
		for method, err := range map[string]error{"Create": create, "Replace": replace, "Update": update, "UpdateAll": all} {
			if err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "Item") ||
				!strings.Contains(err.Error(), place) ||
				strings.Contains(err.Error(), "secret") {
				t.Errorf("%s(%s): %v; want a fault of the kind Internal that names Item and %s", method, in, err, place)
			}
		}
	}
	for _, in := range []string{`{}`, `{"kind":"a"}`} {
		_, _, create := c.Create(as("ann"), json.RawMessage(in))
		_, _, replace := c.Replace(as("ann"), "one", json.RawMessage(in), store.Any)
		for method, err := range map[string]error{"Create": create, "Replace": replace} {
			if err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "title") {
				t.Errorf("%s(%s): %v; want a fault that names title", method, in, err)
			}
		}
	}
	if after, err := c.Find(as("ann"), nil); err != nil || read(t, before) != read(t, after) {
		t.Errorf("%s is stored, %v; want %s", read(t, after), err, read(t, before))
	}
	if _, version, err := c.Get(as("ann"), "one"); err != nil || version != 1 {
		t.Errorf("version %d, %v; want 1", version, err)
	}
}

// TestStoredDocumentsFit writes almost valid values: either they are stored in a valid form, or nothing is stored.
func TestStoredDocumentsFit(t *testing.T) {
	t.Parallel()
	c := newItems(t)
	scalar := rapid.SampledFrom([]any{nil, "", "a", "b", "longer", "2026-01-02T03:04:05.678Z", 0, 1, -1, 1.5, true})
	value := rapid.OneOf(scalar, rapid.Map(rapid.SliceOfN(scalar, 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"city", "zip", "other"}), scalar, 0, 3), func(v map[string]any) any { return v }))
	members := rapid.MapOf(rapid.SampledFrom([]string{"title", "kind", "count", "day", "tags", "place", "other"}), value)
	rapid.Check(t, func(t *rapid.T) {
		in := members.Draw(t, "in")
		before, err := c.CountWhere(as("ann"), filter.Everything{})
		must(t, err)
		made, _, err := c.Create(as("ann"), in)
		after, oops := c.CountWhere(as("ann"), filter.Everything{})
		must(t, oops)
		if err != nil {
			if after != before {
				t.Fatalf("%v, and it is stored", err)
			}
			return
		}
		var id struct{ ID string }
		must(t, json.Unmarshal([]byte(read(t, made)), &id))
		d, err := c.backend.Get(as("ann"), c.model, id.ID)
		must(t, err)
		if err := c.model.Check(d.JSON, true); err != nil {
			t.Fatalf("%s is stored: %v", d.JSON, err)
		}
		change := members.Draw(t, "change")
		if _, _, err := c.Update(as("ann"), id.ID, change, store.Any); err != nil {
			return
		}
		d, err = c.backend.Get(as("ann"), c.model, id.ID)
		must(t, err)
		if err := c.model.Check(d.JSON, true); err != nil {
			t.Fatalf("%v made it %s: %v", change, d.JSON, err)
		}
	})
}

// TestStrays adds documents of another program to those of the schema.
func TestStrays(t *testing.T) {
	t.Parallel()
	c := newItems(t)
	type item struct {
		Title string
		Day   timestamp.Time
	}
	typed := store.CollectionOf[item](c.store, "Item")
	for id, text := range map[string]string{
		"good":    `{"id":"good","title":"t","owner":"ann"}`,
		"long":    `{"id":"long","title":"longer than it may be now","owner":"ann"}`, // a stricter rule hides nothing
		"number":  `{"id":"number","title":5,"owner":"ann"}`,
		"date":    `{"id":"date","title":"t","owner":"ann","day":"yesterday"}`,
		"lacks":   `{"id":"lacks","owner":"ann"}`,
		"unknown": `{"id":"unknown","title":"t","owner":"ann","extra":1}`,
		"another": `{"id":"other","title":"t","owner":"ann"}`,
		"spaced":  `{"id": "spaced", "title": "t", "owner": "ann"}`,
	} {
		must(t, c.backend.Insert(t.Context(), c.model, store.Document{ID: id, JSON: json.RawMessage(text)}))
	}
	const want = `[{"id":"good"},{"id":"lacks"},{"id":"long"},{"id":"unknown"}]`
	lines, err := store.Strays(t.Context(), c.backend, []*store.Model{c.model})
	if text := strings.Join(lines, "\n"); err != nil || !strings.Contains(text, `the document "number" does not fit`) ||
		!strings.HasSuffix(text, `items: the property "extra" is not in the contract, but documents have it: 1. It is kept, and not in `+
			`responses`) || strings.Contains(text, `document "unknown"`) {
		t.Errorf("Strays: %s, %v", text, err)
	}
	for range 2 {
		if found, err := typed.Find(as("ann"), []byte(`{"fields":["id"]}`)); err != nil || read(t, found) != want {
			t.Errorf("the list has %s, %v; want %s", read(t, found), err, want)
		}
	}
	each := 0
	err = typed.Each(as("ann"), filter.Query{Limit: 10}, func(item, store.Version) error {
		each++
		return nil
	})
	if err != nil || each != 4 {
		t.Errorf("Each yields %d, %v", each, err)
	}
	for _, id := range []string{"number", "date", "another", "spaced"} {
		if _, _, err := typed.Get(as("ann"), id); err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), id) {
			t.Errorf("%s: %v; want an error that names it", id, err)
		}
		if n := strings.Count(c.log.String(), "id="+id+" "); n != 1 {
			t.Errorf("%s is logged %d times:\n%s", id, n, c.log)
		}
		must(t, c.Delete(as("ann"), id, store.Any))
	}
	if log := c.log.String(); strings.Contains(log, "good") || strings.Contains(log, "id=long") || strings.Contains(log, "extra") {
		t.Errorf("what fits is logged:\n%s", c.log)
	}
}
