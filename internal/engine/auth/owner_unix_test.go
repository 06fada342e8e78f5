//go:build unix

package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// somebody is another user, and a group that this process is not in.
const somebody = 65533

// TestLoadKeysOwner takes keys only where nobody but the process's user and root can replace them.
func TestLoadKeysOwner(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(path string) error
		says   string // empty: accepted
	}{
		{"ours", func(string) error { return nil }, ""},
		{"of another user", func(path string) error { return os.Chown(path, somebody, -1) }, "it belongs to user 65533"},
		{"of another group", func(path string) error { return os.Chown(path, -1, somebody) }, ""},
		{"ours, readable by our group", func(path string) error { return os.Chmod(path, 0o440) }, "chmod 600"},
		{"of another user, readable by our group", func(path string) error {
			return errors.Join(os.Chown(path, somebody, -1), os.Chmod(path, 0o440))
		}, "it belongs to user 65533"}, // of root it would be accepted
		{"of another user, writable by our group", func(path string) error {
			return errors.Join(os.Chown(path, somebody, -1), os.Chmod(path, 0o460))
		}, "chmod 600"},
		{"of another user, readable by another group", func(path string) error {
			return errors.Join(os.Chown(path, somebody, somebody), os.Chmod(path, 0o440))
		}, "chmod 600"},
		{"in another's directory", func(path string) error { return os.Chown(filepath.Dir(path), somebody, -1) },
			"its directory belongs to user 65533"},
		{"in a directory for all", func(path string) error { return os.Chmod(filepath.Dir(path), 0o777) }, "chmod go-w"},
		{"in a directory that others may write to", func(path string) error { return os.Chmod(filepath.Dir(path), 0o703) }, "chmod go-w"},
		{"in a sticky directory for all", func(path string) error { return os.Chmod(filepath.Dir(path), 0o777|fs.ModeSticky) }, ""},
		{"in a directory of our group", func(path string) error { return os.Chmod(filepath.Dir(path), 0o770) }, ""},
		{"in a directory of another group", func(path string) error {
			return errors.Join(os.Chown(filepath.Dir(path), -1, somebody), os.Chmod(filepath.Dir(path), 0o770))
		}, "chmod go-w"},
		{"in a directory that all may read", func(path string) error { return os.Chmod(filepath.Dir(path), 0o755) }, ""},
	} {
		for _, link := range []bool{false, true} {
			name := tt.name
			if link {
				name += ", through a link"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				path := keyFile(t, encodePEM, edKey())
				switch err := tt.change(path); {
				case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL): // not root, or one that has no other users
					t.Skip(err)
				case err != nil:
					t.Fatal(err)
				}
				if link {
					to := filepath.Join(t.TempDir(), "link.pem")
					symlink(t, path, to)
					path = to
				}
				k, err := LoadKeys(path, time.Hour)
				if tt.says == "" {
					if err != nil || k.Current().ID() != edKey().ID() {
						t.Errorf("got %v, %v", k, err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, %v; want an error with the path that says %q", k, err, tt.says)
				}
			})
		}
	}
}

// TestLoadKeysLinkForAll refuses a link that others may let lead to another file.
func TestLoadKeysLinkForAll(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "link.pem")
	symlink(t, keyFile(t, encodePEM, edKey()), link)
	if err := os.Chmod(filepath.Dir(link), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(link, time.Hour); err == nil || !strings.Contains(err.Error(), "chmod go-w "+filepath.Dir(link)) {
		t.Errorf("got %v", err)
	}
}

// TestRotateAnothers leaves a key of another user to that user: as root, a file that its owner has put in the way would be changed.
func TestRotateAnothers(t *testing.T) {
	t.Parallel()
	path := keyFile(t, encodePEM, edKey())
	keys := must(LoadKeys(path, time.Hour))
	switch err := os.Chown(path, somebody, somebody); {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL): // not root, or one that has no other users
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	if _, err := keys.Rotate(t.Context()); err == nil || !strings.Contains(err.Error(), "it belongs to user 65533") {
		t.Errorf("got %v", err)
	}
	if keys.Current().ID() != edKey().ID() {
		t.Errorf("%v signs", keys)
	}
}
