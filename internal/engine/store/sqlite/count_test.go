package sqlite

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// counted returns the number of documents, and checks it against one that is not kept.
func counted(t *testing.T, db *DB, m *store.Model) int64 {
	t.Helper()
	kept, err := db.Count(t.Context(), m, filter.Everything{})
	if err != nil {
		t.Fatal(err)
	}
	read, err := db.Count(t.Context(), m, where(t, m, `{"id":{"neq":""}}`))
	if err != nil || kept != read {
		t.Errorf("%d documents are counted, %v, but %d are stored", kept, err, read)
	}
	return kept
}

// TestCountFollowsWrites checks the kept number after each kind of write, whatever its outcome.
func TestCountFollowsWrites(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, path, m)
			for i := range 5 {
				insert(t, db, m, `{"id":"%d","category":"c"}`, i)
			}
			counted(t, db, m)
			for _, step := range []struct {
				name string
				do   func() error
				want int64
			}{
				{"insert", func() error { return db.Insert(t.Context(), m, doc(t, `{"id":"a"}`)) }, 6},
				{"insert a duplicate", func() error {
					if db.Insert(t.Context(), m, doc(t, `{"id":"a"}`)) == nil {
						return errors.New("was stored")
					}
					return nil
				}, 6},
				{"delete", func() error { return db.Delete(t.Context(), m, "a", store.Guard{}) }, 5},
				{"delete nothing", func() error {
					if db.Delete(t.Context(), m, "a", store.Guard{}) == nil {
						return errors.New("was deleted")
					}
					return nil
				}, 5},
				{"update", func() error {
					_, err := db.UpdateAll(t.Context(), m, nil, []store.Change{{Name: "title", JSON: []byte(`"x"`)}})
					return err
				}, 5},
				{"migrate", func() error { // a migration could insert documents
					err := db.submit(t.Context(), runs("INSERT INTO news(id, _version, _doc) VALUES ('0a', 1, '{}')"))
					return errors.Join(err, db.Migrate(t.Context(), []*store.Model{m}))
				}, 6},
				{"delete all", func() error {
					_, err := db.DeleteAll(t.Context(), m, where(t, m, `{"id":{"gt":"1"}}`))
					return err
				}, 3},
			} {
				if err := step.do(); err != nil {
					t.Errorf("%s: %v", step.name, err)
				}
				if n := counted(t, db, m); n != step.want {
					t.Errorf("%s: %d documents, want %d", step.name, n, step.want)
				}
			}
		})
	}
}

// TestCountAfterRollback checks that the writes of a transaction that was rolled back and repeated count once, and those of a commit that
// failed not at all.
func TestCountAfterRollback(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	counted(t, db, m)
	table, err := db.tables.Of(m)
	if err != nil {
		t.Fatal(err)
	}
	inserts := func(id string, then error) *op {
		return &op{ctx: t.Context(), done: make(chan error, 1), do: func(c *conn) error {
			_, err := c.exec(t.Context(), table.insert, id, int64(1), fmt.Sprintf(`{"id":%q}`, id))
			c.adds(table, 1)
			return errors.Join(err, then)
		}}
	}
	batch := []*op{inserts("a", nil), inserts("b", errors.New("undone")), inserts("c", nil)}
	for rest := batch; len(rest) > 0; {
		rest = db.commit(rest)
	}
	if n := counted(t, db, m); n != 2 {
		t.Errorf("%d documents, want a and c", n)
	}
	if err := db.submit(t.Context(), runs("CREATE TABLE child(of TEXT REFERENCES news(id) DEFERRABLE INITIALLY DEFERRED)")); err != nil {
		t.Fatal(err)
	}
	spoiling := &op{ctx: t.Context(), done: make(chan error, 1), do: runs("INSERT INTO child VALUES ('of nobody')")}
	db.commit([]*op{inserts("d", nil), spoiling})
	if _, known := db.counts.of(m.Collection); known {
		t.Error("the number is kept after a commit that failed, whose outcome only the database knows")
	}
	if n := counted(t, db, m); n != 2 {
		t.Errorf("%d documents after a failed commit, want a and c", n)
	}
}

// TestCountWhileWriting checks that a count includes each write that was acknowledged before it, also the first count, which reads the
// collection while others write.
func TestCountWhileWriting(t *testing.T) {
	t.Parallel()
	m := news(t)
	for range 10 {
		db := open(t, file(t), m)
		var begun, acknowledged atomic.Int64
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := range 20 {
					begun.Add(1)
					insert(t, db, m, `{"id":"%d-%d"}`, worker, i)
					acknowledged.Add(1)
				}
			})
		}
		for acknowledged.Load() < 80 {
			least := acknowledged.Load()
			n, err := db.Count(t.Context(), m, nil)
			if most := begun.Load(); err != nil || n < least || n > most {
				t.Errorf("%d documents, %v, want %d to %d", n, err, least, most)
				break
			}
		}
		wg.Wait()
		if n := counted(t, db, m); n != 80 {
			t.Errorf("%d documents, want 80", n)
		}
	}
}
