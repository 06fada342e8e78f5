package testkit

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// OptionalSignIn returns the contract with news that anybody may read, signed in or not.
func OptionalSignIn(t testing.TB) *spec.Contract {
	t.Helper()
	var whole struct {
		Paths map[string]map[string]any  `json:"paths"`
		Roles map[string][]string        `json:"x-roles"`
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
	for role, scopes := range whole.Roles {
		whole.Roles[role] = slices.DeleteFunc(scopes, func(scope string) bool { return scope == "news:read" })
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
