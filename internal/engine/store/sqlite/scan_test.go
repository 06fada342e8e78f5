package sqlite

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// scanOf returns the context of a scan by the account.
func scanOf(ctx context.Context, account string) context.Context {
	return store.AsScan(identity.NewContext(ctx, identity.Principal{ID: account}))
}

// TestScansLeaveRoom runs endless scans, first of one caller, then of as many callers as possible, and checks what can still start.
func TestScansLeaveRoom(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	insert(t, db, m, `{"id":"a"}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	long, ended := make(chan string), make(chan error)
	scans := 0
	start := func(account string, n int) {
		for range n {
			scans++
			go func() {
				ended <- db.scan(scanOf(ctx, account), func(p *pass, c *conn) error {
					if p.timer == nil {
						long <- account
					}
					_, err := c.one(p.ctx, endless)
					return err
				})
			}()
		}
	}
	look := func(name string, do func() error) {
		t.Helper()
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	get := func() error { _, err := db.Get(t.Context(), m, "a"); return err }
	count := func() error {
		_, err := db.Count(scanOf(t.Context(), "bob"), m, where(t, m, `{"title":{"ilike":"%x%"}}`))
		return err
	}
	own := func() error { _, err := db.Count(t.Context(), m, nil); return err }

	start("ann", 4*parallel())
	for range parallel() / 2 {
		<-long
	}
	look("Get beside one caller's scans", get)
	look("a list beside one caller's scans", count)
	look("a write beside one caller's scans", func() error { return db.Insert(t.Context(), m, doc(t, `{"id":"b"}`)) })
	look("a long scan beside one caller's", func() error {
		return db.scan(scanOf(t.Context(), "bob"), func(p *pass, c *conn) error {
			if p.timer != nil {
				_, err := c.one(p.ctx, endless)
				return err
			}
			return nil
		})
	})
	start("cy", 4*parallel())
	for range parallel() - parallel()/2 {
		<-long
	}
	look("Get beside all scans that can run", get)
	look("the program's own count", own)
	look("Ping", func() error { return db.Ping(t.Context()) })
	look("a list beside two callers' long scans", count)
	cancel()
	for range scans {
		select {
		case err := <-ended:
			if fault.KindOf(err) != fault.Unavailable {
				t.Errorf("a scan: %v", err)
			}
		case <-long:
		}
	}
	if db.short.Total < 2 || cap(db.readers) < 2*int(db.short.Total)+2 {
		t.Errorf("%d connections for %d scans in each pass", cap(db.readers), db.short.Total)
	}
}

// TestScanFindsOnce checks that the second pass does not find again what the first one has found, however long the reader takes.
func TestScanFindsOnce(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	for _, id := range []string{"a", "b", "c"} {
		insert(t, db, m, `{"id":%q}`, id)
	}
	var found []string
	err := db.Find(scanOf(t.Context(), "ann"), m, &filter.Query{Limit: 10}, func(d store.Document) error {
		for start := time.Now(); len(found) == 0 && time.Since(start) < 2*shortPass; {
		}
		found = append(found, d.ID)
		return nil
	})
	if got := strings.Join(found, " "); got != "a b c" || err != nil {
		t.Errorf("found %q, %v", got, err)
	}
}

// TestLongScan checks the result and the errors of a scan that the first pass cannot finish.
func TestLongScan(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	ctx := scanOf(t.Context(), "ann")
	runs, want := 0, fault.New(fault.Conflict, "", "on purpose")
	err := db.scan(ctx, func(p *pass, c *conn) error {
		if runs++; runs == 1 {
			_, err := c.one(p.ctx, endless)
			return err
		}
		return want
	})
	if runs != 2 || fault.KindOf(err) != fault.Conflict {
		t.Errorf("%d runs, %v; want two and the second one's error", runs, err)
	}
	runs = 0
	if err := db.scan(ctx, func(*pass, *conn) error { runs++; return want }); runs != 1 || fault.KindOf(err) != fault.Conflict {
		t.Errorf("an error in time: %d runs, %v; want one", runs, err)
	}
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	runs = 0
	err = db.scan(short, func(p *pass, c *conn) error {
		runs++
		_, err := c.one(p.ctx, endless)
		return err
	})
	if runs != 1 || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the context ended: %d runs, %v", runs, err)
	}
}
