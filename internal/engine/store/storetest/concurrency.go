package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testConcurrency checks that concurrent calls do not undo or partially see one another.
func testConcurrency(t *testing.T, open func(t *testing.T) store.Backend) {
	t.Run("no update is lost", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		c.insert(t, `{"id":"a"}`, `{"id":"b"}`)
		var seen sync.Map // each version is answered once
		together(40, func(i int) {
			for range 5 {
				if i%4 == 0 {
					if n, err := c.UpdateAll(t.Context(), c.Model, c.where(t, `{"id":"a"}`), nil); n != 1 || err != nil {
						t.Errorf("UpdateAll: %d, %v", n, err)
					}
					continue
				}
				d, err := c.Update(t.Context(), c.Model, "a", []store.Change{set("views", fmt.Sprint(i))}, store.Guard{})
				if err != nil {
					t.Error(err)
				}
				if _, twice := seen.LoadOrStore(d.Version, true); twice {
					t.Errorf("version %d was answered twice", d.Version)
				}
			}
		})
		if d, err := c.Get(t.Context(), c.Model, "a"); d.Version != 201 || err != nil {
			t.Errorf("version %d, %v after 200 changes, want 201", d.Version, err)
		}
		c.holds(t, "b", 1, `{"id":"b"}`)
	})
	t.Run("no change overwrites another", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		c.insert(t, `{"id":"a","views":0}`)
		const callers, each = 16, 20
		together(callers, func(int) {
			won := 0
			for range callers * each { // enough: an attempt fails only if another one succeeded after its Get
				if won == each {
					return
				}
				d, err := c.Get(t.Context(), c.Model, "a")
				if err != nil {
					t.Error(err)
					return
				}
				var v struct{ Views int64 }
				if err := json.Unmarshal(d.JSON, &v); err != nil {
					t.Error(err)
					return
				}
				_, err = c.Update(t.Context(), c.Model, "a", []store.Change{set("views", fmt.Sprint(v.Views+1))},
					store.Guard{Version: d.Version})
				if err == nil {
					won++
				} else {
					refused(t, err, store.PreconditionFailed(c.Model, "a"))
				}
			}
		})
		c.holds(t, "a", callers*each+1, fmt.Sprintf(`{"id":"a","views":%d}`, callers*each))
	})
	t.Run("readers see whole documents", func(t *testing.T) {
		c := migrated(t, open, articles(t))
		for i := range 8 {
			c.insert(t, fmt.Sprintf(`{"id":"%d","title":"1","views":1,"tags":["1"],"category":"x"}`, i))
		}
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					c.whole(t)
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		together(8, func(i int) {
			for n := 2; n <= 25; n++ {
				changes := []store.Change{set("title", fmt.Sprintf(`"%d"`, n)), set("views", fmt.Sprint(n)),
					set("tags", fmt.Sprintf(`["%d"]`, n))}
				if _, err := c.Update(t.Context(), c.Model, fmt.Sprint(i), changes, store.Guard{}); err != nil {
					t.Error(err)
				}
			}
		})
		close(done)
		readers.Wait()
		c.finds(t, `{"title":"25","views":25,"tags":"25"}`, ids("01234567")...)
	})
}

// whole checks that the results of one Find and one Get were each written by one Update.
func (c collection) whole(t *testing.T) {
	found := 0
	err := c.Find(t.Context(), c.Model, &filter.Query{Where: c.where(t, `{"category":"x"}`), Limit: 100}, func(d store.Document) error {
		found++
		ofOneAge(t, d)
		return nil
	})
	if found != 8 || err != nil {
		t.Errorf("Find: %d documents, %v, want 8", found, err)
	}
	d, err := c.Get(t.Context(), c.Model, "3")
	if err != nil {
		t.Error(err)
		return
	}
	ofOneAge(t, d)
}

// ofOneAge checks that all members of a document were written with its version.
func ofOneAge(t *testing.T, d store.Document) {
	var v struct {
		Title string
		Views int64
		Tags  []string
	}
	if err := json.Unmarshal(d.JSON, &v); err != nil {
		t.Errorf("half a document: %v: %s", err, d.JSON)
		return
	}
	if age := fmt.Sprint(d.Version); v.Title != age || v.Views != d.Version || !slices.Equal(v.Tags, []string{age}) {
		t.Errorf("version %s mixes ages: %s", age, d.JSON)
	}
}
