package spec

import "testing"

// Names that the author chose, and values in examples and the like, are not extensions even if they start with x-.
func TestNamesAreNotExtensions(t *testing.T) {
	t.Parallel()
	const body = `requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {x-a: {x-b: 1}}}}}`
	loaded(t, document("security: []", body)+`
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
