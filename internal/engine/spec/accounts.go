package spec

import (
	"maps"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Accounts reports whether the contract has accounts of the engine: a collection User with the properties that they need. Without them, the
// engine has no accounts, and callers are those of tokens from elsewhere and of the application's verifiers.
func (c *Contract) Accounts() bool {
	m := c.model("User")
	return m != nil && !slices.ContainsFunc([]string{"id", "email", "roles", "disabled", "date_created"}, func(name string) bool {
		return !slices.ContainsFunc(m.Properties, func(p store.Property) bool { return p.Name == name })
	})
}

// Requires reports whether a schema requires a property.
func (c *Contract) Requires(schema, property string) bool {
	s := c.doc.Components.Schemas[schema]
	return s != nil && slices.Contains(s.Value.Required, property) && s.Value.Properties[property] != nil
}

// Properties returns the names of the properties of a schema, sorted, or nil if there is no such schema.
func (c *Contract) Properties(schema string) []string {
	s := c.doc.Components.Schemas[schema]
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.Value.Properties))
}
