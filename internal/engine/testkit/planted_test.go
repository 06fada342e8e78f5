package testkit

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// TestPlantedHoles takes protections out of the contract, one at a time, and sees that the matrix finds each.
func TestPlantedHoles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		plant func(schemas, paths map[string]any)
		want  string
	}{
		{"a scope dropped", func(_, paths map[string]any) {
			delete(at(paths, "/news/{id}", "delete"), "x-required-scopes")
		}, "deleteNews: it reaches any News and needs no scope"},
		{"a scope dropped where there are no owners", func(_, paths map[string]any) {
			delete(at(paths, "/audit", "get"), "x-required-scopes")
		}, "findAudit: it reaches any AuditEvent and needs no scope"},
		{"the scope to read for a change", func(_, paths map[string]any) {
			at(paths, "/news/{id}", "delete")["x-required-scopes"] = []string{"news:read"}
		}, "deleteNews: it changes News with no more scopes than countNews needs to read"},
		{"security: []", func(_, paths map[string]any) {
			at(paths, "/news/{id}", "delete")["security"] = []any{}
		}, "deleteNews: it documents 401 and lets everybody in"},
		{"a token dropped where there are no scopes", func(_, paths map[string]any) {
			at(paths, "/users/me", "get")["security"] = []any{}
		}, "getMe: it documents 401 and lets everybody in"},
		{"security: [] and every trace of it gone", func(_, paths map[string]any) {
			op := at(paths, "/news", "patch")
			op["security"] = []any{}
			delete(op, "x-required-scopes")
			delete(at(op, "responses"), "401")
			delete(at(op, "responses"), "403")
		}, "updateAllNews: it reaches any News and needs no scope"},
		{"a new operation without a scope", func(_, paths map[string]any) {
			publish := maps.Clone(at(paths, "/news/{id}", "delete"))
			delete(publish, "x-required-scopes")
			publish["operationId"] = "publishNews"
			paths["/news/{id}/publish"] = map[string]any{"post": publish}
		}, "publishNews: it reaches any News and needs no scope"},
		{"roles at the sign-up", func(schemas, _ map[string]any) {
			at(schemas, "UserInput", "properties")["roles"] = at(schemas, "UserPatch", "properties")["roles"]
		}, `signUp: it writes User.roles without the scopes ["users:admin"] of updateUser`},
		{"roles of one's own account", func(schemas, _ map[string]any) {
			at(schemas, "Profile", "properties")["roles"] = at(schemas, "UserPatch", "properties")["roles"]
		}, `updateMe: it writes User.roles without the scopes ["users:admin"] of updateUser`},
		{"an owner of the client's choice", func(schemas, _ map[string]any) {
			at(schemas, "NewsPatch", "properties")["author"] = map[string]any{"type": "string"}
		}, "updateNews: its body has News.author, which is the server's to write"},
		{"an owner that nobody is", func(schemas, _ map[string]any) {
			at(schemas, "News", "x-collection")["admin"] = "news:write"
		}, "x-roles: every new account has news:write, with which nobody owns a News"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := read(t, edited(t, Contract(t).Document(), tt.plant)).contradictions()
			if all := strings.Join(found, "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("found %q, want %q in it", all, tt.want)
			}
		})
	}
}

// TestPlantedBody lets a body have any property, which requests must find out.
func TestPlantedBody(t *testing.T) {
	t.Parallel()
	text := edited(t, Contract(t).Document(), func(schemas, _ map[string]any) {
		delete(at(schemas, "Profile"), "additionalProperties")
		delete(at(schemas, "Profile", "properties"), "roles")
	})
	contract := read(t, text)
	var found []string
	matrix(t, contract, load(t, text), contract.operation("PATCH", "/users/me"), func(format string, args ...any) {
		found = append(found, fmt.Sprintf(format, args...))
	})
	for _, want := range []string{"updateMe: a body with roles is answered 204, want 422", "updateMe: bodies with properties of ours have changed"} {
		if all := strings.Join(found, "\n"); !strings.Contains(all, want) {
			t.Errorf("found %q, want %q in it", all, want)
		}
	}
}

// at returns the member of a member.
func at(object map[string]any, names ...string) map[string]any {
	for _, name := range names {
		object = object[name].(map[string]any)
	}
	return object
}
