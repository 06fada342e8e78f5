package filter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// TestAfter compares After with the order: it matches the sorted documents after the given one.
func TestAfter(t *testing.T) {
	t.Parallel()
	s := news(t)
	required := func(name string) *filter.Property {
		p := *s.Property(name)
		p.Required = true
		return &p
	}
	properties := []*filter.Property{s.Property("id"), s.Property("title"), s.Property("views"), s.Property("rating"),
		s.Property("published"),
		s.Property("date_created"), s.Property("address.city"), required("body"), required("author")}
	rapid.Check(t, func(t *rapid.T) {
		var order []filter.Order
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(properties), 0, 3, rapid.ID[*filter.Property]).Draw(t, "keys") {
			order = append(order, filter.Order{Property: p, Desc: rapid.Bool().Draw(t, "desc")})
		}
		var docs [][]byte
		for i, doc := range rapid.SliceOfN(document(), 1, 8).Draw(t, "documents") {
			doc["id"], doc["body"], doc["author"] = fmt.Sprint(i), texts().Draw(t, "body"), texts().Draw(t, "author")
			doc["address"] = rapid.SampledFrom([]any{nil, map[string]any{}, map[string]any{"city": "a"}, map[string]any{"city": nil}}).Draw(
				t, "address")
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, text)
		}
		apply := func(w filter.Where) [][]byte {
			page, err := (&filter.Query{Where: w, Order: order, Limit: len(docs)}).Apply(docs)
			if err != nil {
				t.Fatal(err)
			}
			return page
		}
		sorted := apply(nil)
		for i, doc := range sorted {
			w, err := filter.After(order, doc)
			if err != nil {
				t.Fatal(err)
			}
			if got := apply(w); !slices.EqualFunc(got, sorted[i+1:], slices.Equal[[]byte]) {
				t.Fatalf("after %s come %s, want %s", doc, got, sorted[i+1:])
			}
		}
	})
}

// TestAfterForm checks that the condition begins with a range if the order's values cannot be null, and that for an order by id it is a
// range.
func TestAfterForm(t *testing.T) {
	t.Parallel()
	s := news(t)
	date := *s.Property("date_created")
	date.Required = true
	document := []byte(`{"id":"a","title":"t","date_created":"2021-01-01T00:00:00.000Z"}`)
	for name, tt := range map[string]struct {
		order []filter.Order
		want  filter.Op
	}{
		"nothing":              {nil, filter.Gt},
		"id DESC, title":       {[]filter.Order{{Property: s.Property("id"), Desc: true}, {Property: s.Property("title")}}, filter.Lt},
		"title":                {[]filter.Order{{Property: s.Property("title")}}, filter.Gte},
		"date_created DESC":    {[]filter.Order{{Property: &date, Desc: true}}, filter.Lte},
		"views DESC, no views": {[]filter.Order{{Property: s.Property("views"), Desc: true}}, filter.Eq},
	} {
		w, err := filter.After(tt.order, document)
		if err != nil {
			t.Fatal(err)
		}
		if all, ok := w.(filter.And); ok {
			w = all[0]
		}
		if c, ok := w.(*filter.Comparison); !ok || c.Op != tt.want {
			t.Errorf("%s: begins with %#v, want %v", name, w, tt.want)
		}
	}
	if w, err := filter.After(nil, []byte(`[]`)); err == nil {
		t.Errorf("after what is no document: %#v, want an error", w)
	}
}
