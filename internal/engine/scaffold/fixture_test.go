package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// testapp returns the contract of the engine's test application.
func testapp(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../testapp/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stripped, err := generate.Strip(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(stripped)
}

// small is a contract with a collection, in which each list and mapping has another style.
const small = `openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
tags:
- name: orders # the only one
x-limits: {body: 1MiB, deadline: 10s}
x-roles:
    guest: [ 'orders:read' ]
    clerk:
        default: true
        scopes:
        - orders:read
        - orders:write
paths:
    # ---- orders -----
    /orders:
        post:
            operationId: createOrder
            tags: [orders]
            summary: Create an order
            security: [{token: []}]
            x-required-scopes: [orders:write]
            requestBody:
                required: true
                content:
                    application/json:
                        schema: {$ref: '#/components/schemas/OrderInput'}
                        example: {item: tea, size: {width: 2, height: 3}}
            responses:
                '200':
                    description: The order
                    content:
                        application/json:
                            schema: {$ref: '#/components/schemas/Order'}
                            example: &order {id: '1', item: tea, size: {width: 2, height: 3}, owner: '7'}
        get:
            operationId: findOrders
            tags: [orders]
            summary: List orders
            security: [{token: []}]
            x-required-scopes: [orders:read]
            parameters:
                - name: filter
                  in: query
                  content:
                      application/json:
                          schema: {$ref: '#/components/schemas/OrderFilter'}
                          example: {where: {and: [{item: tea}, {size.width: 2}]}, order: 'item DESC, size.width', fields: [id, item]}
            responses:
                '200':
                    description: The orders
                    content:
                        application/json:
                            schema: {type: array, maxItems: 1000, items: {$ref: '#/components/schemas/PartialOrder'}}
                            example: [*order]
    # ---- end of orders -----
components:
    securitySchemes:
        token: {type: http, scheme: bearer}
    schemas:
        Order:
            type: object
            x-collection:
                name: orders
                owner: owner
                indexes: [{fields: [owner, size.width]}]
            additionalProperties: false
            required:
            - id
            - item # what
            - owner
            properties:
                id: {type: string, readOnly: true}
                # What the customer gets.
                item: {type: string, maxLength: 40}
                size:
                    type: object
                    additionalProperties: false
                    properties:
                        width: {type: integer}
                        height: {type: integer}
                owner: {type: string, maxLength: 64, readOnly: true}`

// contracts returns contracts of every form by name.
func contracts(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{
		"testapp": testapp(t), "testapp, CRLF": strings.ReplaceAll(testapp(t), "\n", "\r\n"),
		"small": small, "small, CRLF": strings.ReplaceAll(small, "\n", "\r\n"), "small, with a last line break": small + "\n",
	}
}

// treeWith returns a tree that has nothing but a contract.
func treeWith(t testing.TB, text string) *workspace {
	t.Helper()
	c, err := parseContract([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &workspace{root: t.TempDir(), module: "x.test/shop", contract: c, changes: map[string][]byte{}}
}

// loads fails the test unless the completed text is a valid contract.
func loads(t fataler, text string) {
	completed, err := generate.Complete([]byte(text))
	if err == nil {
		_, err = spec.Load(completed)
	}
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

type fataler interface{ Fatalf(string, ...any) }

// sourceIn writes a file into the tree.
func (t *workspace) sourceIn(tb testing.TB, name, text string) {
	tb.Helper()
	file := filepath.Join(t.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// properties parses arguments.
func properties(t testing.TB, arguments ...string) (found []Property) {
	t.Helper()
	for _, argument := range arguments {
		p, err := ParseProperty(argument)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	return found
}
