package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// roleSchema is the schema whose enum lists the names of the roles, for documents that contain them.
const roleSchema = "Role"

// role is a value of x-roles: a list of scopes, or an object, which can mark the role as default.
type role struct {
	Scopes  []string `json:"scopes"`
	Default bool     `json:"default"` // whether new accounts get the role
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *role) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return json.Unmarshal(data, &r.Scopes)
	}
	type object role
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode((*object)(r))
}

// readRoles reads x-roles and compares it with the operations: a required scope that no role grants would lock everybody out, and
// a granted scope that nothing requires is misspelt.
func (c *Contract) readRoles() error {
	said := map[string]role{}
	has, err := read(c.doc.Extensions, xRoles, &said)
	if err == nil && !has && c.Accounts() {
		return fmt.Errorf("schema User has the properties of accounts, which need roles; write `%s: {user: {scopes: [], default: true}}`",
			xRoles)
	}
	if err != nil || !has {
		return err
	}
	roles := identity.Roles{}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		roles[name] = said[name].Scopes
		if !said[name].Default {
			continue
		}
		if c.defaultRole != "" {
			return fmt.Errorf("%s: both %s and %s are the default; mark only the role that new accounts get", xRoles, c.defaultRole, name)
		}
		c.defaultRole = name
	}
	given := map[string]string{} // scope to a role that grants it
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		if !namePattern.MatchString(role) {
			return fmt.Errorf("%s: invalid role %q; it must be a letter followed by letters, digits or _", xRoles, role)
		}
		for _, scope := range roles[role] {
			if !scopePattern.MatchString(scope) {
				return fmt.Errorf("%s: %s: invalid scope %q (RFC 6749, section 3.3)", xRoles, role, scope)
			}
			given[scope] = role
		}
	}
	required := map[string]bool{}
	for _, m := range c.models {
		if required[m.Admin] = true; m.Admin != "" && given[m.Admin] == "" {
			return fmt.Errorf("%s: no role grants the scope %s, which is admin in schema %s, %s", xRoles, m.Admin, m.Schema.Name(),
				xCollection)
		}
	}
	for _, op := range c.operations {
		for _, alternative := range op.security {
			for _, scheme := range alternative {
				for _, scope := range scheme.scopes {
					required[scope] = true
				}
			}
		}
		signIn := slices.ContainsFunc(op.Schemes(), func(s Scheme) bool { return s.Name == c.accountScheme })
		for _, scope := range op.Scopes {
			if required[scope] = true; given[scope] == "" && signIn {
				return fmt.Errorf("%s: no role grants the scope %s, which %s requires", xRoles, scope, op.ID)
			}
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(given)) {
		if !required[scope] {
			return fmt.Errorf("%s: %s grants the scope %s, which nothing requires", xRoles, given[scope], scope)
		}
	}
	c.roles = roles
	return c.checkRoleSchema()
}

func (c *Contract) checkRoleSchema() error {
	schema := c.doc.Components.Schemas[roleSchema]
	if schema == nil {
		return nil
	}
	var names []string
	for _, name := range schema.Value.Enum {
		names = append(names, fmt.Sprint(name))
	}
	slices.Sort(names)
	if want := c.roles.Names(); !slices.Equal(names, want) {
		return fmt.Errorf("schema %s: its enum is %q, but %s defines %q", roleSchema, names, xRoles, want)
	}
	return nil
}
