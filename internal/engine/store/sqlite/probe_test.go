package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": Memory} {
		db := open(t, path)
		if err := db.Probe(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := file(t)
	db := open(t, path)
	if err := db.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	dir := filepath.Dir(path)
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Skip("this platform does not rename the directory of an open file")
	}
	defer func() { _ = os.Rename(dir+"-moved", dir) }()
	if err := db.Probe(t.Context()); fault.KindOf(err) != fault.Unavailable || !store.IsFailure(err) {
		t.Errorf("without its directory: %v", err)
	}
}

// A database that was deleted or replaced under a server takes no writes, which would be lost, until it is back.
func TestMoved(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be renamed there")
	}
	path, m := file(t), news(t)
	db := open(t, path, m)
	for name, replace := range map[string]func() error{
		"deleted":  func() error { return nil },
		"replaced": func() error { return os.WriteFile(path, []byte("SQLite format 3\x00"), 0o600) },
	} {
		insert(t, db, m, `{"id":%q}`, name)
		if err := errors.Join(os.Rename(path, path+".moved"), replace()); err != nil {
			t.Fatal(err)
		}
		db.checked = time.Time{}
		for method, err := range map[string]error{
			"Insert": db.Insert(t.Context(), m, store.Document{ID: "lost", JSON: []byte(`{"id":"lost"}`)}),
			"Ping":   db.Ping(t.Context()), "Probe": db.Probe(t.Context()),
		} {
			if fault.KindOf(err) != fault.Unavailable || !store.IsFailure(err) ||
				!strings.Contains(err.Error(), "replaced while the server") {
				t.Errorf("%s: %s: %v", name, method, err)
			}
		}
		if err := os.Rename(path+".moved", path); err != nil {
			t.Fatal(err)
		}
		insert(t, db, m, `{"id":"%s and back"}`, name)
		if err := db.Ping(t.Context()); err != nil {
			t.Errorf("%s and back: %v", name, err)
		}
	}
}
