package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkInheritance returns an error for each reference to a schema that has a discriminator without oneOf and anyOf, and that is in the
// allOf of others: the type in Go would lose their properties.
func (c *Contract) checkInheritance() error {
	subtypes := map[string][]string{} // by reference
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		for _, part := range c.doc.Components.Schemas[name].Value.AllOf {
			if part.Ref != "" && part.Value.Discriminator != nil && !isUnion(part.Value) {
				subtypes[part.Ref] = append(subtypes[part.Ref], name)
			}
		}
	}
	if len(subtypes) == 0 {
		return nil
	}
	var document any
	if err := json.Unmarshal(c.document, &document); err != nil {
		return err
	}
	return errors.Join(lostProperties(document, nil, subtypes)...)
}

// lostProperties returns an error for each reference in a value that is in subtypes and not a part of a schema.
func lostProperties(value any, at []string, subtypes map[string][]string) (mistakes []error) {
	switch v := value.(type) {
	case []any:
		if slices.Contains([]string{"allOf", "oneOf", "anyOf"}, at[len(at)-1]) {
			v = slices.DeleteFunc(v, func(part any) bool { return asObject(part)["$ref"] != nil })
		}
		for i, item := range v {
			mistakes = append(mistakes, lostProperties(item, append(slices.Clip(at), strconv.Itoa(i)), subtypes)...)
		}
	case map[string]any:
		if ref, _ := v["$ref"].(string); subtypes[ref] != nil {
			mistakes = append(mistakes, placeError{at, fmt.Errorf("the type in Go of %s would lose the properties of %s, which extend it "+
				"by allOf; refer to a schema with oneOf of these and the discriminator instead", ref, strings.Join(subtypes[ref], ", "))})
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			mistakes = append(mistakes, lostProperties(v[name], append(slices.Clip(at), name), subtypes)...)
		}
	}
	return mistakes
}

// checkRequired returns an error for required properties that the schema of an object does not describe: its type in Go would lose them.
// What an object in an allOf, oneOf or anyOf requires may be described elsewhere.
func checkRequired(schemas []placedSchema) error {
	isPart := map[*openapi3.Schema]bool{}
	for _, s := range schemas {
		for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf, openapi3.SchemaRefs{s.Not}) {
			if part != nil {
				isPart[part.Value] = true
			}
		}
	}
	var mistakes []error
	for _, s := range schemas {
		more := s.AdditionalProperties
		if isPart[s.Schema] || len(s.AllOf) > 0 || isUnion(s.Schema) || len(s.Properties) == 0 || more.Schema != nil ||
			more.Has != nil && *more.Has {
			continue
		}
		for _, name := range s.Required {
			if s.Properties[name] == nil {
				mistakes = append(mistakes, placeError{append(keysOf(s.at), "required"), fmt.Errorf("%q is not a property of the schema; "+
					"describe it in properties, or remove it from required", name)})
			}
		}
	}
	return errors.Join(mistakes...)
}
