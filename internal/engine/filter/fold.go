package filter

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Form is the kind of value that a parameter contains.
type Form uint8

// The forms of a parameter; each names the method of Schema that parses its text.
const (
	QueryForm Form = iota + 1
	WhereForm
	FieldsForm
)

// maxKeys is the number of values that one parameter in brackets may have.
const maxKeys = 256

// Fold finds a parameter in a query string and returns its JSON text and the keys that belong to it, sorted. There are no keys if the
// parameter is absent.
//
// A parameter in JSON form (filter={…}) is returned unchanged. A parameter in LoopBack's bracket form (that of npm's qs), such as
// filter[where][title][like]=x%25&filter[order][0]=title or filter[fields][]=title, becomes the JSON text of the same value. A repeated key
// is a list of its values in their order, and so is a key with [] at its end; indexes define the order and may have gaps. In bracket form,
// a text becomes a number or a boolean if the contract has that type and the text is valid for it; any other text is a string, so that the
// method that parses the form reports wrong types. Null cannot be written in brackets.
//
// Fold returns a *fault.Error of kind BadRequest for a duplicate parameter in JSON form, a parameter in both forms, a value given in two
// ways, a value that also has members, unmatched brackets, list indexes of MaxList or more, more than 256 values, nesting deeper than the
// language allows, and text that is not UTF-8.
func (s *Schema) Fold(values url.Values, name string, form Form) (text string, keys []string, err error) {
	for key := range values {
		if key == name || strings.HasPrefix(key, name+"[") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	switch {
	case len(keys) == 0:
		return "", nil, nil
	case keys[0] != name:
		text, err = s.foldBrackets(values, keys, name, form)
	case len(keys) > 1:
		err = refuse("", *conflict("", "must be given either as JSON or in brackets, not both"))
	case len(values[name]) != 1:
		err = refuse("", *conflict("", "must be given once"))
	default:
		text = values[name][0]
	}
	if err != nil {
		return "", nil, err
	}
	return text, keys, nil
}

// foldBrackets builds the value that keys such as name[a][0] describe, and writes it as JSON.
func (s *Schema) foldBrackets(values url.Values, keys []string, name string, form Form) (string, error) {
	root := &branch{}
	count := 0
	for _, key := range keys {
		if count += len(values[key]); count > maxKeys {
			return "", refuse("", fault.Field{Code: "maxProperties",
				Message: "must NOT have more than 256 values in brackets: send it as JSON",
				Info:    map[string]any{"limit": maxKeys}})
		}
		path, problem := splitKey(key[len(name):])
		if problem == nil {
			problem = root.put(path, values[key])
		}
		if problem != nil {
			return "", refuse(problem.Path, *problem)
		}
	}
	out, problem := s.appendBranch(nil, root, "", place{part: partOf(form)})
	if problem != nil {
		return "", refuse(problem.Path, *problem)
	}
	return string(out), nil
}

// splitKey splits a key such as [a][b][], which begins with a bracket. Only the last part may be empty; it appends.
func splitKey(brackets string) ([]string, *fault.Field) {
	inner, closed := strings.CutSuffix(brackets[1:], "]")
	if !closed || !utf8.ValidString(inner) {
		return nil, badKey("must have matching brackets, as in [where][title]")
	}
	path := strings.SplitN(inner, "][", maxNesting+2)
	if len(path) > maxNesting {
		return nil, &fault.Field{Code: "depth", Message: "must NOT nest deeper than " + strconv.Itoa(maxNesting) + " levels",
			Info: map[string]any{"limit": maxNesting}}
	}
	for i, part := range path {
		if strings.ContainsAny(part, "[]") {
			return nil, badKey("must have matching brackets, as in [where][title]")
		}
		if part == "" && i < len(path)-1 {
			return nil, badKey("must have [] only at the end of a key: use [0], [1] before another bracket")
		}
	}
	return path, nil
}

// branch is a value that is being assembled from keys.
type branch struct {
	values  []string           // of one key
	appends bool               // values came by []
	members map[string]*branch // by name or index
}

// put adds the values of one key.
func (b *branch) put(path []string, values []string) *fault.Field {
	at := ""
	for _, part := range path {
		appends := part == ""
		if b.values != nil || b.appends && !appends || appends && b.members != nil {
			return conflict(at, "must be given in only one way: as a value, with members, or with []")
		}
		if appends {
			b.appends = true
			break
		}
		if b.members == nil {
			b.members = map[string]*branch{}
		}
		if b.members[part] == nil {
			b.members[part] = &branch{}
		}
		b = b.members[part]
		at = pointer(at, part)
	}
	for _, value := range values {
		if !utf8.ValidString(value) {
			return &fault.Field{Path: at, Code: "syntax", Message: "must be valid UTF-8"}
		}
	}
	if b.values != nil || b.members != nil {
		return conflict(at, "must be given in only one way: as a value, with members, or with []")
	}
	b.values = values
	return nil
}

// badKey returns the problem of a key with invalid brackets.
func badKey(message string) *fault.Field { return &fault.Field{Code: "syntax", Message: message} }

// conflict returns the problem of a value that was given in two ways.
func conflict(at, message string) *fault.Field {
	return &fault.Field{Path: at, Code: "conflict", Message: message}
}
