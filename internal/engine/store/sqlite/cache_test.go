package sqlite

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// A result that a transaction changes is not in the cache from before its commit, whenever a reader has read it.
func TestCacheFollowsCommits(t *testing.T) {
	t.Parallel()
	document, list := cacheKey{collection: "news", id: "a"}, cacheKey{collection: "news", list: "SELECT"}
	of := func(collection, id string) changes {
		return changes{keys: []cacheKey{{collection: collection, id: id}}}
	}
	for _, tt := range []struct {
		name    string
		key     cacheKey
		changed changes
		read    string // the step after which the result is read
		add     string // the step before which it is added
		want    bool
	}{
		{"added before the commit", document, of("news", "a"), "start", "begin", false},
		{"added during the commit", document, of("news", "a"), "start", "end", false},
		{"read and added during the commit", document, of("news", "a"), "begin", "end", false},
		{"added after the commit, and read before it", document, of("news", "a"), "start", "last", false},
		{"added after the commit, and read during it", document, of("news", "a"), "begin", "last", false},
		{"read and added after the commit", document, of("news", "a"), "end", "last", true},
		{"another document", document, of("news", "b"), "start", "end", true},
		{"the same id in another collection", document, of("notes", "a"), "start", "begin", true},
		{"all documents", document, changes{all: true}, "start", "begin", false},
		{"all documents, during the commit", document, changes{all: true}, "begin", "end", false},
		{"a list, added before the commit", list, of("news", "a"), "start", "begin", false},
		{"a list, added during the commit", list, of("news", "a"), "start", "end", false},
		{"a list, read and added during the commit", list, of("news", "a"), "begin", "end", false},
		{"a list, read during the commit, and added after it", list, of("news", "a"), "begin", "last", false},
		{"a list, read and added after the commit", list, of("news", "a"), "end", "last", true},
		{"a list of another collection", list, of("notes", "a"), "start", "end", true},
		{"a list, and all documents", list, changes{all: true}, "start", "begin", false},
	} {
		c := newCache()
		var commits uint64
		for _, step := range []string{"start", "begin", "end", "last"} {
			if tt.add == step {
				c.add(tt.key, []store.Document{{ID: "a", Version: 1, JSON: []byte(`{"id":"a"}`)}}, commits)
			}
			switch step {
			case "begin":
				c.begin(tt.changed)
			case "end":
				c.end()
			}
			if tt.read == step {
				_, commits, _ = c.get(tt.key)
			}
		}
		if found, _, ok := c.get(tt.key); ok != tt.want || ok && found[0].ID != "a" {
			t.Errorf("%s: in the cache is %v, want %v", tt.name, ok, tt.want)
		}
	}
}

// The cache is bounded, keeps what was read last, and has no large results.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache()
	key := func(id string) cacheKey { return cacheKey{collection: "news", id: id} }
	text := []byte(strings.Repeat("x", cachedMax-2*cachedCost))
	c.add(key("large"), []store.Document{{ID: "large", JSON: append(text, 'x')}}, 0)
	n := cacheBytes/cachedMax + 10
	for i := range n {
		c.add(key(fmt.Sprint(i)), []store.Document{{ID: fmt.Sprint(i), JSON: text}}, 0)
		c.get(key("0"))
	}
	_, _, first := c.get(key("0"))
	_, _, second := c.get(key("1"))
	_, _, large := c.get(key("large"))
	if !first || second || large || c.bytes != cacheBytes || c.results.Len() != n-10 {
		t.Errorf("the first: %v, the second: %v, a large one: %v; %d bytes, %d results", first, second, large, c.bytes, c.results.Len())
	}
	c.begin(changes{all: true})
	if c.bytes != 0 {
		t.Errorf("%d bytes are left", c.bytes)
	}
}

// Statements and parameters that differ have keys that differ.
func TestListKey(t *testing.T) {
	t.Parallel()
	m := news(t)
	table := compile(m)
	seen := map[cacheKey]string{}
	for _, text := range []string{
		`{}`, `{"title":"1"}`, `{"title":"11"}`, `{"views":1}`, `{"rating":1}`, `{"rating":1.5}`, `{"title":null}`, `{"category":"1"}`,
		`{"title":"a","category":"b"}`, `{"title":"ab","category":""}`, `{"title":"a\n1 b","category":""}`,
	} {
		for _, page := range [][2]int{{1, 11}, {11, 1}, {2, 0}} {
			q := new(query)
			if q.page(table, &filter.Query{Where: where(t, m, text), Limit: page[0], Skip: page[1]}); q.err != nil {
				t.Fatal(q.err)
			}
			key, name := listKey(table, q), fmt.Sprint(text, page)
			if other := seen[key]; other != "" {
				t.Errorf("%s and %s have the same key", name, other)
			}
			seen[key] = name
		}
	}
}

// A read and a list see each write that was acknowledged before, and never an older version than an earlier one has seen.
func TestReadsFollowWrites(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, path, m)
			ids, all := []string{"a", "b"}, &filter.Query{Limit: 10}
			for _, id := range ids {
				insert(t, db, m, `{"id":"%s","category":"%s"}`, id, id)
			}
			stop := make(chan struct{})
			var readers, writers sync.WaitGroup
			for range 4 {
				readers.Go(func() {
					seen := map[string]int64{}
					for {
						select {
						case <-stop:
							return
						default:
						}
						see := func(d store.Document) error {
							if d.Version < seen[d.ID] {
								return fmt.Errorf("%s: version %d after %d", d.ID, d.Version, seen[d.ID])
							}
							seen[d.ID] = d.Version
							return nil
						}
						for _, id := range ids {
							d, err := db.Get(t.Context(), m, id)
							if err == nil {
								err = see(d)
							}
							if err != nil && fault.KindOf(err) != fault.NotFound {
								t.Error(err)
								return
							}
						}
						if err := db.Find(t.Context(), m, all, see); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for _, id := range ids {
				writers.Go(func() {
					set := []store.Change{{Name: "title", JSON: []byte(`"x"`)}}
					own := where(t, m, `{"category":"`+id+`"}`)
					listed := func(where filter.Where) (version int64) {
						err := db.Find(t.Context(), m, &filter.Query{Where: where, Limit: 10}, func(d store.Document) error {
							version = d.Version
							return nil
						})
						if err != nil {
							t.Error(err)
						}
						return version
					}
					last := int64(1)
					for i := range 100 {
						var err error
						switch i % 4 {
						case 0, 1:
							_, err = db.Update(t.Context(), m, id, set, store.Guard{})
							last++
						case 2:
							_, err = db.UpdateAll(t.Context(), m, own, set)
							last++
						case 3:
							err = db.Delete(t.Context(), m, id, store.Guard{})
							if _, after := db.Get(t.Context(), m, id); err != nil || fault.KindOf(after) != fault.NotFound {
								t.Errorf("%s was deleted, %v, and is read, %v", id, err, after)
							}
							if listed(own) != 0 {
								t.Errorf("%s was deleted, and is in a list", id)
							}
							last += 2
							d := doc(t, `{"id":"%s","category":"%s"}`, id, id)
							d.Version = last
							err = db.Insert(t.Context(), m, d)
						}
						if d, after := db.Get(t.Context(), m, id); err != nil || after != nil || d.Version != last {
							t.Errorf("%s: version %d was written, %v, and %d is read, %v", id, last, err, d.Version, after)
							return
						}
						if version := listed(own); version != last {
							t.Errorf("%s: version %d was written, and %d is in a list", id, last, version)
							return
						}
					}
				})
			}
			writers.Wait()
			close(stop)
			readers.Wait()
		})
	}
}
