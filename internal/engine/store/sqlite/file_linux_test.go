package sqlite

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A named pipe is no backup. To open it would wait for somebody who writes to it.
func TestRestorePipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), pipe, file(t), nil); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

// TestOpenRenamed moves the files of an open database: the lock beside the file has the old name, the one on the file itself still holds.
func TestOpenRenamed(t *testing.T) {
	t.Parallel()
	path := file(t)
	m := news(t)
	db := open(t, path, m)
	insert(t, db, m, `{"id":"a"}`)
	moved := filepath.Join(filepath.Dir(path), "moved.db")
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(path+end, moved+end); err != nil {
			t.Fatal(err)
		}
	}
	other, err := Open(t.Context(), moved)
	if err == nil {
		shut(t, other)
	}
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second Open: %v", err)
	}
	insert(t, db, m, `{"id":"b"}`)
	shut(t, db)
	again := open(t, moved, m)
	for _, id := range []string{"a", "b"} {
		if _, err := again.Get(t.Context(), m, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestOpenPipe checks that Open does not wait for a process at the other end of a pipe.
func TestOpenPipe(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"", "-wal", "-shm", "-journal", ".lock"} {
		path := file(t)
		if err := syscall.Mkfifo(path+end, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path+end+" is not a regular file") {
			t.Errorf("%q: %v", end, err)
		}
		if _, err := os.Stat(path); end != "" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: a database was made: %v", end, err)
		}
	}
}

// TestReopenBesideChildren starts processes all the while: none of them may keep the lock of a database that was closed.
func TestReopenBesideChildren(t *testing.T) {
	t.Parallel()
	path, done := file(t), make(chan struct{})
	var children sync.WaitGroup
	for range 4 {
		children.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := exec.Command("true").Run(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	defer children.Wait()
	defer close(done)
	for range 50 {
		shut(t, open(t, path))
	}
}
