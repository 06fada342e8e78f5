package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// checkInheritance returns an error for each reference to a schema that has a discriminator without oneOf and anyOf, and that is in the
// allOf of others: the type in Go would lose their properties.
func (c *Contract) checkInheritance() error {
	heirs := map[string][]string{} // by reference
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		for _, part := range c.doc.Components.Schemas[name].Value.AllOf {
			if part.Ref != "" && part.Value.Discriminator != nil && !isUnion(part.Value) {
				heirs[part.Ref] = append(heirs[part.Ref], name)
			}
		}
	}
	if len(heirs) == 0 {
		return nil
	}
	var document any
	if err := json.Unmarshal(c.document, &document); err != nil {
		return err
	}
	return errors.Join(lost(document, nil, heirs)...)
}

// lost returns an error for each reference in a value that is in heirs and not a part of a schema.
func lost(value any, at []string, heirs map[string][]string) (mistakes []error) {
	switch v := value.(type) {
	case []any:
		if slices.Contains([]string{"allOf", "oneOf", "anyOf"}, at[len(at)-1]) {
			v = slices.DeleteFunc(v, func(part any) bool { return asObject(part)["$ref"] != nil })
		}
		for i, item := range v {
			mistakes = append(mistakes, lost(item, append(slices.Clip(at), strconv.Itoa(i)), heirs)...)
		}
	case map[string]any:
		if ref, _ := v["$ref"].(string); heirs[ref] != nil {
			mistakes = append(mistakes, placeError{at, fmt.Errorf("the type in Go of %s would lose the properties of %s, which extend it "+
				"by allOf; refer to a schema with oneOf of these and the discriminator instead", ref, strings.Join(heirs[ref], ", "))})
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			mistakes = append(mistakes, lost(v[name], append(slices.Clip(at), name), heirs)...)
		}
	}
	return mistakes
}
