package filter

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// appendBranch writes a branch as JSON.
func (s *Schema) appendBranch(dst []byte, b *branch, at string, p place) ([]byte, *fault.Field) {
	if len(b.values) == 1 && !b.appends {
		return appendLeaf(dst, b.values[0], p.leaf), nil
	}
	names := slices.Sorted(maps.Keys(b.members))
	if len(names) > 0 && (names[0] == "" || names[0][0] < '0' || names[0][0] > '9') { // no property's name begins with a digit
		return s.appendMembers(dst, b, names, at, p)
	}
	indexes, ok := listIndexes(names)
	if !ok {
		return nil, &fault.Field{Path: at, Code: "syntax",
			Message: "must have only indexes from [0] to [" + strconv.Itoa(MaxList-1) + "], without names"}
	}
	dst = append(dst, '[')
	for _, value := range b.values {
		dst = append(appendLeaf(dst, value, p.leaf), ',')
	}
	for i, index := range indexes {
		var problem *fault.Field
		if dst, problem = s.appendBranch(dst, b.members[strconv.Itoa(index)], item(at, i), p); problem != nil {
			return nil, problem
		}
		dst = append(dst, ',')
	}
	return append(bytes.TrimSuffix(dst, []byte(",")), ']'), nil
}

// listIndexes returns the indexes in order, or false if a name is not an index.
func listIndexes(names []string) (indexes []int, ok bool) {
	for _, name := range names {
		i, err := strconv.Atoi(name)
		if err != nil || i >= MaxList || strconv.Itoa(i) != name {
			return nil, false
		}
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	return indexes, true
}

// appendMembers writes a branch that is an object.
func (s *Schema) appendMembers(dst []byte, b *branch, names []string, at string, p place) ([]byte, *fault.Field) {
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		var problem *fault.Field
		if dst, problem = s.appendBranch(dst, b.members[name], pointer(at, name), s.member(p, name)); problem != nil {
			return nil, problem
		}
	}
	return append(dst, '}'), nil
}

// place is the position of a branch in a filter, which determines how its text is written.
type place struct {
	part part
	leaf Type // the type of a text at this place
}

type part uint8

const (
	inValue part = iota
	inQuery
	inWhere
	inFields
	inProperty
)

// partOf returns the place of a parameter's whole value.
func partOf(form Form) part {
	switch form {
	case QueryForm, FieldsForm:
		return inQuery
	case WhereForm:
		return inWhere
	}
	return inValue
}

// member returns the place of a member.
func (s *Schema) member(p place, name string) place {
	switch p.part {
	case inQuery:
		switch name {
		case "where":
			return place{part: inWhere}
		case "fields":
			return place{part: inFields}
		case "limit", "skip", "offset":
			return place{leaf: Integer}
		}
	case inWhere:
		if property := s.byName[name]; property != nil {
			return place{inProperty, property.Type}
		}
		return place{part: inWhere} // and, or, nor; an unknown name is refused later
	case inFields:
		return place{leaf: Boolean}
	case inProperty:
		switch op, _ := ParseOp(name); op {
		case Exists:
			return place{leaf: Boolean}
		case Like, Nlike, Ilike, Nilike, Regexp:
			return place{leaf: String}
		}
		return place{leaf: p.leaf}
	}
	return place{}
}

// appendLeaf writes a text as a JSON value of the type if it can be parsed as one, otherwise as a string.
func appendLeaf(dst []byte, text string, t Type) []byte {
	switch t {
	case Integer, Number:
		if isNumber(text) {
			return append(dst, text...)
		}
	case Boolean:
		if text == "true" || text == "false" {
			return append(dst, text...)
		}
	}
	return appendString(dst, text)
}

// isNumber reports whether a text is a JSON number and nothing else.
func isNumber(text string) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	return text != "" && (text[0] == '-' || isDigit(text[0])) && isDigit(text[len(text)-1]) && json.Valid([]byte(text))
}

// appendString writes a valid UTF-8 text as a JSON string.
func appendString(dst []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		return append(dst, `""`...) // never: a string always has a JSON form
	}
	return append(dst, quoted...)
}
