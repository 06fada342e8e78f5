package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestOpenOtherNames checks that Open rejects names by which a second server could open the same file, because SQLite finds the log by
// name, and so the second server would use another log.
func TestOpenOtherNames(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links take a privilege there")
	}
	for _, tt := range []struct {
		name string
		make func(dir, path string) error // dir/other.db is what is opened then
		want string
	}{
		{"a hard link", func(dir, path string) error { return os.Link(path, filepath.Join(dir, "other.db")) }, "2 names (hard links)"},
		{"a symbolic link to a hard link", func(dir, path string) error {
			return errors.Join(os.Link(path, filepath.Join(dir, "second.db")), os.Symlink("second.db", filepath.Join(dir, "other.db")))
		}, "2 names (hard links)"},
		{"a dangling link", func(dir, _ string) error { return os.Symlink("missing.db", filepath.Join(dir, "other.db")) },
			"symbolic link to a file that does not exist"},
		{"a dangling chain", func(dir, _ string) error {
			return errors.Join(os.Symlink("missing.db", filepath.Join(dir, "next")), os.Symlink("next", filepath.Join(dir, "other.db")))
		}, "symbolic link to a file that does not exist"},
		{"a loop", func(dir, _ string) error { return os.Symlink("other.db", filepath.Join(dir, "other.db")) }, "other.db"},
		{"a dangling directory", func(dir, _ string) error {
			return errors.Join(os.Remove(dir), os.Symlink("missing", dir))
		}, "no such file or directory"},
		{"a directory", func(dir, _ string) error { return os.Mkdir(filepath.Join(dir, "other.db"), 0o700) }, "is a directory"},
		{"a device", func(dir, _ string) error { return os.Symlink("/dev/null", filepath.Join(dir, "other.db")) }, "not a regular file"},
		{"the log is a symbolic link", func(dir, path string) error { return os.Symlink(path, filepath.Join(dir, "other.db-wal")) },
			"other.db-wal is a symbolic link"},
		{"the log is a dangling link", func(dir, _ string) error { return os.Symlink("missing", filepath.Join(dir, "other.db-wal")) },
			"other.db-wal is a symbolic link"},
		{"the log is a hard link", func(dir, path string) error { return os.Link(path, filepath.Join(dir, "other.db-wal")) },
			"2 names (hard links)"},
		{"the shared memory is a link", func(dir, path string) error { return os.Symlink(path, filepath.Join(dir, "other.db-shm")) },
			"other.db-shm is a symbolic link"},
		{"the journal is a directory", func(dir, _ string) error { return os.Mkdir(filepath.Join(dir, "other.db-journal"), 0o700) },
			"other.db-journal is a directory"},
		{"the lock is a link", func(dir, path string) error { return os.Symlink(path, filepath.Join(dir, "other.db.lock")) },
			"other.db.lock is a symbolic link"},
		{"the lock is a hard link", func(dir, path string) error { return os.Link(path, filepath.Join(dir, "other.db.lock")) },
			"2 names (hard links)"},
		{"the lock is a directory", func(dir, _ string) error { return os.Mkdir(filepath.Join(dir, "other.db.lock"), 0o700) },
			"other.db.lock is a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			m := news(t)
			db := open(t, path, m)
			insert(t, db, m, `{"id":"a"}`)
			dir := filepath.Join(filepath.Dir(path), "dir")
			if err := errors.Join(os.Mkdir(dir, 0o700), tt.make(dir, path)); err != nil {
				t.Fatal(err)
			}
			before := listing(t, dir)
			other, err := Open(t.Context(), filepath.Join(dir, "other.db"))
			if err == nil {
				shut(t, other)
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, tt.want)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("the directory has %s, had %s", after, before)
			}
			insert(t, db, m, `{"id":"b"}`)
		})
	}
}

// listing names what is in a directory.
func listing(t *testing.T, dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

// TestOpenThroughDirectoryLink creates the file through a link to the directory, and finds it again by either name.
func TestOpenThroughDirectoryLink(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links take a privilege there")
	}
	path := file(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(path), link); err != nil {
		t.Fatal(err)
	}
	db := open(t, filepath.Join(link, filepath.Base(path)))
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second Open: %v", err)
	}
	shut(t, db)
	shut(t, open(t, path))
}
