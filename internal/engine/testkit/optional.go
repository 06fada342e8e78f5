package testkit

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// role is a value of x-roles, a list of scopes or an object.
type role struct {
	Scopes  []string `json:"scopes"`
	Default bool     `json:"default"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *role) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, &r.Scopes)
	}
	type object role
	return json.Unmarshal(data, (*object)(r))
}

// OptionalSignIn returns the contract with news that anybody may read, signed in or not.
func OptionalSignIn(t testing.TB) *spec.Contract {
	t.Helper()
	var whole struct {
		Paths map[string]map[string]any  `json:"paths"`
		Roles map[string]role            `json:"x-roles"`
		Rest  map[string]json.RawMessage `json:"-"`
	}
	text := Contract(t).Document()
	must(t, json.Unmarshal(text, &whole))
	must(t, json.Unmarshal(text, &whole.Rest))
	for _, path := range []string{"/news", "/news/count", "/news/{id}"} {
		read := whole.Paths[path]["get"].(map[string]any)
		read["security"] = []any{map[string]any{"bearerAuth": []any{}}, map[string]any{}}
		delete(read, "x-required-scopes")
		delete(read, "x-limits") // of accounts
		delete(read["responses"].(map[string]any), "403")
	}
	for name, role := range whole.Roles {
		role.Scopes = slices.DeleteFunc(role.Scopes, func(scope string) bool { return scope == "news:read" })
		whole.Roles[name] = role
	}
	for name, value := range map[string]any{"paths": whole.Paths, "x-roles": whole.Roles} {
		text, err := json.Marshal(value)
		must(t, err)
		whole.Rest[name] = text
	}
	text, err := json.Marshal(whole.Rest)
	must(t, err)
	contract, err := spec.Load(text)
	must(t, err)
	return contract
}
