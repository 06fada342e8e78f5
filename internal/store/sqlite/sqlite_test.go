package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/store"
	"github.com/newsdesk-api/newsdesk/internal/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/store/storetest"
)

// TestBackend holds the store against the definition of one, in memory and in a file.
func TestBackend(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]func(*testing.T) string{
		"memory": func(*testing.T) string { return sqlite.Memory },
		"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "store.db") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(t *testing.T) store.Backend {
				t.Helper()
				db, err := sqlite.Open(t.Context(), path(t))
				if err != nil {
					t.Fatal(err)
				}
				return db
			})
		})
	}
}
