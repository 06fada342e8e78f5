package copystore

import (
	"bytes"
	"context"
	"errors"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Limits of a page. It ends with the document that reaches one of them.
const (
	pageDocuments = 500
	pageBytes     = 4 << 20
)

// walk calls visit once for each id in either collection, in the order of ids, with nil for a collection without the id. visit may
// keep the documents. Documents that visit writes under the current id are not visited again.
func walk(ctx context.Context, left, right *cursor, visit func(l, r *store.Document) error) error {
	for {
		l, err := left.head(ctx)
		if err != nil {
			return err
		}
		r, err := right.head(ctx)
		if err != nil {
			return err
		}
		switch {
		case l == nil && r == nil:
			return nil
		case r == nil || l != nil && l.ID < r.ID:
			r = nil
		case l == nil || r.ID < l.ID:
			l = nil
		}
		if l != nil {
			left.next()
		}
		if r != nil {
			right.next()
		}
		if err := visit(l, r); err != nil {
			return err
		}
	}
}

// cursor reads a collection in the order of ids, one page per query, so that each query is short.
type cursor struct {
	backend store.Backend
	model   *store.Model
	page    []store.Document // read, but not passed yet
	after   filter.Where     // matches what follows the page
	end     bool
}

func newCursor(backend store.Backend, m *store.Model) *cursor {
	return &cursor{backend: backend, model: m}
}

// head returns the current document; nil at the end.
func (c *cursor) head(ctx context.Context) (*store.Document, error) {
	if len(c.page) == 0 && !c.end {
		if err := c.read(ctx); err != nil {
			return nil, err
		}
	}
	if len(c.page) == 0 {
		return nil, nil
	}
	return &c.page[0], nil
}

// next advances to the next document.
func (c *cursor) next() { c.page = c.page[1:] }

func (c *cursor) read(ctx context.Context) error {
	full := errors.New("the page is full")
	page, size := make([]store.Document, 0, pageDocuments), 0
	err := c.backend.Find(ctx, c.model, &filter.Query{Where: c.after, Limit: pageDocuments}, func(d store.Document) error {
		if d.Unreadable != nil {
			return fault.Wrap(d.Unreadable, fault.Conflict, "COPY_REFUSED",
				"%s: cannot copy the document with id %q; change or delete it, and copy again", c.model.Collection, d.ID)
		}
		d.JSON = bytes.Clone(d.JSON)
		page = append(page, d)
		if size += len(d.JSON); size >= pageBytes {
			return full
		}
		return nil
	})
	if err != nil && !errors.Is(err, full) {
		return err
	}
	c.page = page
	if c.end = len(page) == 0; c.end {
		return nil
	}
	c.after, err = filter.After(nil, page[len(page)-1].JSON)
	return err
}
