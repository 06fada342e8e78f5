package mongo

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// TestCommands compares the commands that a replica set gets with testdata/commands.golden.
func TestCommands(t *testing.T) {
	t.Parallel()
	server := serve(t, nil)
	db := server.store(t)
	m := articles(t)
	ctx := store.WithOperation(t.Context(), "createNews")
	guard := store.Guard{Where: where(t, m, `{"category":"x"}`), Version: 3}
	changes := []store.Change{{Name: "title", JSON: []byte(`"$new"`)}, {Name: "date", JSON: []byte(`"2021-01-01T00:00:00.000Z"`)},
		{Name: "tags"}}
	server.seen() // Open's
	var out strings.Builder
	for _, tt := range []struct {
		name string
		call func() error
	}{
		{"Migrate", func() error { return db.Migrate(ctx, []*store.Model{m}) }},
		{"Insert", func() error {
			return db.Insert(ctx, m, document(t, `{"id":"a","title":"x","views":9007199254740993,"rating":0.5,`+
				`"date":"2021-01-01T00:00:00.000Z","address":{"city":"Rome"},"body":{"d":"2021-01-01T00:00:00.000Z","n":null,"l":[1,`+
				`true]}}`))
		}},
		{"Get", func() error { _, err := db.Get(ctx, m, "a"); return ignore(err, store.NotFound(m, "a")) }},
		{"Find", func() error {
			return db.Find(ctx, m, query(t, m, `{"where":{"category":"x"},"order":["date DESC"],"limit":20,"skip":40}`), nil)
		}},
		{"Find of the page after a document", func() error {
			date := *m.Schema.Property("date")
			date.Required = true
			order := []filter.Order{{Property: &date, Desc: true}}
			after, err := filter.After(order, []byte(`{"id":"a","date":"2021-01-01T00:00:00.000Z"}`))
			if err != nil {
				return err
			}
			return db.Find(ctx, m, &filter.Query{Where: filter.All(guard.Where, after), Order: order, Limit: 20}, nil)
		}},
		{"Count", func() error { _, err := db.Count(ctx, m, guard.Where); return err }},
		{"Update", func() error { _, err := db.Update(ctx, m, "a", changes, guard); return err }},
		{"UpdateAll", func() error { _, err := db.UpdateAll(ctx, m, guard.Where, changes); return err }},
		{"UpdateAll of a unique index", func() error {
			_, err := db.UpdateAll(ctx, m, nil, []store.Change{{Name: "slug", JSON: []byte(`"s"`)}})
			return err
		}},
		{"Delete", func() error { return db.Delete(ctx, m, "a", guard) }},
		{"DeleteAll", func() error { _, err := db.DeleteAll(ctx, m, nil); return err }},
	} {
		if err := tt.call(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		fmt.Fprintf(&out, "# %s\n", tt.name)
		for _, command := range server.seen() {
			fmt.Fprintln(&out, printed(t, command))
		}
	}
	golden(t, "testdata/commands.golden", out.String())
}

// TestWhere compares conditions with testdata/where.golden: they contain only operators, fields of the model, and operands.
func TestWhere(t *testing.T) {
	t.Parallel()
	s := shapeOf(t)
	var out strings.Builder
	for _, text := range []string{
		`{}`, `{"and":[]}`, `{"or":[]}`, `{"nor":[]}`, `{"id":"a"}`, `{"title":null}`, `{"title":{"neq":"a"}}`, `{"title":{"neq":null}}`,
		`{"tags":null}`, `{"tags":{"inq":["a",null]}}`, `{"tags":{"between":["a","b"]}}`, `{"views":{"inq":[]}}`,
		`{"views":{"nin":[1,null]}}`,
		`{"views":{"gt":9007199254740993,"lte":5}}`, `{"rating":1.5}`, `{"published":{"neq":true}}`,
		`{"date":{"gte":"2021-01-01T01:00:00+01:00"}}`,
		`{"address.city":{"exists":false}}`, `{"title":{"like":"a.b%"}}`, `{"title":{"like":"%_\\%"}}`, `{"title":{"nlike":"a"}}`,
		`{"title":{"ilike":"ks"}}`,
		`{"title":{"regexp":"/^a|b$/im"}}`, `{"title":{"regexp":"[^\\pL]"}}`, `{"title":{"eq":"$where"}}`,
		`{"or":[{"title":"x"},{"nor":[{"views":1}]}]}`,
	} {
		d, err := condition{s, server{}}.where(where(t, s.model, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		raw, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		line := printed(t, raw)
		if len(line) > 300 {
			line = line[:300] + "…"
		}
		fmt.Fprintf(&out, "%s\n\t%s\n", text, line)
	}
	golden(t, "testdata/where.golden", out.String())
}

// printed returns a command as extended JSON, without parts that differ between runs.
func printed(t *testing.T, raw bson.Raw) string {
	t.Helper()
	var d bson.D
	if err := bson.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	d = slices.DeleteFunc(d, func(e bson.E) bool { return e.Key == "lsid" || e.Key == "$clusterTime" })
	for i, e := range d {
		if n, ok := e.Value.(int64); ok && e.Key == "maxTimeMS" && n > 0 {
			d[i].Value = "positive"
		}
	}
	text, err := bson.MarshalExtJSON(d, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", path, got)
	}
}

// ignore returns err unless it is the expected error.
func ignore(err, expected error) error {
	if err != nil && err.Error() == expected.Error() {
		return nil
	}
	return err
}

func where(t testing.TB, m *store.Model, text string) filter.Where {
	t.Helper()
	w, err := m.Schema.Where([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func query(t testing.TB, m *store.Model, text string) *filter.Query {
	t.Helper()
	q, err := m.Schema.Query([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return q
}
