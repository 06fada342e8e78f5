package spec

import (
	"strings"
	"testing"
)

// All mistakes of a kind are in one message, in the order of their lines, and the message is always the same.
func TestMistakesInOrder(t *testing.T) {
	t.Parallel()
	const head = `openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
`
	for _, tt := range []struct{ name, document, want string }{
		{"of operations", `  /b:
    get: {operationId: getB, tags: [b], responses: {'204': {description: Done}}}
  /a:
    put: {operationId: putA, security: [], responses: {'204': {description: Done}}}
    get: {operationId: getA, tags: [a], security: [], x-limits: {body: much}, responses: {'204': {description: Done}}}
`, "contract: line 6: GET /b: getB has no security; write `security: [{bearerAuth: []}]`, or `security: []` for a public operation\n" +
			"line 8: PUT /a: putA has 0 tags; it must have exactly one, the name of its folder\n" +
			"line 9: GET /a: x-limits.body: \"much\" is not a size such as 64KiB or 1MiB"},
		{"of several kinds", `  /b:
    get:
      operationId: getB
      tags: [b, c]
      security: [{none: []}]
      parameters:
        - {name: a, in: query, x-limits: {}, schema: {type: string, pattern: '['}}
        - {name: b, in: query, schema: {type: array, items: {type: object}}}
        - {name: c, in: cookie, schema: {type: array, items: {type: string}}}
      requestBody: {content: {multipart/mixed: {}}}
      responses:
        '204': {description: Done, content: {a/b: {example: x}}}
        '200': {description: Done, content: {application/json: {schema: {type: string}, example: 1}}}
`, `contract: line 6: GET /b: getB has 2 tags; it must have exactly one, the name of its folder
line 6: GET /b: invalid example: value must be a string
line 6: GET /b: security requirement /paths/~1b/get/security/0/none refers to undefined security scheme "none"
line 11, /paths/~1b/get/parameters/0: x-limits is not allowed here; known extensions here: []
line 11: /paths/~1b/get/parameters/0/schema/pattern: "[" is not a regular expression of Go: missing closing ]: ` + "`[`" +
			`; see https://pkg.go.dev/regexp/syntax
line 12: GET /b: parameter b: an array must have items of type string, integer, number or boolean; use content application/json
line 13: GET /b: parameter c: an array in a cookie is not supported; use the query
line 14: GET /b: requestBody: content multipart/mixed: not supported; use multipart/form-data
line 16: GET /b: response 204: a response 204 has no body (RFC 9110, section 6.4.1); remove content, or use another status`},
		{"of values", `  /b:
    get: {operationId: getB, tags: [b], security: , responses: {'204': {description: Done}}}
    put:
      requestBody: {content: {application/json: }}
      operationId: putB
      parameters: [{name: a, in: query, schema: {type: string, default: null, nullable: true, example: null}}, ~]
`, `contract: line 6, /paths/~1b/get: security has no value; write one, or remove the line
line 8, /paths/~1b/put/requestBody/content: application/json has no value; write one, or remove the line
line 10, /paths/~1b/put/parameters: item 1 has no value; write one, or remove the line`},
		{"of OpenAPI", `  /b:
    get: {operationId: getB, tags: [b], security: [], responses: {'204': {}}}
  /a:
    get: {operationId: getA, tags: [a], security: [], responses: {'204': {description: Done, content: {a/b: {schema: {type: x}}}}}}
components:
  requestBodies:
    B: {}
  schemas:
    S: {type: s}
`, `contract: line 6: GET /b: a short description of the response is required
line 8: GET /a: unsupported 'type' value "x"
line 11: /components/requestBodies/B: content of the request body is required
line 13: /components/schemas/S: unsupported 'type' value "s"`},
	} {
		for range 5 {
			_, err := Load([]byte(head + tt.document))
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s: %v\nwant %s", tt.name, err, tt.want)
				break
			}
		}
	}
}

// What refers to an invalid part is not read; the invalid part is reported.
func TestInvalidPart(t *testing.T) {
	t.Parallel()
	_, err := Load([]byte(`
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
tags: [{name: things}]
paths:
  /a:
    get:
      operationId: getA
      tags: [things]
      security: [{login: [read]}]
      responses: {'200': {description: Done}}
components:
  securitySchemes:
    login: {type: oauth2}
`))
	if err == nil || !strings.Contains(err.Error(), "line 15") || !strings.Contains(err.Error(), "flows") {
		t.Errorf("Load returned %v", err)
	}
}
