package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestKept(t *testing.T) {
	t.Parallel()
	c := newItems(t)
	_, _, err := c.CreateWithID(as("ann"), "one", json.RawMessage(`{"title":"t","count":7,"day":"2026-01-02T03:04:05.000Z","tags":["a",`+
		`"b"],"place":{"city":"c","zip":null}}`))
	must(t, err)
	for text, same := range map[string]bool{
		`{"id":"one","owner":"ann","title":"t","count":7,"day":"2026-01-02T03:04:05.000Z","tags":["a","b"],"place":{"zip":null,` +
			`"city":"c"}}`: true,
		`{"count":7.0,"day":"2026-01-02T03:04:05Z","kind":null}`: true,
		`{"day":"2026-01-02T04:04:05+01:00"}`:                    true,
		`{}`:                                                     true,
		`{"count":8}`:                                            false,
		`{"count":"7"}`:                                          false,
		`{"count":null}`:                                         false,
		`{"count":1e999}`:                                        false,
		`{"day":"2026-01-02T03:04:06Z"}`:                         false,
		`{"title":"T"}`:                                          false,
		`{"tags":["b","a"]}`:                                     false,
		`{"place":{"city":"c"}}`:                                 false,
		`{"kind":"a"}`:                                           false,
	} {
		members := map[string]any{}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		must(t, decoder.Decode(&members))
		_, _, err := c.Update(store.WithKept(as("ann"), []string{"Other", "Item"}, members), "one", map[string]any{"title": "t"}, store.Any)
		if same && err != nil || !same && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", text, err)
		}
		if _, _, err := c.Update(store.WithKept(as("ann"), []string{"Other"}, members), "one", map[string]any{"title": "t"},
			store.Any); err != nil {
			t.Errorf("%s, kept in another collection: %v", text, err)
		}
	}
}

// TestKeptIsComparedWithinTheWrite changes a document between the comparison and the write.
func TestKeptIsComparedWithinTheWrite(t *testing.T) {
	t.Parallel()
	for then, want := range map[string]fault.Kind{"a": 0, "b": fault.Invalid} {
		c := newItems(t)
		_, _, err := c.CreateWithID(as("ann"), "one", json.RawMessage(`{"title":"t","kind":"a"}`))
		must(t, err)
		backend := &overtaken{Backend: c.backend, change: func() {
			_, _, err := c.Update(as("ann"), "one", map[string]any{"kind": then}, store.Any)
			must(t, err)
		}}
		slow := store.CollectionOf[any](store.New(backend, []*store.Model{c.model}), "Item")
		_, version, err := slow.Update(store.WithKept(as("ann"), []string{"Item"}, map[string]any{"kind": "a"}), "one",
			map[string]any{"title": "u"}, store.Any)
		switch {
		case then == "a" && (err != nil || version != 3):
			t.Errorf("changed to what it was: version %d, %v; want 3", version, err)
		case then != "a" && fault.KindOf(err) != want:
			t.Errorf("changed to something else: %v; want it to be refused", err)
		}
	}
}

// overtaken is a backend on which another caller writes after the first Get.
type overtaken struct {
	store.Backend
	change func()
}

func (b *overtaken) Get(ctx context.Context, m *store.Model, id string) (store.Document, error) {
	d, err := b.Backend.Get(ctx, m, id)
	if b.change != nil {
		change := b.change
		b.change = nil
		change()
	}
	return d, err
}
