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

// Files are not mapped into memory: the mapping of every connection would count as memory of the process, and would save a read of
// one document at most three microseconds.
const (
	// cacheKiB is the size of the page cache of each connection to a file. The number of connections is twice the number of processors plus
	// three.
	cacheKiB = 1024
	// heapBytes is the maximum that SQLite may allocate in this process, including caches. An operation that needs more is Unavailable, and
	// its connection can still be used. It applies when a file is open: a database in memory has no limit.
	heapBytes = 256 << 20
)

// bounded limits SQLite to heapBytes, and makes it write large sorts to unnamed files in the directory of the database, because no other
// directory is known to be writable. Both settings apply to the whole process.
func (c *conn) bounded(ctx context.Context, path string) error {
	if _, err := c.exec(ctx, "PRAGMA temp_store_directory='"+strings.ReplaceAll(filepath.Dir(path), "'", "''")+"'"); err != nil {
		return fmt.Errorf("set the directory of temporary files: %w", err)
	}
	return c.set(ctx, setting{"hard_heap_limit", strconv.Itoa(heapBytes)})
}

// configureMemory makes SQLite count its allocations, because it ignores its limit otherwise, and makes it allocate all cached pages of a
// connection at once. Allocated separately, each page would take 8 KiB: the allocator's sizes are powers of two, and a page with SQLite's
// header is a little larger than 4 KiB. For the same reason it requests 4 KiB less than a power of two. It must be called before SQLite is
// used.
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
