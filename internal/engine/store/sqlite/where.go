package sqlite

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// maxInline is the maximum length of a list that is written in the statement, where the planner sees it. A longer one is bound as one JSON
// text, so that not every length needs its own statement.
const maxInline = 8

// where appends the condition as package filter defines it. Values are bound as parameters, and names come from the table.
//
// SQL's NULL is turned into false only under a negation: elsewhere this would prevent the use of an index.
func (q *query) where(t *table, w filter.Where) {
	switch w := w.(type) {
	case nil, filter.Everything:
		q.add("1")
	case filter.And:
		q.join(t, w, " AND ", "1")
	case filter.Or:
		q.join(t, w, " OR ", "0")
	case filter.Nor:
		q.not(func() { q.join(t, w, " OR ", "0") })
	case *filter.Comparison:
		q.comparison(t, w)
	default:
		q.fail("unknown condition type %T", w)
	}
}

// join appends the conditions with a word between them, or the value of an empty list.
func (q *query) join(t *table, list []filter.Where, word, empty string) {
	if len(list) == 0 {
		q.add(empty)
	}
	for i, w := range list {
		if i > 0 {
			q.add(word)
		}
		q.add("(")
		q.where(t, w)
		q.add(")")
	}
}

// not appends the negation of a condition. It is true if the condition is NULL.
func (q *query) not(condition func()) {
	q.add("NOT coalesce(")
	condition()
	q.add(", 0)")
}

// opposite maps the negated operators to the ones that they negate.
var opposite = map[filter.Op]filter.Op{
	filter.Neq: filter.Eq, filter.Nin: filter.Inq, filter.Nlike: filter.Like, filter.Nilike: filter.Ilike,
}

func (q *query) comparison(t *table, w *filter.Comparison) {
	c := q.lookup(t, w.Property)
	if c == nil {
		return
	}
	value := q.operand(w.Value)
	if op, ok := opposite[w.Op]; ok {
		q.not(func() { q.positive(c, op, value) })
		return
	}
	q.positive(c, w.Op, value)
}

// positive appends an operator that is not a negation. On an array, it holds if it holds for any element.
func (q *query) positive(c *column, op filter.Op, value any) {
	list, _ := value.([]any)
	switch {
	case op == filter.Exists:
		q.add("json_type(_doc, ", c.path, ") IS ", map[bool]string{true: "NOT NULL", false: "NULL"}[value == int64(1)])
	case op == filter.Eq && value == nil:
		q.add(c.value, " IS NULL")
	case op == filter.Inq && slices.Contains(list, nil):
		q.add("(", c.value, " IS NULL OR ")
		q.positive(c, op, slices.DeleteFunc(slices.Clone(list), func(v any) bool { return v == nil }))
		q.add(")")
	case c.Array && op == filter.Between && len(list) == 2: // one element for each end
		q.add("(")
		q.positive(c, filter.Gte, list[0])
		q.add(" AND ")
		q.positive(c, filter.Lte, list[1])
		q.add(")")
	case c.Array:
		q.add("EXISTS (SELECT 1 FROM json_each(_doc, ", c.path, ") WHERE ")
		q.scalar("json_each.value", op, value)
		q.add(")")
	default:
		q.scalar(c.value, op, value)
	}
}

// signs contains the operators that SQL writes between two values.
var signs = map[filter.Op]string{filter.Eq: " = ", filter.Gt: " > ", filter.Gte: " >= ", filter.Lt: " < ", filter.Lte: " <= "}

// scalar appends an operator on one value, x, which is SQL.
func (q *query) scalar(x string, op filter.Op, value any) {
	list, _ := value.([]any)
	text, isText := value.(string)
	switch {
	case signs[op] != "":
		q.add(x, signs[op]).bind(value)
	case op == filter.Between && len(list) == 2:
		q.add(x, " BETWEEN ").bind(list[0]).add(" AND ").bind(list[1])
	case op == filter.Inq:
		q.in(x, list)
	case op == filter.Like && isText:
		q.like(x, text)
	case op == filter.Ilike:
		q.add("ilike(").bind(value).add(", ", x, ")")
	case op == filter.Regexp:
		q.add("regexp(").bind(value).add(", ", x, ")")
	default:
		q.fail("invalid operand for the operator %d", op)
	}
}

// longText is the maximum length in bytes of a value that is matched by SQLite's GLOB: GLOB cannot be interrupted within a value, and its
// number of steps is the product of the lengths of value and pattern.
const longText = 4096

// like appends GLOB, which is case-sensitive, and the range of the pattern's first characters, which can use an index. With a bare
// parameter, GLOB could use an index by itself, but SQLite would plan the statement again each time that the parameter is bound, which
// costs more than the statement.
func (q *query) like(x, pattern string) {
	if strings.Contains(pattern, "\x00") { // GLOB would end there; no text contains NUL
		q.add("FALSE")
		return
	}
	from, to := prefix(pattern)
	q.add("(")
	if from != "" {
		q.add(x, " >= ").bind(from).add(" AND ")
	}
	if to != "" {
		q.add(x, " < ").bind(to).add(" AND ")
	}
	q.add("CASE WHEN octet_length(", x, ") > ", strconv.Itoa(longText), " THEN long_like(").bind(pattern).add(", ", x, ") ELSE ")
	q.add(x, " GLOB (").bind(glob(pattern)).add(" || '') END)")
}

func (q *query) in(x string, list []any) {
	if len(list) > maxInline {
		text, err := json.Marshal(list)
		if err != nil {
			q.fail("invalid list of operands: %v", err)
		}
		q.add(x, " IN (SELECT value FROM json_each(").bind(string(text)).add("))")
		return
	}
	q.add(x, " IN (")
	for i, v := range list {
		if i > 0 {
			q.add(", ")
		}
		q.bind(v)
	}
	q.add(")")
}

// operand returns a filter's operand in the form in which a column stores it.
func (q *query) operand(value any) any {
	switch v := value.(type) {
	case nil, string, int64, float64:
		return v
	case bool:
		return map[bool]int64{true: 1}[v]
	case time.Time:
		return date(v)
	case *filter.Pattern:
		return v.Source
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = q.operand(v[i])
		}
		return list
	}
	q.fail("unknown operand type %T", value)
	return nil
}

// date formats an instant so that text order is time order, even for years that do not have four digits.
func date(t time.Time) string {
	switch y := t.UTC().Year(); {
	case y < 0:
		return ""
	case y > 9999:
		return ":" // follows 9
	}
	return timestamp.Of(t).String()
}
