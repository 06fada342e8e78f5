package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// rotatePatience limits how long a rotation waits for other rotations of the same file.
const rotatePatience = 10 * time.Second

// Rotate adds a new signing key of the same type and size to the key file, marks the current signing key as retired, removes keys that
// no longer verify, and returns the new key. If there are already MaxKeys, it also removes the key that was retired first. The set uses
// the new key when Rotate returns. Other servers with the same file notice by Watch, or by the first token of the new key.
//
// The file is read again and replaced atomically, with mode 0600; it is on disk when Rotate returns, and comments in it are lost.
// Concurrent rotations, also by other processes of the machine, wait for each other; they lock a file named .lock beside it, which is
// not removed. After an error the file contains either the old or the new keys. Rotate returns an error for keys without a file.
func (k *Keys) Rotate(ctx context.Context) (*Key, error) {
	return k.rotateTo(ctx, (*Key).another)
}

// RotateTo is like Rotate, with a new key for an algorithm that GenerateKeyFor supports.
func (k *Keys) RotateTo(ctx context.Context, algorithm string) (*Key, error) {
	return k.rotateTo(ctx, func(*Key) (*Key, error) { return GenerateKeyFor(algorithm) })
}

// rotateTo rotates to the key that successor returns for the current signing key.
func (k *Keys) rotateTo(ctx context.Context, successor func(*Key) (*Key, error)) (*Key, error) {
	if k.path == "" {
		return nil, errors.New("rotate the signing key: it is only in memory, without a file")
	}
	path, err := filepath.EvalSymlinks(k.path) // a rename would replace the link
	if err != nil {
		return nil, fmt.Errorf("rotate the signing key: %w", err)
	}
	next, err := k.rotate(ctx, path, successor)
	if err != nil {
		return nil, fmt.Errorf("rotate the signing key %s: %w", k.path, err)
	}
	return next, k.Reload()
}

func (k *Keys) rotate(ctx context.Context, path string, successor func(*Key) (*Key, error)) (*Key, error) {
	ctx, cancel := context.WithTimeout(ctx, rotatePatience)
	defer cancel()
	lock := flock.New(path + ".lock")
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fmt.Errorf("lock its file: %w", err)
	}
	defer lock.Unlock()
	text, _, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	next, text, err := k.rotated(text, successor)
	if err != nil {
		return nil, err
	}
	return next, replaceFile(path, text)
}

// rotated returns the new signing key and the new text of the file, in the same format.
func (k *Keys) rotated(text []byte, successor func(*Key) (*Key, error)) (*Key, []byte, error) {
	keys, err := ParseKeys(text)
	if err != nil {
		return nil, nil, err
	}
	next, err := successor(keys[0])
	if err != nil {
		return nil, nil, err
	}
	keys[0] = keys[0].retire(time.Now())
	keys = append([]*Key{next}, slices.DeleteFunc(keys, func(key *Key) bool { return !k.verifies(key) })...)
	if len(keys) > MaxKeys {
		keys = withoutOldest(keys)
	}
	encode := encodePEM
	if bytes.TrimSpace(text)[0] == '{' {
		encode = encodeJWKs
	}
	if text, err = encode(keys); err != nil {
		return nil, nil, err
	}
	if _, err := ParseKeys(text); err != nil { // there are too many
		return nil, nil, err
	}
	return next, text, nil
}

// withoutOldest returns the keys without the one that was retired first, unless that is keys[1], the latest.
func withoutOldest(keys []*Key) []*Key {
	oldest := 1
	for i, key := range keys {
		if !key.retired.IsZero() && !key.retired.After(keys[oldest].retired) {
			oldest = i
		}
	}
	if oldest == 1 {
		return keys
	}
	return slices.Delete(keys, oldest, oldest+1)
}

// replaceFile replaces a file atomically.
func replaceFile(path string, text []byte) error {
	dir := filepath.Dir(path)
	temporary, err := writeTemporary(dir, text)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(dir)
}
