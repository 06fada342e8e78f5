package spec

import "testing"

// protected is a contract of three collections: one with an owner, a private one with an owner, and one without an owner.
const protected = `
openapi: 3.0.3
info: {title: Small, version: "1"}
tags: [{name: notes}]
x-limits: {body: 1KiB, deadline: 1s}
x-roles: {editor: [notes:write]}
paths:
  /notes:
    get: {operationId: findNotes, tags: [notes], security: [{bearerAuth: []}],
      responses: {'200': {description: Notes,
        content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}}
    post: {operationId: createNote, tags: [notes], security: [{bearerAuth: []}], x-required-scopes: [notes:write],
      responses: {'200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    delete: {operationId: deleteNote, tags: [notes], security: [{bearerAuth: []}], responses: {'204': {description: Done}}}
  /diary:
    get: {operationId: findDiary, tags: [notes], security: [{bearerAuth: []}],
      responses: {'200': {description: Pages,
        content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/PartialPage'}}}}}}}
  /diary/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPage, tags: [notes], security: [{bearerAuth: []}], responses: {'204': {description: It}}}
  /board:
    post: {operationId: pin, tags: [notes], security: [{bearerAuth: []}],
      responses: {'200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Pin'}}}}}}
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
    keyAuth: {type: apiKey, in: header, name: keyAuth}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sign.example', scopes: {notes:write: Write}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://sign.example'}
  schemas:
    Note: {type: object, x-collection: {name: notes, owner: author},
      additionalProperties: false, required: [id, author], properties: {id: {type: string}, author: {type: string}}}
    Page: {type: object, x-collection: {name: diary, owner: author, private: true},
      additionalProperties: false, required: [id, author], properties: {id: {type: string}, author: {type: string}}}
    PartialPage: {type: object, additionalProperties: false, properties: {id: {type: string}, author: {type: string}}}
    Pin: {type: object, x-collection: {name: board}, additionalProperties: false, required: [id], properties: {id: {type: string}}}
`

// TestProtectionIsNotIgnored loads contracts with misplaced or misspelt protections. Each must be an error that says what to write.
func TestProtectionIsNotIgnored(t *testing.T) {
	t.Parallel()
	const bearer = "{operationId: createNote, tags: [notes], security: [{bearerAuth: []}]"
	create := func(security string) []string {
		if security != "" {
			security = ", security: " + security
		}
		return []string{bearer, "{operationId: createNote, tags: [notes]" + security}
	}
	refuse(t, protected, []mistake{
		{"scopes of a bearer scheme",
			[]string{"POST /notes", "createNote", "`security: [{bearerAuth: []}]`",
				"`x-required-scopes: [notes:admin]`"}, create("[{bearerAuth: ['notes:admin']}]")},
		{"two scopes", []string{"`x-required-scopes: [a, b]`"}, create("[{bearerAuth: [a, b]}]")},
		{"scopes of a second alternative", []string{"type apiKey", "`security: [{keyAuth: []}]`"},
			create("[{bearerAuth: []}, {keyAuth: [a]}]")},
		{"scopes of a second scheme", []string{"`x-required-scopes: [a]`"}, create("[{bearerAuth: [], keyAuth: [a]}]")},
		{"an unknown scope of oauth2", []string{"createNote", "unknown scope notes:wirte", "/components/securitySchemes/oauth"},
			create("[{oauth: ['notes:wirte']}]")},
		{"an invalid scope", []string{"createNote", "invalid scope"}, create("[{oidc: ['a b']}]")},
		{"an unknown scheme", []string{"POST", `undefined security scheme "bearer"`}, create("[{bearer: []}]")},
		{"two schemes in one header", []string{"createNote", "bearerAuth and oauth", "header authorization",
			"`security: [{bearerAuth: []}, {oauth: []}]`"}, create("[{bearerAuth: [], oauth: []}]")},
		{"a key in the header of a token", []string{"bearerAuth and keyAuth"},
			append(create("[{bearerAuth: [], keyAuth: []}]"), "name: keyAuth", "name: Authorization")},
		{"digest", []string{"/components/securitySchemes/keyAuth", "handshake", "bearer, basic or type apiKey"},
			[]string{"{type: apiKey, in: header, name: keyAuth}", "{type: http, scheme: Digest}"}},
		{"scopes at the root", []string{"createNote", "`security: [{bearerAuth: []}]`"},
			append(create(""), "\npaths:", "\nsecurity: [{bearerAuth: ['notes:write']}]\npaths:")},
		{"an unknown scheme at the root", []string{"/security/0/x", `undefined security scheme "x"`},
			append(create(""), "\npaths:", "\nsecurity: [{x: []}]\npaths:")},
		{"anonymous creation by the security of the root", []string{"createNote", "schema Note has an owner"},
			[]string{"security: [{bearerAuth: []}], x-required-scopes: [notes:write],", "", "{editor: [notes:write]}", "{editor: []}",
				"\npaths:", "\nsecurity: [{bearerAuth: []}, {}]\npaths:"}},
		{"security of a path", []string{"/notes", "security"}, []string{"  /notes:\n", "  /notes:\n    security: [{bearerAuth: []}]\n"}},
		{"security in upper case", []string{"/notes", "Security"},
			[]string{"security: [{bearerAuth: []}], x-req", "Security: [{bearerAuth: []}], x-req"}},
		{"no security", []string{"createNote has no security"}, create("")},
		{"empty security", []string{"security has no value"}, create(" ")},
		{"empty scopes", []string{"POST /notes", "x-required-scopes is empty"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: "}},
		{"a scope that is null", []string{"x-required-scopes is empty"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:write, null]"}},
		{"a scope that no role grants", []string{"no role grants the scope notes:wirte"},
			[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:wirte]"}},
		{"an empty owner", []string{"schema Note", "x-collection.owner is empty"}, []string{"owner: author}", "owner: }"}},
		{"an empty string as owner", []string{"x-collection.owner is empty"}, []string{"owner: author}", "owner: ''}"}},
		{"an empty private", []string{"schema Page", "x-collection.private is empty"}, []string{"private: true", "private: "}},
		{"private in quotes", []string{"schema Page", "x-collection"}, []string{"private: true", "private: 'true'"}},
		{"anonymous access to a private list", []string{"GET /diary", "findDiary", "schema Page is private"},
			[]string{"findDiary, tags: [notes], security: [{bearerAuth: []}]",
				"findDiary, tags: [notes], security: [{bearerAuth: []}, {}]"}},
		{"anonymous access to a private document", []string{"getPage", "schema Page is private"},
			[]string{"getPage, tags: [notes], security: [{bearerAuth: []}]", "getPage, tags: [notes], security: []"}},
		{"a private list with an empty requirement", []string{"schema Page is private"},
			[]string{"findDiary, tags: [notes], security: [{bearerAuth: []}]", "findDiary, tags: [notes], security: [{}]"}},
		{"anonymous creation of a document with an owner", []string{"POST /notes", "createNote", "schema Note has an owner"},
			[]string{"security: [{bearerAuth: []}], x-required-scopes: [notes:write]", "security: [{}, {bearerAuth: []}]",
				"{editor: [notes:write]}", "{editor: []}"}},
		{"anonymous deletion", []string{"deleteNote", "schema Note has an owner"},
			[]string{"deleteNote, tags: [notes], security: [{bearerAuth: []}]", "deleteNote, tags: [notes], security: []"}},

		{"scopes of oauth2", nil, create("[{oauth: ['notes:write']}]")},
		{"scopes of openIdConnect", nil, create("[{oidc: [a]}]")},
		{"security of the root", nil, append(create(""), "\npaths:", "\nsecurity: [{bearerAuth: []}]\npaths:")},
		{"optional credentials for reading", nil, []string{"findNotes, tags: [notes], security: [{bearerAuth: []}]",
			"findNotes, tags: [notes], security: [{bearerAuth: []}, {}]"}},
		{"anonymous reading", nil,
			[]string{"findNotes, tags: [notes], security: [{bearerAuth: []}]", "findNotes, tags: [notes], security: []"}},
		{"anonymous writing without an owner", nil,
			[]string{"pin, tags: [notes], security: [{bearerAuth: []}]", "pin, tags: [notes], security: []"}},
	})
}

// Anonymous access follows from all alternatives of an operation's security.
func TestAnonymous(t *testing.T) {
	t.Parallel()
	for security, want := range map[string][2]bool{ // public, anonymous
		"[]": {true, true}, "[{}]": {true, true}, "[{bearerAuth: []}]": {}, "[{bearerAuth: []}, {}]": {false, true},
		"[{}, {bearerAuth: []}]":          {false, true},
		"[{bearerAuth: [], keyAuth: []}]": {},
	} {
		op := small(t, "security: "+security).Operations()[0]
		if got := [2]bool{op.Public, op.Anonymous()}; got != want {
			t.Errorf("%s: public and anonymous are %t, want %t", security, got, want)
		}
	}
}

// A collection User is that of the accounts if it has all their properties.
func TestAccounts(t *testing.T) {
	t.Parallel()
	user := func(properties string) string {
		return protected + "    User: {type: object, x-collection: {name: users}, additionalProperties: false, required: [id],\n" +
			"      properties: {" + properties + "}}\n"
	}
	const account = "id: {type: string}, email: {type: string}, roles: {type: array, items: {type: string}}, date_created: {type: string}"
	whole := user(account + ", disabled: {type: boolean}")
	for document, want := range map[string]bool{protected: false, user(account): false, whole: true} {
		c, err := Load([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if c.Accounts() != want {
			t.Errorf("accounts: %t, want %t in %s", c.Accounts(), want, document)
		}
	}
	refuse(t, whole, []mistake{
		{"accounts without roles", []string{"schema User", "`x-roles: {user: {scopes: [], default: true}}`"},
			[]string{"x-roles: {editor: [notes:write]}\n", "", ", x-required-scopes: [notes:write]", ""}},
	})
}
