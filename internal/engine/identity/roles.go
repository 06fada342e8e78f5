package identity

import (
	"maps"
	"slices"
)

// Roles maps the name of each role to the scopes that it grants, as in the contract's x-roles.
type Roles map[string][]string

// Scopes returns the scopes that the given roles grant, sorted and without duplicates. Unknown roles grant none.
func (r Roles) Scopes(roles []string) []string {
	var scopes []string
	for _, role := range roles {
		scopes = append(scopes, r[role]...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// Names returns the names of the roles, sorted.
func (r Roles) Names() []string { return slices.Sorted(maps.Keys(r)) }
