package copystore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// model is a collection of an id and a text, which is unique.
func model(collection string) *store.Model {
	id := &filter.Property{Name: "id", Path: []string{"id"}, Type: filter.String}
	text := &filter.Property{Name: "text", Path: []string{"text"}, Type: filter.String}
	columns := []*filter.Property{id, text}
	schema, err := filter.NewSchema(collection, columns, []string{"id", "text"})
	if err != nil {
		panic(err)
	}
	return &store.Model{
		Schema: schema, Collection: collection, Columns: columns,
		Properties: []store.Property{{Name: "id", Required: true}, {Name: "text"}},
		Indexes:    []store.Index{{Name: collection + "_text", Keys: []filter.Order{{Property: text}}, Unique: true}},
	}
}

func doc(id string, version int64, text string) store.Document {
	member, err := json.Marshal(map[string]string{"id": id, "text": text})
	if err != nil {
		panic(err)
	}
	return store.Document{ID: id, Version: version, JSON: member}
}

func equal(a, b store.Document) bool {
	return a.ID == b.ID && same(&a, &b)
}

// open makes a store in a file of its own.
func open(t *testing.T, models []*store.Model) store.Backend {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "news.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context(), models); err != nil {
		t.Fatal(err)
	}
	return db
}

func insertAll(t *testing.T, b store.Backend, m *store.Model, documents []store.Document) {
	t.Helper()
	var group errgroup.Group // stores commit together what arrives together
	for _, d := range documents {
		group.Go(func() error { return b.Insert(t.Context(), m, d) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// all returns a collection in the order of ids.
func all(t *testing.T, b store.Backend, m *store.Model) (documents []store.Document) {
	t.Helper()
	err := b.Find(t.Context(), m, &filter.Query{Limit: 1 << 20}, func(d store.Document) error {
		d.JSON = bytes.Clone(d.JSON)
		documents = append(documents, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func code(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code
	}
	return ""
}

// readOnly is a store that panics when anything but what is here is asked of it.
type readOnly struct {
	store.Backend
	from store.Backend
}

func (r readOnly) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	return r.from.Find(ctx, m, q, yield)
}

func (r readOnly) Count(ctx context.Context, m *store.Model, w filter.Where) (int64, error) {
	return r.from.Count(ctx, m, w)
}

// damaging is a store that changes a document before it is stored, or loses it.
type damaging struct {
	store.Backend
	change func(*store.Document) (keep bool)
}

func (d damaging) Insert(ctx context.Context, m *store.Model, document store.Document) error {
	if !d.change(&document) {
		return nil
	}
	return d.Backend.Insert(ctx, m, document)
}
