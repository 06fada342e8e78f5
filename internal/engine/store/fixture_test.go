package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// note is the type of both collections below.
type note struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	More  string `json:"more,omitempty"`
	Owner string `json:"owner"`
}

// collections returns two collections of notes on one SQLite database in memory: all callers can read the first, only owners the second.
func collections(t *testing.T) (public, private store.Collection[note]) {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), ":memory:")
	must(t, err)
	s := store.New(backend, []*store.Model{model(t, "Note", "notes", false), model(t, "Diary", "diary", true)})
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	must(t, s.Migrate(t.Context()))
	return store.CollectionOf[note](s, "Note"), store.CollectionOf[note](s, "Diary")
}

func model(t *testing.T, schema, collection string, private bool) *store.Model {
	t.Helper()
	m := &store.Model{Collection: collection, Private: private, Admin: "all"}
	names := []string{"id", "text", "more", "owner"}
	for _, name := range names {
		m.Properties = append(m.Properties, store.Property{Name: name, Required: name != "more"})
		m.Columns = append(m.Columns, &filter.Property{Name: name, Path: []string{name}, Type: filter.String,
			Ops: filter.AllowedOps(filter.String)})
	}
	var err error
	m.Schema, err = filter.NewSchema(schema, m.Columns, names)
	must(t, err)
	m.Owner = m.Schema.Property("owner")
	return m
}

// as returns the context of a request by that caller.
func as(caller string) context.Context {
	p := identity.Principal{ID: caller}
	if caller == "root" { // counts as the owner of all
		p.Scopes = []string{"all"}
	}
	return identity.NewContext(context.Background(), p)
}

// create returns a new note of that owner.
func create(t *testing.T, c store.Collection[note], owner string, n note) note {
	t.Helper()
	text, _, err := c.Create(as(owner), n)
	must(t, err)
	return written(t, text)
}

// written decodes what a method that writes has returned.
func written(t *testing.T, text store.JSON) (n note) {
	t.Helper()
	must(t, json.Unmarshal([]byte(read(t, text)), &n))
	return n
}

func equal(c store.Collection[note], property, value string) filter.Where {
	return store.PropertyOf[string](c, property).Eq(value)
}

// texts returns the texts of the notes that a filter finds.
func texts(t *testing.T, c store.Collection[note], ctx context.Context, filter string) []string {
	t.Helper()
	found, err := c.Find(ctx, json.RawMessage(filter))
	must(t, err)
	var notes []note
	must(t, json.Unmarshal([]byte(read(t, found)), &notes))
	var all []string
	for _, n := range notes {
		all = append(all, n.Text)
	}
	return all
}

// read returns a text from the store.
func read(t interface {
	Helper()
	Fatal(...any)
}, text store.JSON) string {
	t.Helper()
	var b strings.Builder
	n, err := text.WriteTo(&b)
	must(t, err)
	if n != text.Len() || int(n) != b.Len() {
		t.Fatal("WriteTo returned", n, "and wrote", b.Len(), "bytes; Len is", text.Len())
	}
	return b.String()
}

func must(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
