// Package sqlite implements the embedded store: one SQLite file, written by one goroutine and read by several connections.
//
// Concurrent writes share one transaction, and thus one wait for the disk. Each write returns after its transaction is on disk. SQLite
// runs with synchronous=FULL, so acknowledged writes survive a power failure. The file has format 1, and only one process can open it at
// a time. The process holds a lock on the file of the same name with ".lock" appended and, on Linux, on the file itself, in case it is
// renamed or mounted twice. The operating system releases both when the process ends.
package sqlite

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fair"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Memory is the path of a database in memory that ends with Close; each Open creates another one. Reads and writes share its only
// connection.
const Memory = ":memory:"

// DB is a store in one SQLite file. It is a store.Backend and safe for concurrent use.
type DB struct {
	readers chan *conn // the idle connections; every user must put its connection back
	writers chan *conn // contains one connection; in memory, it is the same channel as readers
	lock    *conn      // keeps other processes out; nil in memory
	file    *os.File   // the database itself, locked where the platform can; nil in memory

	short, long fair.Queue // the scans of callers that run or wait in each pass

	tools   chan struct{} // full while a tool uses the writer's connection between transactions
	writes  writeQueue
	checked time.Time // the last time that the writer has called moved
	batches batches
	counts  counts
	cache   *cache
	closing chan struct{} // closed when Close begins
	drained chan struct{} // closed when the writer has ended
	once    sync.Once

	tables store.Compiled[*table]
}

var _ store.Backend = (*DB)(nil)

// Open opens the database in the file at path, or creates one that only its owner can read. The directory must exist.
//
// It returns an error, and does not change the file, if the file is not an SQLite database, belongs to another program, was written by a
// newer version of this program, or is in use. It also returns an error if the path is a dangling symbolic link, or if the file or one that
// SQLite keeps beside it has several names (on Unix) or is not a regular file.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := configureMemory(); err != nil {
		return nil, err
	}
	db := &DB{
		short:   passes(),
		long:    passes(),
		writes:  writeQueue{resting: map[string]time.Time{}, filled: make(chan struct{}, 1)},
		counts:  counts{added: map[string]int64{}, before: map[string]int64{}},
		cache:   newCache(),
		tools:   make(chan struct{}, 1),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
	}
	var err error
	if path == Memory {
		err = db.openMemory(ctx)
	} else {
		err = db.openFile(ctx, path)
	}
	if err != nil {
		db.closeAll()
		return nil, err
	}
	go db.write()
	return db, nil
}

// Ping implements store.Backend.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.moved(); err != nil {
		return err
	}
	return db.read(ctx, func(c *conn) error {
		_, err := c.exec(ctx, "SELECT count(*) FROM sqlite_schema")
		return err
	})
}

// Close implements store.Backend. It also waits for the reads that have begun, moves all data into the main file, and may be called again.
// If ctx ends first, no acknowledged write is lost: the next process that opens the file finishes the work.
func (db *DB) Close(ctx context.Context) error {
	var err error
	db.once.Do(func() {
		close(db.closing)
		err = db.shutdown(ctx)
	})
	return problem(err)
}

func (db *DB) shutdown(ctx context.Context) error {
	select {
	case <-db.drained:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case db.tools <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	idle := make([]*conn, cap(db.readers))
	for i := range idle {
		select {
		case idle[i] = <-db.readers:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	last := idle[0] // the writer, in memory
	if db.lock != nil {
		for _, c := range idle {
			c.close()
		}
		last = <-db.writers
	}
	_, _ = last.exec(ctx, "PRAGMA optimize") // the next Close can do it
	_, err := last.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	last.close()
	db.release()
	return err
}

// release allows other processes to open the file. All connections must be closed.
func (db *DB) release() {
	if db.file != nil {
		unlockFile(db.file)
		_ = db.file.Close() // read only
	}
	db.lock.close()
}
