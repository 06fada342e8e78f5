package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// MaxKeys is the maximum number of keys in a set.
const MaxKeys = 32

// Keys is the set of keys of a server. The first key signs. Each key verifies the tokens that name it. A retired key verifies until the
// last token that it may have signed has expired; after that it is ignored.
//
// Keys from a file can be replaced while in use: see Rotate, Watch and Reload. The set is never empty. Keys is safe for concurrent use.
// Printing or logging it shows only the algorithm and ID of its first key.
type Keys struct {
	path string        // empty if there is no file
	life time.Duration // how long a retired key verifies
	set  atomic.Pointer[[]*Key]

	lock sync.Mutex  // for the fields below, and for replacing the set
	seen fs.FileInfo // of the file when it was read
	read time.Time   // when it was read
	err  error       // of the last read; nil if the set is that of the file
}

// NewKeys returns a set without a file, which does not change. The first key signs. It returns an error for an empty set, for more than
// MaxKeys keys, for duplicate keys, and for a retired first key.
func NewKeys(keys ...*Key) (*Keys, error) {
	if err := checkSet(keys); err != nil {
		return nil, err
	}
	return newKeys("", MaxTTL+MaxLeeway, keys), nil
}

func newKeys(path string, life time.Duration, keys []*Key) *Keys {
	k := &Keys{path: path, life: life}
	k.set.Store(new(slices.Clone(keys)))
	return k
}

// checkSet returns an error if the keys are not a valid set.
func checkSet(keys []*Key) error {
	switch {
	case len(keys) == 0 || slices.Contains(keys, nil):
		return errors.New("there is no key")
	case len(keys) > MaxKeys:
		return fmt.Errorf("there are %d keys; the maximum is %d", len(keys), MaxKeys)
	case !keys[0].retired.IsZero():
		return errors.New("the first key signs, so it cannot be retired; put the key that is to sign in front")
	}
	for i, key := range keys {
		if slices.ContainsFunc(keys[:i], func(k *Key) bool { return k.id == key.id }) {
			return fmt.Errorf("duplicate key: key %d of %d", i+1, len(keys))
		}
	}
	return nil
}

// Algorithm returns the JWS algorithm of the signing key (RFC 7518, section 3.1), such as EdDSA.
func (k *Keys) Algorithm() string { return k.Current().Algorithm() }

// Current returns the signing key.
func (k *Keys) Current() *Key { return (*k.set.Load())[0] }

// All returns a copy of the list of keys, including those that no longer verify.
func (k *Keys) All() []*Key { return slices.Clone(*k.set.Load()) }

// JWKS returns the public keys that currently verify, as a JWK Set (RFC 7517, section 5) with kid, alg and use, the signing key first.
// Shared secrets have no public key and are omitted, so the set of a server that signs with a secret is empty.
func (k *Keys) JWKS() []byte {
	var published [][]byte
	for _, key := range *k.set.Load() {
		if key.published != nil && k.verifies(key) {
			published = append(published, key.published)
		}
	}
	return slices.Concat([]byte(`{"keys":[`), bytes.Join(published, []byte(",")), []byte("]}"))
}

// Format prints algorithm and ID of the first key for every verb.
func (k *Keys) Format(f fmt.State, verb rune) { k.Current().Format(f, verb) }

// find returns the key with that ID if it currently verifies, else nil. For an unknown ID it checks whether another process has added a
// key to the file.
func (k *Keys) find(id string) *Key {
	if key := k.known(id); key != nil {
		return key
	}
	_ = k.refresh() // Watch reports it; the current set stays in use
	return k.known(id)
}

// known takes no lock, because every request calls it.
func (k *Keys) known(id string) *Key {
	for _, key := range *k.set.Load() {
		if key.id == id && k.verifies(key) {
			return key
		}
	}
	return nil
}

func (k *Keys) verifies(key *Key) bool {
	return key.retired.IsZero() || time.Now().Before(key.retired.Add(k.life))
}
