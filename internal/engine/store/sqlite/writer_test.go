package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// endless is a statement that ends only by an interrupt.
const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n"

// TestBatch checks that a failing write never makes others fail, however it fails.
func TestBatch(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		do   func(*conn) error
		want fault.Kind
	}{
		{"a broken constraint", t.Context(), runs("INSERT INTO news(id, _version, _doc) VALUES ('a', 1, '{}')"), fault.Internal},
		{"a refusal", t.Context(), func(*conn) error { return fault.New(fault.PreconditionFailed, "", "stale") }, fault.PreconditionFailed},
		{"a statement that is wrong", t.Context(), runs("INSERT INTO nowhere VALUES (1)"), fault.Internal},
		{"a panic", t.Context(), func(*conn) error { panic("on purpose") }, fault.Internal},
		{"a panic after a change", t.Context(), func(c *conn) error {
			if err := runs("INSERT INTO news(id, _version, _doc) VALUES ('half', 1, '{}')")(c); err != nil {
				return err
			}
			panic("on purpose")
		}, fault.Internal},
		{"a refusal with a cause", t.Context(), func(c *conn) error {
			if err := runs("ROLLBACK")(c); err != nil {
				return err
			}
			return fault.Wrap(context.Canceled, fault.Unavailable, "", "in vain")
		}, fault.Unavailable},
		{"a refusal that could not be undone", t.Context(), func(c *conn) error {
			return errors.Join(fault.New(fault.Conflict, "", "refused"), runs("ROLLBACK; INSERT INTO nowhere VALUES (1)")(c))
		}, fault.Conflict},
		{"the end of the transaction", t.Context(), func(c *conn) error {
			if err := runs("ROLLBACK")(c); err != nil {
				return err
			}
			return runs("INSERT INTO nowhere VALUES (1)")(c)
		}, fault.Internal},
		{"a context that has ended", ended, runs("DELETE FROM news"), fault.Unavailable},
		{"an interrupt", t.Context(), func(c *conn) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := c.exec(ctx, endless)
			return err
		}, fault.Unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, file(t), m)
			insert(t, db, m, `{"id":"a"}`)
			table, err := db.tables.Of(m)
			if err != nil {
				t.Fatal(err)
			}
			inserts := func(id string) *op {
				return &op{ctx: t.Context(), done: make(chan error, 1), do: func(c *conn) error {
					_, err := c.exec(context.Background(), table.insert, id, int64(1), fmt.Sprintf(`{"id":%q}`, id))
					return err
				}}
			}
			batch := []*op{inserts("b"), {ctx: tt.ctx, do: tt.do, done: make(chan error, 1)}, inserts("c")}
			for rest := batch; len(rest) > 0; {
				rest = db.commit(rest)
			}
			for i, want := range []error{nil, fault.New(tt.want, "", ""), nil} {
				err := problem(<-batch[i].done)
				if (err == nil) != (want == nil) || err != nil && fault.KindOf(err) != tt.want {
					t.Errorf("write %d: %v, want %v", i, err, want)
				}
			}
			if n, err := db.Count(t.Context(), m, nil); n != 3 || err != nil {
				t.Errorf("%d documents, %v, want a, b and c", n, err)
			}
			insert(t, db, m, `{"id":"d"}`)
		})
	}
}

// TestCommitFails checks that no write of a transaction is acknowledged if it does not reach the disk.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	if err := db.submit(t.Context(), runs("CREATE TABLE child(of TEXT REFERENCES news(id) DEFERRABLE INITIALLY DEFERRED)")); err != nil {
		t.Fatal(err)
	}
	var batch []*op
	for _, sql := range []string{"INSERT INTO news(id, _version, _doc) VALUES ('a', 1, '{}')", "INSERT INTO child VALUES ('of nobody')"} {
		batch = append(batch, &op{ctx: t.Context(), do: runs(sql), done: make(chan error, 1)})
	}
	db.commit(batch)
	for i, o := range batch {
		if err := <-o.done; err == nil {
			t.Errorf("write %d was acknowledged", i)
		}
	}
	if n, err := db.Count(t.Context(), m, nil); n != 0 || err != nil {
		t.Errorf("%d documents, %v, want none", n, err)
	}
	insert(t, db, m, `{"id":"b"}`)
}

// TestLogShrinks checks that the log shrinks again after one large write.
func TestLogShrinks(t *testing.T) {
	t.Parallel()
	path, m := file(t), news(t)
	db := open(t, path, m)
	large := `INSERT INTO news(id, _version, _doc) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 12) ` +
		`SELECT i, 1, '{"body":"' || hex(zeroblob(1000000)) || '"}' FROM n`
	if err := db.submit(t.Context(), runs(large)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		insert(t, db, m, `{"id":%q}`, id)
	}
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > logLimit {
		t.Errorf("the log has %d bytes", info.Size())
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	limit := func(pages int) {
		c := <-db.writers
		defer func() { db.writers <- c }()
		if _, err := c.exec(t.Context(), fmt.Sprintf("PRAGMA max_page_count=%d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	var stored sync.Map
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				d := doc(t, `{"id":"%d-%d","body":%q}`, worker, i, strings.Repeat("x", 5000))
				if err := db.Insert(t.Context(), m, d); err != nil {
					if fault.KindOf(err) != fault.InsufficientStorage || !store.IsFailure(err) {
						t.Errorf("%v, want InsufficientStorage", err)
					}
					return
				}
				stored.Store(d.ID, true)
			}
		})
	}
	wg.Wait()
	n := int64(0)
	for id := range stored.Range {
		if _, err := db.Get(t.Context(), m, id.(string)); err != nil {
			t.Errorf("an acknowledged write is lost: %v", err)
		}
		n++
	}
	if got, err := db.Count(t.Context(), m, nil); got != n || n == 0 || err != nil {
		t.Errorf("%d documents, %v, want the %d acknowledged ones", got, err, n)
	}
	limit(1000)
	insert(t, db, m, `{"id":"again"}`)
}

// TestInterrupt checks that a context ends an endless statement, and affects nothing else.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, path, m)
			do := func(ctx context.Context) func(c *conn) error {
				return func(c *conn) error {
					_, err := c.one(ctx, endless)
					return err
				}
			}
			for range 2 * cap(db.readers) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				if err := db.read(ctx, do(ctx)); fault.KindOf(err) != fault.Unavailable {
					t.Errorf("a read: %v", err)
				}
				if err := problem(db.submit(ctx, do(ctx))); fault.KindOf(err) != fault.Unavailable {
					t.Errorf("a write: %v", err)
				}
				cancel()
			}
			insert(t, db, m, `{"id":"a"}`)
			if _, err := db.Get(t.Context(), m, "a"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBusyReaders checks that a call waits for a connection no longer than its context allows.
func TestBusyReaders(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, Memory, m)
	c := <-db.readers
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := db.Get(ctx, m, "a"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Get: %v", err)
	}
	db.readers <- c
}

// TestStatements checks that a connection keeps at most maxStatements statements for any number of filters.
func TestStatements(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, Memory, m)
	for i := range 2 * maxStatements {
		terms := strings.Repeat(`{"title":{"gt":"a"}},`, i%60) + `{"views":{"inq":[` + strings.Repeat("1,", i/60) + `1]}}`
		if _, err := db.Count(t.Context(), m, where(t, m, `{"or":[`+terms+`]}`)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.UpdateAll(t.Context(), m, nil, []store.Change{{Name: "title", JSON: []byte(`"x"`)}}); err != nil {
		t.Fatal(err)
	}
	c := <-db.readers
	if n := len(c.statements); n != maxStatements {
		t.Errorf("%d statements are kept, want %d", n, maxStatements)
	}
	db.readers <- c
}

func runs(sql string) func(*conn) error {
	return func(c *conn) error {
		_, err := c.exec(context.Background(), sql)
		return err
	}
}
