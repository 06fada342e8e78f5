package spec

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk"
)

// TestLoadRefuses makes one mistake at a time in the contract.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want []string // in the error: the place first
		edit []string // old text, new text, old text, …
	}{
		{"no security", []string{"GET /ping", "security"},
			[]string{"security: []\n      responses:\n        '200':\n          description: The greeting", "responses:\n        '200':\n          description: The greeting"}},
		{"an unknown security scheme", []string{"/whoami", "GET", "apiKey"},
			[]string{"Returns the user id from the token. The store is not queried.\n      security: [{bearerAuth: []}]", "it\n      security: [{apiKey: []}]"}},
		{"no tag", []string{"GET /ping", "0 tags"}, []string{"tags: [system]\n      summary: Ping the server", "summary: Ping the server"}},
		{"two tags", []string{"GET /ping", "2 tags"}, []string{"tags: [system]\n      summary: Ping the server", "tags: [system, users]\n      summary: Ping the server"}},
		{"a tag that the list of tags lacks", []string{"GET /ping", "sytem", "tags"}, []string{"tags: [system]\n      summary: Ping the server", "tags: [sytem]\n      summary: Ping the server"}},
		{"no operationId", []string{"GET /ping", "operationId"}, []string{"      operationId: ping\n", ""}},
		{"an operationId twice", []string{"ping"}, []string{"operationId: health", "operationId: ping"}},
		{"OpenAPI 3.1", []string{"/openapi", "3.1.0", "3.0.3"}, []string{"openapi: 3.0.3", "openapi: 3.1.0"}},
		{"a reference to another document", []string{"other.yaml"}, []string{"'#/components/schemas/Ping'", "'other.yaml#/Ping'"}},
		{"an example that breaks its schema", []string{"/ready", "status"},
			[]string{"description: The server can handle requests\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Health'}\n              example: {status: up}",
				"description: The server can handle requests\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Health'}\n              example: {status: down}"}},

		{"no limits", []string{"x-limits", "root"}, []string{"x-limits: {body: 1MiB, deadline: 10s}", ""}},
		{"limits: an unknown member", []string{"x-limits", `"rates"`}, []string{"{body: 1MiB, deadline: 10s}", "{body: 1MiB, deadline: 10s, rates: 5}"}},
		{"limits: an unknown member of an operation's", []string{"POST /sign", "x-limits", `"bodi"`}, []string{"{body: 16KiB,", "{bodi: 16KiB,"}},
		{"limits: a size of another unit", []string{"x-limits.body", "1MB"}, []string{"body: 1MiB", "body: 1MB"}},
		{"limits: no size at all", []string{"x-limits.body", `"0"`}, []string{"body: 1MiB", "body: '0'"}},
		{"limits: a number as a size", []string{"x-limits", "number"}, []string{"body: 1MiB", "body: 1024"}},
		{"limits: a size below nothing", []string{"POST /sign", "x-limits.body", `"-1B"`}, []string{"{body: 16KiB,", "{body: -1B,"}},
		{"limits: a size that overflows", []string{"x-limits.body", "size"}, []string{"body: 1MiB", "body: 9999999999MiB"}},
		{"limits: a time without a unit", []string{"x-limits.deadline", `"10"`}, []string{"deadline: 10s", "deadline: '10'"}},
		{"limits: no time at all", []string{"x-limits.deadline", `"0s"`}, []string{"deadline: 10s", "deadline: 0s"}},
		{"limits: a time below nothing", []string{"x-limits.deadline", `"-5s"`}, []string{"deadline: 10s", "deadline: -5s"}},

		{"scopes: one string", []string{"/news", "x-required-scopes", "text stands where a list belongs"}, []string{"x-required-scopes: [news:write]", "x-required-scopes: news:write"}},
		{"scopes: two in one", []string{"/news", "x-required-scopes", "news write"}, []string{"[news:write]", "[news write]"}},
		{"scopes: a quote", []string{"/news", "x-required-scopes"}, []string{"[news:write]", `['a"b']`}},
		{"scopes: an empty one", []string{"/news", "x-required-scopes"}, []string{"[news:write]", "['']"}},
		{"scopes: a line end", []string{"/news", "x-required-scopes"}, []string{"[news:write]", `["a\r\nb"]`}},
		{"scopes on a public operation", []string{"/sign", "x-required-scopes", "security"}, []string{"x-limits: {body: 16KiB,", "x-required-scopes: [a]\n      x-limits: {body: 16KiB,"}},
		{"scopes beside an anonymous alternative", []string{"/news", "x-required-scopes", "security"},
			[]string{"security: [{bearerAuth: []}]\n      x-required-scopes: [news:write]", "security: [{bearerAuth: []}, {}]\n      x-required-scopes: [news:write]"}},
		{"roles: a scope that no role gives", []string{"x-roles", "news:wrote", "createNews"}, []string{"x-required-scopes: [news:write]", "x-required-scopes: [news:wrote]"}},
		{"roles: an admin scope that no role gives", []string{"x-roles", "news:amdin", "schema News"}, []string{"admin: news:admin", "admin: news:amdin"}},
		{"roles: a scope that nothing requires", []string{"x-roles", "reader", "news:wirte"}, []string{"reader: [news:read", "reader: [news:wirte, news:read"}},
		{"roles: no scope", []string{"x-roles", "reader", "RFC 6749"}, []string{"reader: [news:read", "reader: [news read"}},
		{"roles: no name", []string{"x-roles", "letter"}, []string{"  reader: [news:read", "  'a reader': [news:read"}},
		{"roles: a text", []string{"x-roles", "text stands where a list belongs"}, []string{"  reader: [news:read", "  all: everything\n  reader: [news:read"}},
		{"roles: an enum that has others", []string{"schema Role", "writer"}, []string{"Role: {type: string, enum: [", "Role: {type: string, enum: [writer, "}},
		{"a word of an operation that nobody knows", []string{"line ", "/paths/~1news/post", "x-required-scope has no meaning"}, []string{"x-required-scopes: [news:write]", "x-required-scope: [news:write]"}},
		{"a word of an operation on its path", []string{"/paths/~1ping", "x-required-scopes"}, []string{"  /ping:\n", "  /ping:\n    x-required-scopes: [a]\n"}},
		{"a word of an operation at the root", []string{"x-required-scopes"}, []string{"\npaths:", "\nx-required-scopes: [a]\npaths:"}},
		{"a word of a collection that nobody knows", []string{"/components/schemas/User", "x-colection"}, []string{"x-collection: {name: users", "x-colection: {name: users"}},
		{"a word of a property that nobody knows", []string{"/components/schemas/NewsInput/properties/date_created", "x-defualt", "x-default"}, []string{"x-default: now", "x-defualt: now"}},
		{"a word of an operation on its answer", []string{"/paths/~1ping/get/responses/200", "x-required-scopes"}, []string{"          description: The greeting", "          x-required-scopes: [a]\n          description: The greeting"}},
		{"a word of an operation on its parameter", []string{"/components/parameters/ID", "x-required-scopes"}, []string{"      name: id\n      in: path", "      x-required-scopes: [a]\n      name: id\n      in: path"}},
		{"a word beside a reference, where nothing is read", []string{"/schemas/NewsInput/properties/title", "x-extensible-enum"},
			[]string{"title: {$ref: '#/components/schemas/NewsTitle'}", "title: {$ref: '#/components/schemas/NewsTitle', x-extensible-enum: [a]}"}},
		{"a path twice", []string{"line ", "/paths", "/ping is there twice"}, []string{"  /health:\n", "  /ping:\n"}},
		{"a status twice", []string{"/paths/~1ping/get/responses", "200 is there twice"}, []string{"        '400': {$ref", "        '200': {$ref"}},

		{"a body of two media types", []string{"POST /sign", "requestBody", "application/json"},
			[]string{"content:\n          application/json:\n            schema: {$ref: '#/components/schemas/Credentials'}",
				"content:\n          text/plain:\n            schema: {type: string}\n          application/json:\n            schema: {$ref: '#/components/schemas/Credentials'}"}},
		{"a default other than now", []string{"/news", "date_created", "x-default"}, []string{"x-default: now", "x-default: later"}},
		{"a default of now that is no date-time", []string{"/sign", "password", "x-default"}, []string{"format: password,", "format: password, x-default: now,"}},
		{"a code that breaks its pattern", []string{"schema ErrorCode", "x-extensible-enum", "lower"}, []string{"[AUTHORIZATION_ACCESS_DENIED,", "[lower,"}},
		{"codes of what is no string", []string{"schema Count", "x-extensible-enum", "type string"}, []string{"    Count:\n", "    Count:\n      x-extensible-enum: []\n"}},
		{"a link to nowhere", []string{"createNews", "status 200", "link deleteNews", "noSuchThing"}, []string{"{operationId: deleteNews, parameters", "{operationId: noSuchThing, parameters"}},
		{"a link with a body", []string{"createNews", "link deleteNews", "requestBody"}, []string{"{operationId: deleteNews, parameters", "{operationId: deleteNews, requestBody: {title: a}, parameters"}},
		{"a token of nobody", []string{"bearerAuth", "x-token", "noSuchThing"}, []string{"x-token: {signUp: signUp", "x-token: {signUp: noSuchThing"}},
		{"a token from a closed sign-in", []string{"bearerAuth", "x-token", "open to everybody"}, []string{"x-token: {signUp: signUp, signIn: signIn", "x-token: {signUp: signUp, signIn: whoAmI"}},
		{"a token for nothing", []string{"bearerAuth", "x-token", "signIn", "body"}, []string{"x-token: {signUp: signUp, signIn: signIn", "x-token: {signUp: signUp, signIn: getKeys"}},
		{"a token nowhere", []string{"bearerAuth", "x-token", "JSON pointer"}, []string{"token: /token, deleteAccount", "token: token, deleteAccount"}},
		{"a token for everybody's account", []string{"bearerAuth", "x-token", "path parameters"}, []string{"deleteAccount: deleteMe", "deleteAccount: endUserSessions"}},
		{"a word of security that there is not", []string{"bearerAuth", "x-tokens"}, []string{"x-token: {", "x-tokens: {"}},
		{"a cookie", []string{"cookie"}, []string{"name: If-Match\n      in: header", "name: If-Match\n      in: cookie"}},
		{"a content parameter that is no filter", []string{"/news/{id}", "parameter filter", "Health"},
			[]string{"{$ref: '#/components/schemas/NewsFieldsFilter'}", "{$ref: '#/components/schemas/Health'}", "{fields: [id, title]}", "{status: up}"}},
		{"a filter in a header", []string{"/news/{id}", "parameter filter", "query"},
			[]string{"in: query\n          description: The properties to return", "in: header\n          description: The properties to return"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refused(t, edited(t, tt.edit), tt.want)
		})
	}
}

func TestLoadTakesTheContract(t *testing.T) {
	t.Parallel()
	c, err := Load(newsdesk.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Operations()) < 29 || len(c.Models()) < 3 || len(c.Tags()) < 6 {
		t.Errorf("%d operations, %d collections, tags %q", len(c.Operations()), len(c.Models()), c.Tags())
	}
	for _, op := range c.Operations() {
		if op.Limits.Body < 1 || op.Limits.Deadline < 1 || !op.Public && op.security == nil {
			t.Errorf("%s: limits %+v, security %v", op.ID, op.Limits, op.security)
		}
	}
}

func TestLoadTakesAContractWithoutComponents(t *testing.T) {
	t.Parallel()
	c := loaded(t, document("security: []"))
	if len(c.Schemas())+len(c.Models()) != 0 {
		t.Errorf("schemas %q", c.Schemas())
	}
	c = loaded(t, strings.Replace(document("security: []"), "x-limits:", "x-roles: {reader: {scopes: [], default: true}}\nx-limits:", 1))
	if _, err := c.ValidateSchema("Role", "reader"); len(c.Roles()) != 1 || err == nil {
		t.Errorf("roles %q, and a value of a schema that there is not: %v", c.Roles(), err)
	}
}

// edited returns the contract with each old text that comes first replaced by the new one.
func edited(t *testing.T, edit []string) []byte {
	t.Helper()
	text := string(newsdesk.OpenAPI)
	for i := 0; i+1 < len(edit); i += 2 {
		if !strings.Contains(text, edit[i]) {
			t.Fatalf("the contract has no %q any more", edit[i])
		}
		text = strings.Replace(text, edit[i], edit[i+1], 1)
	}
	return []byte(text)
}

func refused(t *testing.T, document []byte, want []string) {
	t.Helper()
	_, err := Load(document)
	if err == nil {
		t.Fatal("the contract loads")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %v", err)
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
}

// A contract may be anybody's: reading it, and making requests from it, ends.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(document("security: []")))
	f.Add([]byte(document("security: []", "requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: array, items: {oneOf: [{type: integer, minimum: 1}, {type: string, pattern: a}]}}}}}}}")))
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
