package filter

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// NoLimit is the Limit of a Query made in Go that finds all matches.
const NoLimit = math.MaxInt32

// CheckPage returns an error if the limit or the skip is invalid. A Query built in Go must have a Limit of at least 1.
func (q *Query) CheckPage() error {
	if q.Limit < 1 || q.Skip < 0 {
		return fmt.Errorf("filter: invalid query: Limit %d, Skip %d; want a Limit of at least 1 (NoLimit finds all) and a Skip of at "+
			"least 0", q.Limit, q.Skip)
	}
	return nil
}

// CheckQuery checks a query built in Go. It returns an error if CheckPage does, if the order names a property that the schema does not have
// or cannot order by, or if there is a Where and CheckWhere returns an error.
func (s *Schema) CheckQuery(q *Query) error {
	if err := q.CheckPage(); err != nil {
		return err
	}
	for _, key := range q.Order {
		if err := s.checkProperty(key.Property); err != nil {
			return err
		}
		if key.Property.Array {
			return fmt.Errorf("filter: schema %s: cannot order by %q, which is an array; use one of %s", s.name, key.Property.Name,
				strings.Join(s.orderable, ", "))
		}
	}
	if q.Where == nil {
		return nil
	}
	return s.CheckWhere(q.Where)
}

// CheckWhere checks a condition built in Go. It returns an error for nil, also inside another condition, for a property that the schema
// does not have, and for an operator or a value that does not fit the property's type. Conditions that the schema has parsed need no check.
func (s *Schema) CheckWhere(w Where) error {
	switch w := w.(type) {
	case nil:
		return fmt.Errorf("filter: schema %s: missing condition (nil); use Everything to match all documents", s.name)
	case Everything:
		return nil
	case And:
		return s.checkAll(w)
	case Or:
		return s.checkAll(w)
	case Nor:
		return s.checkAll(w)
	case *Comparison:
		return s.checkComparison(w)
	}
	return fmt.Errorf("filter: schema %s: unknown condition type %T", s.name, w)
}

func (s *Schema) checkAll(conditions []Where) error {
	for _, w := range conditions {
		if err := s.CheckWhere(w); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schema) checkComparison(c *Comparison) error {
	if c == nil {
		return s.CheckWhere(nil)
	}
	if err := s.checkProperty(c.Property); err != nil {
		return err
	}
	if p := c.Property; !AllowedOps(p.Type).Has(c.Op) || !p.Type.takes(c.Op, c.Value) {
		return fmt.Errorf("filter: schema %s: property %q is %s and cannot be compared by %s with %T %v", s.name, p.Name, p.Kind(), c.Op,
			c.Value, c.Value)
	}
	return nil
}

func (s *Schema) checkProperty(p *Property) error {
	if p == nil {
		return s.unknown("")
	}
	if known := s.byName[p.Name]; known == nil || known.Type != p.Type || known.Array != p.Array {
		return s.unknown(p.Name)
	}
	return nil
}

func (s *Schema) unknown(name string) error {
	known := make([]string, len(s.properties))
	for i, p := range s.properties {
		known[i] = p.Name + " (" + p.Kind() + ")"
	}
	return fmt.Errorf("filter: schema %s: unknown property %q; known properties: %s", s.name, name, strings.Join(known, ", "))
}

// takes reports whether a value is a valid operand of the operator, as Comparison describes.
func (t Type) takes(op Op, value any) bool {
	list, isList := value.([]any)
	one := func(v any) bool { return t.operand(v) }
	oneOrNull := func(v any) bool { return v == nil || t.operand(v) }
	switch op {
	case Exists:
		return Boolean.operand(value)
	case Eq, Neq:
		return oneOrNull(value)
	case Between:
		return len(list) == 2 && one(list[0]) && one(list[1])
	case Inq, Nin:
		return isList && !slices.ContainsFunc(list, func(v any) bool { return !oneOrNull(v) })
	case Like, Nlike, Ilike, Nilike:
		return String.operand(value)
	case Regexp:
		pattern, ok := value.(*Pattern)
		return ok && pattern != nil && pattern.Regexp != nil
	}
	return one(value)
}

func (t Type) operand(value any) bool {
	switch v := value.(type) {
	case string:
		return t == String
	case int64:
		return t == Integer || t == Number
	case float64:
		return t == Number && !math.IsNaN(v) && !math.IsInf(v, 0)
	case bool:
		return t == Boolean
	case time.Time:
		return t == Date && v.Location() == time.UTC && v.Equal(v.Truncate(time.Millisecond))
	}
	return false
}

// HoldsForAll reports whether a condition holds for every document because of its form alone, such as and: [], nor: [] and nin: []. It does
// not detect conditions that all documents happen to meet, such as the pattern %.
func HoldsForAll(w Where) bool {
	holds, known := constant(w)
	return holds && known
}

// constant returns the value that a condition has for every document, if it is known from its form.
func constant(w Where) (holds, known bool) {
	switch w := w.(type) {
	case nil, Everything:
		return true, true
	case And:
		return fold(w, false)
	case Or:
		return fold(w, true)
	case Nor:
		holds, known := fold(w, true)
		return !holds, known
	case *Comparison:
		list, isList := w.Value.([]any)
		return w.Op == Nin, isList && len(list) == 0 && (w.Op == Inq || w.Op == Nin)
	}
	return false, false
}

// fold returns the value of a list of conditions: decisive if one of them is decisive, otherwise the opposite if all are known.
func fold(conditions []Where, decisive bool) (holds, known bool) {
	known = true
	for _, w := range conditions {
		one, is := constant(w)
		if is && one == decisive {
			return decisive, true
		}
		known = known && is
	}
	return !decisive, known
}
