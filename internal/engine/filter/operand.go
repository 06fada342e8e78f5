package filter

import (
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// operand parses an operator's operand.
func (p *parser) operand(t Type, op Op, n node, at string) any {
	var value any
	var problem *fault.Field
	switch op {
	case Between, Inq, Nin:
		return p.list(t, op, n, at)
	case Eq, Neq:
		if n.kind != null {
			value, problem = t.read(n)
		}
	case Like, Nlike, Ilike, Nilike:
		value, problem = likePattern(n)
	case Regexp:
		value, problem = p.pattern(n)
	case Exists:
		value, problem = Boolean.read(n)
	default:
		value, problem = t.read(n)
	}
	p.note(at, problem)
	return value
}

// list parses the operands of between, inq and nin.
func (p *parser) list(t Type, op Op, n node, at string) any {
	if n.kind != array {
		p.problems.add(at, fault.WrongType("array"))
		return nil
	}
	least, most := 0, MaxList
	if op == Between {
		least, most = 2, 2
	}
	if len(n.kids) < least {
		p.problems.add(at, fault.BeyondLimit("minItems", least))
	}
	if len(n.kids) > most {
		p.problems.add(at, fault.BeyondLimit("maxItems", most))
		return nil
	}
	values := make([]any, len(n.kids))
	for i, m := range n.kids {
		if m.kind == null && op != Between {
			continue
		}
		value, problem := t.read(m)
		if problem != nil {
			p.problems.add(item(at, i), *problem)
		}
		values[i] = value
	}
	return values
}

// read returns a JSON value as an operand of the type: string, int64, int64 or float64, bool, time.Time. It does not accept null.
func (t Type) read(n node) (any, *fault.Field) {
	var problem fault.Field
	switch t {
	case String:
		if n.kind == text {
			return n.text, nil
		}
		problem = fault.WrongType("string")
	case Integer:
		value, whole, fits := integer(n.text)
		if n.kind == number && fits {
			return value, nil
		}
		if problem = fault.WrongType("integer"); n.kind == number && whole {
			problem = fault.WrongFormat("int64")
		}
	case Number:
		if n.kind == number {
			if value, ok := decimal(n.text); ok {
				return value, nil
			}
			problem = fault.WrongFormat("double")
			break
		}
		problem = fault.WrongType("number")
	case Boolean:
		if n.kind == boolTrue || n.kind == boolFalse {
			return n.kind == boolTrue, nil
		}
		problem = fault.WrongType("boolean")
	case Date:
		if n.kind != text {
			problem = fault.WrongType("string")
			break
		}
		if value, ok := readDate(n.text); ok {
			return value, nil
		}
		problem = fault.WrongFormat("date-time")
	}
	return nil, &problem
}

// readDate reads a date-time of RFC 3339, cut to milliseconds.
func readDate(s string) (time.Time, bool) {
	t, err := timestamp.Parse(s)
	return t.Time, err == nil
}
