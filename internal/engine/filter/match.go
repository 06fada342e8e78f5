package filter

import (
	"context"
	"errors"
	"slices"
)

// Match reports whether a document, a JSON object, meets a condition. It is the definition of the language's semantics; stores are tested
// against it. It returns an error if the document is not a JSON object in valid UTF-8 without duplicate names, or if the context ends
// within a pattern.
//
// A Comparison built by Go code with a Value of the wrong Go type compares like one with a value that no document has.
func Match(ctx context.Context, w Where, doc []byte) (bool, error) {
	root, err := decodeDocument(doc)
	if err != nil {
		return false, err
	}
	m := matcher{ctx: ctx}
	found := m.matches(w, root)
	return found && m.err == nil, m.err
}

// decodeDocument decodes a document as a store would keep it.
func decodeDocument(doc []byte) (node, error) {
	const depth = 1000 // more than any contract describes, little enough for the stack
	root, problem := decode(doc, depth)
	if problem != nil {
		return root, errors.New("filter: a document " + problem.Message)
	}
	if root.kind != object {
		return root, errors.New("filter: a document must be a JSON object")
	}
	return root, nil
}

// matcher evaluates conditions. After an error, which is that of its context, its results are meaningless.
type matcher struct {
	ctx context.Context
	err error
}

func (m *matcher) matches(w Where, doc node) bool {
	holds := func(w Where) bool { return m.matches(w, doc) }
	switch w := w.(type) {
	case nil, Everything:
		return true
	case And:
		return !slices.ContainsFunc(w, func(w Where) bool { return !holds(w) })
	case Or:
		return slices.ContainsFunc(w, holds)
	case Nor:
		return !slices.ContainsFunc(w, holds)
	case *Comparison:
		return m.comparison(w, doc)
	}
	return false
}

// comparison evaluates one comparison; the negated operators are the opposites of the positive ones.
func (m *matcher) comparison(c *Comparison, doc node) bool {
	value, present := doc.lookup(c.Property.Path)
	switch c.Op {
	case Exists:
		wanted, ok := c.Value.(bool)
		return ok && present == wanted
	case Neq:
		return !m.property(c, Eq, value)
	case Nin:
		return !m.property(c, Inq, value)
	case Nlike:
		return !m.property(c, Like, value)
	case Nilike:
		return !m.property(c, Ilike, value)
	}
	return m.property(c, c.Op, value)
}

// property evaluates a positive operator on the property's value, which is null if it is absent.
func (m *matcher) property(c *Comparison, op Op, value node) bool {
	if value.kind == null {
		list, _ := c.Value.([]any)
		return op == Eq && c.Value == nil || op == Inq && slices.Contains(list, nil)
	}
	if !c.Property.Array {
		return m.holds(op, c.Property.Type.value(value), c.Value)
	}
	if value.kind != array {
		return false
	}
	some := func(op Op, operand any) bool {
		return slices.ContainsFunc(value.kids, func(n node) bool { return m.holds(op, c.Property.Type.value(n), operand) })
	}
	if ends, ok := c.Value.([]any); ok && op == Between && len(ends) == 2 {
		return some(Gte, ends[0]) && some(Lte, ends[1])
	}
	return some(op, c.Value)
}

// holds evaluates a positive operator on a value; nil, which is null or a value of another type, never satisfies one.
func (m *matcher) holds(op Op, value, operand any) bool {
	if value == nil || m.err != nil {
		return false
	}
	switch op {
	case Between:
		ends, ok := operand.([]any)
		return ok && len(ends) == 2 && m.holds(Gte, value, ends[0]) && m.holds(Lte, value, ends[1])
	case Inq:
		list, _ := operand.([]any)
		return slices.ContainsFunc(list, func(one any) bool { return m.holds(Eq, value, one) })
	case Like, Ilike, Regexp:
		s, isText := value.(string)
		return isText && m.pattern(op, s, operand)
	}
	c, ok := compare(value, operand)
	if !ok {
		return false
	}
	switch op {
	case Eq:
		return c == 0
	case Gt:
		return c > 0
	case Gte:
		return c >= 0
	case Lt:
		return c < 0
	case Lte:
		return c <= 0
	}
	return false
}

func (m *matcher) pattern(op Op, value string, operand any) (matched bool) {
	switch pattern := operand.(type) {
	case string:
		if op != Regexp {
			matched, m.err = MatchLike(m.ctx, pattern, value, op == Ilike)
		}
	case *Pattern:
		if op == Regexp {
			matched, m.err = pattern.MatchContext(m.ctx, value)
		}
	}
	return matched
}

// lookup returns the value at a path, or null and false if there is none.
func (n node) lookup(path []string) (node, bool) {
	for _, name := range path {
		i := slices.IndexFunc(n.kids, func(kid node) bool { return n.kind == object && kid.name == name })
		if i < 0 {
			return node{}, false
		}
		n = n.kids[i]
	}
	return n, true
}

// value returns a document's value as an operand, or nil when it is null or of another type.
func (t Type) value(n node) any {
	value, _ := t.read(n)
	return value
}
