package filter

import (
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// order parses "title DESC, body" or ["title DESC", "body"]. Blank strings are ignored, as in LoopBack.
func (p *parser) order(n node) []Order {
	const at = "/order"
	var keys []Order
	switch n.kind {
	case text:
		keys = p.keys(keys, n.text, at)
	case array:
		for i, m := range n.kids {
			if m.kind != text {
				p.problems.add(item(at, i), fault.WrongType("string"))
				continue
			}
			keys = p.keys(keys, m.text, item(at, i))
		}
	default:
		p.problems.add(at, fault.WrongType("string or array"))
	}
	if len(keys) > MaxOrder {
		p.problems.add(at, fault.BeyondLimit("maxItems", MaxOrder))
	}
	return keys
}

// keys appends the sort keys of one string.
func (p *parser) keys(keys []Order, list, at string) []Order {
	if strings.TrimSpace(list) == "" {
		return keys
	}
	for key := range strings.SplitSeq(list, ",") {
		words := strings.Fields(key)
		desc := len(words) == 2 && strings.EqualFold(words[1], "DESC")
		if len(words) != 1 && !desc && (len(words) != 2 || !strings.EqualFold(words[1], "ASC")) {
			p.problems.add(at, fault.Field{Code: "syntax",
				Message: "must be property names separated by commas, each optionally followed by ASC or DESC"})
			continue
		}
		property := p.schema.byName[words[0]]
		switch {
		case property == nil || property.Array || property.Long:
			p.problems.add(at, notOneOf(p.schema.orderable, words[0]))
		case slices.ContainsFunc(keys, func(k Order) bool { return k.Property == property }):
			p.problems.add(at, repeated(property.Name))
		default:
			keys = append(keys, Order{property, desc})
		}
	}
	return keys
}
