package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// writers stores documents with eight goroutines until stop is called. acknowledged returns, for each of them, how many writes were
// acknowledged; writer w has then stored the ids w-0, w-1, ….
func writers(t *testing.T, db *DB, m *store.Model) (acknowledged func() [8]int64, stop func()) {
	t.Helper()
	var counts [8]atomic.Int64
	var group sync.WaitGroup
	ended := make(chan struct{})
	for w := range counts {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-ended:
					return
				default:
				}
				d := doc(t, `{"id":"%d-%d","title":%q}`, w, i, strings.Repeat("t", 50*w))
				if err := db.Insert(context.Background(), m, d); err != nil {
					t.Error(err)
					return
				}
				counts[w].Store(int64(i + 1))
			}
		})
	}
	acknowledged = func() (now [8]int64) {
		for w := range counts {
			now[w] = counts[w].Load()
		}
		return now
	}
	return acknowledged, sync.OnceFunc(func() {
		close(ended)
		group.Wait()
	})
}

// Each of 20 backups under eight writers contains every write that was acknowledged before it began, and is a sound database of its own.
func TestBackup(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	acknowledged, stop := writers(t, db, m)
	defer stop()
	directory := t.TempDir()
	for round := range 20 {
		before := acknowledged()
		path := filepath.Join(directory, fmt.Sprint(round, ".sqlite"))
		steps := 0
		if err := db.Backup(t.Context(), path, func(int64, int64) { steps++ }); err != nil || steps == 0 {
			t.Fatalf("round %d: %v after %d steps", round, err, steps)
		}
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("round %d: %v, %v", round, info.Mode(), err)
		}
		copied, there := open(t, path, m), map[string]bool{}
		err := copied.Scan(t.Context(), m, func(d store.Document) error {
			there[d.ID] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		shut(t, copied)
		for w, n := range before {
			for i := range n {
				if id := fmt.Sprintf("%d-%d", w, i); !there[id] {
					t.Fatalf("round %d: the write %s was acknowledged before the backup and is missing", round, id)
				}
			}
		}
	}
	if left, err := filepath.Glob(filepath.Join(directory, ".*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %q, %v", left, err)
	}
}

// A backup never replaces a file, and one that fails leaves nothing behind.
func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	insert(t, db, m, `{"id":"a"}`)
	directory := t.TempDir()
	there := filepath.Join(directory, "there")
	if err := os.WriteFile(there, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, backup := range map[string]func() error{
		"a file that exists":         func() error { return db.Backup(t.Context(), there, nil) },
		"a directory that is absent": func() error { return db.Backup(t.Context(), filepath.Join(directory, "none", "x"), nil) },
		"a context that has ended":   func() error { return db.Backup(canceled, filepath.Join(directory, "x"), nil) },
		"a file that appears meanwhile": func() error {
			path := filepath.Join(directory, "late")
			return db.Backup(t.Context(), path, func(int64, int64) { _ = os.WriteFile(path, nil, 0o600) })
		},
		"a database in memory": func() error { return open(t, Memory, m).Backup(t.Context(), filepath.Join(directory, "x"), nil) },
	} {
		if err := backup(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	entries, err := os.ReadDir(directory)
	text, err2 := os.ReadFile(there)
	if err := errors.Join(err, err2); err != nil || len(entries) != 2 || string(text) != "precious" {
		t.Errorf("the directory has %v, the file %q, %v", entries, text, err)
	}
	if err := db.Backup(t.Context(), filepath.Join(directory, "x"), nil); err != nil {
		t.Errorf("after the failures: %v", err)
	}
}

// A copy with another number of rows than the database is not a backup.
func TestBackupVerifies(t *testing.T) {
	t.Parallel()
	m := news(t)
	path := file(t)
	db := open(t, path, m)
	insert(t, db, m, `{"id":"a"}`)
	shut(t, db)
	if err := verify(t.Context(), path, map[string]int64{"_contract": 1, "news": 1}); err != nil {
		t.Errorf("the right numbers: %v", err)
	}
	if err := verify(t.Context(), path, map[string]int64{"_contract": 1, "news": 2}); err == nil {
		t.Error("another number of rows is accepted")
	}
	overwrite(t, path)
	if err := verify(t.Context(), path, map[string]int64{"_contract": 1, "news": 1}); err == nil {
		t.Error("a damaged file is accepted")
	}
}

// overwrite overwrites the second half of a file.
func overwrite(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(text) / 2; i < len(text); i++ {
		text[i] = 0xff
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A backup that is running when the store is closed ends with an error.
func TestBackupEndsWithStore(t *testing.T) {
	t.Parallel()
	m := news(t)
	db := open(t, file(t), m)
	for i := range 4 {
		insert(t, db, m, `{"id":"%d","body":%q}`, i, strings.Repeat("b", 1<<20))
	}
	var once sync.Once
	closed := make(chan error, 1)
	err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "x"), func(done, total int64) {
		once.Do(func() {
			go func() { closed <- db.Close(context.Background()) }()
			<-db.closing
		})
	})
	if closed := <-closed; closed != nil || err == nil {
		t.Errorf("close: %v, backup: %v", closed, err)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	m := news(t)
	path := file(t)
	db := open(t, path, m)
	insert(t, db, m, `{"id":"old"}`)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	backup, err := filepath.Rel(here, filepath.Join(t.TempDir(), "backup.sqlite")) // as flags often are
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}
	insert(t, db, m, `{"id":"new"}`)
	ok := func(context.Context, *DB) error { return nil }
	if _, err := Restore(t.Context(), backup, path, ok); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("beside a server: %v", err)
	}
	shut(t, db)
	other, damaged := filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "damaged")
	text, err := os.ReadFile(backup)
	if err := errors.Join(err, os.WriteFile(other, []byte("text"), 0o600), os.WriteFile(damaged, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	overwrite(t, damaged)
	for name, restore := range map[string]func() (string, error){
		"no file":       func() (string, error) { return Restore(t.Context(), filepath.Join(path, "none"), path, ok) },
		"no database":   func() (string, error) { return Restore(t.Context(), other, path, ok) },
		"a damaged one": func() (string, error) { return Restore(t.Context(), damaged, path, ok) },
		"itself":        func() (string, error) { return Restore(t.Context(), path, path, ok) },
		"one that check refuses": func() (string, error) {
			return Restore(t.Context(), backup, path, func(context.Context, *DB) error { return errors.New("another contract") })
		},
	} {
		if _, err := restore(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	replaced, err := Restore(t.Context(), backup, path, ok)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{path: false, replaced: true} {
		db := open(t, file, m)
		_, old := db.Get(t.Context(), m, "old")
		_, err := db.Get(t.Context(), m, "new")
		if old != nil || (err == nil) != want {
			t.Errorf("%s: %v, and %v, want the new document: %t", file, old, err, want)
		}
	}
	if again, err := os.ReadFile(backup); err != nil || string(again) != string(text) {
		t.Errorf("the backup has changed, %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
	if aside, err := setAside(t.Context(), path); err != nil || checkNames(path) == nil {
		t.Errorf("a server can start in the middle of a restore; the replaced database is at %s, %v", aside, err)
	}
	empty := filepath.Join(t.TempDir(), "first.db")
	if replaced, err := Restore(t.Context(), backup, empty, ok); err != nil || replaced != "" {
		t.Errorf("without a database: %q, %v", replaced, err)
	}
}

// TestRestoreFirst restores in a process that has not used SQLite before, as the command does.
func TestRestoreFirst(t *testing.T) {
	backup := os.Getenv(childVariable + "_RESTORE")
	if backup != "" {
		path := filepath.Join(t.TempDir(), "a.db")
		if _, err := Restore(t.Context(), backup, path, func(context.Context, *DB) error { return nil }); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	backup = filepath.Join(t.TempDir(), "backup.sqlite")
	if err := open(t, file(t), news(t)).Backup(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}
	c := child(t, "")
	c.Args[1] = "-test.run=^TestRestoreFirst$"
	c.Env = append(c.Env, childVariable+"_RESTORE="+backup)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// Deleted data gives its space back while others write. A file of an earlier version must be rewritten once.
func TestCompact(t *testing.T) {
	t.Parallel()
	m := news(t)
	path := file(t)
	db := open(t, path, m)
	fill := func() {
		var group sync.WaitGroup
		for w := range 16 {
			group.Go(func() {
				for i := w; i < 2000; i += 16 {
					insert(t, db, m, "%s", article(i))
				}
			})
		}
		group.Wait()
		err := db.withWriter(func(c *conn) error {
			_, err := c.exec(t.Context(), "DELETE FROM news WHERE category<>'c1'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	fill()
	acknowledged, stop := writers(t, db, m)
	before, after, err := db.Compact(t.Context(), false, nil)
	stop()
	if err != nil || after > before/2 {
		t.Errorf("compacted from %d to %d bytes, %v", before, after, err)
	}
	for w, n := range acknowledged() {
		for i := range n {
			if _, err := db.Get(t.Context(), m, fmt.Sprintf("%d-%d", w, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// An earlier version had no auto_vacuum.
	err = db.withWriter(func(c *conn) error {
		_, err := c.exec(t.Context(), "PRAGMA auto_vacuum=0")
		_, err2 := c.exec(t.Context(), "VACUUM")
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Compact(t.Context(), false, nil); !errors.Is(err, ErrNeedsVacuum) {
		t.Errorf("an old file: %v", err)
	}
	for range 2 {
		if _, _, err := db.Compact(t.Context(), true, nil); err != nil {
			t.Errorf("an old file, whole: %v", err)
		}
	}
	shut(t, db)
	if info, err := os.Stat(path); err != nil || info.Size() > 2*after+1<<20 {
		t.Errorf("the file has %v bytes, %v", info.Size(), err)
	}
}
