package sqlite

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// lapsing is a context that ends after a number of calls of Err, without closing Done: code that does not call Err continues.
type lapsing struct {
	context.Context
	left atomic.Int64
}

func lapsesAfter(t *testing.T, questions int64) *lapsing {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	c := &lapsing{Context: ctx}
	c.left.Store(questions)
	return c
}

func (c *lapsing) Err() error {
	if c.left.Add(-1) < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// hostile contains conditions that take long on one value of a megabyte.
var hostile = []string{
	`{"title":{"regexp":"(.*a.{450}){2}b"}}`,
	`{"title":{"regexp":"^(a|aa)+$"}}`,
	`{"title":{"ilike":"%` + strings.Repeat("a_", 120) + `b"}}`,
	`{"title":{"nilike":"%` + strings.Repeat("a_", 120) + `b"}}`,
	`{"title":{"like":"%` + strings.Repeat("a_", 120) + `b"}}`,
	`{"title":{"nlike":"%a%a%a%a%a%a%b"}}`,
	`{"title":{"like":"a` + strings.Repeat("%a", 120) + `b"}}`,
	`{"tags":{"regexp":"(.*a.{450}){2}b"}}`,
	`{"tags":{"ilike":"%` + strings.Repeat("a_", 120) + `b"}}`,
	`{"tags":{"nlike":"%` + strings.Repeat("a_", 120) + `b"}}`,
	`{"nor":[{"and":[{"id":{"neq":"x"}},{"title":{"regexp":"(.*a.{450}){2}b"}}]}]}`,
	`{"or":[` + strings.Repeat(`{"title":{"ilike":"%a%b"}},`, 63) + `{"title":{"ilike":"%a%b"}}]}`,
}

// TestPatternsStopWithinARow checks that a pattern can be stopped within a row: there is only one row.
func TestPatternsStopWithinARow(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		m := news(t)
		m.Indexes = nil
		db := open(t, path, m)
		text := strings.Repeat("a", 1<<20)
		insert(t, db, m, `{"id":"a","title":%q,"tags":[%q]}`, text, text)
		for i, condition := range hostile {
			w := where(t, m, condition)
			for method, call := range map[string]func(ctx context.Context) error{
				"Count": func(ctx context.Context) error { _, err := db.Count(ctx, m, w); return err },
				"Find": func(ctx context.Context) error {
					return db.Find(ctx, m, &filter.Query{Where: w, Limit: 1}, func(store.Document) error { return nil })
				},
				"UpdateAll": func(ctx context.Context) error { _, err := db.UpdateAll(ctx, m, w, nil); return err },
				"DeleteAll": func(ctx context.Context) error { _, err := db.DeleteAll(ctx, m, w); return err },
			} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, method, i), func(t *testing.T) {
					if err := call(lapsesAfter(t, 10)); fault.KindOf(err) != fault.Unavailable {
						t.Errorf("%s: %v", condition, err)
					}
					if d, err := db.Get(t.Context(), m, "a"); err != nil || d.Version != 1 {
						t.Errorf("afterwards: version %d, %v", d.Version, err)
					}
				})
			}
		}
	}
}
