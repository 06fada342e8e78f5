package sqlite

import (
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// query is an SQL statement under construction, with its parameters.
type query struct {
	strings.Builder
	args []any
	err  error // the first error; a statement with an error must not run
}

// add appends texts of the program, never of a client.
func (q *query) add(texts ...string) *query {
	for _, s := range texts {
		_, _ = q.WriteString(s) // a strings.Builder never fails
	}
	return q
}

// bind appends a parameter.
func (q *query) bind(value any) *query {
	q.args = append(q.args, value)
	return q.add("?")
}

// fail sets the error, which is a defect of the calling code: a client's request never causes it.
func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = fault.New(fault.Internal, "", format, args...)
	}
}

// lookup returns the column of a property. An unknown name is an error and never becomes SQL.
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

// keys appends sort keys and, to break ties, id in the direction of the last key.
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

// quote returns a quoted SQL name, and path the text of a JSON path. compile must have checked their names.
func quote(name string) string { return `"` + name + `"` }

func path(members ...string) string {
	q := new(query).add("'$")
	for _, m := range members {
		q.add(".", quote(m))
	}
	return q.add("'").String()
}
