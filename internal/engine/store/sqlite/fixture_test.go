package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// open opens a store for a test and closes it afterwards.
func open(t testing.TB, path string, models ...*store.Model) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, db) })
	migrated(t, db, models...)
	return db
}

func shut(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func migrated(t testing.TB, db *DB, models ...*store.Model) {
	t.Helper()
	if err := db.Migrate(t.Context(), models); err != nil {
		t.Fatal(err)
	}
}

// file returns the path of a database that does not exist yet.
func file(t testing.TB) string { return filepath.Join(t.TempDir(), "news.db") }

// news is a collection like the product's.
func news(t testing.TB) *store.Model {
	t.Helper()
	m := model(t, "news", "id string", "category string", "date date-time", "rating number", "tags string[]", "title string",
		"views integer",
		"address.city string")
	m.Properties = append(m.Properties, store.Property{Name: "body"})
	m.Indexes = []store.Index{index(m, "category", "-date"), index(m, "title"), unique(m, "views")}
	return m
}

// model returns a collection with properties written as "name type".
func model(t testing.TB, collection string, properties ...string) *store.Model {
	t.Helper()
	m := &store.Model{Collection: collection}
	var fields []string
	for _, text := range properties {
		var p filter.Property
		var kind string
		if _, err := fmt.Sscan(text, &p.Name, &kind); err != nil {
			t.Fatal(err)
		}
		p.Path = strings.Split(p.Name, ".")
		kind, p.Array = strings.CutSuffix(kind, "[]")
		for _, typ := range []filter.Type{filter.String, filter.Integer, filter.Number, filter.Boolean, filter.Date} {
			if typ.String() == kind {
				p.Type = typ
			}
		}
		p.Ops = filter.AllowedOps(p.Type)
		m.Columns = append(m.Columns, &p)
		if !slices.Contains(fields, p.Path[0]) {
			fields = append(fields, p.Path[0])
			m.Properties = append(m.Properties, store.Property{Name: p.Path[0], Required: p.Name == "id"})
		}
	}
	var err error
	if m.Schema, err = filter.NewSchema(collection, m.Columns, fields); err != nil {
		t.Fatal(err)
	}
	return m
}

// index returns an index on properties; a minus before a name is DESC.
func index(m *store.Model, names ...string) store.Index {
	ix := store.Index{Name: m.Collection}
	for _, name := range names {
		k := filter.Order{Desc: name[0] == '-'}
		if k.Desc {
			name = name[1:]
		}
		k.Property = m.Schema.Property(name)
		ix.Keys = append(ix.Keys, k)
		ix.Name += "_" + name
	}
	return ix
}

func unique(m *store.Model, names ...string) store.Index {
	ix := index(m, names...)
	ix.Unique = true
	return ix
}

// doc returns a document with the JSON object and its id.
func doc(t testing.TB, format string, args ...any) store.Document {
	t.Helper()
	d := store.Document{Version: 1, JSON: fmt.Appendf(nil, format, args...)}
	var v struct{ ID string }
	if err := json.Unmarshal(d.JSON, &v); err != nil {
		t.Fatal(err)
	}
	d.ID = v.ID
	return d
}

func insert(t testing.TB, db *DB, m *store.Model, format string, args ...any) {
	t.Helper()
	if err := db.Insert(t.Context(), m, doc(t, format, args...)); err != nil {
		t.Fatal(err)
	}
}

func where(t testing.TB, m *store.Model, text string) filter.Where {
	t.Helper()
	w, err := m.Schema.Where([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
