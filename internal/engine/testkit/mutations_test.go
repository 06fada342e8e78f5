package testkit

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// TestMutations removes protections from the contract, one at a time. Each removal must be reported.
func TestMutations(t *testing.T) {
	t.Parallel()
	original := Contract(t, testapp.App()).Document()
	for _, tt := range []struct {
		name   string
		mutate func(schemas, paths map[string]any)
		want   string
	}{
		{"a scope dropped", func(_, paths map[string]any) {
			delete(at(paths, "/notes/{id}", "delete"), "x-required-scopes")
		}, "deleteNote: it reaches any Note and needs no scope"},
		{"a scope dropped where there are no owners", func(_, paths map[string]any) {
			delete(at(paths, "/audit", "get"), "x-required-scopes")
		}, "findAudit: it reaches any AuditEvent and needs no scope"},
		{"the scope to read for a change", func(_, paths map[string]any) {
			at(paths, "/notes/{id}", "delete")["x-required-scopes"] = []string{"notes:read"}
		}, "deleteNote: it changes Note with no more scopes than countNotes needs to read"},
		{"security: []", func(_, paths map[string]any) {
			at(paths, "/notes/{id}", "delete")["security"] = []any{}
		}, "deleteNote: it documents 401 and lets everybody in"},
		{"a token dropped where there are no scopes", func(_, paths map[string]any) {
			at(paths, "/users/me", "get")["security"] = []any{}
		}, "getMe: it documents 401 and lets everybody in"},
		{"security: [] and every trace of it gone", func(_, paths map[string]any) {
			op := at(paths, "/notes", "patch")
			op["security"] = []any{}
			delete(op, "x-required-scopes")
			delete(at(op, "responses"), "401")
			delete(at(op, "responses"), "403")
		}, "updateAllNotes: it reaches any Note and needs no scope"},
		{"a new operation without a scope", func(_, paths map[string]any) {
			archive := maps.Clone(at(paths, "/notes/{id}", "delete"))
			delete(archive, "x-required-scopes")
			archive["operationId"] = "archiveNote"
			paths["/notes/{id}/archive"] = map[string]any{"post": archive}
		}, "archiveNote: it reaches any Note and needs no scope"},
		{"roles at the sign-up", func(schemas, _ map[string]any) {
			at(schemas, "UserInput", "properties")["roles"] = at(schemas, "UserPatch", "properties")["roles"]
		}, `signUp: it writes User.roles without the scopes ["users:admin"] of updateUser`},
		{"roles of one's own account", func(schemas, _ map[string]any) {
			at(schemas, "Profile", "properties")["roles"] = at(schemas, "UserPatch", "properties")["roles"]
		}, `updateMe: it writes User.roles without the scopes ["users:admin"] of updateUser`},
		{"an owner of the client's choice", func(schemas, _ map[string]any) {
			at(schemas, "PostPatch", "properties")["author"] = map[string]any{"type": "string"}
		}, "updatePost: its body has Post.author, which is the server's to write"},
		{"public reads of what is private", func(schemas, _ map[string]any) {
			at(schemas, "Post", "x-collection")["private"] = true
		}, "findPosts: it reaches any Post and needs no scope"},
		{"an operation with two parameters without a scope", func(_, paths map[string]any) {
			delete(at(paths, "/posts/{slug}/tags/{tag}", "put"), "x-required-scopes")
		}, "tagPost: it reaches any Post and needs no scope"},
		{"an owner that nobody is", func(schemas, _ map[string]any) {
			at(schemas, "Post", "x-collection")["admin"] = "posts:write"
		}, "x-roles: every new account has posts:write, with which nobody owns a Post"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := readDocument(t, edited(t, original, tt.mutate)).contradictions()
			if all := strings.Join(found, "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("found %q, want %q in it", all, tt.want)
			}
		})
	}
}

// TestMutatedBody allows any property in a body. Requests must detect it.
func TestMutatedBody(t *testing.T) {
	t.Parallel()
	app := testapp.App()
	app.OpenAPI = edited(t, Contract(t, app).Document(), func(schemas, _ map[string]any) {
		delete(at(schemas, "Profile"), "additionalProperties")
		delete(at(schemas, "Profile", "properties"), "roles")
	})
	contract := readDocument(t, app.OpenAPI)
	var found []string
	access(t, contract, app, contract.operation("PATCH", "/users/me"), func(format string, args ...any) {
		found = append(found, fmt.Sprintf(format, args...))
	})
	for _, want := range []string{"updateMe: a body with roles gets 204, want 422",
		"updateMe: bodies with properties that only the server sets have changed"} {
		if all := strings.Join(found, "\n"); !strings.Contains(all, want) {
			t.Errorf("found %q, want %q in it", all, want)
		}
	}
}

// TestMutatedServer runs a server whose protections differ from the contract.
func TestMutatedServer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method, path string
		mutate       func(schemas, paths map[string]any) // the server
		want         string
	}{
		"optional sign-in where it is required": {"GET", "/users/me", func(_, paths map[string]any) {
			at(paths, "/users/me", "get")["security"] = []any{map[string]any{"bearerAuth": []any{}}, map[string]any{}}
		}, "getMe: nobody gets 404, want 401"},
		"a scope that is not required": {"PUT", "/posts/{slug}/tags/{tag}", func(_, paths map[string]any) {
			at(paths, "/posts/{slug}/tags/{tag}", "put")["x-required-scopes"] = []string{"notes:read"}
		}, "tagPost: everything but posts:write gets 204, want 403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			original, served := testapp.App(), testapp.App()
			contract := readDocument(t, Contract(t, original).Document())
			served.OpenAPI = edited(t, Contract(t, original).Document(), tt.mutate)
			var found []string
			access(t, contract, served, contract.operation(tt.method, tt.path), func(format string, args ...any) {
				found = append(found, fmt.Sprintf(format, args...))
			})
			if all := strings.Join(found, "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("found %q, want %q in it", all, tt.want)
			}
		})
	}
}

// at returns a nested member.
func at(object map[string]any, names ...string) map[string]any {
	for _, name := range names {
		object = object[name].(map[string]any)
	}
	return object
}
