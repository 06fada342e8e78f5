package filter_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestShape(t *testing.T) {
	t.Parallel()
	title := &filter.Property{Name: "title", Path: []string{"title"}, Type: filter.String, Ops: filter.AllowedOps(filter.String)}
	views := &filter.Property{Name: "views", Path: []string{"views"}, Type: filter.Integer, Ops: filter.AllowedOps(filter.Integer)}
	schema, err := filter.NewSchema("Note", []*filter.Property{title, views}, []string{"title", "views"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{`{}`, ""},
		{`{"where":{}}`, ""},
		{`{"where":{"title":"secret"}}`, "where title eq ?"},
		{`{"order":"views DESC","limit":7}`, "order by views desc"},
		{`{"where":{"or":[{"title":{"like":"secret%"}},{"views":{"inq":[1,2]},"title":{"neq":null}}]},"order":["title","views DESC"]}`,
			"where title like ? or (views inq ? and title neq ?) order by title, views desc"},
		{`{"where":{"nor":[{"title":"secret"},{"views":{"between":[1,2]}}]}}`, "where not (title eq ? or views between ?)"},
		{`{"where":{"and":[{"or":[]},{"title":{"regexp":"secret"}}]}}`, "where () and title regexp ?"},
	} {
		q, err := schema.Query([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", tt.text, err)
		}
		if got := q.Shape(); got != tt.want || strings.Contains(got, "secret") {
			t.Errorf("%s: %q, want %q", tt.text, got, tt.want)
		}
	}
	q := filter.Query{Where: filter.And{filter.Everything{}, filter.Or{}}, Order: []filter.Order{{Property: title}}}
	if got := q.Shape(); got != "where true and () order by title" {
		t.Errorf("%q", got)
	}
}
