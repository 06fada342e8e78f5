package filter

import (
	"errors"
	"slices"
)

// Match says whether a document, a JSON object, meets a condition. It is the definition of the language's semantics;
// stores are held against it. The only error is a document that is not a JSON object with valid UTF-8 and no name twice.
//
// A Comparison made by Go code with a Value of the wrong Go type is like one that compares with a value no document has.
func Match(w Where, doc []byte) (bool, error) {
	root, err := decodeDocument(doc)
	return err == nil && matches(w, root), err
}

// decodeDocument decodes what a store would keep.
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

// matches is Match for a decoded document.
func matches(w Where, doc node) bool {
	holds := func(w Where) bool { return matches(w, doc) }
	switch w := w.(type) {
	case nil:
		return true
	case And:
		return !slices.ContainsFunc(w, func(w Where) bool { return !holds(w) })
	case Or:
		return slices.ContainsFunc(w, holds)
	case Nor:
		return !slices.ContainsFunc(w, holds)
	case *Comparison:
		return w.matches(doc)
	}
	return false
}

// matches evaluates one comparison; the negated operators are the opposites of the positive ones.
func (c *Comparison) matches(doc node) bool {
	value, present := doc.lookup(c.Property.Path)
	switch c.Op {
	case Exists:
		wanted, ok := c.Value.(bool)
		return ok && present == wanted
	case Neq:
		return !c.holds(Eq, value)
	case Nin:
		return !c.holds(Inq, value)
	case Nlike:
		return !c.holds(Like, value)
	case Nilike:
		return !c.holds(Ilike, value)
	}
	return c.holds(c.Op, value)
}

// holds evaluates a positive operator on the property's value, which is null when there is none.
func (c *Comparison) holds(op Op, value node) bool {
	if value.kind == null {
		list, _ := c.Value.([]any)
		return op == Eq && c.Value == nil || op == Inq && slices.Contains(list, nil)
	}
	if !c.Property.Array {
		return holds(op, c.Property.Type.value(value), c.Value)
	}
	if value.kind != array {
		return false
	}
	some := func(op Op, operand any) bool {
		return slices.ContainsFunc(value.kids, func(n node) bool { return holds(op, c.Property.Type.value(n), operand) })
	}
	if ends, ok := c.Value.([]any); ok && op == Between && len(ends) == 2 {
		return some(Gte, ends[0]) && some(Lte, ends[1])
	}
	return some(op, c.Value)
}

// holds evaluates a positive operator on a value; nil, which is null or a value of another type, never satisfies one.
func holds(op Op, value, operand any) bool {
	if value == nil {
		return false
	}
	switch op {
	case Between:
		ends, ok := operand.([]any)
		return ok && len(ends) == 2 && holds(Gte, value, ends[0]) && holds(Lte, value, ends[1])
	case Inq:
		list, _ := operand.([]any)
		return slices.ContainsFunc(list, func(one any) bool { return holds(Eq, value, one) })
	case Like, Ilike:
		s, isText := value.(string)
		pattern, ok := operand.(string)
		return ok && isText && MatchLike(pattern, s, op == Ilike)
	case Regexp:
		s, isText := value.(string)
		pattern, ok := operand.(*Pattern)
		return ok && isText && pattern.MatchString(s)
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

// lookup returns the value at a path, or null and false.
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
