package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"modernc.org/libc"
	code "modernc.org/sqlite/lib"
)

// Files are not mapped into memory: a mapping of each connection would count as memory of the process, as often as there are
// connections, and saves a GET no more than three of its sixty microseconds.
const (
	// cacheKiB is for the pages that a connection to a file keeps. There are twice as many connections as processors, and three more.
	cacheKiB = 1024
	// heapBytes is what SQLite may allocate in this process, caches included. What needs more is Unavailable, and the connection can be
	// used again. It counts when a file is open: a database in memory has no bound.
	heapBytes = 256 << 20
)

// bounded makes SQLite keep to heapBytes, and write what it sorts and has no room for to files beside the database, which have no
// names there: nowhere else is known to be writable. Both hold for the whole process.
func (c *conn) bounded(ctx context.Context, path string) error {
	if _, err := c.exec(ctx, "PRAGMA temp_store_directory='"+strings.ReplaceAll(filepath.Dir(path), "'", "''")+"'"); err != nil {
		return fmt.Errorf("set the directory of temporary files: %w", err)
	}
	return c.set(ctx, setting{"hard_heap_limit", strconv.Itoa(heapBytes)})
}

// configureMemory makes SQLite count what it allocates, without which it ignores its limit, and allocate the pages that a connection keeps
// all at once: one by one each takes 8 KiB, since the allocator's sizes are powers of two and a page with what SQLite adds to it is a
// little larger than 4 KiB. For the same reason it asks for 4 KiB less than a power of two. It must come before SQLite is used.
var configureMemory = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	arguments := libc.Xmalloc(tls, 32)
	defer libc.Xfree(tls, arguments)
	config := func(option int32, values ...any) error {
		if result := code.Xsqlite3_config(tls, option, libc.VaList(arguments, values...)); result != code.SQLITE_OK {
			return fmt.Errorf("configure SQLite's memory: error %d; something else in this process has used SQLite before", result)
		}
		return nil
	}
	if err := config(code.SQLITE_CONFIG_MEMSTATUS, int32(1)); err != nil {
		return err
	}
	return config(code.SQLITE_CONFIG_PAGECACHE, uintptr(0), int32(0), int32(4-cacheKiB))
})
