package filter

import (
	"fmt"
	"math"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Query parses the text of a filter parameter: a JSON object of where, fields, order, limit, skip and offset. offset is another name for
// skip; if both are present, skip counts. Empty text and null give the query without conditions.
//
// The error is a *fault.Error of kind BadRequest whose Fields list the problems, at most 20 of them, with JSON pointers into the value.
func (s *Schema) Query(text []byte) (*Query, error) {
	return read(s, text, (*parser).query)
}

// Where parses the text of a where parameter, which is the JSON object that a filter contains under where. {} is Everything; empty text and
// null are rejected, because they may be the remains of a lost condition. Errors and their paths are as with Query.
func (s *Schema) Where(text []byte) (Where, error) {
	return read(s, text, func(p *parser, n node) Where { return p.whole(n, "") })
}

// Fields parses the text of the filter parameter of an operation on one document: a JSON object whose only member is fields. Empty text,
// null and {} give nil, which selects all members. Errors are as with Query.
func (s *Schema) Fields(text []byte) (*Fields, error) {
	return read(s, text, (*parser).byID)
}

func read[T any](s *Schema, text []byte, parse func(*parser, node) T) (T, error) {
	var zero T
	if len(text) > MaxText {
		return zero, refuse("", fault.Field{Code: "maxLength", Message: fmt.Sprintf("must NOT have more than %d bytes", MaxText),
			Info: map[string]any{"limit": MaxText}})
	}
	root := node{}
	if len(text) > 0 {
		var problem *fault.Field
		if root, problem = decode(text, maxNesting); problem != nil {
			return zero, refuse("", *problem)
		}
	}
	p := &parser{schema: s}
	value := parse(p, root)
	if err := p.problems.err(); err != nil {
		return zero, err
	}
	return value, nil
}

// maxNesting is the depth of JSON in which MaxDepth groups fit: two levels for each, two around them, two in the innermost; and two more,
// so that the error can name the first group beyond the limit by its pointer.
const maxNesting = 2*MaxDepth + 6

// parser turns one parameter's value into a Query or a part of it.
type parser struct {
	schema     *Schema
	problems   problems
	terms      int
	regexpCost int
}

// note adds a problem if it is not nil.
func (p *parser) note(at string, problem *fault.Field) {
	if problem != nil {
		p.problems.add(at, *problem)
	}
}

func (p *parser) query(n node) *Query {
	q := &Query{Limit: p.schema.limit}
	if n.kind == null {
		return q
	}
	if n.kind != object {
		p.problems.add("", fault.WrongType("object"))
		return nil
	}
	skipGiven := false
	for _, m := range n.kids {
		switch m.name {
		case "where":
			q.Where = p.whole(m, "/where")
		case "fields":
			q.Fields = p.fields(m)
		case "order":
			q.Order = p.order(m)
		case "limit":
			q.Limit = p.count(m, "/limit", 1, p.schema.maxLimit)
		case "skip":
			q.Skip, skipGiven = p.count(m, "/skip", 0, p.schema.maxSkip), true
		case "offset":
			if offset := p.count(m, "/offset", 0, p.schema.maxSkip); !skipGiven {
				q.Skip = offset
			}
		default:
			p.problems.unknown("", m.name, []string{"where", "fields", "order", "limit", "skip", "offset"})
		}
	}
	return q
}

// count parses an integer in a range. Its result after a problem is not used.
func (p *parser) count(n node, at string, least, most int) int {
	if n.kind == number {
		if value, whole, _ := integer(n.text); whole {
			if value < int64(least) {
				p.problems.add(at, fault.BeyondLimit("minimum", least))
			} else if value > int64(most) {
				p.problems.add(at, fault.BeyondLimit("maximum", most))
			}
			return int(min(value, math.MaxInt32))
		}
	}
	p.problems.add(at, fault.WrongType("integer"))
	return least
}

func (p *parser) byID(n node) *Fields {
	if n.kind == null {
		return nil
	}
	if n.kind != object {
		p.problems.add("", fault.WrongType("object"))
		return nil
	}
	var fields *Fields
	for _, m := range n.kids {
		if m.name == "fields" {
			fields = p.fields(m)
		} else {
			p.problems.unknown("", m.name, []string{"fields"})
		}
	}
	return fields
}

// fields parses {"title":true}, {"body":false} or ["title"]. If at least one value is true, only the members with true are selected, as in
// LoopBack.
func (p *parser) fields(n node) *Fields {
	const at = "/fields"
	given := map[bool]map[string]bool{true: {}, false: {}}
	switch n.kind {
	case object:
		for _, m := range n.kids {
			if !slices.Contains(p.schema.fields, m.name) {
				p.problems.unknown(at, m.name, p.schema.fields)
				continue
			}
			keep, problem := Boolean.read(m)
			p.note(at+"/"+m.name, problem)
			given[keep == true][m.name] = true
		}
	case array:
		for i, m := range n.kids {
			name, problem := String.read(m)
			switch name, _ := name.(string); {
			case problem != nil:
				p.problems.add(item(at, i), *problem)
			case !slices.Contains(p.schema.fields, name):
				p.problems.add(item(at, i), notOneOf(p.schema.fields, name))
			case given[true][name]:
				p.problems.add(item(at, i), repeated(name))
			default:
				given[true][name] = true
			}
		}
	default:
		p.problems.add(at, fault.WrongType("object or array"))
	}
	if len(given[true]) > 0 {
		return &Fields{Names: given[true]}
	}
	if len(given[false]) > 0 {
		return &Fields{Names: given[false], Exclude: true}
	}
	return nil
}
