package sqlite

import (
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// query is an SQL text in the making, and what its parameters are bound to.
type query struct {
	strings.Builder
	args []any
	err  error // the first; a text with one must not run
}

// add appends texts of ours, never a client's.
func (q *query) add(texts ...string) *query {
	for _, s := range texts {
		_, _ = q.WriteString(s) // a strings.Builder takes everything
	}
	return q
}

// bind appends a parameter.
func (q *query) bind(value any) *query {
	q.args = append(q.args, value)
	return q.add("?")
}

// fail notes a defect of the caller: what a client may ask for never fails here.
func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = fault.New(fault.Internal, "", format, args...)
	}
}

// lookup returns the column of a property; a name that the model lacks is an error and never becomes SQL.
func (q *query) lookup(t *table, p *filter.Property) *column {
	if p == nil {
		q.fail("collection %s: missing property in a condition", t.model.Collection)
		return nil
	}
	c := t.byName[p.Name]
	if c == nil {
		q.fail("collection %s: unknown property %q in a condition or an order", t.model.Collection, p.Name)
	}
	return c
}

// keys appends sort keys and, to tell ties apart, id in the direction of the last.
func (q *query) keys(t *table, keys []filter.Order, tie bool) {
	word, desc := "", false
	for _, k := range keys {
		c := q.lookup(t, k.Property)
		if c == nil {
			return
		}
		if c.Array {
			q.fail("collection %s: cannot order by the array %q", t.model.Collection, c.Name)
		}
		desc = k.Desc
		q.add(word, c.value, direction(desc))
		word = ", "
		tie = tie && c.Name != "id"
	}
	if tie {
		q.add(word, "id", direction(desc))
	}
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}

// quote makes an SQL name; path makes the text of a JSON path. Both are given names that compile has checked.
func quote(name string) string { return `"` + name + `"` }

func path(members ...string) string {
	q := new(query).add("'$")
	for _, m := range members {
		q.add(".", quote(m))
	}
	return q.add("'").String()
}
