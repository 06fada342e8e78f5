package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testOrder compares orders with handwritten lists.
func testOrder(t *testing.T, open func(t *testing.T) store.Backend) {
	for _, tt := range []struct {
		name      string
		documents []string // members except the ids, which are a, b, c, …
		orders    map[string]string
	}{
		{"none", []string{`"title":"c"`, `"title":"b"`, `"title":"a"`},
			map[string]string{``: "abc", `id`: "abc", `id ASC`: "abc", `id DESC`: "cba"}},
		{"string", []string{`"title":"b"`, ``, `"title":"a"`, `"title":null`, `"title":"b"`, ``, `"title":""`},
			map[string]string{`title`: "bdfgcae", `title DESC`: "eacgfdb", `title ASC, id DESC`: "fdbgcea", `title DESC, id`: "aecgbdf"}},
		{"code points", []string{`"title":"é"`, `"title":"Z"`, `"title":"a"`, `"title":"～"`, `"title":"𝒜"`, `"title":"z"`, `"title":"A"`,
			`"title":"aa"`, `"title":"_"`},
			map[string]string{`title`: "gbichfade", `title DESC`: "edafhcibg"}},
		{"integer", []string{`"views":10`, `"views":9`, `"views":-1`, ``, `"views":9007199254740993`, `"views":9007199254740992`,
			`"views":null`, `"views":-10`},
			map[string]string{`views`: "dghcbafe", `views DESC`: "efabchgd"}},
		{"number", []string{`"rating":1e+21`, `"rating":2`, `"rating":1.5`, `"rating":9007199254740993`, `"rating":9007199254740992`, ``,
			`"rating":-0.5`, `"rating":10`, `"rating":2`},
			map[string]string{`rating`: "fgcbiheda", `rating DESC`: "adehibcgf"}},
		{"boolean", []string{`"published":true`, `"published":false`, `"published":null`, ``, `"published":false`},
			map[string]string{`published`: "cdbea", `published DESC`: "aebdc"}},
		{"date", []string{`"date":"2021-01-01T00:00:00.001Z"`, ``, `"date":"2021-01-01T00:00:00.000Z"`, `"date":"0999-01-01T00:00:00.000Z"`,
			`"date":null`},
			map[string]string{`date`: "bedca", `date DESC`: "acdeb"}},
		{"nested", []string{`"address":{"city":"b"}`, `"address":{"city":"a"}`, `"address":{}`, ``, `"address":{"city":null}`},
			map[string]string{`address.city`: "cdeba", `address.city DESC`: "abedc"}},
		{"two keys", []string{
			`"category":"x","views":2`, `"category":"x","views":1`, `"category":"w","views":1`, `"views":3`, `"category":"x"`,
			`"category":null,"views":0`, `"category":"x","views":2`,
		}, map[string]string{
			`category, views`:           "fdcebag",
			`category, views DESC`:      "dfcgabe",
			`category DESC, views`:      "ebagcfd",
			`category DESC, views DESC`: "gabecdf",
			`views DESC, category`:      "dagcbfe", // not the index's first property
		}},
		{"the keys of an index", []string{
			`"category":"x","date":"2021-01-01T00:00:00.000Z"`, `"category":"x","date":"2022-01-01T00:00:00.000Z"`, `"category":"x"`,
			`"category":"x","date":"2021-01-01T00:00:00.000Z"`, `"category":null,"date":"2020-01-01T00:00:00.000Z"`, `"category":"v"`,
		}, map[string]string{
			`category, date DESC`: "efbdac", `category DESC, date`: "cadbfe", `category, date`: "efcadb", `category`: "efabcd",
			`date DESC`: "bdaefc",
		}},
		{"the same key and id", []string{`"views":1`, `"views":1`, `"views":0`},
			map[string]string{`views, id`: "cab", `views, id DESC`: "cba", `id DESC, views`: "cba"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			// Inserted in reverse, so that the order of insertion is not a correct result.
			for i, members := range slices.Backward(tt.documents) {
				if members != "" {
					members = "," + members
				}
				c.insert(t, fmt.Sprintf(`{"id":"%c"%s}`, 'a'+i, members))
			}
			for order, want := range tt.orders {
				if got := c.find(t, `{"order":`+quoted(order)+`}`); !slices.Equal(got, ids(want)) {
					t.Errorf("order %q: %q, want %q", order, got, ids(want))
				}
				for i := range len(want) - 1 {
					page := c.find(t, fmt.Sprintf(`{"order":%s,"skip":%d,"limit":2}`, quoted(order), i))
					if !slices.Equal(page, ids(want[i:i+2])) {
						t.Errorf("order %q, skip %d: %q, want %q", order, i, page, ids(want[i:i+2]))
					}
				}
			}
		})
	}
}

// testPage checks limit and skip.
func testPage(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	for _, id := range ids("gfedcba") {
		c.insert(t, `{"id":"`+id+`","views":1}`)
	}
	for _, tt := range []struct{ query, want string }{
		{`{"limit":1}`, "a"},
		{`{"limit":3}`, "abc"},
		{`{"limit":7}`, "abcdefg"},
		{`{"limit":1000}`, "abcdefg"},
		{`{"limit":3,"skip":2}`, "cde"},
		{`{"limit":3,"skip":6}`, "g"},
		{`{"limit":3,"skip":7}`, ""},
		{`{"skip":10000}`, ""},
		{`{"limit":2,"skip":1,"order":"id DESC"}`, "fe"},
		{`{"limit":2,"skip":1,"order":"views DESC"}`, "fe"},
		{`{"limit":2,"skip":1,"where":{"id":{"gt":"b"}}}`, "de"},
		{`{"limit":2,"skip":1,"where":{"id":{"inq":["a","c","e","g"]}},"order":"id DESC"}`, "ec"},
	} {
		if got := c.find(t, tt.query); !slices.Equal(got, ids(tt.want)) {
			t.Errorf("Find(%s): %q, want %q", tt.query, got, ids(tt.want))
		}
	}
}

// testYield checks that the caller of Find can stop it, and that a stopped Find does not block the store.
func testYield(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	for i := range 200 {
		c.insert(t, fmt.Sprintf(`{"id":"%03d"}`, i))
	}
	enough := errors.New("enough")
	for i := range 50 {
		n := 0
		err := c.Find(t.Context(), c.Model, &filter.Query{Limit: 200}, func(store.Document) error {
			if n++; n == i+1 {
				return enough
			}
			return nil
		})
		if n != i+1 || err != enough {
			t.Fatalf("Find yielded %d documents and returned %v, want %d and the error of yield", n, err, i+1)
		}
		c.insert(t, fmt.Sprintf(`{"id":"%03d"}`, 200+i))
	}
	err := c.Find(t.Context(), c.Model, &filter.Query{Limit: 1}, func(store.Document) error { return context.Canceled })
	if err != context.Canceled {
		t.Errorf("Find returned %v, want the error of yield as it is", err)
	}
	for _, q := range []filter.Query{{}, {Limit: -1}, {Limit: 1, Skip: -1}} {
		if err := c.Find(t.Context(), c.Model, &q, func(store.Document) error { return nil }); fault.KindOf(err) != fault.Internal {
			t.Errorf("Find with Limit %d and Skip %d returned %v, want an internal error", q.Limit, q.Skip, err)
		}
	}
	if n, err := c.Count(t.Context(), c.Model, nil); n != 250 || err != nil {
		t.Errorf("Count: %d, %v, want 250", n, err)
	}
}
