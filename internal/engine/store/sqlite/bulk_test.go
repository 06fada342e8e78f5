package sqlite

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// paused is a context that stops whoever asks it for the fifth time, which is in a pattern, until it is resumed.
type paused struct {
	context.Context
	questions     atomic.Int32
	asked, resume chan struct{}
}

func newPaused(t *testing.T) *paused {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return &paused{Context: ctx, asked: make(chan struct{}), resume: make(chan struct{})}
}

func (p *paused) Err() error {
	if p.questions.Add(1) == 5 {
		close(p.asked)
		<-p.resume
	}
	return p.Context.Err()
}

// TestBulkEvaluatesOnAReader checks that others can write while a condition is evaluated, and that it is evaluated again for their changes.
func TestBulkEvaluatesOnAReader(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(db *DB, ctx context.Context, m *store.Model) (int64, error){
		"UpdateAll": func(db *DB, ctx context.Context, m *store.Model) (int64, error) {
			return db.UpdateAll(ctx, m, where(t, m, `{"title":{"ilike":"%x%"}}`),
				[]store.Change{{Name: "category", JSON: []byte(`"changed"`)}})
		},
		"DeleteAll": func(db *DB, ctx context.Context, m *store.Model) (int64, error) {
			return db.DeleteAll(ctx, m, where(t, m, `{"title":{"ilike":"%x%"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := news(t)
			db := open(t, file(t), m)
			long := strings.Repeat("a", 1<<14) + "x"
			for _, id := range []string{"same", "deleted", "matches", "differs"} {
				insert(t, db, m, `{"id":%q,"title":%q}`, id, long)
			}
			ctx := newPaused(t)
			var n int64
			ended := make(chan error)
			go func() {
				var err error
				n, err = run(db, ctx, m)
				ended <- err
			}()
			<-ctx.asked
			wrote := make(chan error, 3)
			go func() {
				wrote <- db.Delete(t.Context(), m, "deleted", store.Guard{})
				for id, title := range map[string]string{"matches": `"x"`, "differs": `"y"`} {
					_, err := db.Update(t.Context(), m, id, []store.Change{{Name: "title", JSON: []byte(title)}}, store.Guard{})
					wrote <- err
				}
			}()
			for range 3 {
				select {
				case err := <-wrote:
					if err != nil {
						t.Fatal(err)
					}
				case <-time.After(10 * time.Second):
					close(ctx.resume)
					t.Fatal("nobody can write while the condition is evaluated")
				}
			}
			close(ctx.resume)
			if err := <-ended; err != nil || n != 2 {
				t.Errorf("%d, %v, want 2", n, err)
			}
			for id, version := range map[string]int64{"same": 2, "matches": 3, "differs": 2} {
				d, err := db.Get(t.Context(), m, id)
				if name == "DeleteAll" && id != "differs" {
					if fault.KindOf(err) != fault.NotFound {
						t.Errorf("%s: %v", id, err)
					}
				} else if err != nil || d.Version != version {
					t.Errorf("%s: version %d, %v, want %d", id, d.Version, err, version)
				}
			}
		})
	}
}

// TestBulkIsBounded checks that neither rejected nor allowed updates make the log long.
func TestBulkIsBounded(t *testing.T) {
	t.Parallel()
	path, m := file(t), news(t)
	db := open(t, path, m)
	for i := range 6 {
		insert(t, db, m, `{"id":"%d","body":%q}`, i, strings.Repeat("b", 1_000_000))
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	for _, set := range []string{`"x"`, `"` + strings.Repeat("x", 1_000_000) + `"`} {
		if n, err := db.UpdateAll(t.Context(), m, nil, []store.Change{{Name: "title", JSON: []byte(set)}}); n != 0 ||
			fault.KindOf(err) != fault.BadRequest {
			t.Fatalf("UpdateAll: %d, %v", n, err)
		}
	}
	if after := size(); after != before {
		t.Errorf("the log has grown from %d to %d bytes", before, after)
	}
	for i := range 10 {
		n, err := db.UpdateAll(t.Context(), m, where(t, m, `{"id":{"lt":"4"}}`),
			[]store.Change{{Name: "category", JSON: fmt.Appendf(nil, "\"%d\"", i)}})
		if n != 4 || err != nil {
			t.Fatalf("UpdateAll: %d, %v", n, err)
		}
	}
	if after := size(); after > logLimit+2*store.MaxUpdateBytes {
		t.Errorf("the log has %d bytes", after)
	}
}
