package generate

import (
	"io"
	"strings"
	"testing"
)

// A type that is declared as itself, because of a name that is taken twice, is left to the check of the code.
func TestMethodsOfRecursiveType(t *testing.T) {
	t.Parallel()
	if _, err := withMethods([]byte("package api\n\ntype AJSONResponse AJSONResponse\n")); err != nil {
		t.Error(err)
	}
}

// Code that would not compile is refused with the places of the names, and x-go-name is the way out.
func TestNamesInCode(t *testing.T) {
	const document = `openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /pets:
    get:
      operationId: getPet
      tags: [pets]
      security: []
      responses:
        '200': {$ref: '#/components/responses/OnePet'}
    put:
      operationId: putPet
      tags: [pets]
      security: []
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '200': {description: A pet, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components:
  responses:
    OnePet: {description: A pet, content: {application/json: {schema: {type: object, properties: {pet: {type: string}}}}}}
  schemas:
    Pet:
      type: object
      properties:
        one: {type: string}
        other: {type: integer}
        kind: {$ref: '#/components/schemas/Kind'}
    Kind: {type: string, enum: [a, b]}
`
	for _, tt := range []struct {
		name     string
		old, new []string
		want     []string // in the error; nil: accepted
	}{
		{"nothing", nil, nil, nil},
		{"a response called as a schema", []string{"OnePet"}, []string{"Pet"},
			[]string{"Pet", "line 21: /components/responses/Pet", "line 23: /components/schemas/Pet", "in Go (Pet redeclared)"}},
		{"that response with another name in Go", []string{"    OnePet: {", "responses/OnePet"},
			[]string{"    Pet: {x-go-name: ThePet, ", "responses/Pet"}, []string{"line 21: /components/responses/Pet/x-go-name"}},
		{"properties with one name in Go", []string{"other:"}, []string{"One:"},
			[]string{"line 26: /components/schemas/Pet/properties/one", "line 27: /components/schemas/Pet/properties/One", "x-go-name"}},
		{"these with another name in Go", []string{"other: {"}, []string{"One: {x-go-name: Second, "}, nil},
		{"a schema with another name in Go", []string{"    Pet:\n      type: object\n"},
			[]string{"    Pet:\n      type: object\n      x-go-name: Animal\n"}, nil},
		{"a schema called as a response of an operation", []string{"    Kind:", "schemas/Kind"},
			[]string{"    GetPet200JSONResponse:", "schemas/GetPet200JSONResponse"},
			[]string{"schemas/GetPet200JSONResponse", "line 7: /paths/~1pets/get/operationId"}},
		{"a schema called as a parameter struct", []string{"    Kind:", "schemas/Kind"},
			[]string{"    PutPetJSONRequestBody:", "schemas/PutPetJSONRequestBody"}, []string{"PutPetJSONRequestBody"}},
		{"a response of any type", []string{"A pet, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}"},
			[]string{"A pet, content: {application/json: {schema: {}"},
			[]string{"write a type, such as type: object", "put/operationId"}},
		{"a property called as a method", []string{"other:"}, []string{"marshalJSON:"}, nil},
		{"names of Go", []string{"    Kind:", "schemas/Kind", "other:"}, []string{"    string:", "schemas/string", "type:"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edited := document
			for i := range tt.old {
				before := edited
				if edited = strings.ReplaceAll(edited, tt.old[i], tt.new[i]); edited == before {
					t.Fatalf("%q is missing in the contract", tt.old[i])
				}
			}
			module(t, edited)
			err := Run(".", io.Discard)
			if tt.want == nil && err != nil || tt.want != nil && err == nil {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is missing in the error: %v", part, err)
				}
			}
		})
	}
}

// The Go client sends no parameter for an empty list: name= would be a list of an empty string.
func TestEmptyLists(t *testing.T) {
	module(t, `openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /pets:
    get:
      operationId: getPets
      tags: [pets]
      security: []
      parameters:
        - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: sizes, in: query, required: true, schema: {type: array, items: {type: integer}}}
        - {name: color, in: query, schema: {type: string}}
      responses:
        '204': {description: Done}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	code := read(t, "gen/client/client.gen.go")
	for _, part := range []string{"} else if len(*params.Tags) > 0 {", "} else if len(params.Sizes) > 0 {"} {
		if strings.Count(code, part) != 1 {
			t.Errorf("the client lacks %s", part)
		}
	}
	if strings.Contains(code, "len(*params.Color)") {
		t.Error("the client takes a string for a list")
	}
}
