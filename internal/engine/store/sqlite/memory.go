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
	// cacheBytes is for the page caches of all connections of a file together.
	cacheBytes = 16 << 20
	// heapBytes is what SQLite may allocate in this process, caches included. What needs more is Unavailable, and the connection can be
	// used again. It counts when a file is open: a database in memory has no bound.
	heapBytes = 256 << 20
)

// cacheSize is the setting of one of so many connections, in KiB, which SQLite writes as a negative number.
func cacheSize(connections int) setting {
	return setting{"cache_size", strconv.Itoa(-(max(cacheBytes/connections, 1<<20) >> 10))}
}

// bounded makes SQLite keep to heapBytes, and write what it sorts and has no room for to files beside the database, which have no
// names there: nowhere else is known to be writable. Both hold for the whole process.
func (c *conn) bounded(ctx context.Context, path string) error {
	if _, err := c.exec(ctx, "PRAGMA temp_store_directory='"+strings.ReplaceAll(filepath.Dir(path), "'", "''")+"'"); err != nil {
		return fmt.Errorf("set the directory of temporary files: %w", err)
	}
	return c.set(ctx, setting{"hard_heap_limit", strconv.Itoa(heapBytes)})
}

// countMemory makes SQLite count what it allocates, without which it ignores its limit. It must come before SQLite is used.
var countMemory = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	arguments := libc.Xmalloc(tls, 8)
	defer libc.Xfree(tls, arguments)
	if result := code.Xsqlite3_config(tls, code.SQLITE_CONFIG_MEMSTATUS, libc.VaList(arguments, int32(1))); result != code.SQLITE_OK {
		return fmt.Errorf("make SQLite count its memory: error %d; something else in this process has used SQLite before", result)
	}
	return nil
})
