package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// probeSize is the number of bytes for which there must be space. One page would not do: SQLite may have space for it in its log.
const probeSize = 256 << 10

// Probe implements store.Backend. It writes a file beside the database, and the format of the database, which does not change it.
func (db *DB) Probe(ctx context.Context) error {
	if err := db.moved(); err != nil {
		return err
	}
	if db.file != nil {
		if err := probe(db.file.Name()); errors.Is(err, syscall.ENOSPC) {
			return fault.Wrap(&store.Failure{Err: err}, fault.InsufficientStorage, "", "There is not enough space to store anything.")
		} else if err != nil {
			return fault.Wrap(&store.Failure{Err: err}, fault.Unavailable, "", unavailable)
		}
	}
	return problem(db.submit(ctx, func(c *conn) error {
		_, err := c.exec(context.Background(), fmt.Sprintf("PRAGMA user_version=%d", format))
		return err
	}))
}

// probe writes a file beside the database, and removes it.
func probe(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), Temporary(path, "probe"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, probeSize)); err != nil {
		return err
	}
	return f.Sync()
}
