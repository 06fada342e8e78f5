package filter

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-openapi/jsonpointer"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

const (
	maxProblems = 20 // that one error lists
	maxQuoted   = 64 // characters of an unknown name that an error repeats
)

// problems collects what is wrong with a parameter's value.
type problems []fault.Field

// add notes a problem at a JSON pointer.
func (p *problems) add(at string, f fault.Field) {
	if len(*p) < maxProblems {
		f.Path = at
		*p = append(*p, f)
	}
}

// unknown notes a member that the object at a JSON pointer cannot have.
func (p *problems) unknown(at, name string, allowed []string) {
	p.add(at, fault.Field{Code: "additionalProperties", Message: "must NOT have additional properties",
		Info: map[string]any{"additionalProperty": clip(name), "allowed": slices.Clone(allowed)}})
}

// err returns all problems as one error, or nil when there is none.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	detail := "The value is invalid. See error object `details` property for more info."
	if len(p) == maxProblems {
		detail += fmt.Sprintf(" It lists the first %d problems.", maxProblems)
	}
	return &fault.Error{Kind: fault.BadRequest, Code: "INVALID_PARAMETER_VALUE", Detail: detail, Fields: p}
}

// refuse returns one problem as an error.
func refuse(at string, f fault.Field) error {
	var p problems
	p.add(at, f)
	return p.err()
}

// wrongType is the problem of a value that is of another type; its text is ajv's.
func wrongType(expected string) fault.Field {
	return fault.Field{Code: "type", Message: "must be " + expected, Info: map[string]any{"type": expected}}
}

// wrongFormat is the problem of a string or number that does not have a format.
func wrongFormat(format string) fault.Field {
	return fault.Field{Code: "format", Message: fmt.Sprintf("must match format %q", format), Info: map[string]any{"format": format}}
}

// tooMany is the problem of a list that is too long.
func tooMany(limit int) fault.Field {
	return fault.Field{Code: "maxItems", Message: fmt.Sprintf("must NOT have more than %d items", limit),
		Info: map[string]any{"limit": limit}}
}

// tooLong is the problem of a text that is too long; unit is what was counted.
func tooLong(limit int, unit string) fault.Field {
	return fault.Field{Code: "maxLength", Message: fmt.Sprintf("must NOT have more than %d %s", limit, unit),
		Info: map[string]any{"limit": limit}}
}

// pointer appends a client's name to a JSON pointer (RFC 6901); names of the contract need no escapes.
func pointer(at, name string) string { return at + "/" + jsonpointer.Escape(clip(name)) }

// clip cuts an unknown name to what an error may repeat.
func clip(name string) string {
	if utf8.RuneCountInString(name) <= maxQuoted {
		return name
	}
	return string([]rune(name)[:maxQuoted]) + "…"
}

// outOfRange is the problem of a number that is too small or too large.
func outOfRange(code, comparison string, limit int) fault.Field {
	return fault.Field{Code: code, Message: fmt.Sprintf("must be %s %d", comparison, limit),
		Info: map[string]any{"comparison": comparison, "limit": limit}}
}

// notOneOf is the problem of a name that is not in a list.
func notOneOf(allowed []string, name string) fault.Field {
	return fault.Field{Code: "enum", Message: "must be equal to one of the allowed values",
		Info: map[string]any{"value": clip(name), "allowedValues": slices.Clone(allowed)}}
}

// repeated is the problem of a name that a list holds twice.
func repeated(name string) fault.Field {
	return fault.Field{Code: "uniqueItems", Message: "must NOT have duplicate items", Info: map[string]any{"value": name}}
}

// item appends an index to a JSON pointer.
func item(at string, i int) string { return at + "/" + strconv.Itoa(i) }
