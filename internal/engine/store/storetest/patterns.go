package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testPatterns checks that a pattern on a long value ends with its context, and does not block the store afterwards.
func testPatterns(t *testing.T, open func(t *testing.T) store.Backend) {
	c := migrated(t, open, articles(t))
	text := strings.Repeat("a", 1<<20)
	c.insert(t, fmt.Sprintf(`{"id":"a","tags":[%q],"title":%q}`, text, text))
	for _, condition := range []string{
		`{"title":{"regexp":"(.*a.{450}){2}b"}}`,
		`{"title":{"ilike":"%` + strings.Repeat("a_", 120) + `b"}}`,
		`{"title":{"like":"%` + strings.Repeat("a_", 120) + `b"}}`,
		`{"title":{"nlike":"` + strings.Repeat("%a", 120) + `b"}}`,
		`{"tags":{"regexp":"(.*a.{450}){2}b"}}`,
	} {
		where := c.where(t, condition)
		for method, call := range map[string]func(ctx context.Context) error{
			"Count": func(ctx context.Context) error { _, err := c.Count(ctx, c.Model, where); return err },
			"Find": func(ctx context.Context) error {
				return c.Find(ctx, c.Model, &filter.Query{Where: where, Limit: 1}, func(store.Document) error { return nil })
			},
			"UpdateAll": func(ctx context.Context) error { _, err := c.UpdateAll(ctx, c.Model, where, nil); return err },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			outcome := make(chan error, 1)
			go func() { outcome <- call(ctx) }()
			select {
			case err := <-outcome:
				if err != nil { // a fast store may finish in time
					failed(t, method+" "+condition, err, fault.Unavailable)
				}
			case <-time.After(15 * time.Second): // for a pattern that takes longer; nothing is measured
				t.Fatalf("%s %s goes on when its context has ended", method, condition)
			}
			cancel()
			c.insert(t, `{"id":"b"}`)
			if err := c.Delete(t.Context(), c.Model, "b", store.Guard{}); err != nil {
				t.Errorf("after %s %s: %v", method, condition, err)
			}
		}
	}
}
