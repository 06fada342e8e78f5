//go:build unix

package auth

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestRotateKeepsOwner has root rotate the key of a server that is somebody else.
func TestRotateKeepsOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := keyFile(t, encodePEM, edKey())
	switch err := os.Chown(path, 65534, 65533); {
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL): // root of a container that has no other users
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	must(must(LoadKeys(path, time.Hour)).Rotate(t.Context()))
	for _, name := range []string{path, filepath.Join(filepath.Dir(path), "key.pem.lock")} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 65534 || owner.Gid != 65533 {
			t.Errorf("%s belongs to %d:%d", name, owner.Uid, owner.Gid)
		}
	}
}
