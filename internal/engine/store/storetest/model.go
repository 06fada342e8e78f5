package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// articles is a collection with every type of property, one inside an object, and one, body, that filters cannot name.
func articles(t *testing.T) *store.Model {
	t.Helper()
	m := model(t, "Article", "articles",
		property("address.city", filter.String),
		property("category", filter.String),
		property("date", filter.Date),
		property("published", filter.Boolean),
		property("rating", filter.Number),
		array("scores", filter.Integer),
		property("slug", filter.String),
		array("tags", filter.String),
		property("title", filter.String),
		property("views", filter.Integer),
	)
	m.Properties = slices.Insert(m.Properties, 2, store.Property{Name: "body"})
	m.Indexes = []store.Index{
		index(m, "category", "-date"),
		unique(m, "slug"),
	}
	return m
}

// model makes a collection of an id and other properties, all of which filters can name.
func model(t *testing.T, name, collection string, columns ...*filter.Property) *store.Model {
	t.Helper()
	slices.SortFunc(columns, func(a, b *filter.Property) int { return strings.Compare(a.Name, b.Name) })
	m := &store.Model{Collection: collection, Columns: slices.Insert(columns, 0, property("id", filter.String))}
	var fields []string
	for _, p := range m.Columns {
		m.Properties = append(m.Properties, store.Property{
			Name: p.Path[0], Required: p.Name == "id",
		})
		fields = append(fields, p.Path[0])
	}
	var err error
	if m.Schema, err = filter.NewSchema(name, m.Columns, fields); err != nil {
		t.Fatal(err)
	}
	return m
}

func property(name string, typ filter.Type) *filter.Property {
	return &filter.Property{Name: name, Path: strings.Split(name, "."), Type: typ, Ops: filter.AllowedOps(typ)}
}

func array(name string, elements filter.Type) *filter.Property {
	p := property(name, elements)
	p.Array = true
	return p
}

// index is an index of m over the properties with those names; a minus sign before a name turns its order.
func index(m *store.Model, names ...string) store.Index {
	x := store.Index{Name: m.Collection}
	for _, name := range names {
		name, desc := strings.CutPrefix(name, "-")
		x.Name += "_" + strings.ReplaceAll(name, ".", "_")
		x.Keys = append(x.Keys, filter.Order{Property: m.Schema.Property(name), Desc: desc})
	}
	return x
}

func unique(m *store.Model, names ...string) store.Index {
	x := index(m, names...)
	x.Unique = true
	return x
}
