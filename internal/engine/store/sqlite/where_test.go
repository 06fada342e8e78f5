package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestPlan checks that SQLite seeks if there is a suitable index.
func TestPlan(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, Memory, m)
	for _, tt := range []struct{ name, query, want string }{
		{"id", `{"where":{"id":"a"}}`, `SEARCH news USING COVERING INDEX sqlite_autoindex_news_1 (id=?)`},
		{"by id", `{}`, `SCAN news USING COVERING INDEX sqlite_autoindex_news_1`},
		{"eq", `{"where":{"title":"a"}}`, `SEARCH news USING COVERING INDEX news_title (title=?)`},
		{"eq and order", `{"where":{"category":"a"},"order":["date DESC"]}`,
			`SEARCH news USING COVERING INDEX news_category_date (category=?)`},
		{"eq and range", `{"where":{"category":"a","date":{"gt":"2026-01-01T00:00:00Z"}},"order":["date DESC"]}`,
			`SEARCH news USING COVERING INDEX news_category_date (category=? AND date>?)`},
		{"range", `{"where":{"title":{"between":["a","b"]}},"order":["title ASC"]}`,
			`SEARCH news USING COVERING INDEX news_title (title>? AND title<?)`},
		{"order", `{"order":["title DESC"]}`, `SCAN news USING COVERING INDEX news_title`},
		{"prefix", `{"where":{"title":{"like":"abc%"}},"order":["title ASC"]}`,
			`SEARCH news USING COVERING INDEX news_title (title>? AND title<?)`},
		{"a short list", `{"where":{"title":{"inq":["a","b"]}},"order":["title ASC"]}`,
			`SEARCH news USING COVERING INDEX news_title (title=?)`},
		{"a long list", `{"where":{"title":{"inq":["1","2","3","4","5","6","7","8","9"]}},"order":["title ASC"]}`,
			"SEARCH news USING COVERING INDEX news_title (title=?)\nLIST SUBQUERY 1\nSCAN json_each VIRTUAL TABLE INDEX 1:"},
		{"unique", `{"where":{"views":3}}`, `SEARCH news USING INDEX news_views (views=?)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := m.Schema.Query([]byte(tt.query))
			if err != nil {
				t.Fatal(err)
			}
			planned(t, db, m, f, tt.want)
		})
	}
}

// TestPlanAfter checks that SQLite seeks to the start of a page of filter.After. It scans the index only after the values of an order with
// null at its end.
func TestPlanAfter(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, Memory, m)
	key := func(name string, desc, required bool) filter.Order {
		p := *m.Schema.Property(name)
		p.Required = required
		return filter.Order{Property: &p, Desc: desc}
	}
	for name, tt := range map[string]struct {
		where string
		order []filter.Order
		want  string
	}{
		"id": {`{}`, nil, `SEARCH news USING COVERING INDEX sqlite_autoindex_news_1 (id>?)`},
		"title": {`{}`, []filter.Order{key("title", false, false)},
			`SEARCH news USING COVERING INDEX news_title (title>?)`},
		"title DESC, always there": {`{}`, []filter.Order{key("title", true, true)},
			`SEARCH news USING COVERING INDEX news_title (title<?)`},
		"title DESC": {`{}`, []filter.Order{key("title", true, false)}, `SCAN news USING COVERING INDEX news_title`},
		"date DESC of a category": {`{"category":"a"}`, []filter.Order{key("date", true, true)},
			`SEARCH news USING COVERING INDEX news_category_date (category=? AND date<?)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := filter.After(tt.order, []byte(`{"id":"a","title":"t","date":"2026-01-01T00:00:00.000Z"}`))
			if err != nil {
				t.Fatal(err)
			}
			planned(t, db, m, &filter.Query{Where: filter.All(where(t, m, tt.where), after), Order: tt.order, Limit: 20}, tt.want)
		})
	}
}

// planned checks how SQLite selects a page.
func planned(t *testing.T, db *DB, m *store.Model, f *filter.Query, want string) {
	t.Helper()
	table, err := db.tables.Of(m)
	if err != nil {
		t.Fatal(err)
	}
	q := new(query)
	if q.page(table, f); q.err != nil {
		t.Fatal(q.err)
	}
	plan := explain(t, db, q)
	// Rows are in the page's order because the page is scanned.
	if want := "MATERIALIZE page\n" + want + "\nSCAN page\nSEARCH d USING INTEGER PRIMARY KEY (rowid=?)\n"; plan != want {
		t.Errorf("the plan of\n%s is\n%swant\n%s", q, plan, want)
	}
}

// explain returns how SQLite would run the statement.
func explain(t *testing.T, db *DB, q *query) string {
	var plan strings.Builder
	err := db.read(t.Context(), func(c *conn) error {
		return c.query(t.Context(), "EXPLAIN QUERY PLAN "+q.String(), q.args, func(v []driver.Value) error {
			_, err := fmt.Fprintln(&plan, v[3])
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

// TestText checks that operands never become part of a statement, so that there is one statement for each shape. A pattern that begins with
// a wildcard has its own shape, because there is no prefix to seek.
func TestText(t *testing.T) {
	t.Parallel()
	m := news(t)
	table := compile(m)
	texts := map[string]bool{}
	for _, value := range []string{`plain`, `'; DROP TABLE news; --`, `" OR 1=1 --`, `%_\\*?[`, `?1`, "line\nend"} {
		text := fmt.Sprintf("%q", value)
		q := new(query)
		q.where(table, where(t, m, strings.ReplaceAll(`{"title":{"eq":T,"neq":T,"inq":[T,null],"nlike":T,"ilike":T,"gt":T,
			"nin":["1","2","3","4","5","6","7","8",T]},
			"tags":{"between":[T,T]},"nor":[{"address.city":T}]}`, "T", text)))
		if q.err != nil {
			t.Fatal(q.err)
		}
		if strings.Contains(q.String(), value) {
			t.Errorf("the operand %s is in %s", value, q)
		}
		texts[q.String()] = true
	}
	if len(texts) != 2 {
		t.Errorf("%d statements for two shapes: %v", len(texts), texts)
	}
}

// TestUnknown checks that Go code that uses an unknown name gets an error and never a statement.
func TestUnknown(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, Memory, m)
	strange := &filter.Property{Name: `x" OR 1=1`, Path: []string{`x" OR 1=1`}, Type: filter.String}
	find := func(q filter.Query) error {
		return db.Find(t.Context(), m, &q, func(store.Document) error { return nil })
	}
	change := func(names ...string) error {
		var set []store.Change
		for _, name := range names {
			set = append(set, store.Change{Name: name, JSON: []byte(`1`)})
		}
		_, err := db.UpdateAll(t.Context(), m, nil, set)
		return err
	}
	type other struct{ filter.And }
	for name, err := range map[string]error{
		"a where":                  find(filter.Query{Limit: 1, Where: &filter.Comparison{Property: strange, Op: filter.Eq, Value: "a"}}),
		"a where without property": find(filter.Query{Limit: 1, Where: &filter.Comparison{Op: filter.Eq, Value: "a"}}),
		"a where inside": find(filter.Query{Limit: 1, Where: filter.Nor{filter.And{&filter.Comparison{Property: strange,
			Op: filter.Neq}}}}),
		"a kind of where": find(filter.Query{Limit: 1, Where: other{}}),
		"an operator":     find(filter.Query{Limit: 1, Where: &filter.Comparison{Property: m.Columns[0], Op: 99, Value: "a"}}),
		"an operand": find(filter.Query{Limit: 1, Where: &filter.Comparison{Property: m.Columns[0], Op: filter.Eq,
			Value: struct{}{}}}),
		"an odd between": find(filter.Query{Limit: 1, Where: &filter.Comparison{Property: m.Columns[0], Op: filter.Between,
			Value: []any{"a"}}}),
		"an order":             find(filter.Query{Limit: 1, Order: []filter.Order{{Property: strange}}}),
		"an order by an array": find(filter.Query{Limit: 1, Order: []filter.Order{{Property: m.Schema.Property("tags")}}}),
		"a change":             change(`x" OR 1=1`),
		"a change of a column": change("_version"),
		"a change of the id":   change("id"),
		"two changes of one":   change("title", "title"),
		"a model":              db.Insert(t.Context(), news(t), doc(t, `{"id":"a"}`)),
	} {
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, want an internal error", name, err)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	instants := []time.Time{time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), {}, time.Unix(0, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i := range instants[1:] {
		if a, b := date(instants[i]), date(instants[i+1]); a >= b {
			t.Errorf("%q is not before %q, but %v is before %v", a, b, instants[i], instants[i+1])
		}
	}
}

// FuzzLike compares GLOB with the translated pattern, and ilike, with the definition of like.
func FuzzLike(f *testing.F) {
	for _, seed := range [][2]string{{"a%", "abc"}, {"%_\\%", "ab%"}, {"[a]*?", "[a]*?"}, {"", ""}, {"É_", "éx"}, {"a\\", "a\\"},
		{"]^-", "]^-"}, {"K", "\u212a"}, {"\ud7ff%", "\ue000"}, {"a\U0010ffff%", "a\U0010ffffb"}, {"\\%%", "%x"}} {
		f.Add(seed[0], seed[1])
	}
	c, err := connect(context.Background(), newExpressions(), Memory, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.close)
	f.Fuzz(func(t *testing.T, pattern, value string) {
		// The contract allows no other texts, and no longer patterns.
		if !utf8.ValidString(pattern) || !utf8.ValidString(value) || strings.ContainsRune(pattern+value, 0) ||
			utf8.RuneCountInString(pattern) > filter.MaxPattern {
			return
		}
		for _, value := range []string{value, value + strings.Repeat("x", longText)} {
			like, ilike := new(query), new(query)
			like.like("x", pattern)
			ilike.scalar("x", filter.Ilike, pattern)
			for fold, q := range map[bool]*query{false: like, true: ilike} {
				got, err := c.one(t.Context(), "WITH v(x) AS (SELECT ?) SELECT "+q.String()+" FROM v", append([]any{value}, q.args...)...)
				want, _ := filter.MatchLike(t.Context(), pattern, value, fold)
				if err != nil || (got == int64(1)) != want {
					t.Errorf("%q like %q, fold %v: %v, %v, want %v", value, pattern, fold, got, err, want)
				}
			}
		}
	})
}
