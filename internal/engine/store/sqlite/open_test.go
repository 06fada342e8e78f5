package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		content func(t *testing.T, path string)
		want    string
	}{
		{"text", bytesOf("not a database, but a text that is longer than the header of one would be, which has 100 bytes, all of them"),
			"is not a database"},
		{"a short file", bytesOf("SQLite format 3\x00"), "is not a database"},
		{"another program's database", made("PRAGMA application_id=7", "CREATE TABLE t(x)"), "was created by another program"},
		{"a database that nobody claims", made("CREATE TABLE t(x)"), "was created by another program"},
		{"a newer format", made(fmt.Sprintf("PRAGMA application_id=%d", applicationID), "PRAGMA user_version=2"), "storage format 2"},
		{"a damaged database", func(t *testing.T, path string) {
			shut(t, open(t, path, news(t)))
			damage(t, path, 100, bytes.Repeat([]byte{0xff}, 3900))
		}, "open the database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			tt.content(t, path)
			before := contentOf(t, path)
			db, err := Open(t.Context(), path)
			if err == nil {
				shut(t, db)
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line about %s with %q", err, path, tt.want)
			}
			if !bytes.Equal(before, contentOf(t, path)) {
				t.Error("the file has changed")
			}
		})
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	path := file(t)
	m := news(t)
	db := open(t, path, m)
	insert(t, db, m, `{"id":"a"}`)
	link := filepath.Join(t.TempDir(), "link.db")
	names := []string{path, link}
	if err := os.Symlink(path, link); err != nil {
		if runtime.GOOS != "windows" { // where that takes a privilege
			t.Fatal(err)
		}
		names = names[:1]
	}
	for _, path := range names {
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "in use by another process") {
			t.Errorf("a second Open: %v", err)
		}
	}
	insert(t, db, m, `{"id":"b"}`)
	shut(t, db)
	again := open(t, path, news(t))
	if _, err := again.Get(t.Context(), m, "b"); fault.KindOf(err) != fault.Internal {
		t.Errorf("a model that Migrate has not seen: %v", err)
	}
}

func TestOpenWhereNothingCanBe(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"no directory": filepath.Join(t.TempDir(), "none", "news.db"),
		"a directory":  t.TempDir(),
	} {
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpenOddPath opens a file whose name means something in a URL.
func TestOpenOddPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a?mode=ro&x#y%20 é.db")
	shut(t, open(t, path, news(t)))
	for _, name := range []string{path, path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("mode %v lets others read the documents, or hold the lock", info.Mode())
		}
	}
}

// What killed processes have left beside a database is deleted, and nothing else.
func TestOpenRemovesAbandoned(t *testing.T) {
	t.Parallel()
	path := file(t)
	keep := []string{".other.db.restore-1.tmp", ".news.db-litestream", ".news.db.x", "news.db.restore-1.tmp"}
	for _, name := range append(keep, ".news.db.restore-1.tmp", ".news.db.probe-2.tmp") {
		if err := os.MkdirAll(filepath.Join(filepath.Dir(path), name, "inside"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, open(t, path, news(t)))
	for _, name := range keep {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".news.db.*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	db := open(t, file(t))
	for name, pool := range map[string]chan *conn{"writer": db.writers, "reader": db.readers} {
		c := <-pool
		for _, s := range []setting{{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"trusted_schema", "0"},
			{"mmap_size", "0"}, {"temp_store", "1"}, {"hard_heap_limit", fmt.Sprint(heapBytes)}, {"user_version", "1"},
			{"application_id", fmt.Sprint(applicationID)}, {"query_only", map[string]string{"writer": "0", "reader": "1"}[name]}} {
			if got, err := c.one(t.Context(), "PRAGMA "+s.name); fmt.Sprint(got) != s.value {
				t.Errorf("%s: %s is %v, %v, want %s", name, s.name, got, err, s.value)
			}
		}
		if err := c.set(t.Context(), setting{"synchronous", "7"}); err == nil {
			t.Errorf("%s: a setting that SQLite does not take was taken for set", name)
		}
		pool <- c
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	path := file(t)
	m := news(t)
	db := open(t, path, m)
	insert(t, db, m, `{"id":"a"}`)
	shut(t, db)
	shut(t, db)
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + end); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", end, err)
		}
	}
	_, err := db.Get(t.Context(), m, "a")
	for name, err := range map[string]error{"Get": err, "Ping": db.Ping(t.Context()),
		"Insert": db.Insert(t.Context(), m, doc(t, `{"id":"b"}`))} {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

// TestCloseInTime checks that an endless read does not delay Close beyond its context.
func TestCloseInTime(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), file(t))
	if err != nil {
		t.Fatal(err)
	}
	c := <-db.readers
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Close(ctx); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Close: %v", err)
	}
	c.close()
	<-db.drained
	db.closeAll()
}

func bytesOf(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// made creates a database with statements.
func made(statements ...string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		c, err := connect(t.Context(), newExpressions(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		for _, sql := range statements {
			if _, err := c.exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func damage(t *testing.T, path string, at int64, with []byte) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(with, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func contentOf(t *testing.T, path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzOpen opens files with and without a valid beginning: each is opened or rejected, without a panic.
func FuzzOpen(f *testing.F) {
	path := file(f)
	shut(f, open(f, path, news(f)))
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte{})
	f.Add(0, []byte("text"))
	f.Add(20, []byte{0xff, 0xff})
	f.Add(60, []byte{0, 0, 0, 9})
	f.Add(5000, []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, at int, with []byte) {
		if at < 0 || at+len(with) > len(sound) {
			return
		}
		content := bytes.Clone(sound)
		copy(content[at:], with)
		path := file(t)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), path)
		if err != nil {
			if strings.Contains(err.Error(), "not changed") && !bytes.Equal(content, contentOf(t, path)) {
				t.Error("a refused file has changed")
			}
			return
		}
		m := news(t)
		if err := db.Migrate(t.Context(), []*store.Model{m}); err == nil {
			_ = db.Insert(t.Context(), m, doc(t, `{"id":"a"}`)) // may fail, but not panic
		}
		_ = db.Close(t.Context())
	})
}
