package spec

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
)

func TestFollow(t *testing.T) {
	t.Parallel()
	e := Exchange{
		Path: map[string]string{"id": "7"}, Request: []byte(`{"email":"a@b.example","deep":[{"a/b":1}]}`),
		Header: headers("ETag", `"3"`), Response: []byte(`{"id":"8","none":""}`),
	}
	for expression, want := range map[string]any{
		"$request.path.id":             "7",
		"$request.body#/email":         "a@b.example",
		"$request.body#/deep/0/a~1b":   1.0,
		"$response.header.ETag":        `"3"`,
		"$response.body#/id":           "8",
		"constant":                     "constant",
		"$response.body#/nothing":      nil,
		"$response.body#/none":         nil, // empty
		"$request.body#/deep/1":        nil,
		"$request.body#/deep/-1":       nil,
		"$request.body#/email/further": nil,
		"$response.header.Age":         nil,
		"$request.path.other":          nil,
		"$url":                         nil,
		"$request.query.filter":        nil,
	} {
		path, _, ok := Link{parameters: map[string]string{"id": expression}}.Follow(e)
		if ok != (want != nil) || ok && path["id"] != text(want) {
			t.Errorf("%s: %v %v, want %v", expression, path, ok, want)
		}
		_, header, ok := Link{parameters: map[string]string{"header.If-Match": expression}}.Follow(e)
		if ok && header.Get("If-Match") != text(want) {
			t.Errorf("%s: %v", expression, header)
		}
	}
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

// The examples of RFC 6901, section 5, and pointers without a value.
func TestAt(t *testing.T) {
	t.Parallel()
	document := []byte(`{"":0," ":7,"a/b":1,"c%d":2,"foo":["bar","baz"],"m~n":8,"null":null}`)
	for pointer, want := range map[string]string{
		"": string(document), "/foo": `["bar","baz"]`, "/foo/0": "bar", "/": "0", "/a~1b": "1", "/c%d": "2", "/m~0n": "8", "/ ": "7",
		"/null": "null",
	} {
		if value, found := At(document, pointer); !found || text(value) != want {
			t.Errorf("%q: %v, %t; want %s", pointer, value, found, want)
		}
	}
	for _, pointer := range []string{"foo", "#/foo", "/foo/2", "/foo/-1", "/foo/-", "/foo/x", "/foo/0/0", "/nothing", "/null/x"} {
		if value, found := At(document, pointer); found {
			t.Errorf("%q: %v, want nothing", pointer, value)
		}
	}
}

// The validation of any response ends, and its error does not quote the response.
func FuzzResponse(f *testing.F) {
	op := answering(f)
	f.Add(200, "application/json", `"1"`, `{"title":"a","parts":[{"title":"b"}]}`, "/parts/0/title")
	f.Add(404, "application/problem+json", "", `{"code":"GONE"}`, "")
	f.Fuzz(func(t *testing.T, status int, contentType, etag, body, pointer string) {
		r := httptest.NewRequest("GET", "/things/1", nil)
		h := headers("Content-Type", contentType, "ETag", etag)
		err := op.ValidateResponse(r, status, h, []byte(body))
		shown := op.Features(r, status, h, []byte(body))
		if err == nil && len(shown) < 3 {
			t.Errorf("a valid response demonstrates only %v", shown)
		}
		value, found := At([]byte(body), pointer)
		if found && !json.Valid([]byte(body)) {
			t.Errorf("%v at %q in invalid JSON", value, pointer)
		}
	})
}
