package testkit

import (
	"context"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// otherSchemes is testapp with other security schemes for the operations tagged notes, and the given verifier of all of them.
func otherSchemes(t *testing.T, verify identity.Verifier) server.App {
	t.Helper()
	app := testapp.App()
	text := string(app.OpenAPI)
	schemes := map[string]string{
		"findNotes": "[{headerKey: []}]", "createNote": "[{cookieKey: []}, {headerKey: []}]", "getNote": "[{bearerAuth: [], queryKey: []}]",
		"replaceNote": "[{password: []}]", "updateNote": "[{oauth: ['notes:other']}]", "deleteNote": "[{queryKey: []}]",
		"countNotes": "[{oauth: []}, {bearerAuth: []}]",
	}
	for id, security := range schemes {
		before, after, found := strings.Cut(text, "operationId: "+id+"\n")
		if !found {
			t.Fatalf("testapp has no operation %s", id)
		}
		text = before + "operationId: " + id + "\n" + strings.Replace(after, "security: [{bearerAuth: []}]", "security: "+security, 1)
	}
	app.OpenAPI = []byte(strings.Replace(text, "  securitySchemes:\n", `  securitySchemes:
    headerKey: {type: apiKey, in: header, name: X-Key}
    queryKey: {type: apiKey, in: query, name: key}
    cookieKey: {type: apiKey, in: cookie, name: sid}
    password: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sign.example', scopes: {'notes:other': Other}}}}
`, 1))
	register := app.Register
	app.Register = func(r server.Router, s engine.Services, m server.Middleware) {
		register(r, s, m)
		r.Verify(map[string]identity.Verifier{
			"headerKey": verify, "queryKey": verify, "cookieKey": verify, "password": verify, "oauth": verify,
		})
	}
	return app
}

func TestOtherSchemes(t *testing.T) {
	t.Parallel()
	app := otherSchemes(t, func(context.Context, identity.Credentials) (identity.Principal, error) {
		return identity.Principal{}, fault.New(fault.NotFound, "", "There is no such key.")
	})
	t.Run("refusals", func(t *testing.T) {
		t.Parallel()
		refused(t, app, "notes")
	})
	contract := readDocument(t, Contract(t, app).Document())
	for _, id := range []string{"findNotes", "createNote", "getNote", "updateNote", "deleteNote"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			for _, op := range contract.operations {
				if op.ID == id {
					access(t, contract, app, op, t.Errorf)
				}
			}
		})
	}
}

// A verifier that accepts everybody violates the contract.
func TestCarelessVerifier(t *testing.T) {
	t.Parallel()
	app := otherSchemes(t, func(context.Context, identity.Credentials) (identity.Principal, error) {
		return identity.Principal{ID: "anybody", Scopes: []string{"notes:read", "notes:write", "notes:other"}}, nil
	})
	contract := readDocument(t, Contract(t, app).Document())
	for _, id := range []string{"findNotes", "updateNote"} {
		op := contract.operations[0]
		for _, other := range contract.operations {
			if other.ID == id {
				op = other
			}
		}
		violations := 0
		access(t, contract, app, op, func(string, ...any) { violations++ })
		if violations == 0 {
			t.Errorf("%s: everybody is admitted, and nothing was reported", id)
		}
	}
}
