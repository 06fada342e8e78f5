package identity

import (
	"maps"
	"slices"
)

// Roles is the scopes that each role gives, by the role's name: the contract's x-roles.
type Roles map[string][]string

// Scopes returns the scopes that the roles give together, sorted, each once. An unknown role gives none.
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
