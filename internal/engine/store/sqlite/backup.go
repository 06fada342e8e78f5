package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	driver "modernc.org/sqlite"
)

// backupPages is the number of pages that are copied at a time.
const backupPages = 256

// Backup writes a copy of the database to a new file at path, which only its owner can read. Reads and writes go on. The copy contains
// every write that was acknowledged before the call. It is complete and verified when it gets its name: SQLite's integrity check has
// passed, and each table has as many rows as the database at the moment that the copy shows. Backup returns an error if the file exists,
// and does not change it. progress, if not nil, is called with the numbers of copied and all pages.
func (db *DB) Backup(ctx context.Context, path string, progress func(done, total int64)) (err error) {
	if db.lock == nil {
		return errors.New("the database is in memory; there is nothing to back up")
	}
	if path, err = filepath.Abs(path); err != nil { // SQLite needs it
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("the file %s exists and was not changed", path)
	}
	release, err := db.tool(ctx)
	if err != nil {
		return err
	}
	defer release()
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.tmp")
	if err != nil {
		return fmt.Errorf("create the backup: %w", err)
	}
	temporary := file.Name()
	defer func() {
		for _, end := range []string{"", "-wal", "-shm", "-journal"} {
			_ = os.Remove(temporary + end)
		}
	}()
	if err := file.Close(); err != nil {
		return err
	}
	rows, err := db.copyTo(ctx, temporary, progress)
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	if err := verify(ctx, temporary, rows); err != nil {
		return fmt.Errorf("verify the backup: %w", err)
	}
	if err := syncFile(temporary); err != nil {
		return err
	}
	return publish(temporary, path)
}

// tool returns a function that must be called after the work of a tool. There is one tool at a time, and Close waits for it.
func (db *DB) tool(ctx context.Context) (release func(), err error) {
	select {
	case <-db.closing:
		return nil, closed()
	default:
	}
	select {
	case db.tools <- struct{}{}:
		return func() { <-db.tools }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.closing:
		return nil, closed()
	}
}

// withWriter calls do with the writer's connection, outside of transactions. Writes wait for it. A tool calls it, so the connection is
// open.
func (db *DB) withWriter(do func(*conn) error) error {
	c := <-db.writers
	defer func() { db.writers <- c }()
	return do(c)
}

// ended returns an error if ctx or the store has ended.
func (db *DB) ended(ctx context.Context) error {
	select {
	case <-db.closing:
		return closed()
	default:
		return ctx.Err()
	}
}

// copyTo copies the database to the file, and returns the number of rows of each table. Both are of one moment: a snapshot that is held for
// the time of the copy, in which the log can grow. Copying on the writer's connection needs no snapshot, but then writes are three times as
// slow, and a copy takes longer.
func (db *DB) copyTo(ctx context.Context, path string, progress func(done, total int64)) (_ map[string]int64, err error) {
	snapshot, err := connect(ctx, newExpressions(), db.file.Name(), settings(setting{"query_only", "1"}))
	if err != nil {
		return nil, err
	}
	defer snapshot.close()
	if err := snapshot.hold(ctx); err != nil {
		return nil, err
	}
	backup, err := snapshot.raw.(interface {
		NewBackup(string) (*driver.Backup, error)
	}).NewBackup(dsn(path) + "&_pragma=journal_mode(off)")
	if err != nil {
		return nil, err
	}
	for more := true; more && err == nil; {
		if err = db.ended(ctx); err != nil {
			break
		}
		if more, err = backup.Step(backupPages); err == nil && progress != nil {
			progress(int64(backup.PageCount()-backup.Remaining()), int64(backup.PageCount()))
		}
	}
	if end := backup.Finish(); err == nil { // it repeats the error of the last step
		err = end
	}
	if err != nil {
		return nil, err
	}
	return snapshot.rows(ctx)
}

// hold begins a transaction that reads the database as it is now.
func (c *conn) hold(ctx context.Context) error {
	if _, err := c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	_, err := c.one(ctx, "SELECT count(*) FROM sqlite_schema")
	return err
}

// rows returns the number of rows of each table.
func (c *conn) rows(ctx context.Context) (map[string]int64, error) {
	rows := map[string]int64{}
	err := c.query(ctx, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", nil,
		func(v []sqldriver.Value) error {
			rows[fmt.Sprint(v[0])] = 0
			return nil
		})
	if err != nil {
		return nil, err
	}
	for name := range rows {
		n, err := c.one(ctx, "SELECT count(*) FROM "+quote(name))
		if err != nil {
			return nil, err
		}
		rows[name], _ = n.(int64)
	}
	return rows, nil
}

// verify checks a copy, and makes it a single file that does not need a log beside it.
func verify(ctx context.Context, path string, want map[string]int64) error {
	c, err := connect(ctx, newExpressions(), path, settings(setting{"journal_mode", "delete"}))
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.sound(ctx); err != nil {
		return err
	}
	got, err := c.rows(ctx)
	if err != nil {
		return err
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("the copy has other numbers of rows than the database: %v, want %v", got, want)
	}
	return nil
}

// sound returns an error if SQLite finds the database damaged.
func (c *conn) sound(ctx context.Context) error {
	var problems []string
	err := c.query(ctx, "PRAGMA integrity_check(5)", nil, func(v []sqldriver.Value) error {
		problems = append(problems, fmt.Sprint(v[0]))
		return nil
	})
	if err == nil && !slices.Equal(problems, []string{"ok"}) {
		err = fmt.Errorf("the database is damaged: %q", problems)
	}
	return err
}

// publish gives a file its name, unless there is another file of that name.
func publish(temporary, path string) error {
	switch err := os.Link(temporary, path); {
	case err == nil:
		return syncDirectory(path)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("the file %s exists and was not changed", path)
	}
	// The file system has no hard links.
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("the file %s exists and was not changed", path)
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDirectory(path)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDirectory makes the names in the directory of a file durable, where the platform can.
func syncDirectory(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	_ = d.Sync() // not all platforms and file systems support it
	return d.Close()
}
