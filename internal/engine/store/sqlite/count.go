package sqlite

import (
	"context"
	"sync"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// counts contains the numbers of documents, so that counting a whole collection reads it only once. This process is the only one that
// writes.
type counts struct {
	commits sync.Mutex // held during each commit, including the update of added

	mu        sync.Mutex
	added     map[string]int64 // by collection, since the store was opened: the inserted documents minus the deleted ones
	before    map[string]int64 // the numbers when the store was opened, of the collections that have been counted
	forgotten int              // how often before was cleared
}

// addition is the number of documents that a write has inserted, or minus the number that it has deleted.
type addition struct {
	collection string
	n          int64
}

// adds must be called after each statement that has inserted or deleted documents.
func (c *conn) adds(t *table, n int64) {
	c.added = append(c.added, addition{t.model.Collection, n})
}

// of returns the number of documents in the collection, if it is known.
func (n *counts) of(collection string) (total int64, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before, known := n.before[collection]
	return before + n.added[collection], known
}

// commit commits the writer's transaction.
func (n *counts) commit(ctx context.Context, c *conn) error {
	n.commits.Lock()
	defer n.commits.Unlock()
	if _, err := c.exec(ctx, "COMMIT"); err != nil {
		n.forget()
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range c.added {
		n.added[a.collection] += a.n
	}
	return nil
}

// forget makes the collections be counted again.
func (n *counts) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forgotten++
	clear(n.before)
}

// count counts a collection on a connection, and keeps the result.
func (n *counts) count(ctx context.Context, c *conn, t *table) (total int64, err error) {
	added, forgotten, err := n.hold(ctx, c, t)
	if err == nil {
		total, err = c.number(ctx, "SELECT count(*) FROM "+t.name)
	}
	if _, end := c.exec(context.Background(), "ROLLBACK"); err == nil {
		err = end
	}
	if err != nil {
		return 0, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.forgotten == forgotten {
		n.before[t.model.Collection] = total - added
	}
	return total, nil
}

// hold begins a transaction that reads the database as it is now, and returns what has been added until then.
func (n *counts) hold(ctx context.Context, c *conn, t *table) (added int64, forgotten int, err error) {
	n.commits.Lock()
	defer n.commits.Unlock()
	if err := c.hold(ctx); err != nil {
		return 0, 0, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.added[t.model.Collection], n.forgotten, nil
}

// isEverything reports whether every document matches the condition.
func isEverything(w filter.Where) bool {
	_, everything := w.(filter.Everything)
	return w == nil || everything
}

// countAll returns the number of documents in a collection. It includes every write that was acknowledged before the call.
func (db *DB) countAll(ctx context.Context, t *table) (n int64, err error) {
	if n, known := db.counts.of(t.model.Collection); known {
		return n, problem(db.ended(ctx))
	}
	err = db.scan(ctx, func(p *pass, c *conn) error {
		n, err = db.counts.count(p.ctx, c, t)
		return err // a second pass counts again
	})
	return n, err
}
