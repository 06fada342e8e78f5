package spec

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answering is a contract of one operation whose response is a thing, empty or an error.
func answering(t testing.TB) *Operation {
	t.Helper()
	c := loaded(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /things/{id}:
    get:
      operationId: getThing
      tags: [things]
      security: []
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: If-None-Match, in: header, schema: {type: string}}
        - {name: tags, in: query, schema: {type: array, items: {type: string}}}
      responses:
        '200':
          description: The thing
          headers:
            ETag: {required: true, schema: {type: string, pattern: '^"[0-9]+"$'}}
            Age: {schema: {type: integer, minimum: 0}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
        '304':
          description: The same
          headers: {ETag: {required: true, schema: {type: string}}}
        '404':
          description: None
          content: {application/problem+json: {schema: {type: object, properties: {code: {$ref: '#/components/schemas/Code'}}}}}
components:
  schemas:
    Code: {type: string, x-extensible-enum: [NOT_FOUND, GONE]}
    Thing:
      type: object
      additionalProperties: false
      required: [title]
      properties:
        title: {type: string, maxLength: 5}
        parts: {type: array, items: {$ref: '#/components/schemas/Thing'}}
`)
	return c.Operations()[0]
}

func TestResponse(t *testing.T) {
	t.Parallel()
	op := answering(t)
	const json, problem = "application/json; charset=utf-8", "application/problem+json"
	for _, tt := range []struct {
		name   string
		method string
		status int
		header []string
		body   string
		want   []string // all in the error; empty: the response is valid
	}{
		{"a thing", "GET", 200, []string{"ETag", `"1"`, "Age", "5", "Content-Type", json}, `{"title":"a","parts":[{"title":"b"}]}`, nil},
		{"HEAD without a body", "HEAD", 200, []string{"ETag", `"1"`, "Content-Type", json}, "", nil},
		{"HEAD with a body", "HEAD", 200, []string{"ETag", `"1"`, "Content-Type", json}, "{}",
			[]string{"body: must have required property 'title'"}},
		{"HEAD without a header", "HEAD", 200, nil, "", []string{"header ETag: is required"}},
		{"not modified", "GET", 304, []string{"ETag", `"1"`}, "", nil},
		{"not modified, without its header", "GET", 304, nil, "", []string{"header ETag: is required"}},
		{"not modified, with a body", "GET", 304, []string{"ETag", `"1"`}, "{}", []string{"body: must be empty"}},
		{"an unknown status", "GET", 201, nil, "", []string{"status 201 is not documented", "200, 304, 404"}},
		{"a wrong header", "GET", 200, []string{"ETag", "secret", "Age", "-1", "Content-Type", json}, `{"title":"a"}`,
			[]string{"header ETag: must match pattern", "header Age: must be >= 0"}},
		{"a header that is not a number", "GET", 200, []string{"ETag", `"1"`, "Age", "secret", "Content-Type", json}, `{"title":"a"}`,
			[]string{"header Age: must be integer"}},
		{"another media type", "GET", 200, []string{"ETag", `"1"`, "Content-Type", "text/secret"}, `{"title":"a"}`,
			[]string{"Content-Type: is not documented", "application/json"}},
		{"no body", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, "", []string{"body: is not valid JSON"}},
		{"a truncated body", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, `{"title":"secret`,
			[]string{"body: is not valid JSON"}},
		{"a duplicate name", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, `{"title":"a","title":"b"}`,
			[]string{"body: is not valid JSON"}},
		{"wrong values", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, `{"title":"secrets","parts":[{"title":7}]}`,
			[]string{"body /title: must NOT have more than 5", "body /parts/0/title: must be string"}},
		{"an unknown property", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, `{"title":"a","more":"secret"}`,
			[]string{`body: must NOT have additional properties: "more"`}},
		{"null for a list", "GET", 200, []string{"ETag", `"1"`, "Content-Type", json}, `{"title":"a","parts":null}`,
			[]string{"body /parts: must be array"}},
		{"a code", "GET", 404, []string{"Content-Type", problem}, `{"code":"GONE"}`, nil},
		{"an unknown code", "GET", 404, []string{"Content-Type", problem}, `{"code":"SECRET"}`,
			[]string{"body /code", "x-extensible-enum"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := op.ValidateResponse(httptest.NewRequest(tt.method, "/things/1", nil), tt.status, headers(tt.header...), []byte(tt.body))
			text := "<nil>"
			if err != nil {
				text = err.Error()
			}
			if (err == nil) != (tt.want == nil) {
				t.Errorf("%s; want %q", text, tt.want)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s; want %q in it", text, want)
				}
			}
			if strings.Contains(strings.ToLower(text), "secret") {
				t.Errorf("%s quotes a value", text)
			}
		})
	}
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	op := answering(t)
	r := httptest.NewRequest("GET", "/things/1?tags=a", nil)
	shown := op.Features(r, 200, headers("ETag", `"1"`, "Content-Type", "application/json"), []byte(`{"parts":[{"title":"b"}]}`))
	want := map[Feature]bool{
		{FeatureOperation, "getThing"}: true, {FeatureStatus, "getThing 200"}: true, {FeatureMedia, "getThing 200 application/json"}: true,
		{FeatureHeader, "getThing 200 ETag"}: true, {FeatureProperty, "Thing.parts"}: true, {FeatureProperty, "Thing.title"}: true,
		{FeatureParameter, "getThing path id"}: true, {FeatureParameter, "getThing query tags"}: true,
	}
	for _, f := range shown {
		if !want[f] {
			t.Errorf("%v was demonstrated", f)
		}
		delete(want, f)
	}
	for f := range want {
		t.Errorf("%v was not demonstrated", f)
	}
	shown = op.Features(r, 404, headers("Content-Type", "application/problem+json"), []byte(`{"code":"GONE"}`))
	all := map[Feature]bool{}
	for _, f := range (&Contract{operations: []*Operation{op}}).Features() {
		all[f] = true
	}
	for _, f := range append(shown, Feature{FeatureCode, "GONE"}, Feature{FeatureCode, "NOT_FOUND"},
		Feature{FeatureProperty, "getThing 404.code"}) {
		if !all[f] {
			t.Errorf("%v is not a feature of the contract", f)
		}
	}
	if len(op.Features(r, 500, nil, nil)) != 3 { // the operation and two parameters
		t.Error("an undocumented status demonstrates features of its own")
	}
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}
