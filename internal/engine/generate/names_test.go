package generate

import (
	"io"
	"os"
	"strings"
	"testing"
)

// Names are those of oapi-codegen, whatever their case, and a tag may be called as a package of the engine or of Go.
func TestForeignNames(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /pets/{petId}/{day}:
    get:
      operationId: getPetById
      tags: [store]
      security: []
      parameters:
        - {name: petId, in: path, required: true, schema: {type: integer}}
        - {name: day, in: path, required: true, schema: {type: string, format: date}}
      responses:
        '200': {description: A pet, content: {application/json: {schema: {$ref: '#/components/schemas/lab-item'}}}}
  /labs:
    put:
      operationId: listLabs
      tags: [store]
      security: []
      responses:
        '200': {$ref: '#/components/responses/lab-list'}
        '201': {description: More, content: {application/json: {schema: {$ref: '#/components/schemas/More'}}}}
components:
  responses:
    lab-list: {description: Labs, content: {application/json: {schema: {type: array, items: {type: string}}}}}
  schemas:
    lab-item: {type: object}
    More: {type: object, properties: {name: {type: string}}, additionalProperties: {type: integer}}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"client/operations.gen.go": {"GetPetByID(ctx context.Context, petid int64, day string, editors ...RequestEditor) (LabItem, error)",
			"GetPetByID(ctx, fmt.Sprint(petid), day, with(", "LabItem = api.LabItem"},
		"gen/api/api.gen.go": {
			"(v ListLabs200JSONResponse) MarshalJSON() ([]byte, error) {\n\treturn json.Marshal(v.LabListJSONResponse)",
			"(v ListLabs201JSONResponse) MarshalJSON() ([]byte, error) {\n\treturn More(v).MarshalJSON()",
		},
		"gen/wire/wire.gen.go": {`storeTag "github.com/newsdesk-api/newsdesk/internal/store"`, "api.GetPetByIDRequestObject"},
	} {
		text := read(t, name)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s:\n%s", name, part, text)
			}
		}
	}
}

// Generated code for path parameters with names that it uses itself compiles, in the server and in the client.
func TestPathVariables(t *testing.T) {
	for _, name := range strings.Fields("string error nil err ctx w c body params url server request headers any fmt iter 2nd") {
		module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /a/{`+name+`}:
    put:
      operationId: putIt
      tags: [things]
      security: []
      parameters:
        - {name: `+name+`, in: path, required: true, schema: {type: integer}}
        - {name: q, in: query, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        '200':
          description: Done
          headers: {X-List: {schema: {type: array, items: {type: string}}}}
          content: {application/json: {schema: {}}}
`)
		if err := Run(".", io.Discard); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The methods of the Go client send each kind of body, and generated code has one type for a form and its JSON.
func TestForeignBodies(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
`+sending("sendForm", `application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Form'}}`)+
		sending("sendPatch", `application/merge-patch+json: {schema: {type: object}}`)+
		sending("sendUnion", `application/json: {schema: {oneOf: [{type: string}, {type: integer}]}}`)+
		sending("sendNull", `application/json: {schema: {nullable: true, allOf: [{$ref: '#/components/schemas/Form'}]}}`)+
		sending("sendNullText", `application/json: {schema: {type: string, nullable: true}}`)+
		sending("sendText", `text/plain: {schema: {type: string}}`)+
		sending("sendBytes", `application/pdf: {}`)+
		sending("sendImage", `image/png: {}, image/gif: {}`)+
		sending("sendFiles", `multipart/form-data: {schema: {type: object, properties: {a: {type: string, format: binary}}}}`)+`
components:
  schemas:
    Form: {type: object, properties: {name: {type: string}}}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	methods, overlay := read(t, "client/operations.gen.go"), read(t, "gen/overlay.yaml")
	for _, part := range []string{
		"SendForm(ctx context.Context, body Form,",
		`SendFormWithBody(ctx, "application/x-www-form-urlencoded", formBody(body, map[string]string{}),`,
		"SendPatch(ctx context.Context, body api.SendPatchJSONRequestBody,",
		`SendPatchWithBody(ctx, "application/merge-patch+json", jsonBody(body),`,
		"SendUnion(ctx context.Context, body SendUnionBody,", "SendUnion(ctx, body,", "SendUnionBody ", "= api.SendUnionBody",
		"SendNull(ctx context.Context, body *api.SendNullJSONRequestBody,", `SendNullWithBody(ctx, "application/json", jsonBody(body),`,
		"SendNullText(ctx context.Context, body *api.SendNullTextJSONRequestBody,",
		"SendText(ctx context.Context, body string,", `SendTextWithBody(ctx, "text/plain", textBody(body),`,
		"SendBytes(ctx context.Context, body io.Reader,", `SendBytesWithBody(ctx, "application/pdf", body,`,
		"SendFiles(ctx context.Context, contentType string, body io.Reader,", "SendFilesWithBody(ctx, contentType, body,",
	} {
		if !strings.Contains(methods, part) {
			t.Errorf("the client lacks %s:\n%s", part, methods)
		}
	}
	for _, part := range []string{"$.paths['/sendForm'].post.requestBody.content['application/x-www-form-urlencoded']", "'*/*'",
		"'application/json'"} {
		if !strings.Contains(overlay, part) {
			t.Errorf("the overlay lacks %s:\n%s", part, overlay)
		}
	}
}

// The methods of the Go client have all parameters of the query, header and cookies.
func TestForeignParameters(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /things/{kind}:
    parameters:
      - {name: kind, in: path, required: true, schema: {type: string}}
      - {name: page, in: query, schema: {type: integer}}
    get:
      operationId: findThings
      tags: [things]
      security: []
      parameters:
        - {name: price, in: query, style: deepObject, schema: {type: object, properties: {from: {type: number}}}}
        - {name: since, in: query, required: true, schema: {type: string, format: date-time}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
        - {name: id, in: query, schema: {$ref: '#/components/schemas/Key'}}
        - {name: X-Trace, in: header, schema: {type: string, enum: [on]}}
        - {name: If-None-Match, in: header, schema: {type: string}}
        - {name: theme, in: cookie, schema: {type: string}}
      responses:
        '200': {description: Things, content: {application/json: {schema: {type: array, items: {type: string}}}}}
  /things:
    get:
      operationId: getThing
      tags: [things]
      security: []
      parameters:
        - {name: If-None-Match, in: header, schema: {type: string}}
      responses:
        '204': {description: Done}
components:
  schemas:
    Key: {oneOf: [{type: integer}, {type: string}]}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	methods, code := read(t, "client/operations.gen.go"), read(t, "gen/client/client.gen.go")
	for _, part := range []string{
		"FindThings(ctx context.Context, kind string, params *FindThingsParams, editors ...RequestEditor)",
		"FindThings(ctx, kind, params, with(", "FindThingsParams = api.FindThingsParams",
		"GetThing(ctx context.Context, editors ...RequestEditor)",
	} {
		if !strings.Contains(methods, part) {
			t.Errorf("the client lacks %s:\n%s", part, methods)
		}
	}
	for _, part := range []string{"Page ", "Price ", "Since ", "Tags ", "XTrace ", "IfNoneMatch ", "Theme "} {
		if _, fields, _ := strings.Cut(code, "type FindThingsParams struct {"); !strings.Contains(fields[:strings.Index(fields, "\n}")],
			part) {
			t.Errorf("the parameters lack %s", part)
		}
	}
}

// A schema Error of the contract is the body of all errors, and responses of statuses that the server does not send have types.
func TestForeignErrors(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
`+sending("pay", `application/json: {schema: {type: object}}`)+`
        '402': {description: Pay first, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
        '404': {description: No such thing, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
`+sending("other", `application/json: {schema: {type: object}}`)+`
        '404': {description: No such thing}
        '410': {description: Gone}
components:
  schemas:
    Error: {type: object, required: [errors], properties: {errors: {type: array, items: {type: string}}}}
`)
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	contract, code, overlay := read(t, "openapi.yaml"), read(t, "gen/api/api.gen.go"), read(t, "gen/overlay.yaml")
	if !strings.Contains(contract, "    PayloadTooLarge:\n") || strings.Contains(contract, "ErrorEnvelope") {
		t.Errorf("the made responses do not have the contract's Error:\n%s", contract)
	}
	for _, part := range []string{"type Pay402JSONResponse Error", "type Pay404JSONResponse Error", "type Other410Response struct"} {
		if !strings.Contains(code, part) {
			t.Errorf("no %s", part)
		}
	}
	if part := "$.paths['/other'].post.responses['404']"; !strings.Contains(overlay, part) {
		t.Errorf("the overlay lacks %s:\n%s", part, overlay)
	}
}

// All names that Go cannot have are in one error, in the order of their lines.
func TestInvalidNames(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
`+sending("b-b", `application/json: {schema: {type: object}}`)+sending("a_a",
		`application/json: {schema: {type: object, properties: {名: {type: string}, 'a,b': {}, 字: {x-go-name: Ji, type: string}}}}`))
	document := strings.Replace(read(t, "openapi.yaml"), "tags: [things]", "tags: [my-things]", 1)
	document = strings.Replace(document, "tags: [things]", "tags: []", 1)
	if err := os.WriteFile("openapi.yaml", []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []string{`line 8: POST /b-b: invalid operationId "b-b"`, `line 9: POST /b-b: invalid tag "my-things"`,
		`line 15: POST /a_a: a_a has 0 tags`, `line 16: POST /a_a: invalid operationId "a_a"; it becomes a Go method: use a letter, then ` +
			`letters and digits, such as aA`,
		"line 19: /paths/~1a_a/post/requestBody/content/application~1json/schema/properties/名: the name has no letter",
		"line 19: /paths/~1a_a/post/requestBody/content/application~1json/schema/properties/a,b: package encoding/json has no"}
	err := Run(".", io.Discard)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(strings.TrimPrefix(err.Error(), "contract: "), "\n")
	if len(lines) != len(want) {
		t.Fatal(err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%s, want %s", line, want[i])
		}
	}
}

// sending returns a path with an operation that has that content as its body.
func sending(id, content string) string {
	return "  /" + id + ":\n    post:\n      operationId: " + id +
		"\n      tags: [things]\n      security: []\n      requestBody: {content: {" +
		content + "}}\n      responses:\n        '204': {description: Done}\n"
}

// Names that would be declared twice in generated code are refused with the name to change.
func TestCollidingNames(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /pet:
    get:
      operationId: getPet
      tags: [pets]
      security: []
      responses:
        '200': {description: A pet, content: {application/json: {schema: {$ref: '#/components/schemas/pet'}}}}
    put:
      operationId: putPet
      tags: [pets]
      security: []
      responses:
        '204': {description: Done}
components:
  schemas:
    pet: {type: object}
    other: {type: object}
`
	for _, tt := range [][3]string{
		{"other:", "Pet:", "line 23: /components/schemas/Pet"},
		{"other:", "client:", "line 23: /components/schemas/client"},
		{"other: {type: object}", "other: {type: array, items: {$ref: '#/components/schemas/other'}}", "cannot contain itself"},
		{"putPet", "get_pet", "invalid operationId"},
		{"putPet", "GetPet", "line 14: /paths/~1pet/put/operationId"},
		{"schemas/pet'}}}}\n", "schemas/filter'}}}}\n", "schema filter: its type in Go is Filter, but that is a name in client"},
	} {
		module(t, strings.NewReplacer(tt[0], tt[1], "    pet: {type", "    filter: {type: object}\n    pet: {type").Replace(document))
		if err := os.WriteFile("client/find.go", []byte("package client\n\ntype Filter struct{}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Run(".", io.Discard); err == nil || !strings.Contains(err.Error(), tt[2]) {
			t.Errorf("%s: %v, want %q", tt[1], err, tt[2])
		}
	}
}

// Collisions of all kinds are in one error, in the order of their lines.
func TestManyCollidingNames(t *testing.T) {
	module(t, `openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
security: []
paths:
  /pet:
    get:
      operationId: getPet
      tags: [pets]
      parameters:
        - {name: user_id, in: query, schema: {type: string}}
        - {name: userId, in: query, schema: {type: string}}
      responses:
        '200': {description: A pet, content: {application/json: {schema: {$ref: '#/components/schemas/pet'}}}}
    put:
      operationId: GetPet
      tags: [pets]
      responses:
        '204': {description: Done}
    post:
      operationId: addPet
      tags: [pets]
      responses:
        '200': {$ref: '#/components/responses/Third'}
components:
  responses:
    Third: {description: A pet, content: {application/json: {schema: {type: object, properties: {pet: {type: string}}}}}}
  schemas:
    pet: {type: object, properties: {one: {type: string}, One: {type: integer}}}
    third: {type: object, properties: {y: {type: string}}}
    client: {type: object, properties: {y: {type: string}}}
    Pet: {type: object, properties: {two: {type: string}, Two: {type: integer}}}
`)
	err := Run(".", io.Discard)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"contract: line 8: /paths/~1pet/get/operationId, line 16: /paths/~1pet/put/operationId: ",
		"line 11: /paths/~1pet/get/parameters/0/name, line 12: /paths/~1pet/get/parameters/1/name: ",
		"line 27: /components/responses/Third/content/application~1json/schema/properties/pet, line 29: /components/schemas/pet, " +
			"line 32: /components/schemas/Pet: ",
		"line 27: /components/responses/Third, line 30: /components/schemas/third: ",
		"line 29: /components/schemas/pet/properties/one, line 29: /components/schemas/pet/properties/One: ",
		"line 31: /components/schemas/client: ",
		"line 32: /components/schemas/Pet/properties/two, line 32: /components/schemas/Pet/properties/Two: ",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Fatalf("line %d is not %q:\n%v", i+1, want, err)
		}
	}
	if len(lines) != 7 {
		t.Error(err)
	}
}
