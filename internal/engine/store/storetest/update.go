package storetest

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

const before = `{"id":"a","views":1,"title":"old","rating":0.5,"published":true,"date":"2021-01-01T00:00:00.000Z",` +
	`"tags":["x"],"scores":[1],"address":{"city":"Rome","zip":"00100"},"category":null,"body":{"b":1,"a":[1.5,{}]},"slug":"s"}`

// testUpdate checks what changes do to a document, and that filters see what it holds now and nothing it held before.
func testUpdate(t *testing.T, open func(t *testing.T) store.Backend) {
	for _, tt := range []struct {
		name      string
		document  string
		set       []store.Change
		want      string
		hit, miss string // a where that matches what is new, one that matched what was old
	}{
		{"string", `{"id":"a","title":"old","body":"x"}`, []store.Change{set("title", `"new"`)},
			`{"id":"a","title":"new","body":"x"}`, `{"title":"new"}`, `{"title":"old"}`},
		{"integer", `{"id":"a","views":1,"body":"x"}`, []store.Change{set("views", `9007199254740993`)},
			`{"id":"a","views":9007199254740993,"body":"x"}`, `{"views":{"gt":9007199254740992}}`, `{"views":1}`},
		{"number", `{"id":"a","rating":1,"body":"x"}`, []store.Change{set("rating", `0.1`)},
			`{"id":"a","rating":0.1,"body":"x"}`, `{"rating":0.1}`, `{"rating":1}`},
		{"boolean", `{"id":"a","published":true,"body":"x"}`, []store.Change{set("published", `false`)},
			`{"id":"a","published":false,"body":"x"}`, `{"published":false}`, `{"published":true}`},
		{"date", `{"id":"a","date":"2021-01-01T00:00:00.000Z","body":"x"}`, []store.Change{set("date", `"2022-01-01T00:00:00.000Z"`)},
			`{"id":"a","date":"2022-01-01T00:00:00.000Z","body":"x"}`,
			`{"date":"2022-01-01T01:00:00+01:00"}`, `{"date":{"lt":"2022-01-01T00:00:00Z"}}`},
		{"array", `{"id":"a","tags":["x","y"],"body":"x"}`, []store.Change{set("tags", `["z"]`)},
			`{"id":"a","tags":["z"],"body":"x"}`, `{"tags":"z"}`, `{"tags":"y"}`},
		{"object", `{"id":"a","address":{"city":"Rome","zip":"1"},"body":"x"}`, []store.Change{set("address", `{"city":"Paris"}`)},
			`{"id":"a","address":{"city":"Paris"},"body":"x"}`, `{"address.city":"Paris"}`, `{"address.city":"Rome"}`},
		{"object without the property", `{"id":"a","address":{"city":"Rome"},"body":"x"}`, []store.Change{set("address", `{"zip":"1"}`)},
			`{"id":"a","address":{"zip":"1"},"body":"x"}`, `{"address.city":{"exists":false}}`, `{"address.city":"Rome"}`},
		{"object removed", `{"id":"a","address":{"city":"Rome"},"body":"x"}`, []store.Change{remove("address")},
			`{"id":"a","body":"x"}`, `{"address.city":null}`, `{"address.city":"Rome"}`},
		{"property that filters cannot name", `{"id":"a","body":"x","title":"t"}`, []store.Change{set("body", `{"y":[1,null]}`)},
			`{"id":"a","body":{"y":[1,null]},"title":"t"}`, `{"title":"t"}`, `{"title":null}`},
		{"to null", `{"id":"a","title":"old","body":"x"}`, []store.Change{set("title", `null`)},
			`{"id":"a","title":null,"body":"x"}`, `{"title":{"exists":true,"eq":null}}`, `{"title":{"neq":null}}`},
		{"from null", `{"id":"a","title":null,"body":"x"}`, []store.Change{set("title", `""`)},
			`{"id":"a","title":"","body":"x"}`, `{"title":""}`, `{"title":null}`},
		{"remove", `{"id":"a","title":"old","body":"x"}`, []store.Change{remove("title")},
			`{"id":"a","body":"x"}`, `{"title":{"exists":false}}`, `{"title":"old"}`},
		{"remove what is absent", `{"id":"a","body":"x"}`, []store.Change{remove("title")},
			`{"id":"a","body":"x"}`, `{"title":null}`, `{"title":{"exists":true}}`},
		{"add", `{"id":"a","body":"x"}`, []store.Change{set("title", `"new"`)},
			`{"id":"a","body":"x","title":"new"}`, `{"title":"new"}`, `{"title":null}`},
		{"value already there", `{"id":"a","slug":"s","title":"t"}`, []store.Change{set("slug", `"s"`)},
			`{"id":"a","slug":"s","title":"t"}`, `{"slug":"s"}`, `{"slug":null}`},
		{"nothing", `{"id":"a","title":"t"}`, nil,
			`{"id":"a","title":"t"}`, `{"title":"t"}`, `{"title":null}`},
		{"hostile text", `{"id":"a","title":"old","body":"x"}`, []store.Change{set("title",
			quoted(`'"\$.title'); -- $set {"a":1}`+"\u2028𝒜\n"))},
			`{"id":"a","title":` + quoted(`'"\$.title'); -- $set {"a":1}`+"\u2028𝒜\n") + `,"body":"x"}`,
			`{"title":` + quoted(`'"\$.title'); -- $set {"a":1}`+"\u2028𝒜\n") + `}`, `{"title":"old"}`},
		{"several", before,
			[]store.Change{remove("rating"), set("views", `2`), set("address", `{"city":"Paris"}`), set("title", `"new"`), remove("tags"),
				set("slug", `"r"`)},
			`{"id":"a","views":2,"title":"new","published":true,"date":"2021-01-01T00:00:00.000Z","scores":[1],` +
				`"address":{"city":"Paris"},"category":null,"body":{"b":1,"a":[1.5,{}]},"slug":"r"}`,
			`{"and":[{"rating":null},{"views":2},{"address.city":"Paris"},{"title":"new"},{"tags":null},{"slug":"r"},{"scores":1},` +
				`{"category":{"exists":true}}]}`,
			`{"or":[{"rating":0.5},{"views":1},{"address.city":"Rome"},{"title":"old"},{"tags":"x"},{"slug":"s"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			other := `{"id":"other"}`
			c.insert(t, other, tt.document)
			got, err := c.Update(t.Context(), c.Model, "a", tt.set, store.Guard{})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Update", got, store.Document{ID: "a", Version: 2, JSON: []byte(tt.want)})
			c.holds(t, "a", 2, tt.want)
			c.holds(t, "other", 1, other)
			c.finds(t, `{"and":[{"id":"a"},`+tt.hit+`]}`, "a")
			c.finds(t, `{"and":[{"id":"a"},`+tt.miss+`]}`)

			// A change of something else must keep what the first one made of the columns.
			if got, err = c.Update(t.Context(), c.Model, "a", []store.Change{set("body", `"more"`)}, store.Guard{}); err != nil {
				t.Fatal(err)
			}
			c.holds(t, "a", 3, string(got.JSON))
			c.finds(t, `{"and":[{"id":"a"},`+tt.hit+`]}`, "a")
		})
	}
}

// testUpdateGuard checks that a refused Update changes nothing and says why.
func testUpdateGuard(t *testing.T, open func(t *testing.T) store.Backend) {
	for _, tt := range []struct {
		name    string
		set     store.Change
		where   string
		version int64
		want    func(m *store.Model) error // nil: accepted
	}{
		{"no guard", set("title", `"new"`), "", 0, nil},
		{"version", set("title", `"new"`), "", 2, nil},
		{"old version", set("title", `"new"`), "", 1, stale},
		{"future version", set("title", `"new"`), "", 3, stale},
		{"where", set("title", `"new"`), `{"title":"old","address.city":"Rome","tags":"x"}`, 0, nil},
		{"empty where", set("title", `"new"`), `{}`, 0, nil},
		{"where on what changes", set("title", `"new"`), `{"title":"new"}`, 0, unknown},
		{"version that no document has", set("title", `"new"`), "", -1, stale},
		{"where does not match", set("title", `"new"`), `{"title":{"like":"x%"}}`, 0, unknown},
		{"where matches nothing", set("title", `"new"`), `{"or":[]}`, 0, unknown},
		{"where and version", set("title", `"new"`), `{"views":1}`, 2, nil},
		{"where and old version", set("title", `"new"`), `{"views":1}`, 1, stale},
		{"version alone fits", set("title", `"new"`), `{"views":2}`, 2, unknown},
		{"neither fits", set("title", `"new"`), `{"views":2}`, 1, unknown},
		{"unique", set("slug", `"taken"`), "", 0, taken},
		{"unique with guards", set("slug", `"taken"`), `{"views":1}`, 2, taken},
		{"unique and old version", set("slug", `"taken"`), "", 1, stale},
		{"unique and where does not match", set("slug", `"taken"`), `{"views":2}`, 0, unknown},
		{"unique and null", set("slug", `null`), "", 0, nil},
		{"unique and free", set("slug", `"free"`), "", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			c.insert(t, before, `{"id":"b","slug":"taken"}`, `{"id":"c","slug":null}`)
			first, err := c.Update(t.Context(), c.Model, "a", nil, store.Guard{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Update(t.Context(), c.Model, "a", []store.Change{set("body", `"changed"`), tt.set},
				store.Guard{Where: c.where(t, tt.where), Version: tt.version})
			if tt.want != nil {
				refused(t, err, tt.want(c.Model))
				c.holds(t, "a", first.Version, string(first.JSON))
				c.finds(t, `{"title":"old","slug":"s"}`, "a")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.holds(t, "a", 3, string(got.JSON))
		})
	}
}

func stale(m *store.Model) error   { return store.PreconditionFailed(m, "a") }
func unknown(m *store.Model) error { return store.NotFound(m, "a") }
func taken(m *store.Model) error   { return store.Duplicate(m, "slug") }
