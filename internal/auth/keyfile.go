package auth

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// LoadKey reads the key of a file, in the forms that ParseKey takes. On Unix the file must be readable by its owner
// alone. An error says what to do and wraps fs.ErrNotExist when there is no such file.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("signing key %s: not a regular file", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("signing key %s: others than its owner may read or change it (mode %04o); run: chmod 600 %[1]s",
			path, info.Mode().Perm())
	case info.Size() > MaxKeyBytes:
		return nil, fmt.Errorf("signing key %s: larger than %d bytes", path, MaxKeyBytes)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	key, err := ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	return key, nil
}

// LoadOrCreateKey reads the key of a file or, when there is no such file, makes one with a new Ed25519 key (PEM,
// PKCS #8, mode 0600) in its folder, which must exist. The file appears whole or not at all and is on disk when
// LoadOrCreateKey returns. Of several callers at once, also in other processes, all get the same key.
func LoadOrCreateKey(path string) (*Key, error) {
	key, err := LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(path); err != nil {
		return nil, fmt.Errorf("signing key %s: cannot be created: %w", path, err)
	}
	return LoadKey(path)
}

// createKey leaves a file alone that somebody else has made in the meantime.
func createKey(path string) error {
	key, err := GenerateKey()
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.private)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	temporary, err := writeTemporary(dir, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	// A rename would replace the winner's key; a link does not.
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, fs.ErrExist) {
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
