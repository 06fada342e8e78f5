package spec

import "testing"

// What only looks like an extension is none: names that the author chose, and values that the document tells of.
func TestNamesAreNoExtensions(t *testing.T) {
	t.Parallel()
	loaded(t, document("security: []", `requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {x-a: {x-b: 1}}}}}`)+`
components:
  headers:
    x-served-by: {schema: {type: string}}
  schemas:
    x-name: {type: object, default: {x-c: 1}}
    Thing:
      type: object
      properties:
        x-a: {type: object, properties: {x-b: {type: integer}, value: {type: string, x-extensible-enum: [a]}}}
`)
}
