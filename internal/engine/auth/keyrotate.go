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

// rotatePatience is how long a rotation waits for others of the same file.
const rotatePatience = 10 * time.Second

// Rotate puts a new key of the same kind and size in front of those in the file, marks the one that has signed so far as
// retired now, drops those that no longer verify, and returns the new key. When there are MaxKeys already, the one that was
// retired longest ago is dropped too. The set is the new one when Rotate returns; servers on the same file notice by Watch,
// or when they see the first token of the new key.
//
// The file is read again and replaced by a rename, with mode 0600, on disk when Rotate returns; comments in it
// are lost. Rotations at once, also in other processes of the machine, wait for each other, so no key is lost; they lock
// a file beside it, named .lock, which stays. After an error the file holds the old keys or the new ones, all of them.
// Keys without a file cannot be rotated.
func (k *Keys) Rotate(ctx context.Context) (*Key, error) {
	return k.rotateTo(ctx, (*Key).another)
}

// RotateTo is Rotate to a new key for that algorithm, of the kinds that GenerateKeyFor makes.
func (k *Keys) RotateTo(ctx context.Context, algorithm string) (*Key, error) {
	return k.rotateTo(ctx, func(*Key) (*Key, error) { return GenerateKeyFor(algorithm) })
}

// rotateTo rotates to the key that successor makes, given the one that signs now.
func (k *Keys) rotateTo(ctx context.Context, successor func(*Key) (*Key, error)) (*Key, error) {
	if k.path == "" {
		return nil, errors.New("rotate the signing key: it is in memory only, there is no file to change")
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

// rotated returns the text that follows the file's, in the same form, and the key that signs then.
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

// withoutOldest returns the keys but the one that was retired longest ago, where one was before keys[1], the latest.
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

// replaceFile puts a new file in the place of one.
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
