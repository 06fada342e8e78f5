package sqlite

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// The identification of this program's files (https://sqlite.org/fileformat2.html, offsets 68 and 60).
const (
	applicationID = 0x4e657773 // "News"
	format        = 1          // of tables and columns; a program rejects unknown formats
	// the size in bytes to which the log is truncated after a checkpoint; otherwise it keeps its largest size
	logLimit = 16 << 20
)

// setting is a PRAGMA and its value, as SQLite prints it.
type setting struct{ name, value string }

// settings returns the settings of every connection, to a file or to memory.
func settings(more ...setting) []setting {
	return append([]setting{
		{"busy_timeout", "5000"},
		{"synchronous", "2"}, // FULL: a commit waits for the disk
		{"fullfsync", "1"},   // on macOS, where an fsync alone does not
		{"checkpoint_fullfsync", "1"},
		{"foreign_keys", "1"},
		{"trusted_schema", "0"},
		{"journal_size_limit", strconv.Itoa(logLimit)},
	}, more...)
}

func (db *DB) openMemory(ctx context.Context) error {
	db.readers = make(chan *conn, 1)
	db.writers = db.readers
	c, err := connect(ctx, newExpressions(), Memory, settings(setting{"journal_mode", "memory"}, setting{"temp_store", "2"}))
	if err != nil {
		return fmt.Errorf("open a database in memory: %w", err)
	}
	db.readers <- c
	return nil
}

func (db *DB) openFile(ctx context.Context, path string) (err error) {
	if path, err = resolve(path); err != nil {
		return err
	}
	if err := checkNames(path); err != nil {
		return err
	}
	if db.lock, err = lock(ctx, path); err != nil {
		return err
	}
	if db.file, err = hold(path); err != nil {
		return err
	}

	removeAbandoned(path)

	patterns := newExpressions()
	readers := 2*parallel() + 2
	cache, sorts := setting{"cache_size", strconv.Itoa(-cacheKiB)}, setting{"temp_store", "1"} // in files if they are large
	writer, err := connect(ctx, patterns, path, settings(cache, sorts))
	db.writers = make(chan *conn, 1)
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	db.writers <- writer
	if err := claim(ctx, writer, path); err != nil {
		return err
	}
	if err := writer.set(ctx, setting{"journal_mode", "wal"}); err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	if err := writer.bounded(ctx, path); err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	db.readers = make(chan *conn, readers)
	for range cap(db.readers) {
		c, err := connect(ctx, patterns, path, settings(cache, sorts, setting{"query_only", "1"}))
		if err != nil {
			return fmt.Errorf("open the database %s: %w", path, err)
		}
		db.readers <- c
	}
	return nil
}

// closeAll releases everything that a failed Open has opened.
func (db *DB) closeAll() {
	for len(db.writers) > 0 {
		(<-db.writers).close()
	}
	for len(db.readers) > 0 {
		(<-db.readers).close()
	}
	db.release()
}

// connect opens one connection.
func connect(ctx context.Context, patterns *expressions, path string, list []setting) (c *conn, err error) {
	c = &conn{statements: map[string]statement{}}
	if c.raw, err = newDriver(patterns, c).Open(dsn(path)); err != nil {
		return nil, err
	}
	for _, s := range list {
		if err := c.set(ctx, s); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// set applies a setting and checks it, because SQLite ignores settings that it cannot apply.
func (c *conn) set(ctx context.Context, s setting) error {
	if _, err := c.exec(ctx, "PRAGMA "+s.name+"="+s.value); err != nil {
		return err
	}
	got, err := c.one(ctx, "PRAGMA "+s.name)
	if err == nil && fmt.Sprint(got) != s.value {
		err = fmt.Errorf("SQLite did not accept %s=%s; the value is %v", s.name, s.value, got)
	}
	return err
}

// dsn returns the driver's name of a file; a plain path would end at its first question mark.
func dsn(path string) string {
	const options = "_dqs=0&_defensive=1&_error_rc=1"
	if path == Memory {
		return path + "?" + options
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: options}
	return u.String()
}

// claim identifies an empty database as this program's, and checks the identification of any other. It includes data that a crash has left
// beside the file.
func claim(ctx context.Context, c *conn, path string) error {
	id, err := c.one(ctx, "PRAGMA application_id")
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	if id == int64(0) {
		for _, sql := range []string{
			"PRAGMA auto_vacuum=2", // INCREMENTAL, for Compact; it has no effect when there are tables
			"BEGIN IMMEDIATE",
			fmt.Sprintf("PRAGMA application_id=%d", applicationID),
			fmt.Sprintf("PRAGMA user_version=%d", format),
			"COMMIT",
		} {
			if _, err := c.exec(ctx, sql); err != nil {
				return fmt.Errorf("create the database %s: %w", path, err)
			}
		}
		return nil
	}
	version, err := c.one(ctx, "PRAGMA user_version")
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	return accept(path, id, version)
}

// accept returns an error for a database of another program or of an unsupported format.
func accept(path string, id, version any) error {
	if id != int64(applicationID) {
		return fmt.Errorf("the database %s was created by another program and was not changed; choose another file", path)
	}
	if version != int64(format) {
		return fmt.Errorf("the database %s has storage format %v, but this program supports only format %d; it was not changed; use "+
			"the program version that wrote it",
			path, version, format)
	}
	return nil
}
