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

// LoadKeys reads the keys of a file, in the forms that ParseKeys takes. On Unix the file must be readable by its owner alone, who is the
// process's user or root, and nobody else may write to its directory, unless that is sticky or writable for a group of the process.
// A retired key verifies for life after it was retired: the TTL and leeway of the tokens that the keys sign. An error
// says what to do and wraps fs.ErrNotExist when there is no such file.
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

// LoadOrCreateKeys reads the keys of a file as LoadKeys does or, when there is no such file, makes one with a new Ed25519
// key (PEM, PKCS #8, mode 0600) in its folder, which must exist. The file appears whole or not at all and is on disk when
// LoadOrCreateKeys returns. Of several callers at once, also in other processes, all get the same key.
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

// CreateKeys makes a file with one new key for the algorithm, as GenerateKeyFor and LoadOrCreateKeys do, and reads it. When there is
// such a file, it returns an error that wraps fs.ErrExist and leaves the file as it is.
func CreateKeys(path, algorithm string, life time.Duration) (*Keys, error) {
	if err := createKey(path, func() (*Key, error) { return GenerateKeyFor(algorithm) }); err != nil {
		return nil, fmt.Errorf("signing key %s: cannot be created: %w", path, err)
	}
	return LoadKeys(path, life)
}

// readKeyFile returns the text of the file and what the file looked like when it was read.
func readKeyFile(path string) (text []byte, info fs.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil { // before it is opened: to open a named pipe would wait
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
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, info, fmt.Errorf("signing key %s: others than its owner may read or change it (mode %04o); run: chmod 600 %[1]s",
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

// createKey returns fs.ErrExist, and leaves the file as it is, when there is one, also one that somebody else has made in the meantime.
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
	// A rename would replace the winner's key; a link does not.
	if err := os.Link(temporary, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// writeTemporary returns the path of a new file, mode 0600, whose content is on disk.
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

// syncDir makes a new name last; Windows does that by itself and cannot be asked to.
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
