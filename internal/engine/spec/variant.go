package spec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// variant is a value that is similar to a valid one. The schema decides whether it is valid.
type variant struct {
	path, what string
	value      any
	retyped    bool // its JSON type differs
}

func (v variant) name(place string) string {
	return strings.TrimSuffix(place+" "+v.path, " ") + ": " + v.what
}

func (v variant) valid(s *openapi3.Schema) bool { return fits(s, v.value) == nil }

// fits validates a value in its JSON encoding against a schema. It does not set defaults.
func fits(s *openapi3.Schema, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	decoded, err := decode(text)
	if err != nil {
		return err
	}
	return s.VisitJSON(decoded, append(slices.Clip(schemaOptions), openapi3.VisitAsRequest())...)
}

// maxVariantDepth limits the depth at which variants are made: conditions contain conditions.
const maxVariantDepth = 3

// variants returns variants of a value that matches the schema: at its limits, just beyond them, and of other types.
func variants(s *openapi3.Schema, base any, depth int) (found []variant) {
	add := func(what string, value any, retyped ...bool) {
		found = append(found, variant{what: what, value: value, retyped: len(retyped) > 0})
	}
	if s == nil || depth > maxVariantDepth {
		return nil
	}
	if len(s.OneOf) > 0 {
		for _, branch := range s.OneOf {
			value := base
			if fits(branch.Value, base) != nil {
				value = sample(branch.Value, depth)
				add("another alternative", value)
			}
			found = append(found, variants(branch.Value, value, depth+1)...)
		}
		return found
	}
	add("null", nil, true)
	if s.Type.Is("string") {
		add("a number", 7, true)
	} else {
		add("a string", "x", true)
	}
	for _, value := range s.Enum[:min(len(s.Enum), 3)] {
		add("an allowed value", value)
	}
	switch {
	case s.Type.Is("string"):
		stringVariants(s, base, add)
	case s.Type.Is("integer"), s.Type.Is("number"):
		numberVariants(s, add)
	case s.Type.Is("boolean"):
		add("true", true)
		add("false", false)
	case s.Type.Is("array"):
		found = append(found, arrayVariants(s, base, depth)...)
	case s.Type.Is("object"):
		found = append(found, objectVariants(s, base, depth)...)
	}
	return found
}

func stringVariants(s *openapi3.Schema, base any, add func(string, any, ...bool)) {
	text, _ := base.(string)
	for _, length := range lengths(s.MinLength, s.MaxLength) {
		if name, domain, ok := strings.Cut(text, "@"); ok && s.Format == "email" && length > len(text) {
			text = name + "@" + labels(length-len(text)) + domain
		}
		add(fmt.Sprintf("%d characters", length), stretched(text, length))
	}
	if s.Pattern != "" || s.Format != "" || len(s.Enum) > 0 {
		add("an invalid value", "no such value")
		add("a NUL", "a\x00b")
	}
	if s.Format == "date-time" {
		add("another time zone", "2026-02-28T23:59:59.999+14:00")
		add("a nonexistent day", "2026-02-30T00:00:00Z")
	}
}

// lengths returns the limits and the lengths just beyond them.
func lengths(least uint64, most *uint64) (found []int) {
	if least > 0 && least < maxProbe {
		found = append(found, int(least), int(least)-1)
	}
	if most != nil && *most < maxProbe {
		found = append(found, int(*most), int(*most)+1)
	}
	return found
}

// stretched returns a text of the given length with the same end, so that an address keeps its domain.
func stretched(text string, length int) string {
	if len(text) >= length {
		return text[len(text)-length:]
	}
	return strings.Repeat("x", length-len(text)) + text
}

// labels returns domain labels, each followed by a dot, with the given total length. It returns "" for a length below two.
func labels(length int) string {
	const most = 60 // the limit is 63
	var b strings.Builder
	for length > 1 {
		n := min(length, most)
		if length-n == 1 {
			n--
		}
		b.WriteString(strings.Repeat("x", n-1) + ".")
		length -= n
	}
	return b.String()
}

func numberVariants(s *openapi3.Schema, add func(string, any, ...bool)) {
	if s.Min != nil {
		add("the minimum", *s.Min)
		add("below the minimum", *s.Min-1)
	}
	if s.Max != nil {
		add("the maximum", *s.Max)
		add("above the maximum", *s.Max+1)
	}
	if s.Type.Is("integer") {
		add("a fraction", 1.5)
	}
}

func arrayVariants(s *openapi3.Schema, base any, depth int) []variant {
	var item *openapi3.Schema
	if s.Items != nil {
		item = s.Items.Value
	}
	first := sample(item, depth+1)
	if elements, ok := base.([]any); ok && len(elements) > 0 {
		first = elements[0]
	}
	var found []variant
	for _, length := range append(lengths(s.MinItems, s.MaxItems), 0, 1) {
		if length <= maxItems {
			found = append(found, variant{what: fmt.Sprintf("%d items", length), value: slices.Repeat([]any{first}, length)})
		}
	}
	if s.MinItems > 1 {
		return found
	}
	for _, v := range variants(item, first, depth+1) {
		found = append(found, variant{"/0" + v.path, v.what, []any{v.value}, v.retyped})
	}
	return found
}

func objectVariants(s *openapi3.Schema, base any, depth int) []variant {
	found := []variant{{"", "an unknown property", with(base, "no_such_property", 1), false}}
	for _, name := range s.Required {
		missing := with(base, name, nil)
		delete(missing, name)
		found = append(found, variant{"/" + name, "missing", missing, false})
	}
	if s.MinProps > 0 {
		found = append(found, variant{"", "no properties", map[string]any{}, false})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name].Value
		if property.ReadOnly {
			continue // no schema can tell whether it equals the stored value
		}
		value, has := asObject(base)[name]
		if !has {
			value = sample(property, depth+1)
		}
		for _, v := range variants(property, value, depth+1) {
			found = append(found, variant{"/" + name + v.path, v.what, with(base, name, v.value), v.retyped})
		}
	}
	return found
}

func with(base any, name string, value any) map[string]any {
	object := maps.Clone(asObject(base))
	if object == nil {
		object = map[string]any{}
	}
	object[name] = value
	return object
}

// sample returns a value that matches a simple schema. For a pattern, the schema must have an example.
func sample(s *openapi3.Schema, depth int) any {
	switch {
	case s == nil || depth > maxVariantDepth+1:
		return nil
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case isUnion(s):
		return sample(slices.Concat(s.OneOf, s.AnyOf)[0].Value, depth)
	case s.Type.Is("string"):
		text := map[string]string{"date-time": "2026-01-31T08:00:00Z", "email": "x@example.com", username: "x@example.com"}[s.Format]
		return stretched(text, max(int(min(s.MinLength, maxProbe)), len(text)))
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1.0
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("array"):
		if s.Items == nil {
			return []any{}
		}
		return slices.Repeat([]any{sample(s.Items.Value, depth+1)}, int(min(s.MinItems, maxItems)))
	}
	if s.Type == nil && len(s.Properties) == 0 && len(s.Required) == 0 && len(s.AllOf) == 0 && s.MinProps == 0 {
		return "x" // any value
	}
	object := map[string]any{}
	for _, name := range s.Required {
		if property := s.Properties[name]; property != nil {
			object[name] = sample(property.Value, depth+1)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if uint64(len(object)) < s.MinProps {
			object[name] = sample(s.Properties[name].Value, depth+1)
		}
	}
	return object
}

// withFormats replaces the strings of an object whose format is in formats.
func withFormats(s *openapi3.Schema, value any, formats map[string]string) any {
	object := asObject(value)
	for name, property := range s.Properties {
		if text, has := formats[property.Value.Format]; has && object[name] != nil {
			object[name] = text
		}
	}
	return value
}
