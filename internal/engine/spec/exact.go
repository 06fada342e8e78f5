package spec

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// inexact returns the fields of a value's first number that would become another one in Go: a number whose schema has no type is a float64.
// The schema is nil for values that no schema describes.
func inexact(s *openapi3.Schema, value any) []fault.Field {
	if !hasNumber(value, func(n json.Number) bool { return !isExact(string(n)) }) {
		return nil
	}
	at, found := findInexact(s, value)
	if !found {
		return nil
	}
	return []fault.Field{{Path: pointer(at), Code: "type", Info: map[string]any{"type": "number"},
		Message: "must be a number that float64 holds, such as an integer up to 9007199254740991; send others as strings"}}
}

// isExact reports whether a float64 holds a number. Only integers must be held exactly; RFC 8259, section 6, expects no more of fractions.
func isExact(number string) bool {
	isInteger := !strings.ContainsAny(number, ".eE")
	if isInteger && len(number) <= 15 {
		return true
	}
	value, err := strconv.ParseFloat(number, 64)
	return err == nil && (!isInteger || strconv.FormatFloat(value, 'f', -1, 64) == number)
}

func findInexact(s *openapi3.Schema, value any) (at []string, found bool) {
	if s != nil && slices.ContainsFunc(append(partsOf(s), s), isUnion) {
		accepts := func(part *openapi3.SchemaRef) bool {
			_, is := findInexact(part.Value, value)
			return part.Value.VisitJSON(value, bodyOptions...) == nil && !is
		}
		// With other keywords beside the alternatives, Go has the JSON.
		isPlain := kindOf(s) == "" && len(s.AllOf) == 0
		return nil, isPlain && !slices.ContainsFunc(slices.Concat(s.OneOf, s.AnyOf), accepts)
	}
	switch v := value.(type) {
	case json.Number:
		return nil, (s == nil || kindOf(s) == "") && !isExact(string(v))
	case []any:
		for i, item := range v {
			if at, found := findInexact(itemSchema(s), item); found {
				return append([]string{strconv.Itoa(i)}, at...), true
			}
		}
	case map[string]any:
		for name, member := range v {
			if at, found := findInexact(memberSchema(s, name), member); found {
				return append([]string{name}, at...), true
			}
		}
	}
	return nil, false
}

// itemSchema returns the schema of the items of a list, or nil.
func itemSchema(s *openapi3.Schema) *openapi3.Schema {
	if s != nil {
		if items := itemsOfParts(s); items != nil {
			return items.Value
		}
	}
	return nil
}

// memberSchema returns the schema of a member of an object, or nil.
func memberSchema(s *openapi3.Schema, name string) *openapi3.Schema {
	if s == nil {
		return nil
	}
	if property := propertiesOf(s)[name]; property != nil {
		return property
	}
	for _, part := range append([]*openapi3.Schema{s}, partsOf(s)...) {
		if more := part.AdditionalProperties.Schema; more != nil {
			return more.Value
		}
	}
	return nil
}
