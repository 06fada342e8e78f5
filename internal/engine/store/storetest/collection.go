package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// collection is a backend with the collection that a test uses.
type collection struct {
	store.Backend
	*store.Model
}

// migrated opens a backend, migrates it to the model, and closes it at the end of the test.
func migrated(t *testing.T, open func(t *testing.T) store.Backend, m *store.Model) collection {
	t.Helper()
	return collection{Backend: opened(t, open)}.migrate(t, m)
}

func opened(t *testing.T, open func(t *testing.T) store.Backend) store.Backend {
	t.Helper()
	b := open(t)
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

// insert stores documents given as JSON text.
func (c collection) insert(t *testing.T, documents ...string) {
	t.Helper()
	for _, text := range documents {
		if err := c.Insert(t.Context(), c.Model, document(t, text)); err != nil {
			t.Fatalf("Insert(%.200s): %v", text, err)
		}
	}
}

// refuses checks that inserting a document returns the expected error.
func (c collection) refuses(t *testing.T, text string, want error) {
	t.Helper()
	refused(t, c.Insert(t.Context(), c.Model, document(t, text)), want)
}

// holds checks that the document with that id has that version and that JSON.
func (c collection) holds(t *testing.T, id string, version int64, text string) {
	t.Helper()
	got, err := c.Get(t.Context(), c.Model, id)
	if err != nil {
		t.Fatalf("Get(%q): %v", id, err)
	}
	same(t, "Get", got, store.Document{ID: id, Version: version, JSON: json.RawMessage(text)})
}

// lacks checks that there is no document with that id.
func (c collection) lacks(t *testing.T, id string) {
	t.Helper()
	_, err := c.Get(t.Context(), c.Model, id)
	refused(t, err, store.NotFound(c.Model, id))
}

// find returns the ids of the documents that a filter finds, in order.
func (c collection) find(t *testing.T, text string) []string {
	t.Helper()
	q, err := c.Schema.Query([]byte(text))
	if err != nil {
		t.Fatalf("the filter %s: %v", text, err)
	}
	ids := []string{}
	err = c.Find(t.Context(), c.Model, q, func(d store.Document) error {
		ids = append(ids, d.ID)
		return nil
	})
	if err != nil {
		t.Fatalf("Find(%s): %v", text, err)
	}
	return ids
}

// finds checks which documents a where matches, with Find and with Count; want contains their ids in order.
func (c collection) finds(t *testing.T, where string, want ...string) {
	t.Helper()
	if got := c.find(t, `{"where":`+where+`,"limit":1000}`); !slices.Equal(got, want) {
		t.Errorf("Find where %s: %q, want %q", where, got, want)
	}
	n, err := c.Count(t.Context(), c.Model, c.where(t, where))
	if err != nil || n != int64(len(want)) {
		t.Errorf("Count where %s: %d, %v, want %d", where, n, err, len(want))
	}
}

// where parses a where as clients write it; "" is nil.
func (c collection) where(t *testing.T, text string) filter.Where {
	t.Helper()
	if text == "" {
		return nil
	}
	w, err := c.Schema.Where([]byte(text))
	if err != nil {
		t.Fatalf("the where %s: %v", text, err)
	}
	return w
}

// document returns a document to insert; its id is that of the text.
func document(t *testing.T, text string) store.Document {
	t.Helper()
	var d struct{ ID string }
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("the document %.200s: %v", text, err)
	}
	return store.Document{ID: d.ID, Version: 1, JSON: json.RawMessage(text)}
}

// set changes a property to a value given as JSON text.
func set(name, text string) store.Change {
	return store.Change{Name: name, JSON: json.RawMessage(text)}
}

func remove(name string) store.Change { return store.Change{Name: name} }

func same(t *testing.T, what string, got, want store.Document) {
	t.Helper()
	if got.ID != want.ID || got.Version != want.Version || string(got.JSON) != string(want.JSON) {
		t.Errorf("%s: %q at version %d:\n%.1000s\nwant %q at version %d:\n%.1000s",
			what, got.ID, got.Version, got.JSON, want.ID, want.Version, want.JSON)
	}
}

// refused checks that err is the fault want; causes may differ.
func refused(t *testing.T, err, want error) {
	t.Helper()
	got, ok := err.(*fault.Error)
	if !ok {
		t.Errorf("got %T %v, want the fault %v", err, err, want)
		return
	}
	bare := *got
	bare.Err = nil
	if !reflect.DeepEqual(&bare, want) {
		t.Errorf("got %+v, want %+v", bare, want)
	}
}

// failed checks that err is a fault of that kind with a text.
func failed(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	got, ok := err.(*fault.Error)
	if !ok || got.Kind != kind || strings.TrimSpace(got.Detail) == "" {
		t.Errorf("%s: got %T %v, want a fault of kind %d with a text", what, err, err, kind)
	}
}
