package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLoadKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text string
		mode fs.FileMode
		says string // empty: accepted
	}{
		{"for its owner", privateJWK(edKey()), 0o600, ""},
		{"for its owner, read only", privateJWK(edKey()), 0o400, ""},
		{"readable by the group", privateJWK(edKey()), 0o640, "chmod 600"},
		{"readable by others", privateJWK(edKey()), 0o604, "chmod 600"},
		{"writable by others", privateJWK(edKey()), 0o602, "chmod 600"},
		{"as files usually are", privateJWK(edKey()), 0o644, "chmod 600"},
		{"empty", "", 0o600, "empty"},
		{"no key", "secret", 0o600, "neither"},
		{"too large", strings.Repeat(" ", MaxKeysBytes+1), 0o600, "larger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && tt.mode&0o077 != 0 {
				t.Skip("modes are a matter of Unix")
			}
			path := filepath.Join(t.TempDir(), "key.pem")
			if err := errors.Join(os.WriteFile(path, []byte(tt.text), 0o600), os.Chmod(path, tt.mode)); err != nil {
				t.Fatal(err)
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
			if _, created := LoadOrCreateKeys(path, time.Hour); created == nil || created.Error() != err.Error() {
				t.Errorf("LoadOrCreateKeys: %v", created)
			}
		})
	}
}

func TestLoadKeysNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := LoadKeys(filepath.Join(dir, "none"), time.Hour); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(dir, time.Hour); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := LoadOrCreateKeys(filepath.Join(dir, "none", "key.pem"), time.Hour); err == nil {
		t.Error("a folder that is not there has been accepted")
	}
	dangling := filepath.Join(dir, "link")
	symlink(t, filepath.Join(dir, "nowhere"), dangling)
	if k, err := LoadOrCreateKeys(dangling, time.Hour); err == nil {
		t.Errorf("a link to nowhere gives %v", k)
	}
}

// symlink makes a symbolic link. Only on Windows, where that takes a privilege, may it fail: the rest of the test is left out there.
func symlink(t *testing.T, to, link string) {
	t.Helper()
	err := os.Symlink(to, link)
	if err != nil && runtime.GOOS == "windows" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadOrCreateKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	created, err := LoadOrCreateKeys(path, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || created.Current().Algorithm() != "EdDSA" || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, mode %v, %v", created, info.Mode(), err)
	}
	if again, err := LoadOrCreateKeys(path, time.Hour); err != nil || again.Current().ID() != created.Current().ID() {
		t.Errorf("the second time: %v, %v; want %v", again, err, created)
	}
	wantOnly(t, dir, "key.pem")
}

func TestLoadOrCreateKeysAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const callers = 16
	ids := make([]string, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			k, err := LoadOrCreateKeys(filepath.Join(dir, "key.pem"), time.Hour)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = k.Current().ID()
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
	wantOnly(t, dir, "key.pem")
}

// TestCreateKeyLosesTheRace begins where a caller has seen no file and another one has made it since.
func TestCreateKeyLosesTheRace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	winner := must(LoadOrCreateKeys(path, time.Hour))
	if err := createKey(path, GenerateKey); !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if k, err := LoadKeys(path, time.Hour); err != nil || k.Current().ID() != winner.Current().ID() {
		t.Errorf("got %v, %v; want the winner's %v", k, err, winner)
	}
	wantOnly(t, dir, "key.pem")
}

func wantOnly(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder has %v, %v; want %s alone", entries, err, name)
	}
}
