package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testDelete checks Delete and its guards.
func testDelete(t *testing.T, open func(t *testing.T) store.Backend) {
	for _, tt := range []struct {
		name    string
		where   string
		version int64
		want    func(m *store.Model) error // nil: accepted
	}{
		{"no guard", "", 0, nil},
		{"version", "", 2, nil},
		{"old version", "", 1, stale},
		{"where", `{"title":"old","tags":"x"}`, 0, nil},
		{"where and version", `{"address.city":"Rome"}`, 2, nil},
		{"where and old version", `{"address.city":"Rome"}`, 1, stale},
		{"version that no document has", "", -1, stale},
		{"where does not match", `{"address.city":"Paris"}`, 0, unknown},
		{"where matches another", `{"id":"b"}`, 0, unknown},
		{"version alone fits", `{"title":null}`, 2, unknown},
		{"neither fits", `{"title":null}`, 1, unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			c.insert(t, before, `{"id":"b"}`)
			first, err := c.Update(t.Context(), c.Model, "a", nil, store.Guard{})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Delete(t.Context(), c.Model, "a", store.Guard{Where: c.where(t, tt.where), Version: tt.version})
			if tt.want != nil {
				refused(t, err, tt.want(c.Model))
				c.holds(t, "a", 2, string(first.JSON))
				c.finds(t, `{}`, "a", "b")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.lacks(t, "a")
			c.finds(t, `{}`, "b")
			refused(t, c.Delete(t.Context(), c.Model, "a", store.Guard{}), store.NotFound(c.Model, "a"))
			c.insert(t, before)
			c.holds(t, "a", 1, before)
		})
	}
}

// testBulk checks UpdateAll, DeleteAll and Count; testOperators and testRandom check which documents they match.
func testBulk(t *testing.T, open func(t *testing.T) store.Backend) {
	documents := []string{
		`{"id":"a","title":"x","views":1,"tags":["p"],"address":{"city":"Rome"}}`,
		`{"id":"b","title":"x","views":2,"tags":["p","q"]}`,
		`{"id":"c","title":null,"views":3}`,
		`{"id":"d","slug":"s"}`,
	}
	for _, tt := range []struct{ name, where, want string }{
		{"nil", ``, "abcd"},
		{"empty", `{}`, "abcd"},
		{"one property", `{"title":"x"}`, "ab"},
		{"absent and null", `{"title":null}`, "cd"},
		{"negated", `{"views":{"neq":2}}`, "acd"},
		{"range", `{"views":{"between":[2,3]}}`, "bc"},
		{"array", `{"tags":"q"}`, "b"},
		{"nested", `{"address.city":{"ilike":"ROME"}}`, "a"},
		{"logic", `{"or":[{"and":[{"tags":"p"},{"views":{"lt":2}}]},{"nor":[{"views":{"gt":0}}]}]}`, "ad"},
		{"pattern", `{"title":{"regexp":"^X$"}}`, ""},
		{"none", `{"or":[]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			c.insert(t, documents...)
			where, want := c.where(t, tt.where), int64(len(tt.want))
			if n, err := c.Count(t.Context(), c.Model, where); n != want || err != nil {
				t.Errorf("Count: %d, %v, want %d", n, err, want)
			}
			n, err := c.UpdateAll(t.Context(), c.Model, where, []store.Change{set("category", `"seen"`), set("body", `[1]`)})
			if n != want || err != nil {
				t.Errorf("UpdateAll: %d, %v, want %d", n, err, want)
			}
			for _, text := range documents {
				d := document(t, text)
				if matches(tt.want, d.ID) {
					c.holdsMembers(t, d.ID, 2, text[:len(text)-1]+`,"category":"seen","body":[1]}`)
				} else {
					c.holds(t, d.ID, 1, text)
				}
			}
			c.finds(t, `{"category":"seen"}`, ids(tt.want)...)

			if n, err = c.DeleteAll(t.Context(), c.Model, where); n != want || err != nil {
				t.Errorf("DeleteAll: %d, %v, want %d", n, err, want)
			}
			c.finds(t, `{}`, slices.DeleteFunc(ids("abcd"), func(id string) bool { return matches(tt.want, id) })...)
		})
	}

	t.Run("without matches", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, articles(t))
		c.finds(t, `{}`)
		if n, err := c.UpdateAll(t.Context(), c.Model, nil, []store.Change{set("views", `1`)}); n != 0 || err != nil {
			t.Errorf("UpdateAll: %d, %v", n, err)
		}
		if n, err := c.DeleteAll(t.Context(), c.Model, nil); n != 0 || err != nil {
			t.Errorf("DeleteAll: %d, %v", n, err)
		}
	})
	t.Run("update of a property in the where", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, articles(t))
		c.insert(t, documents...)
		for i, want := range []int64{2, 0} {
			n, err := c.UpdateAll(t.Context(), c.Model, c.where(t, `{"title":"x"}`), []store.Change{remove("title"), set("tags", `[]`)})
			if n != want || err != nil {
				t.Errorf("time %d: %d, %v, want %d", i+1, n, err, want)
			}
		}
		c.finds(t, `{"title":{"exists":false},"tags":{"neq":null}}`, "a", "b")
		c.holds(t, "a", 2, `{"id":"a","views":1,"tags":[],"address":{"city":"Rome"}}`)
	})
	t.Run("update against a unique index", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, articles(t))
		c.insert(t, documents...)
		_, err := c.UpdateAll(t.Context(), c.Model, nil, []store.Change{set("slug", `"same"`), set("title", `"changed"`)})
		refused(t, err, store.Duplicate(c.Model, "slug"))
		for _, text := range documents {
			c.holds(t, document(t, text).ID, 1, text)
		}
		c.finds(t, `{"title":"changed"}`)
	})
	t.Run("change of a document among many", func(t *testing.T) {
		t.Parallel()
		c := migrated(t, open, articles(t))
		c.insert(t, documents...)
		if _, err := c.Update(t.Context(), c.Model, "b", []store.Change{set("views", `20`)}, store.Guard{Version: 1}); err != nil {
			t.Fatal(err)
		}
		if n, err := c.UpdateAll(t.Context(), c.Model, c.where(t, `{"views":{"gt":2}}`), nil); n != 2 || err != nil {
			t.Errorf("UpdateAll: %d, %v, want 2", n, err)
		}
		c.holds(t, "b", 3, `{"id":"b","title":"x","views":20,"tags":["p","q"]}`)
	})
}

// testBulkBounds checks the limits of UpdateAll, and that DeleteAll has none.
func testBulkBounds(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	together(32, func(i int) {
		for i := i; i <= store.MaxUpdateDocuments; i += 32 {
			c.insert(t, fmt.Sprintf(`{"id":"%04d","views":%d}`, i, i))
		}
	})
	large := set("body", `"`+strings.Repeat("x", 1<<20)+`"`)
	for name, call := range map[string]func() (int64, error){
		"documents": func() (int64, error) {
			return c.UpdateAll(t.Context(), c.Model, nil, []store.Change{set("title", `"x"`)})
		},
		"bytes": func() (int64, error) {
			return c.UpdateAll(t.Context(), c.Model, c.where(t, `{"views":{"lt":5}}`), []store.Change{large})
		},
	} {
		n, err := call()
		refused(t, err, store.CheckUpdate(store.MaxUpdateDocuments+1, 0, nil))
		if n != 0 {
			t.Errorf("%s: %d", name, n)
		}
	}
	c.holds(t, "0000", 1, `{"id":"0000","views":0}`)
	for where, want := range map[string]int64{`{"views":{"gt":0}}`: store.MaxUpdateDocuments, `{"views":0}`: 1} {
		set := set("title", `"x"`)
		if want == 1 {
			set = large
		}
		if n, err := c.UpdateAll(t.Context(), c.Model, c.where(t, where), []store.Change{set}); n != want || err != nil {
			t.Errorf("UpdateAll %s: %d, %v, want %d", where, n, err, want)
		}
	}
	if n, err := c.DeleteAll(t.Context(), c.Model, nil); n != store.MaxUpdateDocuments+1 || err != nil {
		t.Errorf("DeleteAll: %d, %v", n, err)
	}
	c.finds(t, `{}`)
}

// holdsMembers is like holds, for a document with several added members, whose order the store may choose.
func (c collection) holdsMembers(t *testing.T, id string, version int64, text string) {
	t.Helper()
	got, err := c.Get(t.Context(), c.Model, id)
	if err != nil {
		t.Fatalf("Get(%q): %v", id, err)
	}
	if got.Version != version || sorted(t, got.JSON) != sorted(t, []byte(text)) {
		t.Errorf("Get: version %d, %s, want %d, %s", got.Version, got.JSON, version, text)
	}
}

// sorted returns a JSON object's text with its members sorted by name.
func sorted(t *testing.T, text []byte) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("not an object: %v: %s", err, text)
	}
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// ids splits a word into ids of one letter.
func ids(word string) []string {
	out := []string{}
	for _, r := range word {
		out = append(out, string(r))
	}
	return out
}

func matches(word, id string) bool { return slices.Contains(ids(word), id) }
