package sqlite

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// A document that a transaction changes is not in the cache from before its commit, whenever a reader has read it.
func TestCacheMovesWithCommits(t *testing.T) {
	t.Parallel()
	key := documentKey{"news", "a"}
	d := store.Document{ID: "a", Version: 1, JSON: []byte(`{"id":"a"}`)}
	changed := changes{keys: []documentKey{{"news", "b"}, key}}
	for _, tt := range []struct {
		name    string
		changed changes
		add     string // "", or before which step a document is added that was read after the step read
		read    string
		want    bool
	}{
		{"added before the commit", changed, "begin", "start", false},
		{"added during the commit", changed, "end", "start", false},
		{"read and added during the commit", changed, "end", "begin", false},
		{"added after the commit, and read before it", changed, "last", "start", false},
		{"added after the commit, and read during it", changed, "last", "begin", false},
		{"read and added after the commit", changed, "last", "end", true},
		{"another document", changes{keys: []documentKey{{"news", "b"}}}, "end", "start", true},
		{"the same id in another collection", changes{keys: []documentKey{{"notes", "a"}}}, "begin", "start", true},
		{"all documents", changes{all: true}, "begin", "start", false},
		{"all documents, during the commit", changes{all: true}, "end", "begin", false},
	} {
		c := newCache()
		var commits uint64
		for _, step := range []string{"start", "begin", "end", "last"} {
			if tt.add == step {
				c.add("news", d, commits)
			}
			switch step {
			case "begin":
				c.begin(tt.changed)
			case "end":
				c.end()
			}
			if tt.read == step {
				_, commits, _ = c.get(key)
			}
		}
		if _, _, ok := c.get(key); ok != tt.want {
			t.Errorf("%s: in the cache is %v, want %v", tt.name, ok, tt.want)
		}
	}
}

// The cache is bounded, keeps what was read last, and has no large documents.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache()
	text := []byte(strings.Repeat("x", cachedDocument))
	c.add("news", store.Document{ID: "large", JSON: append(text, 'x')}, 0)
	n := cacheBytes/cachedDocument + 10
	for i := range n {
		c.add("news", store.Document{ID: fmt.Sprint(i), JSON: text}, 0)
		c.get(documentKey{"news", "0"})
	}
	_, _, first := c.get(documentKey{"news", "0"})
	_, _, second := c.get(documentKey{"news", "1"})
	_, _, large := c.get(documentKey{"news", "large"})
	if !first || second || large || c.bytes != cacheBytes || c.documents.Len() != n-10 {
		t.Errorf("the first: %v, the second: %v, a large one: %v; %d bytes, %d documents", first, second, large, c.bytes, c.documents.Len())
	}
	c.begin(changes{all: true})
	if c.bytes != 0 {
		t.Errorf("%d bytes are left", c.bytes)
	}
}

// A read sees each write that was acknowledged before, and never an older version than an earlier read has seen.
func TestGetFollowsWrites(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, path, m)
			ids := []string{"a", "b"}
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
						for _, id := range ids {
							d, err := db.Get(t.Context(), m, id)
							if fault.KindOf(err) == fault.NotFound {
								continue
							}
							if err != nil || d.Version < seen[id] {
								t.Errorf("%s: version %d after %d, %v", id, d.Version, seen[id], err)
								return
							}
							seen[id] = d.Version
						}
					}
				})
			}
			for _, id := range ids {
				writers.Go(func() {
					set := []store.Change{{Name: "title", JSON: []byte(`"x"`)}}
					own := where(t, m, `{"category":"`+id+`"}`)
					last := int64(1)
					for i := range 40 {
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
							last += 2
							d := doc(t, `{"id":"%s","category":"%s"}`, id, id)
							d.Version = last
							err = db.Insert(t.Context(), m, d)
						}
						if d, after := db.Get(t.Context(), m, id); err != nil || after != nil || d.Version != last {
							t.Errorf("%s: version %d was written, %v, and %d is read, %v", id, last, err, d.Version, after)
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
