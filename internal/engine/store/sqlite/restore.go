package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Restore puts a copy of a backup in the place of the database at path, which no process may have open. It verifies the copy before: it
// must be sound, and check must return nil for it. The replaced database, if there is one, stays in the same directory under the returned
// name. The backup is not changed.
func Restore(ctx context.Context, backup, path string, check func(context.Context, *DB) error) (replaced string, err error) {
	if err := configureMemory(); err != nil {
		return "", err
	}
	if path, err = resolve(path); err != nil {
		return "", err
	}
	if err := checkNames(path); err != nil {
		return "", err
	}
	held, err := lock(ctx, path)
	if err != nil {
		return "", err
	}
	defer held.close()
	before, err := os.Stat(path)
	if err == nil {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer file.Close()
		if err := lockFile(file); err != nil {
			return "", err
		}
		defer unlockFile(file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	directory, err := os.MkdirTemp(filepath.Dir(path), Temporary(path, "restore"))
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(directory)
	copied := filepath.Join(directory, filepath.Base(path))
	if err := copyBackup(backup, copied, before); err != nil {
		return "", fmt.Errorf("the backup cannot be used; nothing was changed: %w", err)
	}
	if err := checkCopy(ctx, copied, check); err != nil {
		return "", fmt.Errorf("the backup cannot be used; nothing was changed: %w", err)
	}
	if before != nil {
		if replaced, err = setAside(ctx, path); err != nil {
			return "", err
		}
	}
	if err := os.Rename(copied, path); err != nil {
		return replaced, err
	}
	return replaced, syncDirectory(path)
}

// copyBackup copies a backup to a new file and waits until it is on disk.
func copyBackup(from, to string, database fs.FileInfo) error {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // to open a named pipe would wait for a writer
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return errors.New("it is empty")
	case database != nil && os.SameFile(info, database):
		return errors.New("it is the database itself")
	}
	if wal, err := os.Stat(from + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("%s-wal contains a part of it, so it is a database that was not closed, and not a backup", from)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := check(in); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = in.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	return errors.Join(err, out.Sync(), out.Close())
}

func checkCopy(ctx context.Context, path string, check func(context.Context, *DB) error) (err error) {
	db, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	if err := db.read(ctx, func(c *conn) error { return c.sound(ctx) }); err != nil {
		return err
	}
	return check(ctx, db)
}

// setAside gives a database that nobody uses, with what belongs to it, another name, and returns its new path. The database itself also
// keeps its name, if the file system has hard links: if the process ends before the copy replaces it, the next server must not find
// nothing there, and create an empty database.
func setAside(ctx context.Context, path string) (string, error) {
	if c, err := connect(ctx, newExpressions(), path, settings()); err == nil {
		_, _ = c.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // a damaged one keeps its log
		c.close()
	}
	aside := path + ".replaced-" + time.Now().UTC().Format("20060102T150405.000Z")
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Link(path, aside); err != nil {
		return aside, os.Rename(path, aside)
	}
	return aside, nil
}
