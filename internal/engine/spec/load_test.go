package spec

import (
	"strings"
	"testing"
)

// greeting is a contract of two public operations.
const greeting = `
openapi: 3.0.3
info: {title: Small, version: "1"}
tags: [{name: system}, {name: users}]
x-limits: {body: 1MiB, deadline: 10s}
paths:
  /health: {get: {operationId: health, tags: [system], security: [], responses: {'204': {description: Up}}}}
  /ping:
    get:
      operationId: ping
      tags: [system]
      security: []
      x-limits: {body: 16KiB}
      responses:
        '200': {description: Here, content: {application/json: {schema: {$ref: '#/components/schemas/Status'}, example: {status: up}}}}
        '400': {description: No}
components:
  schemas:
    Status: {type: object, properties: {status: {type: string, enum: [up]}}}
`

// TestInvalidContracts loads contracts with one mistake each.
func TestInvalidContracts(t *testing.T) {
	t.Parallel()
	refuse(t, greeting, []mistake{
		{"no security", []string{"GET /ping", "security"}, []string{"      security: []\n", ""}},
		{"an unknown security scheme", []string{"/ping", "GET", "apiKey"},
			[]string{"      security: []\n", "      security: [{apiKey: []}]\n"}},
		{"no tag", []string{"GET /ping", "0 tags"}, []string{"      tags: [system]\n", ""}},
		{"two tags", []string{"GET /ping", "2 tags"}, []string{"      tags: [system]\n", "      tags: [system, users]\n"}},
		{"an unknown tag", []string{"GET /ping", "sytem", "tags"},
			[]string{"      tags: [system]\n", "      tags: [sytem]\n"}},
		{"no operationId", []string{"GET /ping", "operationId"}, []string{"      operationId: ping\n", ""}},
		{"a duplicate operationId", []string{"ping"}, []string{"operationId: health", "operationId: ping"}},
		{"OpenAPI 3.1", []string{"/openapi", "3.1.0", "3.0.3"}, []string{"openapi: 3.0.3", "openapi: 3.1.0"}},
		{"OpenAPI 2.0", []string{"line 2: /swagger", "convert"}, []string{"openapi: 3.0.3", "swagger: '2.0'"}},
		{"a number in place of a string", []string{"line 3: version must be a string", "in quotes"},
			[]string{`version: "1"`, "version: 1.0"}},
		{"a parameter that is missing", []string{"/paths/~1ping~1{id}/get", "differ in id", "in: path"},
			[]string{"  /ping:\n", "  /ping/{id}:\n"}},
		{"a required property that is not described", []string{"/components/schemas/Status/required", `"state" is not a property`},
			[]string{"Status: {type: object,", "Status: {type: object, required: [state],"}},
		{"a header in two cases", []string{"GET /ping", "X-A and x-a are the same", "remove one"}, []string{"'400': {description: No}",
			"'400': {description: No, headers: {X-A: {schema: {type: string}}, x-a: {schema: {type: string}}}}"}},
		{"a mapping to another document", []string{"/components/schemas/Status/discriminator/mapping", "./Up.yaml", "name of a component"},
			[]string{"Status: {type: object,", "Status: {discriminator: {propertyName: status, mapping: {up: ./Up.yaml}}, type: object,"}},
		{"a reference to another document", []string{"other.yaml"}, []string{"'#/components/schemas/Status'", "'other.yaml#/Status'"}},
		{"an example that breaks its schema", []string{"/ping", "status"}, []string{"{status: up}", "{status: down}"}},

		{"no limits", []string{"x-limits", "root"}, []string{"x-limits: {body: 1MiB, deadline: 10s}", ""}},
		{"limits: an unknown member", []string{"x-limits", `"rates"`}, []string{"deadline: 10s}", "deadline: 10s, rates: 5}"}},
		{"limits: an unknown member of an operation's", []string{"GET /ping", "x-limits", `"bodi"`},
			[]string{"body: 16KiB", "bodi: 16KiB"}},
		{"limits: a size of another unit", []string{"x-limits.body", "1MB"}, []string{"body: 1MiB", "body: 1MB"}},
		{"limits: a size of zero", []string{"x-limits.body", `"0"`}, []string{"body: 1MiB", "body: '0'"}},
		{"limits: a number as a size", []string{"x-limits", "number"}, []string{"body: 1MiB", "body: 1024"}},
		{"limits: a negative size", []string{"GET /ping", "x-limits.body", `"-1B"`}, []string{"body: 16KiB", "body: -1B"}},
		{"limits: a size that overflows", []string{"x-limits.body", "size"}, []string{"body: 1MiB", "body: 9999999999MiB"}},
		{"limits: a duration without a unit", []string{"x-limits.deadline", `"10"`}, []string{"deadline: 10s", "deadline: '10'"}},
		{"limits: a duration of zero", []string{"x-limits.deadline", `"0s"`}, []string{"deadline: 10s", "deadline: 0s"}},
		{"limits: a duration that is too long", []string{"x-limits.deadline is 30s", "shorter"},
			[]string{"deadline: 10s", "deadline: 30s"}},
		{"limits: a negative duration", []string{"x-limits.deadline", `"-5s"`}, []string{"deadline: 10s", "deadline: -5s"}},

		{"scopes on a public operation", []string{"/ping", "x-required-scopes", "security"},
			[]string{"      x-limits", "      x-required-scopes: [a]\n      x-limits"}},
		{"an operation's extension on its path", []string{"/paths/~1ping", "x-required-scopes"},
			[]string{"  /ping:\n", "  /ping:\n    x-required-scopes: [a]\n"}},
		{"an operation's extension at the root", []string{"x-required-scopes"}, []string{"\npaths:", "\nx-required-scopes: [a]\npaths:"}},
		{"an operation's extension on its response", []string{"/paths/~1ping/get/responses/200", "x-required-scopes"},
			[]string{"description: Here", "description: Here, x-required-scopes: [a]"}},
		{"a duplicate path", []string{"line ", "/paths", "duplicate key /ping"}, []string{"  /health:", "  /ping:"}},
		{"a duplicate status", []string{"/paths/~1ping/get/responses", "duplicate key 200"}, []string{"'400':", "'200':"}},
	})
}

// secured is a contract of one operation that requires a scope, with roles that grant it, and with schemas for its body and errors.
const secured = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
x-roles:
  reader: [notes:read]
  editor: [notes:read, notes:write, notes:admin]
paths:
  /notes:
    get: {operationId: findNotes, tags: [notes], security: [{bearerAuth: []}], x-required-scopes: [notes:read],
      responses: {'204': {description: Done}}}
    post:
      operationId: createNote
      tags: [notes]
      security: [{bearerAuth: []}]
      x-required-scopes: [notes:write]
      parameters: [{$ref: '#/components/parameters/Version'}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NoteInput'}}}}
      responses: {'204': {description: Done}}
components:
  securitySchemes: {bearerAuth: {type: http, scheme: bearer}}
  parameters:
    Version: {name: If-Match, in: header, schema: {type: string}}
  schemas:
    Role: {type: string, enum: [editor, reader]}
    Note:
      type: object
      x-collection: {name: notes, owner: author, admin: notes:admin}
      additionalProperties: false
      required: [id, author]
      properties: {id: {type: string}, author: {type: string}}
    NoteInput:
      type: object
      properties:
        title: {$ref: '#/components/schemas/Title'}
        text: {type: string}
        date: {type: string, format: date-time, x-default: now}
    Title: {type: string}
    Count: {type: object}
    Code: {type: string, pattern: '^[A-Z_]+$', x-extensible-enum: [NOT_FOUND]}
`

func TestInvalidScopesAndExtensions(t *testing.T) {
	t.Parallel()
	refuse(t, secured, []mistake{
		{"error codes: one string", []string{"/notes", "x-error-codes", "got string, want a list"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:write]\n      x-error-codes: GONE"}},
		{"an error code that is not listed", []string{"/notes", "x-error-codes", "the schema ErrorCode does not list \"GONE\""},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:write]\n      x-error-codes: [GONE]"}},
		{"scopes: one string", []string{"/notes", "x-required-scopes", "got string, want a list"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: notes:write"}},
		{"scopes: two in one", []string{"/notes", "x-required-scopes", "notes write"}, []string{"[notes:write]", "[notes write]"}},
		{"scopes: a quote", []string{"/notes", "x-required-scopes"}, []string{"[notes:write]", `['a"b']`}},
		{"scopes: an empty one", []string{"/notes", "x-required-scopes"}, []string{"[notes:write]", "['']"}},
		{"scopes: a line end", []string{"/notes", "x-required-scopes"}, []string{"[notes:write]", `["a\r\nb"]`}},
		{"scopes beside an anonymous alternative", []string{"/notes", "x-required-scopes", "security"},
			[]string{"      security: [{bearerAuth: []}]\n", "      security: [{bearerAuth: []}, {}]\n"}},
		{"roles: a scope that no role grants", []string{"x-roles", "notes:wrote", "createNote"},
			[]string{"[notes:write]", "[notes:wrote]"}},
		{"roles: an admin scope that no role grants", []string{"x-roles", "notes:amdin", "schema Note"},
			[]string{"admin: notes:admin", "admin: notes:amdin"}},
		{"roles: a scope that nothing requires", []string{"x-roles", "reader", "notes:wirte"},
			[]string{"reader: [notes:read]", "reader: [notes:wirte, notes:read]"}},
		{"roles: an invalid scope", []string{"x-roles", "reader", "RFC 6749"}, []string{"reader: [notes:read]", "reader: [notes read]"}},
		{"roles: an invalid name", []string{"x-roles", "letter"}, []string{"  reader: [", "  'a reader': ["}},
		{"roles: a string", []string{"x-roles", "got string, want a list"},
			[]string{"  reader: [", "  all: everything\n  reader: ["}},
		{"roles: another enum", []string{"schema Role", "writer"},
			[]string{"enum: [editor, reader]", "enum: [editor, reader, writer]"}},

		{"an unknown extension of an operation", []string{"line ", "/paths/~1notes/post", "unknown extension x-required-scope"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scope: [notes:write]"}},
		{"an unknown extension of a collection", []string{"/components/schemas/Note", "x-colection"},
			[]string{"x-collection:", "x-colection:"}},
		{"an unknown extension of a property", []string{"/components/schemas/NoteInput/properties/date", "x-defualt", "x-default"},
			[]string{"x-default: now", "x-defualt: now"}},
		{"an operation's extension on its parameter", []string{"/components/parameters/Version", "x-required-scopes"},
			[]string{"{name: If-Match,", "{x-required-scopes: [a], name: If-Match,"}},
		{"an extension next to a reference", []string{"/schemas/NoteInput/properties/title", "x-extensible-enum"},
			[]string{"{$ref: '#/components/schemas/Title'}", "{$ref: '#/components/schemas/Title', x-extensible-enum: [a]}"}},

		{"a default other than now", []string{"/notes", "date", "x-default"}, []string{"x-default: now", "x-default: later"}},
		{"x-default on a property that is not a date-time", []string{"/notes", "text", "x-default"},
			[]string{"text: {type: string}", "text: {type: string, x-default: now}"}},
		{"a code that breaks its pattern", []string{"schema Code", "x-extensible-enum", "lower"},
			[]string{"[NOT_FOUND]", "[lower, NOT_FOUND]"}},
		{"codes on a schema that is not a string", []string{"schema Count", "x-extensible-enum", "type string"},
			[]string{"Count: {type: object}", "Count: {type: object, x-extensible-enum: []}"}},
	})
}

// accounts is a contract with x-token.
const accounts = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /ping: {get: {operationId: ping, tags: [users], security: [], responses: {'204': {description: Done}}}}
  /signup:
    post:
      operationId: signUp
      tags: [users]
      security: []
      requestBody: &credentials {content: {application/json: {schema: {type: object, properties: {email: {type: string}}}}}}
      responses: {'200': {description: The account, links: {deleteUser: {operationId: deleteUser, parameters: {id: '$response.body#/id'}}}}}
  /signin: {post: {operationId: signIn, tags: [users], security: [], requestBody: *credentials, responses: {'204': {description: Done}}}}
  /users/me: {delete: {operationId: deleteMe, tags: [users], security: [{bearerAuth: []}], responses: {'204': {description: Done}}}}
  /users/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    delete: {operationId: deleteUser, tags: [users], security: [{bearerAuth: []}], responses: {'204': {description: Done}}}
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer, x-token: {signUp: signUp, signIn: signIn, token: /token, deleteAccount: deleteMe}}
`

func TestInvalidLinksAndTokens(t *testing.T) {
	t.Parallel()
	refuse(t, accounts, []mistake{
		{"a link to an unknown operation", []string{"signUp", "status 200", "link deleteUser", "noSuchThing"},
			[]string{"{operationId: deleteUser, parameters", "{operationId: noSuchThing, parameters"}},
		{"a link with a body", []string{"signUp", "link deleteUser", "requestBody"},
			[]string{"{operationId: deleteUser, parameters", "{operationId: deleteUser, requestBody: {title: a}, parameters"}},
		{"x-token with an unknown operation", []string{"bearerAuth", "x-token", "noSuchThing"},
			[]string{"signUp: signUp", "signUp: noSuchThing"}},
		{"x-token with a sign-in that requires credentials", []string{"bearerAuth", "x-token", "must be public"},
			[]string{"signIn: signIn", "signIn: deleteMe"}},
		{"x-token with a sign-in without a body", []string{"bearerAuth", "x-token", "signIn", "body"},
			[]string{"signIn: signIn", "signIn: ping"}},
		{"x-token with an invalid pointer", []string{"bearerAuth", "x-token", "JSON pointer"}, []string{"token: /token", "token: token"}},
		{"x-token with the deletion of any account", []string{"bearerAuth", "x-token", "path parameters"},
			[]string{"deleteAccount: deleteMe", "deleteAccount: deleteUser"}},
		{"an unknown extension of a security scheme", []string{"bearerAuth", "x-tokens"}, []string{"x-token: {", "x-tokens: {"}},
	})
}

func TestLoadTestapp(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	if len(c.Operations()) != 35 || len(c.Models()) != 4 || len(c.Tags()) != 7 {
		t.Errorf("%d operations, %d collections, tags %q", len(c.Operations()), len(c.Models()), c.Tags())
	}
	for _, op := range c.Operations() {
		if op.Limits.Body < 1 || op.Limits.Deadline < 1 || !op.Public && op.security == nil {
			t.Errorf("%s: limits %+v, security %v", op.ID, op.Limits, op.security)
		}
	}
}

func TestContractWithoutComponents(t *testing.T) {
	t.Parallel()
	c := loaded(t, document("security: []"))
	if len(c.Schemas())+len(c.Models()) != 0 {
		t.Errorf("schemas %q", c.Schemas())
	}
	c = loaded(t, strings.Replace(document("security: []"), "x-limits:", "x-roles: {reader: {scopes: [], default: true}}\nx-limits:", 1))
	if _, err := c.ValidateSchema("Role", "reader"); len(c.Roles()) != 1 || err == nil {
		t.Errorf("roles %q, and a value of an unknown schema: %v", c.Roles(), err)
	}
}

// Loading any contract, and making requests from it, ends.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(document("security: []")))
	f.Add([]byte(document("security: []",
		"requestBody: {content: {application/json: {schema: {type: object, properties: "+
			"{a: {type: array, items: {oneOf: [{type: integer, minimum: 1}, {type: string, pattern: a}]}}}}}}}")))
	f.Fuzz(func(t *testing.T, document []byte) {
		c, err := Load(document)
		if err != nil {
			return
		}
		for _, op := range c.Operations() {
			valid, err := op.Sample(map[string]string{"email": "probe@example.com", "username": "probe@example.com"})
			if err != nil {
				continue
			}
			if cases := op.Cases(valid); len(cases) == 0 || len(cases) > maxCases || !cases[0].Valid {
				t.Errorf("%s: %d cases", op.ID, len(cases))
			}
		}
		_ = c.Features()
	})
}
