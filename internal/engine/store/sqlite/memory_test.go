package sqlite

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// TestHeapIsBounded checks that only operations that need too much memory fail.
func TestHeapIsBounded(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	insert(t, db, m, `{"id":"a"}`)
	large := "SELECT length(hex(zeroblob(300000000)))"
	for name, call := range map[string]func() error{
		"read": func() error {
			return db.read(t.Context(), func(c *conn) error { _, err := c.one(t.Context(), large); return err })
		},
		"write": func() error {
			return problem(db.submit(t.Context(), func(c *conn) error { _, err := c.exec(t.Context(), large); return err }))
		},
	} {
		for range cap(db.readers) + 1 {
			if err := call(); fault.KindOf(err) != fault.Unavailable {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	insert(t, db, m, `{"id":"b"}`)
	for range cap(db.readers) + 1 {
		if n, err := db.Count(t.Context(), m, nil); n != 2 || err != nil {
			t.Errorf("Count: %d, %v", n, err)
		}
	}
}

func TestCachesAreBounded(t *testing.T) {
	t.Parallel()
	db := open(t, file(t))
	for _, pool := range []chan *conn{db.writers, db.readers} {
		for range cap(pool) {
			c := <-pool
			if kib, err := c.one(t.Context(), "PRAGMA cache_size"); kib != int64(-cacheKiB) || err != nil {
				t.Errorf("cache_size: %v, %v; want %d", kib, err, -cacheKiB)
			}
			pool <- c
		}
	}
}
