package spec

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// numbers is a contract body with a number of each type.
const numbers = `requestBody: {content: {application/json: {schema: {type: object, properties: {` +
	`whole: {type: integer}, small: {type: integer, format: int32}, natural: {type: integer, format: uint64}, ` +
	`part: {type: number}, single: {type: number, format: float}, free: {}, list: {type: array, items: {type: integer}}, ` +
	`one: {oneOf: [{type: integer}, {type: string}, {type: object, required: [a], properties: {a: {type: integer, format: int32}}}]}, ` +
	`any: {anyOf: [{type: integer}, {type: number}]}, ` +
	`union: {oneOf: [{type: object, required: [f], properties: {f: {}}}, ` +
	`{type: array, items: {allOf: [{type: integer}, {minimum: 0}]}}]}, ` +
	`all: {allOf: [{type: object}, {type: object, properties: {id: {type: integer}}, additionalProperties: {type: integer}}]}}}}}}`

// notHeld is the error of a number without a type.
const notHeld = "type must be a number that float64 holds, such as an integer up to 9007199254740991; send others as strings"

// A handler gets what it can read: an integer is one however it is written, and one that Go's type cannot hold is rejected with its place.
func TestNumbers(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", numbers))
	for body, want := range map[string]string{ // the value or the error
		`{"whole":1e3}`:                    `{"whole":1000}`,
		`{"whole":1.50E+1}`:                `{"whole":15}`,
		`{"whole":100e-2}`:                 `{"whole":1}`,
		`{"whole":-1.0}`:                   `{"whole":-1}`,
		`{"whole":-0.0}`:                   `{"whole":0}`,
		`{"whole":0e-400}`:                 `{"whole":0}`,
		`{"whole":9007199254740993.0}`:     `{"whole":9007199254740993}`,
		`{"whole":922337203685477580.7e1}`: `{"whole":9223372036854775807}`,
		`{"free":null}`:                    `{"free":null}`,
		`{"free":[{"a":1e3}],"part":1e3}`:  `{"free":[{"a":1e3}],"part":1000}`,
		`{"part":1e30}`:                    `{"part":1e30}`,
		`{"natural":18446744073709551615}`: `{"natural":18446744073709551615}`,
		`{"whole":9223372036854775808}`:    `/whole type must be in the range of int64`,
		`{"whole":9223372036854775808.0}`:  `/whole type must be in the range of int64`,
		`{"whole":1e19}`:                   `/whole type must be in the range of int64`,
		`{"small":2147483648}`:             `/small type must be in the range of int32`,
		`{"natural":-1}`:                   `/natural type must be in the range of uint64`,
		`{"single":1e39}`:                  `/single type must be in the range of float`,
		`{"list":[1,1e19]}`:                `/list/1 type must be in the range of int64`,
		`{"one":1e3}`:                      `{"one":1000}`,
		`{"one":{"a":1e3}}`:                `{"one":{"a":1000}}`,
		`{"any":1e19}`:                     `{"any":10000000000000000000}`,
		`{"one":9223372036854775808}`: `/one oneOf must match exactly one schema in oneOf: must be in the range of int64, ` +
			`or must be string, or must be object`,
		`{"one":{"a":2147483648}}`: `/one oneOf must match exactly one schema in oneOf: must be integer, ` +
			`or must be string, or /a must match format "int32"`,
		`{"free":9007199254740992}`:                            `{"free":9007199254740992}`,
		`{"free":[0.12345678901234567890]}`:                    `{"free":[0.12345678901234567890]}`,
		`{"free":[{"a":9007199254740993}]}`:                    `/free/0/a ` + notHeld,
		`{"more":{"a":-12345678901234567890}}`:                 `/more/a ` + notHeld,
		`{"more":1e400}`:                                       `/more ` + notHeld,
		`{"free":1e400}`:                                       `/free type must be in the range of float64`,
		`{"part":1e400}`:                                       `/part type must be in the range of float64`,
		`{"part":9007199254740993}`:                            `{"part":9007199254740993}`,
		`{"union":{"f":9007199254740993}}`:                     `/union ` + notHeld,
		`{"union":[9007199254740993]}`:                         `{"union":[9007199254740993]}`,
		`{"all":{"id":9007199254740993,"b":9007199254740993}}`: `{"all":{"b":9007199254740993,"id":9007199254740993}}`,
		`{"whole":1e-3}`:                                       `/whole type must be integer`,
		`{"whole":1e300}`:                                      `/whole type must be in the range of int64`,
	} {
		r := httptest.NewRequest("POST", "/things", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r, err := check.ValidateRequest(t.Context(), r, nil, nil, nil)
		got := ""
		if err == nil {
			text, err := json.Marshal(r.Body.(interface{ ValidatedValue() any }).ValidatedValue())
			if err != nil {
				t.Fatal(err)
			}
			got = string(text)
		} else {
			f := bodyFault(t, numbers, body).Fields[0]
			got = f.Path + " " + f.Code + " " + f.Message
		}
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// Errors of allOf, oneOf and anyOf have a path and say what was expected.
func TestCompositionErrors(t *testing.T) {
	t.Parallel()
	const member = `requestBody: {content: {application/json: {schema: {type: object, properties: {` +
		`all: {allOf: [{type: object, required: [a]}, {type: object, properties: {b: {type: integer}}}]}, ` +
		`one: {oneOf: [{type: string, maxLength: 1}, {type: object, properties: {c: {type: integer}}, required: [c]}]}, ` +
		`any: {anyOf: [{type: boolean}, {type: array, items: {type: string}}]}, ` +
		`pet: {oneOf: [{$ref: '#/components/schemas/cat'}], discriminator: {propertyName: kind}}, ` +
		`list: {type: array, items: {allOf: [{type: object, properties: {d: {type: string, maxLength: 1}}}]}}}}}}}`
	for body, want := range map[string]string{
		`{"all":{"b":"x"}}`: "/all required must have required property 'a'|/all/b type must be integer",
		`{"one":"xx"}`: "/one oneOf must match exactly one schema in oneOf: must NOT have more than 1 characters, or " +
			"must be object",
		`{"one":{"c":"x"}}`:                "/one oneOf must match exactly one schema in oneOf: must be string, or /c must be integer",
		`{"any":[1]}`:                      "/any anyOf must match a schema in anyOf: must be boolean, or /0 must be string",
		`{"list":[{},{"d":"xx"}]}`:         "/list/1/d maxLength must NOT have more than 1 characters",
		`{"pet":{"age":1}}`:                "/pet/kind discriminator must be one of cat",
		`{"pet":{"kind":"Cat"}}`:           "/pet/kind discriminator must be one of cat",
		`{"pet":{"kind":"cat","age":"y"}}`: "/pet/age type must be integer",
	} {
		e := bodyFault(t, member, body)
		if e == nil {
			t.Errorf("%s: no error", body)
			continue
		}
		var got []string
		for _, f := range e.Fields {
			got = append(got, f.Path+" "+f.Code+" "+f.Message)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %s\nwant %s", body, strings.Join(got, "|"), want)
		}
	}
}
