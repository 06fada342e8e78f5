package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// resolve returns the path of a database without symbolic links, because its lock and its log are found by name. It returns an error for a
// dangling symbolic link, because the file could be created by another name in the meantime.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open the database: %w", err)
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return "", fmt.Errorf("the database %s is a symbolic link to a file that does not exist; delete the link, or point it to "+
				"a database", path)
		}
		target, err = filepath.EvalSymlinks(filepath.Dir(path))
		target = filepath.Join(target, filepath.Base(path))
	}
	if err != nil {
		return "", fmt.Errorf("open the database %s: %w", path, err)
	}
	return target, nil
}

// checkNames returns an error unless the database and the files beside it are missing or regular files with one name each. SQLite finds
// the log by the database's name: a server that opened the same file by another name would miss what is in the log, and destroy it.
func checkNames(path string) error {
	for _, end := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
		name := path + end
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("open the database: %w", err)
		case info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link, but must be a regular file; remove the link", name)
		case info.IsDir():
			return fmt.Errorf("%s is a directory, but must be a regular file; choose another path", name)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file; choose another path", name)
		}
		if n := links(info); n > 1 {
			return fmt.Errorf("%s has %d names (hard links), and servers that open it by different names would destroy it; "+
				"delete the other names (find -samefile lists them), or copy it", name, n)
		}
	}
	return nil
}

// lock locks the file beside path for this process. The file is an empty database, because SQLite's locks work the same on every platform
// and end with the process.
func lock(ctx context.Context, path string) (*conn, error) {
	// Only its owner can open it: who can read it can hold a lock that keeps the server out.
	if f, err := os.OpenFile(path+".lock", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close()
	}
	raw, err := new(driver.Driver).Open(dsn(path + ".lock"))
	if err != nil {
		return nil, fmt.Errorf("lock the database %s: %w", path, err)
	}
	c := &conn{raw: raw, statements: map[string]statement{}}
	if _, err = c.exec(ctx, "BEGIN EXCLUSIVE"); err == nil {
		return c, nil
	}
	c.close()
	if e, ok := errors.AsType[*driver.Error](err); ok && e.Code()&0xff == code.SQLITE_BUSY {
		return nil, errInUse(path)
	}
	return nil, fmt.Errorf("lock the database %s: %w", path, err)
}

// Temporary returns the pattern of the name, for os.CreateTemp and os.MkdirTemp, of something that only the process needs that has the
// database open, or restores it. If that process is killed, the next one that opens the database deletes it.
func Temporary(path, kind string) string { return "." + filepath.Base(path) + "." + kind + "-*.tmp" }

// removeAbandoned deletes what processes that were killed have left beside the database. It must be called under the lock.
func removeAbandoned(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path)) // to open the database gives a better error
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, "."+filepath.Base(path)+".") && strings.HasSuffix(name, ".tmp") {
			_ = os.RemoveAll(filepath.Join(filepath.Dir(path), name))
		}
	}
}

func errInUse(path string) error {
	return fmt.Errorf("the database %s is in use by another process; stop that one first, or use another file", path)
}

// hold opens the file at path and, if the platform can, locks the file itself: the lock beside it is found by name, and a file that was
// renamed or mounted twice has several names. If the file does not exist, hold creates it with permissions for its owner only. It must be
// called under the lock beside the file, and its result must be closed after the last connection, because closing it releases the locks of
// SQLite in this process.
func hold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	err = lockFile(f)
	if err == nil {
		err = check(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// moved returns a fault if another file, or none, has the name of the database. SQLite would go on with the file that it has open, and what
// it writes would be lost when that is closed.
func (db *DB) moved() error {
	if db.file == nil {
		return nil
	}
	named, err := os.Stat(db.file.Name())
	if err == nil {
		var open fs.FileInfo
		if open, err = db.file.Stat(); err == nil && os.SameFile(named, open) {
			return nil
		}
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the database %s was deleted, renamed or replaced while the server uses it; move it back, or restart the server",
			db.file.Name())
	}
	return fault.Wrap(&store.Failure{Err: err}, fault.Unavailable, "", unavailable)
}

// check rejects a file of another program by its first 100 bytes, before SQLite opens it, because SQLite might repair it.
func check(f *os.File) error {
	header := make([]byte, 100)
	switch n, err := io.ReadFull(f, header); {
	case errors.Is(err, io.EOF): // empty
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("open the database: %w", err)
	case n < len(header) || string(header[:16]) != "SQLite format 3\x00":
		return fmt.Errorf("the file %s is not a database and was not changed; choose another path", f.Name())
	}
	return accept(f.Name(), int64(binary.BigEndian.Uint32(header[68:])), int64(binary.BigEndian.Uint32(header[60:])))
}
