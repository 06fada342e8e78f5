package spec

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// checkChoices returns an error if the filter schemas and the server disagree: fields must accept every property, order every scalar
// property except those that may be too long to sort by, and PartialX must have every property. A new property is easily forgotten
// there, and typed clients would not know it.
func checkChoices(schemas openapi3.Schemas, m *store.Model) error {
	if part := schemas["Partial"+m.Schema.Name()]; part != nil && part.Value.AdditionalProperties.Has != nil &&
		!*part.Value.AdditionalProperties.Has {
		for _, p := range m.Properties {
			if part.Value.Properties[p.Name] == nil {
				return fmt.Errorf("schema Partial%s: missing property %s, which fields can select", m.Schema.Name(), p.Name)
			}
		}
	}
	for _, suffix := range []string{filterSuffix, fieldsSuffix} {
		name := m.Schema.Name() + suffix
		for _, p := range m.Properties {
			for _, value := range []any{[]any{p.Name}, map[string]any{p.Name: true}} {
				if !takes(schemas[name], "fields", value) {
					return fmt.Errorf("schema %s: fields does not accept the property %s: add it to the names and to the object",
						name, p.Name)
				}
			}
		}
		for _, c := range m.Columns {
			switch taken := takes(schemas[name], "order", c.Name); {
			case c.Array, c.Long && !taken, !c.Long && taken:
			case c.Long && schemas[name] != nil && schemas[name].Value.Properties["order"] != nil:
				return fmt.Errorf("schema %s: order accepts %s, but #/components/schemas/%s/properties/%s has no maxLength of %d or less: "+
					"add one, or remove the property from the pattern",
					name, c.Name, m.Schema.Name(), strings.Join(c.Path, "/properties/"), filter.MaxOrderLength)
			case !c.Long:
				return fmt.Errorf("schema %s: order does not accept the scalar property %s: add it to the pattern", name, c.Name)
			}
		}
	}
	return nil
}

// takes reports whether a member of a filter accepts the value. A missing member accepts any value.
func takes(filter *openapi3.SchemaRef, member string, value any) bool {
	if filter == nil || filter.Value.Properties[member] == nil {
		return true
	}
	return filter.Value.Properties[member].Value.VisitJSON(value, schemaOptions...) == nil
}
