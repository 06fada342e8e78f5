package spec

import (
	"strings"
	"testing"
)

// protected is a contract of two collections with owners, of which the second one is private, and of one without.
const protected = `
openapi: 3.0.3
info: {title: Small, version: "1"}
tags: [{name: notes}]
x-limits: {body: 1KiB, deadline: 1s}
x-roles: {editor: [notes:write]}
paths:
  /notes:
    get: {operationId: findNotes, tags: [notes], security: [{bearerAuth: []}], responses: {'200': {description: Notes, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}}
    post: {operationId: createNote, tags: [notes], security: [{bearerAuth: []}], x-required-scopes: [notes:write], responses: {'200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    delete: {operationId: deleteNote, tags: [notes], security: [{bearerAuth: []}], responses: {'204': {description: Done}}}
  /diary:
    get: {operationId: findDiary, tags: [notes], security: [{bearerAuth: []}], responses: {'200': {description: Pages, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/PartialPage'}}}}}}}
  /diary/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPage, tags: [notes], security: [{bearerAuth: []}], responses: {'204': {description: It}}}
  /board:
    post: {operationId: pin, tags: [notes], security: [{bearerAuth: []}], responses: {'200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Pin'}}}}}}
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
    keyAuth: {type: apiKey, in: header, name: keyAuth}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sign.example', scopes: {notes:write: Write}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://sign.example'}
  schemas:
    Note: {type: object, x-collection: {name: notes, owner: author}, additionalProperties: false, required: [id, author], properties: {id: {type: string}, author: {type: string}}}
    Page: {type: object, x-collection: {name: diary, owner: author, private: true}, additionalProperties: false, required: [id, author], properties: {id: {type: string}, author: {type: string}}}
    PartialPage: {type: object, additionalProperties: false, properties: {id: {type: string}, author: {type: string}}}
    Pin: {type: object, x-collection: {name: board}, additionalProperties: false, required: [id], properties: {id: {type: string}}}
`

// TestProtectionIsNotIgnored writes protections at places and in ways that are not read. Each must be refused with what to write.
func TestProtectionIsNotIgnored(t *testing.T) {
	t.Parallel()
	loaded(t, protected)
	const bearer = "{operationId: createNote, tags: [notes], security: [{bearerAuth: []}]"
	create := func(security string) []string {
		return []string{bearer, "{operationId: createNote, tags: [notes], security: " + security}
	}
	for name, tt := range map[string]struct {
		edit []string
		want []string
	}{
		"scopes of a bearer scheme":        {create("[{bearerAuth: ['notes:admin']}]"), []string{"POST /notes", "createNote", "`security: [{bearerAuth: []}]`", "`x-required-scopes: [notes:admin]`"}},
		"two scopes":                       {create("[{bearerAuth: [a, b]}]"), []string{"`x-required-scopes: [a, b]`"}},
		"scopes of a second alternative":   {create("[{bearerAuth: []}, {keyAuth: [a]}]"), []string{"`security: [{keyAuth: []}]`"}},
		"scopes of a scheme beside one":    {create("[{bearerAuth: [], keyAuth: [a]}]"), []string{"`x-required-scopes: [a]`"}},
		"scopes of oauth2":                 {create("[{oauth: ['notes:write']}]"), []string{"`security: [{oauth: []}]`", "x-required-scopes"}},
		"scopes of openIdConnect":          {create("[{oidc: [a]}]"), []string{"x-required-scopes: [a]"}},
		"security at the root":             {[]string{"\npaths:", "\nsecurity: [{bearerAuth: []}]\npaths:"}, []string{"/security", "each operation"}},
		"no security at the root":          {[]string{"\npaths:", "\nsecurity: []\npaths:"}, []string{"/security"}},
		"scopes at the root":               {[]string{"\npaths:", "\nsecurity: [{bearerAuth: ['notes:write']}]\npaths:"}, []string{"/security"}},
		"security of a path":               {[]string{"  /notes:\n", "  /notes:\n    security: [{bearerAuth: []}]\n"}, []string{"/notes", "security"}},
		"security in capitals":             {[]string{"security: [{bearerAuth: []}], x-req", "Security: [{bearerAuth: []}], x-req"}, []string{"/notes", "Security"}},
		"security that is empty":           {create(""), []string{"createNote has no security"}},
		"scopes that are empty":            {[]string{"x-required-scopes: [notes:write]", "x-required-scopes: "}, []string{"POST /notes", "x-required-scopes is empty"}},
		"a scope that is null":             {[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:write, null]"}, []string{"x-required-scopes is empty"}},
		"a scope that no role gives":       {[]string{"x-required-scopes: [notes:write]", "x-required-scopes: [notes:wirte]"}, []string{"no role gives the scope notes:wirte"}},
		"an owner that is empty":           {[]string{"owner: author}", "owner: }"}, []string{"schema Note", "x-collection.owner is empty"}},
		"an owner of no characters":        {[]string{"owner: author}", "owner: ''}"}, []string{"x-collection.owner is empty"}},
		"private, but nobody says how":     {[]string{"private: true", "private: "}, []string{"schema Page", "x-collection.private is empty"}},
		"private in quotes":                {[]string{"private: true", "private: 'true'"}, []string{"schema Page", "x-collection"}},
		"a private list for anybody":       {[]string{"findDiary, tags: [notes], security: [{bearerAuth: []}]", "findDiary, tags: [notes], security: [{bearerAuth: []}, {}]"}, []string{"GET /diary", "findDiary", "schema Page is private"}},
		"a private document for anybody":   {[]string{"getPage, tags: [notes], security: [{bearerAuth: []}]", "getPage, tags: [notes], security: []"}, []string{"getPage", "schema Page is private"}},
		"a private list, and an empty one": {[]string{"findDiary, tags: [notes], security: [{bearerAuth: []}]", "findDiary, tags: [notes], security: [{}]"}, []string{"schema Page is private"}},
		"a document of nobody's":           {[]string{"security: [{bearerAuth: []}], x-required-scopes: [notes:write]", "security: [{}, {bearerAuth: []}]", "{editor: [notes:write]}", "{editor: []}"}, []string{"POST /notes", "createNote", "schema Note has an owner"}},
		"deletion by anybody":              {[]string{"deleteNote, tags: [notes], security: [{bearerAuth: []}]", "deleteNote, tags: [notes], security: []"}, []string{"deleteNote", "schema Note has an owner"}},

		"reading by anybody":              {[]string{"findNotes, tags: [notes], security: [{bearerAuth: []}]", "findNotes, tags: [notes], security: [{bearerAuth: []}, {}]"}, nil},
		"reading by nobody in particular": {[]string{"findNotes, tags: [notes], security: [{bearerAuth: []}]", "findNotes, tags: [notes], security: []"}, nil},
		"writing what nobody owns":        {[]string{"pin, tags: [notes], security: [{bearerAuth: []}]", "pin, tags: [notes], security: []"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := protected
			for i := 0; i+1 < len(tt.edit); i += 2 {
				if !strings.Contains(text, tt.edit[i]) {
					t.Fatalf("the contract has no %q", tt.edit[i])
				}
				text = strings.Replace(text, tt.edit[i], tt.edit[i+1], 1)
			}
			if tt.want == nil {
				loaded(t, text)
				return
			}
			refused(t, []byte(text), tt.want)
		})
	}
}

// Whom an operation lets in follows from all the alternatives of its security.
func TestAnonymous(t *testing.T) {
	t.Parallel()
	for security, want := range map[string][2]bool{ // public, anonymous
		"[]": {true, true}, "[{}]": {true, true}, "[{bearerAuth: []}]": {}, "[{bearerAuth: []}, {}]": {false, true}, "[{}, {bearerAuth: []}]": {false, true},
		"[{bearerAuth: [], keyAuth: []}]": {},
	} {
		op := small(t, "security: "+security).Operations()[0]
		if got := [2]bool{op.Public, op.Anonymous()}; got != want {
			t.Errorf("%s: public and anonymous are %t, want %t", security, got, want)
		}
	}
}
