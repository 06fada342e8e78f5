package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/storetest"
)

// TestBackend runs the suite that defines a store, in memory and in a file.
func TestBackend(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, func(t *testing.T) store.Backend { return openAt(t, sqlite.Memory) })
	})
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		storetest.Run(t, open)
	})
}

// open returns a store in its own file.
func open(t *testing.T) store.Backend { return openAt(t, filepath.Join(t.TempDir(), "store.db")) }

func openAt(t *testing.T, path string) store.Backend {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
