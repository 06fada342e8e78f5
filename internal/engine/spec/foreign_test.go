package spec

import (
	"net/http"
	"net/http/httptest"
	"slices"
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
    File: {type: string, format: binary}
    Thing:
      type: object
      x-go-name: Item
      properties:
        name: {type: string, x-go-type-skip-optional-pointer: true}
        next: {$ref: '#/components/schemas/Thing'}
`

// subtypes is a schema with a discriminator, and one that extends it.
const subtypes = `    Pet: {type: object, properties: {kind: {type: string}}, discriminator: {propertyName: kind}}
    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
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
		{"a union of objects in a parameter", []string{"parameter size", "scalars only", "content"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {$ref: '#/components/schemas/Either'}", "    File: {",
				"    Either: {oneOf: [{type: string}, {type: object}]}\n    File: {"}},
		{"an object of objects in a parameter", []string{"parameter size", `property "a"`, "deepObject"},
			[]string{"schema: {type: string, enum: [small]}",
				"style: deepObject, schema: {type: object, properties: {a: {type: object}}}"}},
		{"an object without properties in a parameter", []string{"parameter size", "without properties"},
			[]string{"schema: {type: string, enum: [small]}", "style: deepObject, schema: {type: object}"}},
		{"a list of anything in a parameter", []string{"parameter size", "items of type string"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {type: array, items: {}}"}},
		{"parameters of any name", []string{"parameter size", "style deepObject"}, []string{"schema: {type: string, enum: [small]}",
			"schema: {type: object, additionalProperties: {type: string}}"}},
		{"a map in the query", nil, []string{"schema: {type: string, enum: [small]}",
			"style: deepObject, schema: {type: object, additionalProperties: {type: string}}"}},
		{"a required null in a parameter", []string{"parameter size", "nullable", "required"},
			[]string{"schema: {type: string, enum: [small]}",
				"required: true, content: {application/json: {schema: {type: string, nullable: true}}}"}},
		{"an object in a header", []string{"parameter size", "query only", "content"},
			[]string{"{name: size, in: query, schema: {type: string, enum: [small]}", "{name: size, in: header, schema: {type: object}"}},
		{"a property that is a parameter too", []string{"query parameter size", "deepObject"}, []string{"      - {name: size,",
			"      - {name: all, in: query, schema: {type: object, properties: {size: {type: integer}}}}\n      - {name: size,"}},
		{"content other than JSON", []string{"parameter size", "application/json"}, []string{"schema: {type: string, enum: [small]}",
			"content: {text/plain: {schema: {type: string}}}"}},
		{"a list of objects", []string{"parameter size", "items of type string"}, []string{"schema: {type: string, enum: [small]}",
			"schema: {type: array, items: {type: object}}"}},
		{"a list of bytes", []string{"line 13", "parameter size", "format byte", "content"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {type: array, items: {type: string, format: byte}}"}},
		{"a parameter without a type", []string{"line 13", "parameter size", "no type", "type: string"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {enum: [small]}"}},
		{"a style of lists for a string", []string{"line 13", "parameter size", "style spaceDelimited", "remove it"},
			[]string{"schema: {type: string, enum: [small]}", "style: spaceDelimited, schema: {type: string}"}},
		{"not in a parameter", []string{"line 13", "parameter size", "in the handler"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {allOf: [{type: string}, {not: {enum: [large]}}]}"}},
		{"a union of itself", []string{"line 26: /components/schemas/Back", "consists of itself", "below a property"},
			[]string{"    File: {", "    Loop: {oneOf: [{$ref: '#/components/schemas/Back'}, {type: string}]}\n    Back: {allOf: [{$ref: " +
				"'#/components/schemas/Loop'}, {type: object}]}\n    File: {"}},
		{"a discriminator of subtypes", []string{"line 20: /paths/~1things~1{id}/patch/requestBody", "lose the properties of Cat", "oneOf"},
			[]string{"'#/components/schemas/Thing'}}}}", "'#/components/schemas/Pet'}}}}", "    File: {", subtypes + "    File: {"}},
		{"a discriminator of subtypes in a oneOf", nil, []string{"{$ref: '#/components/schemas/Thing'}}}}",
			"{oneOf: [{$ref: '#/components/schemas/Cat'}]}}}}", "    File: {", subtypes + "    File: {"}},
		{"an example for which only the discriminator decides", nil,
			[]string{"'204': {description: Done, x", "'200': {content: {application/json: {schema: {oneOf: [{$ref: " +
				"'#/components/schemas/Thing'}, {$ref: '#/components/schemas/Other'}], discriminator: {propertyName: name}}, example: " +
				"{name: Other}}}, description: Done, x", "    File: {", "    Other: {type: object, properties: {name: {type: string}}}\n" +
				"    File: {"}},
		{"a list in a cookie", []string{"parameter size", "cookie"}, []string{"in: query, schema: {type: string, enum: [small]}",
			"in: cookie, schema: {type: array, items: {type: string}}"}},
		{"a cookie", nil, []string{"{name: size, in: query,", "{name: size, in: cookie,"}},
		{"two parameters in a row", []string{"/things/{id}{id2}", "next to each other"},
			[]string{"  /things/{id}:\n", "  /things/{id}{id2}:\n", "      - {name: size,",
				"      - {name: id2, in: path, required: true, schema: {type: string}}\n      - {name: size,"}},
		{"a response with an empty status", []string{"PATCH /things/{id}", `"" is not a status`}, []string{"'204': {description: Done, x",
			"'': {content: {a/b: {}}, description: Done, x"}},
		{"a response without a status", []string{"PATCH /things/{id}", `"2xx" is not a status`, "4XX"}, []string{"'204': {", "'2xx': {"}},
		{"a query in the path", []string{"/things/{id}?x", "not supported"}, []string{"  /things/{id}:\n", "  /things/{id}?x:\n"}},
		{"a page of the server", []string{"/explorer/{id}", "page of the server"}, []string{"  /things/{id}:\n", "  /explorer/{id}:\n"}},
		{"a page below a base path", []string{"/{id}", "page of the server"},
			[]string{"  /things/{id}:\n", "  /{id}:\n", "\npaths:", "\nservers: [{url: /explorer}]\npaths:"}},
		{"two base paths", []string{"line 7: /servers/1", `"/v2/"`, `/servers/0 is "/v1/"`, "same path"},
			[]string{"\npaths:", "\nservers: [{url: /v1}, {url: 'https://example.com/v2'}]\npaths:"}},
		{"another base path of a path", []string{"/paths/~1things~1{id}/servers/0", "same path"},
			[]string{"    x-internal: true\n", "    servers: [{url: /files}]\n"}},
		{"another base path of an operation", []string{"/paths/~1things~1{id}/patch/servers/0", "same path"},
			[]string{"      x-codegen-request-body-name: thing\n", "      servers: [{url: 'https://files.example.com/v1'}]\n"}},
		{"a base path with a query", []string{"/servers/0", "without a query"},
			[]string{"\npaths:", "\nservers: [{url: '/v1?a=b'}]\npaths:"}},
		{"a base path with escapes", []string{"/servers/0", "not supported"},
			[]string{"\npaths:", "\nservers: [{url: '/a%20b'}]\npaths:"}},
		{"no deadline for a response that is not a stream", []string{"PATCH /things/{id}", "x-limits.deadline: none", "stream of bytes"},
			[]string{"      x-codegen-request-body-name: thing\n", "      x-limits: {deadline: none}\n"}},
		{"no deadline for all operations", []string{"x-limits.deadline: none", "set a duration"}, []string{"deadline: 10s",
			"deadline: none"}},
		{"another document", []string{"line 20", "things.yaml#/Thing", "another file", "folder contract"},
			[]string{"'#/components/schemas/Thing'}}}}", "'things.yaml#/Thing'}}}}"}},
		{"binary data in JSON", []string{"PATCH /things/{id}", "/components/schemas/Thing/properties/name", "format binary", "byte"},
			[]string{"name: {type: string,", "name: {type: string, format: binary,"}},
		{"a text as a label", []string{"parameter id", "style label", "write .{id} into the path"},
			[]string{"schema: {type: string, maxLength: 9}", "style: label, schema: {type: string}"}},
		{"a text as a matrix", []string{"parameter id", "style matrix", "write ;id={id} into the path"},
			[]string{"schema: {type: string, maxLength: 9}", "style: matrix, explode: true, schema: {type: string}"}},
		{"a number as an exploded label", []string{"parameter id", "type number"},
			[]string{"schema: {type: string, maxLength: 9}", "style: label, explode: true, schema: {type: number}"}},
		{"an empty number", []string{"parameter size", "allowEmptyValue"},
			[]string{"schema: {type: string, enum: [small]}", "allowEmptyValue: true, schema: {type: boolean}"}},
		{"a list in a form object", []string{"parameter size", `property "a"`, "use deepObject"}, []string{
			"schema: {type: string, enum: [small]}", "schema: {type: object, properties: {a: {type: array, items: {type: string}}}}"}},
		{"two paths that differ in a name", []string{"conflicting paths"}, []string{"components:\n  schemas", "  /things/{name}: {}\n" +
			"components:\n  schemas"}},
		{"a lookahead", []string{"line 12: /paths/~1things~1{id}/parameters/1/schema/pattern", "lookahead", "in the handler"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {type: string, pattern: '^(?=a).*$'}"}},
		{"an invalid pattern", []string{"/parameters/1/schema/pattern", "missing closing ]"},
			[]string{"schema: {type: string, enum: [small]}", "schema: {type: string, pattern: '[a'}"}},
		{"a character code in lower case", nil, []string{"schema: {type: string, enum: [small]}",
			`schema: {type: string, pattern: '^[\u00e4]$'}`}},
		{"a number in an enum of strings", []string{"/schema/enum", "1 is not a value of type string; write '1'"},
			[]string{"enum: [small]", "enum: [1]"}},
		{"a large integer in an enum", []string{"/schema/enum", "not exact", "in the handler"},
			[]string{"type: string, enum: [small]", "type: integer, enum: [9007199254740993]"}},
		{"null in an enum", []string{"/schema/enum", "nullable: true"}, []string{"enum: [small]", "enum: [small, null]"}},
		{"an invalid default", []string{"line 12: /paths/~1things~1{id}/parameters/1/schema/default", "must be equal to one of",
			"remove default"}, []string{"enum: [small]", "enum: [small], default: large"}},
		{"a list in deepObject style", []string{"parameter size", "call the parameter name[]"},
			[]string{"schema: {type: string, enum: [small]}", "style: deepObject, schema: {type: array, items: {type: string}}"}},
		{"a discriminator of inline schemas", []string{"/components/schemas/Either/discriminator", "as components"},
			[]string{"    File: {", "    Either: {oneOf: [{type: object}], discriminator: {propertyName: a}}\n    File: {"}},
		{"a discriminator that leads nowhere", []string{"/components/schemas/Either/discriminator", `mapping of "a"`, "schemas/File"},
			[]string{"    File: {", "    Either: {oneOf: [{$ref: '#/components/schemas/Thing'}], discriminator: {propertyName: a, " +
				"mapping: {a: File}}}\n    File: {"}},
		{"a reference into a component", []string{"Thing/properties/name does not lead to a component", "write what is there"},
			[]string{"next: {$ref: '#/components/schemas/Thing'}", "next: {$ref: '#/components/schemas/Thing/properties/name'}"}},
		{"a response 204 with a body", []string{"response 204", "no body", "remove content"},
			[]string{"description: Done, x", "content: {application/json: {schema: {type: string}}}, description: Done, x"}},
		{"a union in a header", []string{"response 204", "header X-A", "use type string"}, []string{"description: Done, x",
			"headers: {X-A: {schema: {oneOf: [{type: string}, {type: integer}]}}}, description: Done, x"}},
		{"XML with an example", nil, []string{"'204': {description: Done, x",
			"'200': {content: {text/xml: {schema: {type: object}, example: <a/>}}, description: Done, x"}},
		{"an example elsewhere", nil, []string{"'204': {description: Done, x", "'200': {content: {application/json: {schema: " +
			"{type: object}, examples: {a: {externalValue: 'https://example.com/a.json'}}}}, description: Done, x"}},
		{"a misspelt extension", []string{"unknown extension x-limit; did you mean x-limits?"},
			[]string{"x-codegen-request-body-name", "x-limit"}},
	})
}

func TestInvalidBodies(t *testing.T) {
	t.Parallel()
	content := func(text string) []string {
		return []string{"content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}",
			text}
	}
	form := func(property, more string) []string {
		return content("content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: " + property + "}}" + more +
			"}}")
	}
	upload := func(property, more string) []string {
		return content("content: {multipart/form-data: {schema: {type: object, properties: {a: " + property + "}}" + more + "}}")
	}
	const thing = "{schema: {$ref: '#/components/schemas/Thing'}}"
	flat := edited(t, foreign, "        next: {$ref: '#/components/schemas/Thing'}\n", "")
	refuse(t, flat, []mistake{
		{"the same schema as JSON and as a form", nil, content("content: {application/json: " + thing + ", " + formType + ": " + thing +
			"}")},
		{"bytes and text", nil, content("content: {application/pdf: {}, text/plain: {schema: {type: string}}}")},
		{"images", nil, content("content: {image/*: {schema: {type: string, format: binary}}, application/pdf: {}}")},
		{"a list with a separator", nil, form("{type: array, items: {type: string}}", ", encoding: {a: {explode: false}}")},
		{"two schemas", []string{"PATCH /things/{id}", "application/json", formType, "the same schema"},
			content("content: {application/json: " + thing + ", " + formType + ": {schema: {type: object}}}")},
		{"bytes of two types beside JSON", []string{"must be the only such media type"},
			content("content: {application/json: " + thing + ", image/png: {}, image/gif: {}}")},
		{"a range beside JSON", []string{"image/*", "must be the only such media type"},
			content("content: {application/json: " + thing + ", image/*: {}}")},
		{"a type that begins with another", []string{"application/json-seq", "cannot tell them apart"},
			content("content: {application/json: " + thing + ", application/json-seq: {}}")},
		{"a parameter of a media type", []string{"text/plain; charset=utf-8", "without parameters"},
			content("content: {'text/plain; charset=utf-8': {schema: {type: string}}}")},
		{"another multipart", []string{"multipart/mixed", "use multipart/form-data"}, content("content: {multipart/mixed: " + thing + "}")},
		{"XML with a schema", []string{"application/xml", "format: binary"}, content("content: {application/xml: " + thing + "}")},
		{"bytes with a limit", []string{"application/pdf", "x-limits.body"},
			content("content: {application/pdf: {schema: {type: string, format: binary, maxLength: 9}}}")},
		{"text that is a number", []string{"text/plain", "type string"}, content("content: {text/plain: {schema: {type: integer}}}")},
		{"text that is a date", []string{"text/plain", "type string"},
			content("content: {text/plain: {schema: {type: string, format: date}}}")},
		{"a form without a schema", []string{formType, "schema is missing"}, content("content: {application/x-www-form-urlencoded: {}}")},
		{"a form that is a list", []string{formType, "type object"},
			content("content: {application/x-www-form-urlencoded: {schema: {type: array, items: {type: string}}}}")},
		{"an object in a form", []string{"property a", "deepObject"}, form("{type: object}", "")},
		{"a list of objects in a form", []string{"property a", "deepObject"}, form("{type: array, items: {type: object}}", "")},
		{"a union in a form", []string{"property a", "must have a type"}, form("{oneOf: [{type: string}, {type: integer}]}", "")},
		{"a file in a form", []string{"property a", "multipart/form-data"}, form("{$ref: '#/components/schemas/File'}", "")},
		{"an object in an object", []string{"property a", `property "b"`, "scalars"},
			form("{type: object, properties: {b: {type: object}}}", ", encoding: {a: {style: deepObject}}")},
		{"an encoding of nothing", []string{"encoding b", "no such property"}, form("{type: string}", ", encoding: {b: {style: form}}")},
		{"a file with a limit", []string{"property a", "x-limits.body"}, upload("{type: string, format: binary, maxLength: 9}", "")},
		{"a default in an upload", []string{"multipart/form-data", "default"}, upload("{type: string, default: x}", "")},
		{"headers of a part", []string{"property a", "headers"},
			upload("{type: string}", ", encoding: {a: {headers: {X-A: {schema: {type: string}}}}}")},
		{"a type of a field", []string{"property a", "encoding.contentType"}, upload("{type: string}",
			", encoding: {a: {contentType: text/html}}")},
		{"a file in JSON", []string{"PATCH /things/{id}", "/properties/a", "format binary", "byte"},
			content("content: {application/json: {schema: {type: object, properties: {a: {$ref: '#/components/schemas/File'}}}}}")},
		{"a file in a response", []string{"response 200", "/properties/a", "format binary"}, []string{"'204': {description: Done, x",
			"'200': {content: {application/json: {schema: {type: object, properties: {a: {$ref: '#/components/schemas/File'}}}}}, " +
				"description: Done, x"}},
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

// responses is a contract with ranges of statuses and with media types other than JSON.
const responses = `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1MiB, deadline: 10s}
paths:
  /report:
    get:
      operationId: getReport
      tags: [things]
      security: []
      responses:
        '200':
          description: The report
          content:
            text/csv: {schema: {type: string, maxLength: 3}}
            image/png: {schema: {type: string, format: binary}}
            application/hal+json: {schema: {type: object, required: [name]}}
        4XX: {description: Your mistake}
        default: {description: Anything else, content: {text/plain: {schema: {type: string}}}}
`

func TestForeignResponses(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(responses))
	if err != nil {
		t.Fatal(err)
	}
	op, r := c.ByID("getReport"), httptest.NewRequest("GET", "/report", nil)
	for _, tt := range []struct {
		status            int
		media, body, want string // want is in the error; empty: none
	}{
		{200, "text/csv; charset=utf-8", "a,b", ""},
		{200, "text/csv", "a,b,c", "must NOT have more than 3 characters"},
		{200, "image/png", "\x89PNG\xff", ""},
		{200, "application/hal+json", `{"name": 1}`, ""},
		{200, "application/hal+json", `{}`, "required property 'name'"},
		{200, "application/hal+json", `{`, "is not valid JSON"},
		{200, "text/html", `a`, "Content-Type: is not documented"},
		{404, "", "", ""},
		{404, "text/plain", "no", "body: must be empty"},
		{500, "text/plain", "oh", ""},
		{302, "text/plain", "there", ""},
	} {
		header := http.Header{"Content-Type": {tt.media}}
		err := op.ValidateResponse(r, tt.status, header, []byte(tt.body))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d %s %q: %v, want %q", tt.status, tt.media, tt.body, err, tt.want)
		}
	}
	for status, want := range map[int]string{404: "getReport 4XX", 500: "getReport default", 200: "getReport 200"} {
		if !slices.Contains(op.Features(r, status, http.Header{}, nil), Feature{FeatureStatus, want}) {
			t.Errorf("%d does not show %s", status, want)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, values := range map[string][2][]string{ // valid, invalid
		"byte":          {{"", "AAE=", "+/8=", "AAEC"}, {"AAE", "AAE==", "-_8=", "A A=", "AA=E", "$"}},
		"ipv4":          {{"192.0.2.1"}, {"192.0.2", "::1", "192.0.2.01", ""}},
		"ipv6":          {{"::1", "2001:db8::1"}, {"192.0.2.1", "fe80::1%eth0", ":::"}},
		"hostname":      {{"example.com", "a", "xn--bcher-kva.example"}, {"-a.example", "a..b", "a_b", "", strings.Repeat("a.", 127)}},
		"uri":           {{"https://example.com/a?b#c", "urn:isbn:1"}, {"/a", "a b", "http://a b", ""}},
		"uri-reference": {{"/a", "?b", ""}, {"http://a b", "%zz"}},
		"time":          {{"12:00:00Z", "23:59:59.5+02:00"}, {"12:00", "25:00:00Z", "12:00:00"}},
	} {
		for i, list := range values {
			for _, value := range list {
				if err := formats[format].Validate(value); (err == nil) != (i == 0) {
					t.Errorf("%s %q: %v", format, value, err)
				}
			}
		}
	}
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	for servers, want := range map[string]string{
		"":                                  "",
		"[]":                                "",
		"[{url: /}]":                        "",
		"[{url: .}]":                        "",
		"[{url: /api/v1}]":                  "/api/v1",
		"[{url: /api/v1/}]":                 "/api/v1",
		"[{url: v1}]":                       "/v1",
		"[{url: ./v1}]":                     "/v1",
		"[{url: ../v1}]":                    "/v1",
		"[{url: 'https://example.com'}]":    "",
		"[{url: 'https://example.com/v1'}]": "/v1",
		"[{url: '//example.com/v1'}]":       "/v1",
		"[{url: 'https://{host}:{port}/{version}', variables: {host: {default: a.example}, port: {default: '1', enum: ['1']}, " +
			"version: {default: v2}}}]": "/v2",
		"[{url: 'https://{stage}.example.com/v1', variables: {stage: {default: a}}}, {url: 'http://localhost:3000/v1'}, {url: /v1}]": "/v1",
	} {
		document := foreign
		if servers != "" {
			document += "\nservers: " + servers + "\n"
		}
		c, err := Load([]byte(document))
		if err != nil {
			t.Errorf("%s: %v", servers, err)
			continue
		}
		if c.BasePath() != want {
			t.Errorf("%s: base path %q, want %q", servers, c.BasePath(), want)
		}
		if op := c.Operation("PATCH", want+"/things/1"); op == nil || want != "" && c.Operation("PATCH", "/things/1") != nil {
			t.Errorf("%s: %v is at %s", servers, op, want)
		}
	}
}

// Callbacks are documentation: they are no operations, and need no operationId. Webhooks are a part of OpenAPI 3.1.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	const callbacks = "      callbacks: {done: {'{$request.body#/next}': {post: {responses: {'204': {description: Received}}}}}}\n"
	with := strings.Replace(foreign, "      responses:\n", callbacks+"      responses:\n", 1)
	c, err := Load([]byte(with))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Operations()) != 1 || !strings.Contains(string(c.Document()), `"{$request.body#/next}"`) {
		t.Errorf("%d operations, and %s", len(c.Operations()), c.Document())
	}
	refuse(t, foreign, []mistake{{"webhooks", []string{"webhooks"},
		[]string{"\npaths:", "\nwebhooks: {done: {post: {responses: {'204': {description: Received}}}}}\npaths:"}}})
}
