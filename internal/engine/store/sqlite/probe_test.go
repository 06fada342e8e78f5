package sqlite

import (
	"os"
	"path/filepath"
	"testing"

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
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".probe*")); len(left) > 0 {
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
