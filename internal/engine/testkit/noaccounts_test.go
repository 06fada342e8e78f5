package testkit

import (
	"context"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// withoutAccounts is a contract below a base path, with tokens from elsewhere, API keys and no accounts. Its schemas User and Session are
// not those of the engine.
const withoutAccounts = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
servers: [{url: 'https://example.com/api/v1'}]
security: [{apiKey: []}]
paths:
  /things:
    get:
      operationId: listThings
      tags: [things]
      security: [{elsewhere: [read]}]
      responses:
        '200': {description: Things, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/User'}}}}}
        '400': {$ref: '#/components/responses/Problem'}
        '401': {$ref: '#/components/responses/Problem'}
        '403': {$ref: '#/components/responses/Problem'}
        '503': {$ref: '#/components/responses/Problem'}
    post:
      operationId: addThing
      tags: [things]
      x-required-scopes: [write]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Session'}, example: {name: x}}}
      responses:
        '200': {description: The thing, content: {application/json: {schema: {$ref: '#/components/schemas/Session'}}}}
        default: {$ref: '#/components/responses/Problem'}
  /things/{id}:archive:
    post:
      operationId: archiveThing
      tags: [things]
      security: []
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: Done}
        default: {$ref: '#/components/responses/Problem'}
components:
  securitySchemes:
    apiKey: {type: apiKey, in: header, name: X-Api-Key}
    elsewhere: {type: openIdConnect, openIdConnectUrl: 'https://sign.example'}
  responses:
    Problem:
      description: An error
      headers: {WWW-Authenticate: {schema: {type: string}}, Retry-After: {schema: {type: integer}}}
      content: {application/json: {schema: {type: object}}, application/problem+json: {schema: {type: object}}}
  schemas:
    User: {type: string}
    Session: {type: object, additionalProperties: false, required: [name], properties: {name: {type: string, maxLength: 9}}}
`

// An application without accounts starts, and all tests of any contract are about it, too.
func TestWithoutAccounts(t *testing.T) {
	t.Parallel()
	app := server.App{OpenAPI: []byte(withoutAccounts), Register: func(r server.Router, _ engine.Services, m server.Middleware) {
		unknown := func(context.Context, identity.Credentials) (identity.Principal, error) {
			return identity.Principal{}, fault.New(fault.Unauthenticated, "", "The credentials are not valid.")
		}
		r.Verify(map[string]identity.Verifier{"apiKey": unknown, "elsewhere": unknown})
		r.GET("/things", func(c echo.Context) error { return c.JSON(http.StatusOK, []string{"a"}) }, m["listThings"]...)
		r.POST("/things", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"name": "x"}) }, m["addThing"]...)
		r.POST(`/things/:id\:archive`, func(c echo.Context) error { return c.NoContent(http.StatusOK) }, m["archiveThing"]...)
	}}
	a := New(t, app)
	if a.Accounts != nil || a.Contract.Accounts() {
		t.Error("there are accounts")
	}
	if response := a.Do("POST", "/things/7:archive", "", ""); response.StatusCode != http.StatusOK {
		t.Errorf("below the base path: %s", response.Status)
	}
	for name, test := range map[string]func(*testing.T, server.App){
		"access": Access, "refusals": Refusals, "methods": Methods, "headers": Headers, "leaks": ErrorsLeakNothing,
		"secrets": SecretsStayOutOfTheLog,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, app)
		})
	}
}
