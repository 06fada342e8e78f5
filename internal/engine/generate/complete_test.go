package generate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// shelf is a contract as somebody writes it, with a property of every type.
const shelf = `openapi: 3.0.3
info: {title: Shelf, version: "1"}
x-limits: {body: 1MiB, deadline: 10s}
x-roles:
  reader: {scopes: ['things:write'], default: true}
paths:
  /things:
    post:
      operationId: createThing
      tags: [things]
      security: [{bearerAuth: []}]
      x-limits: {concurrent: 2 per account}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/ThingInput'}}}
      responses:
        '200': # as it is stored
          description: The thing
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
    get:
      operationId: findThings
      tags: [things]
      security: []
      parameters:
        - name: filter
          in: query
          content: {application/json: {schema: {$ref: '#/components/schemas/ThingFilter'}}}
      responses:
        '200':
          description: Things
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/PartialThing'}}}}
        # A code of this operation's own.
        '418': {description: I am a teapot}
  /things/{id}:
    parameters: [{$ref: '#/components/parameters/ID'}]
    patch:
      operationId: updateThing
      tags: [things]
      security: [{bearerAuth: []}]
      x-required-scopes: ['things:write']
      parameters: [{$ref: '#/components/parameters/IfMatch'}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/ThingPatch'}}}}
      responses:
        '204': {description: Done}
        '412': {description: Somebody was faster}
    delete:
      operationId: deleteThing
      tags: [things]
      security: [{bearerAuth: []}]
      responses:
        '204': {description: Done}
        default: {description: Anything else}
components:
  securitySchemes:
    bearerAuth: {type: http, scheme: bearer}
  schemas:
    Thing:
      type: object
      x-collection: {name: things, owner: owner, indexes: [{fields: [code], unique: true}]}
      additionalProperties: false
      required: [id, code, state, made, owner]
      properties:
        id: {type: string, readOnly: true}
        code: {type: string, minLength: 1, maxLength: 20} # on the label
        text: {type: string, nullable: true, description: "one: two"}
        state: {$ref: '#/components/schemas/State', x-was: condition}
        made: {type: string, format: date-time, x-default: now, readOnly: true}
        weight: {type: number, minimum: 0, x-was: mass}
        count: {type: integer, default: 1}
        sold: {type: boolean}
        tags: {type: array, items: {type: string, maxLength: 8}}
        place:
          type: object
          additionalProperties: false
          properties:
            city: {type: string, maxLength: 50}
            floor: {type: integer, default: 0}
        labels: {type: object, additionalProperties: {type: string}}
        owner: {type: string, maxLength: 64, readOnly: true}
    State: {type: string, enum: [new, used], default: new}
`

func complete(t *testing.T, document string) string {
	t.Helper()
	completed, err := Complete([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return string(completed)
}

func TestComplete(t *testing.T) {
	t.Parallel()
	completed := complete(t, shelf)
	if _, err := spec.Load([]byte(completed)); err != nil {
		t.Error(err)
	}
	if n := strings.Count(completed, "x-was"); n != 2 {
		t.Errorf("x-was belongs to the schema Thing only; the document has it %d times instead of 2", n)
	}
	for _, want := range []string{
		// createThing: a quota would make it 403; the code is unique.
		`
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '400': {$ref: '#/components/responses/BadRequest'} # made
        '401': {$ref: '#/components/responses/Unauthorized'} # made
        '409': {$ref: '#/components/responses/Conflict'} # made
        '413': {$ref: '#/components/responses/PayloadTooLarge'} # made
        '415': {$ref: '#/components/responses/UnsupportedMediaType'} # made
        '422': {$ref: '#/components/responses/UnprocessableEntity'} # made
        '429': {$ref: '#/components/responses/TooManyConcurrentRequests'} # made
        '503': {$ref: '#/components/responses/Unavailable'} # made
    get:
`, `
        '400': {$ref: '#/components/responses/BadRequest'} # made
        # A code of this operation's own.
        '418': {description: I am a teapot}
        '503': {$ref: '#/components/responses/Unavailable'} # made
  /things/{id}:
`, `
        '404': {$ref: '#/components/responses/NotFound'} # made
        '409': {$ref: '#/components/responses/Conflict'} # made
        '412': {description: Somebody was faster}
        '413': {$ref: '#/components/responses/PayloadTooLarge'} # made
`, `
        '204': {description: Done}
        default: {description: Anything else}
components:
`, `
    ThingInput:
      type: object
      additionalProperties: false
      required: [code]
      properties:
        id: {type: string, readOnly: true}
        code: {type: string, minLength: 1, maxLength: 20}
        text: {type: string, nullable: true, description: "one: two"}
        state: {$ref: '#/components/schemas/State'}
        made: {type: string, format: date-time, x-default: now, readOnly: true}
        weight: {type: number, minimum: 0}
        count: {type: integer, default: 1}
        sold: {type: boolean}
        tags: {type: array, items: {type: string, maxLength: 8}}
        place:
          type: object
          additionalProperties: false
          properties: {city: {type: string, maxLength: 50}, floor: {type: integer, default: 0}}
        labels: {type: object, additionalProperties: {type: string}}
        owner: {type: string, maxLength: 64, readOnly: true}
`, `
    ThingPatch:
      description: The properties to update; others keep their values
      type: object
      additionalProperties: false
      minProperties: 1
      properties:
        id: {type: string, readOnly: true}
        code: {type: string, minLength: 1, maxLength: 20}
        text: {type: string, nullable: true, description: "one: two"}
        state: {type: string, enum: [new, used]}
        made: {type: string, format: date-time, readOnly: true}
        weight: {type: number, minimum: 0}
        count: {type: integer}
        sold: {type: boolean}
        tags: {type: array, items: {type: string, maxLength: 8}}
        place: {type: object, additionalProperties: false, properties: {city: {type: string, maxLength: 50}, floor: {type: integer}}}
`, `
    ThingOrder:
      description: Properties with ASC or DESC, comma-separated or as an array; at most 8. Ties are ordered by id. ` +
			"`text` is not supported, because it may be long.\n",
		"pattern: '^\\s*((id|code|state|made|weight|count|sold|place\\.city|place\\.floor|owner)(",
		"\n    ThingProperty: {type: string, enum: [id, code, text, state, made, weight, count, sold, tags, place, labels, owner]}\n",
		`
        tags: {$ref: '#/components/schemas/StringCondition'}
        place.city: {$ref: '#/components/schemas/StringCondition'}
        place.floor: {$ref: '#/components/schemas/IntegerCondition'}
        owner: {$ref: '#/components/schemas/StringCondition'}
`, "\n    NumberOperators:\n", "\n  parameters:\n    " + banner + "\n    ID:\n", "\n  headers:\n    " + banner + "\n    Retry-After:\n",
	} {
		if !strings.Contains(completed, want) {
			t.Errorf("missing:\n%s", want)
		}
	}
	if t.Failed() {
		t.Log(completed)
	}
	if lines := strings.Split(completed, "\n"); strings.Join(lines[len(lines)-1:], "") != "" {
		t.Error("the document does not end with a line end")
	}
	for _, unused := range []string{"ThingFieldsFilter", "IfNoneMatch", "Count:", "Role:"} {
		if strings.Contains(completed, unused) {
			t.Errorf("%s was made, but nothing refers to it", unused)
		}
	}
}

// What somebody wrote wins, and what was made disappears when it does not follow any more.
func TestCompleteAgain(t *testing.T) {
	t.Parallel()
	completed := complete(t, shelf)
	written := "    ThingPatch: {type: object, additionalProperties: false, properties: {code: {type: string}}}\n"
	edited := strings.Replace(completed, "    State: {type", written+"    State: {type", 1)
	edited = strings.Replace(edited, "      x-limits: {concurrent: 2 per account}\n", "", 1)
	edited = strings.Replace(edited, "'401': {$ref: '#/components/responses/Unauthorized'} # made", "'401': {description: Mine}", 1)
	again := complete(t, edited)
	if strings.Count(again, "    ThingPatch:") != 1 || !strings.Contains(again, written) {
		t.Error("the written schema was changed or repeated")
	}
	if strings.Contains(again, "TooManyConcurrentRequests") || strings.Contains(again, "Retry-After-") {
		t.Error("the response 429 does not follow any more")
	}
	if strings.Count(again, "'401': {description: Mine}") != 1 {
		t.Error("a written response was changed")
	}
	back, err := Strip([]byte(again))
	if err != nil || !strings.Contains(string(back), "Mine") || strings.Contains(string(back), madeMark) {
		t.Errorf("%v\n%s", err, back)
	}
}

func TestCompleteRefuses(t *testing.T) {
	t.Parallel()
	completed := complete(t, shelf)
	for name, tt := range map[string]struct{ document, want string }{
		"nothing":      {"", "not a mapping"},
		"a list":       {"[1]", "not a mapping"},
		"invalid YAML": {"a: [", "contract"},
		"responses in braces": {"paths:\n  /a:\n    get:\n      responses: {'200': {description: A}}\n",
			"line 4: the responses of GET /a are in braces, so that 400 cannot be added"},
		"no components": {"paths:\n  /a:\n    get:\n      responses:\n        '200': {description: A}\ncomponents:\n",
			"line 6: components has no value"},
		"schemas in braces": {strings.Replace(shelf[:strings.Index(shelf, "  schemas:\n")], "components:\n",
			"components:\n  schemas: {Thing: {type: object, x-collection: {name: things}}}\n", 1), "components.schemas is in braces"},
		"a schema below the banner": {completed[:strings.LastIndex(completed, "  parameters:\n")] + "    Mine: {type: object}\n",
			"schemas.Mine was not made by go generate; move it above the line"},
		"a response below the banner": {completed + "    Mine: {description: Mine}\n", "responses.Mine was not made by go generate"},
		"a default in a recursive schema": {strings.Replace(shelf, "    State: {type: string, enum: [new, used], default: new}",
			"    State: {type: object, default: {}, properties: {next: {$ref: '#/components/schemas/State'}}}", 1), "contains itself"},
	} {
		if _, err := Complete([]byte(tt.document)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// The indentation and the line ends are those of the document.
func TestCompleteForms(t *testing.T) {
	t.Parallel()
	var wide []string
	for line := range strings.Lines(shelf) {
		wide = append(wide, strings.Repeat(" ", indentation(line))+strings.Replace(line, "- name:", "-   name:", 1))
	}
	for name, document := range map[string]string{
		"two spaces": shelf, "four spaces": strings.Join(wide, ""), "CRLF": strings.ReplaceAll(shelf, "\n", "\r\n"),
		"mixed":                    strings.Replace(shelf, "\n", "\r\n", 20),
		"components in the middle": "components:\n" + strings.Split(shelf, "components:\n")[1] + strings.Split(shelf, "components:\n")[0],
		"blank lines at the end":   shelf + "\n\n# The end.\n",
	} {
		completed := complete(t, document)
		if _, err := spec.Load([]byte(completed)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, completed)
		}
		back, err := Strip([]byte(completed))
		if err != nil || string(back) != document {
			t.Errorf("%s: %v\n%s", name, err, back)
		}
	}
}

// TestCompleteRandom completes random contracts: completing again changes nothing, and stripping gives the contract back.
func TestCompleteRandom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkCompletion(t, randomContract(t)) })
}

type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func checkCompletion(t failer, document []byte) {
	completed, err := Complete(document)
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	if again, err := Complete(completed); err != nil || !bytes.Equal(again, completed) {
		t.Errorf("completed again: %v\n%s\nfrom\n%s", err, again, completed)
	}
	if back, err := Strip(completed); err != nil || !bytes.Equal(back, document) {
		t.Errorf("stripped: %v\n%s\nfrom\n%s", err, back, document)
	}
	if _, err := spec.Load(completed); err != nil {
		t.Errorf("%v\n%s", err, completed)
	}
}

// randomContract writes a contract of one collection, with comments, blank lines and order as they come.
func randomContract(t *rapid.T) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	noise := func(indent string) {
		switch rapid.IntRange(0, 9).Draw(t, "noise") {
		case 0:
			line("")
		case 1:
			line("%s# a comment", indent)
		case 2:
			line("# a comment at the left")
		}
	}
	chance := func(what string) bool { return rapid.Bool().Draw(t, what) }
	line("openapi: 3.0.3\ninfo: {title: Random, version: '1'}\nx-limits: {body: 1MiB, deadline: 10s}\npaths:")
	operation := func(method, id, body, response string) {
		noise("    ")
		line("    %s:\n      operationId: %s\n      tags: [things]", method, id)
		if chance("public") {
			line("      security: []")
		} else {
			line("      security: [{bearerAuth: []}]")
			if chance("limited") {
				line("      x-limits: {%s: %s}", "concurrent", "3 per account")
			}
		}
		if body != "" {
			line("      requestBody:\n        required: true")
			line("        content: {application/json: {schema: {$ref: '#/components/schemas/%s'}}}", body)
		}
		line("      responses:")
		if chance("early") {
			noise("        ")
			line("        '302': {description: Elsewhere}")
		}
		line("        '200': {description: Done, content: {application/json: {schema: %s}}}", response)
		if chance("written") {
			noise("        ")
			line("        '4%02d':\n          description: |", rapid.IntRange(0, 30).Draw(t, "status"))
			line("            Written\n             # here")
		}
		noise("    ")
	}
	line("  /things:")
	operation("post", "createThing", "ThingInput", "{$ref: '#/components/schemas/Thing'}")
	if chance("list") {
		operation("get", "findThings", "", "{type: array, items: {$ref: '#/components/schemas/PartialThing'}}")
	}
	line("  /things/{id}:\n    parameters: [{$ref: '#/components/parameters/ID'}]")
	operation("patch", "updateThing", "ThingPatch", "{$ref: '#/components/schemas/Count'}")
	line("components:\n  securitySchemes:\n    bearerAuth: {type: http, scheme: bearer}\n  schemas:")
	line("    Thing:\n      type: object\n      x-collection: {name: things}\n      additionalProperties: false\n      required: [id]")
	line("      properties:\n        id: {type: string, readOnly: true}")
	for i := range rapid.IntRange(0, 6).Draw(t, "properties") {
		noise("        ")
		line("        p%d: %s", i, rapid.SampledFrom([]string{
			"{type: string, maxLength: 9}", "{type: integer, default: 7}", "{type: string, enum: [a, 'no'], default: a}", "{type: boolean}",
			"{type: string, format: date-time, x-default: now}", "{type: array, items: {type: number}, nullable: true}",
			"{type: object, additionalProperties: {type: integer}}", "{$ref: '#/components/schemas/Part'}",
			"\n          type: object\n          properties:\n" +
				"            deep: {type: string, default: \"x\", description: 'It''s, well: {deep}'}",
			"\n          description: |\n            two\n\n            lines\n          type: string",
		}).Draw(t, "property"))
	}
	if chance("other") {
		line("    PartialThing: {type: object} # written")
	}
	line("    Part: {type: object, properties: {size: {type: integer, default: 3}}}")
	noise("    ")
	return []byte(b.String())
}

// FuzzComplete completes any text: it must not panic, and what was completed must stay as it is.
func FuzzComplete(f *testing.F) {
	f.Add([]byte(shelf))
	f.Add([]byte("paths:\n  /a:\n    get:\n      responses:\n        '200': {description: A}\n"))
	f.Add([]byte("paths: &p\n  /a: *p\ncomponents:\n  " + banner + "\n  schemas: {A: {}}\n"))
	f.Add([]byte("paths: &p\n  <<: {<<: *p}\n  /a: &a\n    <<: [*a, *p]\n    get: {<<: *a}\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		completed, err := Complete(document)
		if err != nil {
			return
		}
		if again, err := Complete(completed); err != nil || !bytes.Equal(again, completed) {
			t.Errorf("%v\n%q\nfrom\n%q", err, again, completed)
		}
	})
}
