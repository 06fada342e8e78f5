package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testKeyset checks that reading page by page with filter.After returns each permanent document once and in order, while others are
// created, changed and deleted.
func testKeyset(t *testing.T, open func(t *testing.T) store.Backend) {
	const documents, writers, page = 40, 3, 7
	for _, order := range []string{``, `id DESC`, `views`, `views DESC`, `published DESC, rating`, `category, date DESC`, `date DESC`,
		`address.city, title DESC, id`} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			g := generator{rand.New(rand.NewPCG(3, uint64(len(order)))), c.Columns}
			for i := range documents {
				c.insert(t, c.article(t, g, fmt.Sprintf("%02d", i*7%documents)))
			}
			want := c.find(t, `{"order":`+quoted(order)+`}`)
			done := make(chan struct{})
			var all sync.WaitGroup
			defer all.Wait()
			defer close(done)
			for w := range writers {
				g := generator{rand.New(rand.NewPCG(4, uint64(w))), c.Columns}
				all.Go(func() { c.write(t, g, w, done) })
			}
			for range 3 {
				got := slices.DeleteFunc(c.walk(t, order, page), func(id string) bool { return strings.Contains(id, "-") })
				if !slices.Equal(got, want) {
					t.Errorf("pages of %d by %q: %q, want %q", page, order, got, want)
				}
			}
		})
	}
}

// article is a random document with that id.
func (c collection) article(t *testing.T, g generator, id string) string {
	t.Helper()
	members := slices.DeleteFunc(g.present(), func(m store.Change) bool { return m.Name == "slug" }) // unique
	return string(object(slices.Insert(members, 0, set("id", quoted(id)))))
}

// walk returns the ids of all documents, read in pages of that size.
func (c collection) walk(t *testing.T, order string, size int) (ids []string) {
	t.Helper()
	parsed, err := c.Schema.Query(fmt.Appendf(nil, `{"order":%s,"limit":%d}`, quoted(order), size))
	if err != nil {
		t.Fatal(err)
	}
	q := *parsed // which others share
	for {
		var last []byte
		n := 0
		err := c.Find(t.Context(), c.Model, &q, func(d store.Document) error {
			n++
			ids = append(ids, d.ID)
			last = slices.Clone([]byte(d.JSON))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n < size {
			return ids
		}
		if q.Where, err = filter.After(q.Order, last); err != nil {
			t.Fatal(err)
		}
	}
}

// write inserts, changes and deletes its own documents, whose ids have a hyphen, until done is closed. They are few, so that reading all
// pages ends.
func (c collection) write(t *testing.T, g generator, writer int, done <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		default:
		}
		id := fmt.Sprintf("%02d-%d", i%20*2, writer)
		var err error
		switch i / 20 % 3 {
		case 0:
			err = c.Insert(t.Context(), c.Model, document(t, c.article(t, g, id)))
		case 1:
			changes := slices.DeleteFunc(g.properties(), func(m store.Change) bool { return m.Name == "slug" })
			_, err = c.Update(t.Context(), c.Model, id, changes, store.Guard{})
		case 2:
			err = c.Delete(t.Context(), c.Model, id, store.Guard{})
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}
