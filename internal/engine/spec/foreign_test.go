package spec

import (
	"strings"
	"testing"
)

// foreign is a contract with features that those of this project do not use.
const foreign = `
openapi: 3.0.3
info: {title: Small, version: "1", x-logo: {url: https://example.com/logo.png}}
tags: [{name: things, x-displayName: Things}]
x-limits: {body: 1MiB, deadline: 10s}
x-tagGroups: [{name: All, tags: [things]}]
paths:
  /things/{id}:
    x-internal: true
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, maxLength: 3}}
      - {name: size, in: query, schema: {type: string, enum: [small]}}
    patch:
      operationId: changeThing
      tags: [things]
      security: []
      x-codegen-request-body-name: thing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 9}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses:
        '204': {description: Done, x-summary: Done}
components:
  schemas:
    Thing:
      type: object
      x-go-name: Item
      properties:
        name: {type: string, x-go-type-skip-optional-pointer: true}
        next: {$ref: '#/components/schemas/Thing'}
`

func TestForeignContract(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	op := c.ByID("changeThing")
	if len(op.parameters) != 2 || *op.parameters[1].Value.Schema.Value.MaxLength != 9 {
		t.Errorf("the operation's parameter does not override that of its path: %d", len(op.parameters))
	}
}

func TestInvalidForeignContracts(t *testing.T) {
	t.Parallel()
	refuse(t, foreign, []mistake{
		{"a default in a PATCH", []string{"PATCH /things/{id}", "overwrite the stored value", "default"},
			[]string{"name: {type: string,", "name: {type: string, default: x,"}},
		{"x-default in a PATCH", []string{"PATCH /things/{id}", "x-default"},
			[]string{"name: {type: string,", "name: {type: string, format: date-time, x-default: now,"}},
		{"another document", []string{"line 20", "things.yaml#/Thing", "another document", "bundle"},
			[]string{"'#/components/schemas/Thing'}}}}", "'things.yaml#/Thing'}}}}"}},
		{"a misspelt extension", []string{"unknown extension x-limit; did you mean x-limits?"},
			[]string{"x-codegen-request-body-name", "x-limit"}},
	})
}

// All mistakes of a document are in one error, in the order of its lines.
func TestAllMistakes(t *testing.T) {
	t.Parallel()
	document := strings.NewReplacer("x-internal", "x-roles", "x-summary", "x-collections", "x-go-name", "x-token").Replace(foreign)
	_, err := Load([]byte(document))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{"x-roles is not allowed here", "unknown extension x-collections; did you mean x-collection?",
		"x-token is not allowed here"} {
		if line := strings.Split(err.Error(), "\n")[i]; !strings.Contains(line, want) {
			t.Errorf("%q, want %q in it", line, want)
		}
	}
}
