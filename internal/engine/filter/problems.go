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

// problems collects the problems of a parameter's value.
type problems []fault.Field

// add adds a problem at a JSON pointer.
func (p *problems) add(at string, f fault.Field) {
	if len(*p) < maxProblems {
		f.Path = at
		*p = append(*p, f)
	}
}

// unknown adds the problem of an unknown member in the object at a JSON pointer.
func (p *problems) unknown(at, name string, allowed []string) {
	f := fault.UnknownProperty(clip(name))
	f.Info["allowed"] = slices.Clone(allowed)
	p.add(at, f)
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

// pointer appends a client's name to a JSON pointer (RFC 6901); names of the contract need no escapes.
func pointer(at, name string) string { return at + "/" + jsonpointer.Escape(clip(name)) }

// clip shortens an unknown name to the length that an error may quote.
func clip(name string) string {
	if utf8.RuneCountInString(name) <= maxQuoted {
		return name
	}
	return string([]rune(name)[:maxQuoted]) + "…"
}

// notOneOf returns the problem of a name that is not in a list.
func notOneOf(allowed []string, name string) fault.Field {
	f := fault.NotInEnum(slices.Clone(allowed))
	f.Info["value"] = clip(name)
	return f
}

// repeated returns the problem of a duplicate name in a list.
func repeated(name string) fault.Field {
	f := fault.DuplicateItems()
	f.Info["value"] = name
	return f
}

// item appends an index to a JSON pointer.
func item(at string, i int) string { return at + "/" + strconv.Itoa(i) }
