package filter

import (
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// whole parses a where. Only {} is Everything, to distinguish it from conditions that hold for every document by mistake.
func (p *parser) whole(n node, at string) Where {
	w := p.where(n, at, 0)
	if n.kind == object && len(n.kids) == 0 {
		return Everything{}
	}
	return w
}

// where parses an object of conditions, which must all hold. It never returns nil.
func (p *parser) where(n node, at string, depth int) Where {
	if n.kind != object {
		p.problems.add(at, fault.WrongType("object"))
		return And{}
	}
	all := make(And, 0, len(n.kids))
	for _, m := range n.kids {
		switch m.name {
		case "and":
			all = append(all, And(p.group(m, at, depth+1)))
		case "or":
			all = append(all, Or(p.group(m, at, depth+1)))
		case "nor":
			all = append(all, Nor(p.group(m, at, depth+1)))
		default:
			all = p.property(all, m, at)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	if len(all) == 0 {
		p.term(at)
	}
	return all
}

// group parses the list of and, or or nor; at is the pointer of the object that contains it.
func (p *parser) group(n node, at string, depth int) []Where {
	at = at + "/" + n.name
	if n.kind != array {
		p.problems.add(at, fault.WrongType("array"))
		return nil
	}
	if depth > MaxDepth {
		p.problems.add(at, fault.Field{Code: "depth", Message: fmt.Sprintf("must NOT nest and, or and nor deeper than %d levels", MaxDepth),
			Info: map[string]any{"limit": MaxDepth}})
		return nil
	}
	if len(n.kids) == 0 {
		p.term(at)
	}
	list := make([]Where, 0, len(n.kids))
	for i, m := range n.kids {
		list = append(list, p.where(m, item(at, i), depth))
	}
	return list
}

// property appends the comparisons of one property: the value it equals, or an object of operators.
func (p *parser) property(all And, n node, at string) And {
	property := p.schema.byName[n.name]
	if property == nil || property.Ops == 0 {
		p.problems.unknown(at, n.name, p.schema.filterable)
		return all
	}
	at = at + "/" + n.name
	if n.kind != object {
		return p.comparison(all, property, Eq.String(), n, at, at)
	}
	if len(n.kids) == 0 {
		p.problems.add(at, fault.Field{Code: "minProperties", Message: "must NOT have fewer than 1 properties: it needs an operator",
			Info: map[string]any{"limit": 1, "allowed": property.Ops.Names()}})
	}
	for _, m := range n.kids {
		all = p.comparison(all, property, m.name, m, at, at+"/"+m.name)
	}
	return all
}

// comparison appends one comparison; at is the operator's object, valueAt the operand.
func (p *parser) comparison(all And, property *Property, operator string, n node, at, valueAt string) And {
	op, known := ParseOp(operator)
	if !known || !property.Ops.Has(op) {
		p.problems.unknown(at, operator, property.Ops.Names())
		return all
	}
	p.term(valueAt)
	return append(all, &Comparison{property, op, property.inForm(op, p.operand(property.Type, op, n, valueAt))})
}

// inForm returns an operand in the canonical form of the property's values. An operand without a canonical form is returned unchanged,
// because it equals no stored value.
func (p *Property) inForm(op Op, operand any) any {
	if p.Form == nil || op != Eq && op != Neq && op != Inq && op != Nin {
		return operand
	}
	switch v := operand.(type) {
	case string:
		if form, err := p.Form(v); err == nil {
			return form
		}
	case []any:
		for i := range v {
			v[i] = p.inForm(Eq, v[i])
		}
	}
	return operand
}

// term counts a comparison, or a condition that contains none.
func (p *parser) term(at string) {
	if p.terms++; p.terms == MaxTerms+1 {
		p.problems.add(at, fault.Field{Code: "terms", Message: fmt.Sprintf("must NOT have more than %d conditions in one where", MaxTerms),
			Info: map[string]any{"limit": MaxTerms}})
	}
}
