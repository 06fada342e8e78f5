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

// MaxKeys is how many keys a set may have.
const MaxKeys = 32

// Keys is the set of keys of a server: the first one signs, all of them verify, each the tokens that name it. A key that
// was retired verifies until the last token that it may have signed has expired; from then on it is as if absent.
//
// Keys of a file can be replaced while they are in use: see Rotate, Watch and Reload. The set is never empty. Keys is
// safe for concurrent use, and however it is printed or logged, only the algorithm and ID of its first key show.
type Keys struct {
	path string        // empty without a file
	life time.Duration // how long a key verifies after it was retired
	set  atomic.Pointer[[]*Key]

	lock sync.Mutex  // for what follows, and for who replaces the set
	seen fs.FileInfo // what the file looked like when it was read
	read time.Time   // when that was
	err  error       // why it could not be read; nil when the set is the file's
}

// NewKeys returns a set that has no file and does not change, the key that signs first. It refuses an empty set, more than
// MaxKeys, a key that is there twice, and a first one that is retired.
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

// checkSet says what is wrong with keys as a set.
func checkSet(keys []*Key) error {
	switch {
	case len(keys) == 0 || slices.Contains(keys, nil):
		return errors.New("there is no key")
	case len(keys) > MaxKeys:
		return fmt.Errorf("there are %d keys, at most %d are accepted", len(keys), MaxKeys)
	case !keys[0].retired.IsZero():
		return errors.New("the first key signs, so it cannot be retired; put the key that is to sign in front")
	}
	for i, key := range keys {
		if slices.ContainsFunc(keys[:i], func(k *Key) bool { return k.id == key.id }) {
			return fmt.Errorf("key %d of %d is there twice", i+1, len(keys))
		}
	}
	return nil
}

// Algorithm returns the JWS algorithm of the key that signs (RFC 7518, section 3.1), such as EdDSA.
func (k *Keys) Algorithm() string { return k.Current().Algorithm() }

// Current returns the key that signs.
func (k *Keys) Current() *Key { return (*k.set.Load())[0] }

// All returns the keys in their order, also those that no longer verify; the slice is the receiver's own.
func (k *Keys) All() []*Key { return slices.Clone(*k.set.Load()) }

// JWKS returns the public halves of the keys that verify now, as a JWK Set (RFC 7517, section 5) with kid, alg and use, the
// one that signs first. A shared secret has no public half and is left out: the set of a server that signs with one is empty.
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

// find returns the key with that ID when it verifies now, else nil. A key that is not known may have been added to the file
// by another process, which is found out at once.
func (k *Keys) find(id string) *Key {
	if key := k.known(id); key != nil {
		return key
	}
	_ = k.refresh() // Watch reports it; the set that there is goes on working
	return k.known(id)
}

// known takes no lock: it is asked at every request.
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
