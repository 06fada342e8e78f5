package sqlite

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestYield reads and writes during a Find.
func TestYield(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, path, m)
			for _, id := range []string{"a", "b", "c"} {
				insert(t, db, m, `{"id":%q}`, id)
			}
			found := 0
			err := db.Find(t.Context(), m, &filter.Query{Limit: 10}, func(d store.Document) error {
				found++
				if _, err := db.Get(t.Context(), m, d.ID); err != nil {
					return err
				}
				return db.Delete(t.Context(), m, d.ID, store.Guard{Version: 1})
			})
			if err != nil || found != 3 {
				t.Errorf("%d documents, %v, want 3", found, err)
			}
			if n, err := db.Count(t.Context(), m, nil); n != 0 || err != nil {
				t.Errorf("%d documents are left, %v", n, err)
			}
		})
	}
}

func TestMemoryIsNotShared(t *testing.T) {
	t.Parallel()
	m := news(t)
	one, other := open(t, Memory, m), open(t, Memory, m)
	insert(t, one, m, `{"id":"a"}`)
	if n, err := other.Count(t.Context(), m, nil); n != 0 || err != nil {
		t.Errorf("%d documents of another store, %v", n, err)
	}
}
