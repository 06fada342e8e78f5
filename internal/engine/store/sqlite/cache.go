package sqlite

import (
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Limits of the cache, in bytes.
const (
	cacheBytes = 16 << 20
	cachedMax  = 64 << 10 // the largest result in it
	cachedCost = 256      // of a result and of each document, besides their texts
)

// cache contains the documents and the lists that were read last, so that reading them again needs no statement.
//
// This process is the only one that writes, so nothing in the cache is outdated: before the commit of a transaction, its documents and the
// lists of their collections are removed, and until the end of the commit they are not added again.
type cache struct {
	mu       sync.Mutex
	results  *simplelru.LRU[cacheKey, result]
	bytes    int
	commits  uint64            // that have ended
	changing changes           // in the transaction that is being committed
	writes   map[string]uint64 // by collection: the commits that have changed it
}

// cacheKey is a document, or a list if there is no id.
type cacheKey struct{ collection, id, list string }

type result struct {
	documents []store.Document
	size      int
	writes    uint64 // in the collection of a list, when it was read
}

// changes are the documents that a transaction has changed.
type changes struct {
	keys []cacheKey
	all  bool // any document may have changed
}

func newCache() *cache {
	c := &cache{writes: map[string]uint64{}}
	c.results, _ = simplelru.NewLRU(math.MaxInt, func(_ cacheKey, r result) { c.bytes -= r.size }) // its only error is a size below 1
	return c
}

// get returns a result. If it is not there, the caller may read it and pass it to add, with the number of commits.
func (c *cache) get(key cacheKey) (documents []store.Document, commits uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.results.Get(key)
	if ok && key.id == "" && r.writes != c.writes[key.collection] {
		c.results.Remove(key)
		ok = false
	}
	return r.documents, c.commits, ok
}

// add adds a result that was read after get, unless it may have changed since.
func (c *cache) add(key cacheKey, documents []store.Document, commits uint64) {
	size := cachedCost + len(key.list)
	for _, d := range documents {
		if size += cachedCost + len(d.JSON); size > cachedMax || d.Unreadable != nil {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.commits != commits || c.changing.affect(key) || c.results.Contains(key) {
		return
	}
	c.results.Add(key, result{documents, size, c.writes[key.collection]})
	for c.bytes += size; c.bytes > cacheBytes; {
		c.results.RemoveOldest()
	}
}

// begin must be called before a commit, and end after it.
func (c *cache) begin(changed changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing = changed
	if changed.all {
		c.results.Purge()
	}
	for _, key := range changed.keys {
		c.results.Remove(key)
		c.writes[key.collection]++
	}
}

func (c *cache) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits++
	c.changing = changes{}
}

// affect reports whether a result may change.
func (c changes) affect(key cacheKey) bool {
	for _, changed := range c.keys { // at most maxBatch
		if changed.collection == key.collection && (changed.id == key.id || key.id == "") {
			return true
		}
	}
	return c.all
}

// changes must be called before each statement that changes a document.
func (c *conn) changes(t *table, id string) {
	c.changed.keys = append(c.changed.keys, cacheKey{collection: t.model.Collection, id: id})
}

// listKey returns the key of a statement's result.
func listKey(t *table, q *query) cacheKey {
	text := append(make([]byte, 0, 512), q.String()...)
	for _, arg := range q.args {
		switch a := arg.(type) {
		case string:
			text = append(append(strconv.AppendInt(append(text, '\n'), int64(len(a)), 10), ' '), a...)
		case int64:
			text = strconv.AppendInt(append(text, "\ni"...), a, 10)
		default:
			text = fmt.Appendf(text, "\n%T %v", a, a)
		}
	}
	return cacheKey{collection: t.model.Collection, list: string(text)}
}
