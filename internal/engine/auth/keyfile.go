package auth

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// LoadKeys reads a key file in the formats of ParseKeys. On Unix, only the owner may have access to the file, and the owner must be the
// process's user or root. A group of the process may read a file of root, as with a Secret that Kubernetes mounts with an fsGroup. Nobody
// else may be able to write to the file's directory, unless it is sticky or writable for a group of the process. life is how long a key
// verifies after its retirement: the sum of the TTL and the leeway of the tokens. An error says what to do; it wraps fs.ErrNotExist if the
// file does not exist.
func LoadKeys(path string, life time.Duration) (*Keys, error) {
	text, seen, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeyFile(path, text)
	if err != nil {
		return nil, err
	}
	k := newKeys(path, life, keys)
	k.seen, k.read = seen, time.Now()
	return k, nil
}

// LoadOrCreateKeys reads a key file as LoadKeys does. If the file does not exist, it creates one with a new Ed25519 key (PEM, PKCS #8,
// mode 0600) in its directory, which must exist. The file is created atomically and is on disk when LoadOrCreateKeys returns.
// Concurrent callers, also in other processes, all get the same key.
func LoadOrCreateKeys(path string, life time.Duration) (*Keys, error) {
	keys, err := LoadKeys(path, life)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := createKey(path, GenerateKey); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("signing key %s: cannot be created: %w", path, err)
	}
	return LoadKeys(path, life)
}

// CreateKeys creates a key file with one new key for the algorithm, as GenerateKeyFor and LoadOrCreateKeys do, and reads it. If the
// file exists, it does not change it and returns an error that wraps fs.ErrExist.
func CreateKeys(path, algorithm string, life time.Duration) (*Keys, error) {
	if err := createKey(path, func() (*Key, error) { return GenerateKeyFor(algorithm) }); err != nil {
		return nil, fmt.Errorf("signing key %s: cannot be created: %w", path, err)
	}
	return LoadKeys(path, life)
}

// readKeyFile returns the text of the file and the file's info at the time of reading.
func readKeyFile(path string) (text []byte, info fs.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil { // before opening, because opening a named pipe would block
		return nil, nil, fmt.Errorf("signing key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, info, fmt.Errorf("signing key %s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, info, fmt.Errorf("signing key: %w", err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil { // the path may name another file by now
		return nil, nil, fmt.Errorf("signing key: %w", err)
	}
	exposed := info.Mode().Perm() & 0o077
	if throughGroup(info) {
		exposed &^= 0o040
	}
	if runtime.GOOS != "windows" && exposed != 0 {
		return nil, info, fmt.Errorf("signing key %s: other users can read or change it (mode %04o); run: chmod 600 %[1]s",
			path, info.Mode().Perm())
	}
	if err := checkOwner(path, info); err != nil {
		return nil, info, fmt.Errorf("signing key %s: %w", path, err)
	}
	text, err = io.ReadAll(io.LimitReader(f, MaxKeysBytes+1))
	if err != nil {
		return nil, info, fmt.Errorf("signing key: %w", err)
	}
	return text, info, nil
}

func parseKeyFile(path string, text []byte) ([]*Key, error) {
	keys, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	return keys, nil
}

// createKey creates the file with a new key. If the file exists, even if another process has just created it, createKey does not change
// it and returns fs.ErrExist.
func createKey(path string, generate func() (*Key, error)) error {
	key, err := generate()
	if err != nil {
		return err
	}
	text, err := encodePEM([]*Key{key})
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	temporary, err := writeTemporary(dir, text)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	// A rename would replace an existing key; a link does not.
	if err := os.Link(temporary, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// writeTemporary returns the path of a new file with mode 0600, whose content is on disk.
func writeTemporary(dir string, data []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncDir makes a new directory entry durable. Windows needs no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
