package filter

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Apply returns the documents that meet q.Where, in q.Order, without the first q.Skip and at most q.Limit. They are complete: the caller
// must apply Fields. Ties are broken by the member id. The error is that of CheckPage or Match.
func (q *Query) Apply(docs [][]byte) ([][]byte, error) {
	if err := q.CheckPage(); err != nil {
		return nil, err
	}
	var found []row
	m := matcher{ctx: context.Background()}
	for _, doc := range docs {
		root, err := decodeDocument(doc)
		if err != nil {
			return nil, err
		}
		if m.matches(q.Where, root) {
			found = append(found, newRow(q.Order, doc, root))
		}
	}
	slices.SortStableFunc(found, func(a, b row) int { return a.compare(b, q.Order) })
	found = found[min(q.Skip, len(found)):]
	found = found[:min(q.Limit, len(found))]
	page := make([][]byte, len(found))
	for i, r := range found {
		page[i] = r.doc
	}
	return page, nil
}

// row is a document with its sort keys.
type row struct {
	doc  []byte
	id   string
	keys []any
}

func newRow(order []Order, doc []byte, root node) row {
	id, _ := root.lookup([]string{"id"})
	r := row{doc: doc, id: id.text, keys: make([]any, len(order))}
	for i, key := range order {
		value, _ := root.lookup(key.Property.Path)
		r.keys[i] = key.Property.Type.value(value)
	}
	return r
}

// compare orders two rows, null and absent first; a descending key reverses its whole order.
func (r row) compare(other row, order []Order) int {
	desc := false
	for i, key := range order {
		desc = key.Desc
		c, comparable := compare(r.keys[i], other.keys[i])
		if !comparable {
			c = cmp.Compare(rank(r.keys[i]), rank(other.keys[i]))
		}
		if c != 0 {
			return turned(c, desc)
		}
	}
	return turned(strings.Compare(r.id, other.id), desc)
}

// rank puts null, and values that have no order, before all others.
func rank(value any) int {
	if value == nil {
		return 0
	}
	return 1
}

func turned(c int, desc bool) int {
	if desc {
		return -c
	}
	return c
}
