package sqlite

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Limits of the cache, in bytes of JSON.
const (
	cacheBytes     = 16 << 20
	cachedDocument = 64 << 10 // the largest document in it
)

// cache contains the documents that were read last by their ids, so that reading one again needs no statement. This process is the only one
// that writes, so the cache never contains a document that was changed: one that a transaction has changed is removed before the commit, and
// is not added until the end of the commit.
type cache struct {
	mu        sync.Mutex
	documents *simplelru.LRU[documentKey, store.Document]
	bytes     int
	commits   uint64  // that have ended
	changing  changes // in the transaction that is being committed
}

type documentKey struct{ collection, id string }

// changes are the documents that a transaction has changed.
type changes struct {
	keys []documentKey
	all  bool // any document may have changed
}

func newCache() *cache {
	c := new(cache)
	// The number of documents has no limit of its own. The error is for a size of 0.
	c.documents, _ = simplelru.NewLRU(math.MaxInt, func(_ documentKey, d store.Document) { c.bytes -= len(d.JSON) })
	return c
}

// get returns a document. If it is not there, the caller may read it and pass it to add, with the number of commits.
func (c *cache) get(key documentKey) (d store.Document, commits uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok = c.documents.Get(key)
	return d, c.commits, ok
}

// add adds a document that was read after get, unless it may have changed since.
func (c *cache) add(collection string, d store.Document, commits uint64) {
	if len(d.JSON) > cachedDocument || d.Unreadable != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := documentKey{collection, d.ID}
	if c.commits != commits || c.changing.contain(key) || c.documents.Contains(key) {
		return
	}
	c.documents.Add(key, d)
	for c.bytes += len(d.JSON); c.bytes > cacheBytes; {
		c.documents.RemoveOldest()
	}
}

// begin must be called before a commit, and end after it.
func (c *cache) begin(changed changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing = changed
	if changed.all {
		c.documents.Purge()
	}
	for _, key := range changed.keys {
		c.documents.Remove(key)
	}
}

func (c *cache) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits++
	c.changing = changes{}
}

func (c changes) contain(key documentKey) bool {
	if c.all {
		return true
	}
	for _, changed := range c.keys { // at most maxBatch
		if changed == key {
			return true
		}
	}
	return false
}

// changes must be called before each statement that changes or deletes a document.
func (c *conn) changes(t *table, id string) {
	c.changed.keys = append(c.changed.keys, documentKey{t.model.Collection, id})
}
