package mongo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// articles is a collection with every type of property, and one, body, that filters cannot name.
func articles(t testing.TB) *store.Model {
	t.Helper()
	m := &store.Model{Collection: "articles", Properties: []store.Property{{Name: "body"}}}
	fields := []string{"body"}
	for _, p := range []filter.Property{
		{Name: "id", Type: filter.String}, {Name: "address.city", Type: filter.String}, {Name: "category", Type: filter.String},
		{Name: "date", Type: filter.Date}, {Name: "published", Type: filter.Boolean}, {Name: "rating", Type: filter.Number},
		{Name: "slug", Type: filter.String}, {Name: "tags", Type: filter.String, Array: true}, {Name: "title", Type: filter.String},
		{Name: "views", Type: filter.Integer},
	} {
		p.Path, p.Ops = strings.Split(p.Name, "."), filter.AllowedOps(p.Type)
		m.Columns = append(m.Columns, &p)
		m.Properties = append(m.Properties, store.Property{Name: p.Path[0], Required: p.Name == "id"})
		fields = append(fields, p.Path[0])
	}
	m.Properties = append(m.Properties[1:], m.Properties[0])
	var err error
	if m.Schema, err = filter.NewSchema("Article", m.Columns, slices.Clone(fields)); err != nil {
		t.Fatal(err)
	}
	m.Indexes = []store.Index{
		{Name: "articles_category_date", Keys: []filter.Order{{Property: m.Schema.Property("category")},
			{Property: m.Schema.Property("date"), Desc: true}}},
		{Name: "articles_slug", Keys: []filter.Order{{Property: m.Schema.Property("slug")}}, Unique: true},
		{Name: "articles_views", Keys: []filter.Order{{Property: m.Schema.Property("views")}}, Unique: true},
	}
	return m
}

// shapeOf is the shape of articles.
func shapeOf(t testing.TB) *shape {
	t.Helper()
	return compile(articles(t))
}

// document is a document to insert; its id is that of the text.
func document(t testing.TB, text string) store.Document {
	t.Helper()
	var d struct{ ID string }
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return store.Document{ID: d.ID, Version: 1, JSON: json.RawMessage(text)}
}
