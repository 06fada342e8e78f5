package server_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// newForeign returns a server of foreignapp that checks its responses.
func newForeign(t testing.TB, app server.App) http.Handler {
	t.Helper()
	contract, err := spec.Load(app.OpenAPI)
	must(t, err)
	h, err := server.New(app, contract, engine.Services{Now: time.Now}, server.Config{CheckResponses: server.CheckFail},
		slog.New(slog.DiscardHandler))
	must(t, err)
	return h
}

// exchangeRow is a request to foreignapp and a part of its response.
type exchangeRow struct {
	name, request, contentType, body string // request: "POST /feedback"
	status                           int
	want                             string
}

func (e exchangeRow) send(h http.Handler, body io.Reader) (int, string) {
	method, target, _ := strings.Cut(e.request, " ")
	r := httptest.NewRequest(method, target, body)
	if e.contentType != "" {
		r.Header.Set("Content-Type", e.contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (e exchangeRow) check(t *testing.T, h http.Handler) {
	t.Helper()
	if status, text := e.send(h, strings.NewReader(e.body)); status != e.status || !strings.Contains(text, e.want) {
		t.Errorf("%s: %d %s\nwant %d %s", e.name, status, text, e.status, e.want)
	}
}

const (
	form      = "application/x-www-form-urlencoded"
	multipart = "multipart/form-data; boundary=B"
)

// part returns a part of a multipart form with the boundary B. The name may be followed by more parameters and header fields.
func part(name, content string) string {
	return "--B\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" + content + "\r\n"
}

const textFile = "file; filename=a.txt\r\nContent-Type: text/plain"

func TestForeignBodies(t *testing.T) {
	t.Parallel()
	h := newForeign(t, foreignapp.App())
	title, file, end := part("title", "T"), part(textFile, "content"), "--B--\r\n"
	for _, tt := range []exchangeRow{
		{"JSON", "POST /feedback", "application/json", `{"name":"a","vip":true}`, 200, `{"name":"a","vip":true}`},
		{"other JSON", "POST /feedback", "application/vnd.feedback+json; charset=utf-8", `{"name":"a"}`, 200, `{"name":"a","vip":false}`},
		{"a form", "POST /feedback", form,
			"name=a+b&age=7&vip=true&tags=1&tags=2&codes=x,y&address[city]=c&address[numbers]=1&extra=%7B%22n%22:1%7D",
			200, `{"address":{"city":"c","numbers":[1]},"age":7,"codes":["x","y"],"extra":{"n":1},"name":"a b","tags":[1,2],"vip":true}`},
		{"a form with a default", "POST /feedback", form, "name=a&score=", 200, `{"name":"a","score":null,"vip":false}`},
		{"canonical values", "POST /feedback", form, "name=a&email=Ann@EXAMPLE.com&at=2026-01-31T08:00:00Z", 200,
			`"email":"ann@example.com"`},
		{"tags[]", "POST /feedback", form, "name=a&tags[]=1&tags[]=2", 200, `"tags":[1,2]`},
		{"a wrong integer", "POST /feedback", form, "name=a&age=x", 422, `{"path":"/age","code":"type","message":"must be integer"`},
		{"an empty integer", "POST /feedback", form, "name=a&age=", 422, `"path":"/age"`},
		{"a negative integer", "POST /feedback", form, "name=a&age=-1", 422, `"path":"/age","code":"minimum"`},
		{"a wrong boolean", "POST /feedback", form, "name=a&vip=1", 422, `"path":"/vip"`},
		{"a wrong item", "POST /feedback", form, "name=a&tags=1&tags=x", 422, `"path":"/tags/1"`},
		{"a repeated field", "POST /feedback", form, "name=a&name=b", 422, `"path":"/name","code":"conflict"`},
		{"an unknown field", "POST /feedback", form, "name=a&role=admin", 422, `additionalProperties`},
		{"an unknown repeated field", "POST /feedback", form, "name=a&role=admin&role=x", 422, `additionalProperties`},
		{"an unknown property of an object", "POST /feedback", form, "name=a&address[x]=1", 422,
			`"path":"/address","code":"additionalProp`},
		{"an object without properties", "POST /feedback", form, "name=a&address=x", 422, `"path":"/address"`},
		{"a missing field", "POST /feedback", form, "age=1", 422, `must have required property 'name'`},
		{"wrong JSON in a form", "POST /feedback", form, "name=a&extra={", 422, `"path":"/extra"`},
		{"a wrong escape", "POST /feedback", form, "name=%zz", 400, `Invalid form`},
		{"bytes that are no UTF-8", "POST /feedback", form, "name=%ff", 400, `Invalid form`},
		{"no body", "POST /feedback", form, "", 400, `Request body is required`},
		{"another charset", "POST /feedback", form + "; charset=latin1", "name=a", 415, `unsupported charset`},
		{"a form field in the query", "POST /feedback?name=b", form, "name=a", 400, `UNKNOWN_PARAMETER`},
		{"another type", "POST /feedback", "text/plain", "name=a", 415,
			"does not match [application/json,application/vnd.feedback+json,application/x-www-form-urlencoded]"},
		{"a merge patch", "PATCH /feedback", "application/merge-patch+json", `{"name":null,"big":9223372036854775807}`, 200,
			`{"big":9223372036854775807,"name":null}`},
		{"JSON for a merge patch", "PATCH /feedback", "application/json", `{}`, 415, "does not match [application/merge-patch+json]"},

		{"bytes", "PUT /blob", "application/octet-stream", "\x00\xff", 200, "2 bytes"},
		{"text", "PUT /blob", "text/plain; charset=utf-8", "häh", 200, "text häh"},
		{"long text", "PUT /blob", "text/plain", "0123456789", 422, `"path":"","code":"maxLength"`},
		{"text that is no UTF-8", "PUT /blob", "text/plain", "\xff", 400, "UTF-8"},
		{"no bytes", "PUT /blob", "", "", 200, "nothing"},
		{"too many bytes", "PUT /blob", "application/octet-stream", strings.Repeat("x", 64<<10+1), 413, "at most 65536 bytes"},
		{"an image", "PUT /image", "Image/JPEG", "x", 200, "1 bytes"},
		{"no image", "PUT /image", "image/png", "", 400, "Request body is required"},
		{"another image", "PUT /image", "image/gif", "x", 415, "does not match [image/jpeg,image/png]"},

		{"an upload", "POST /uploads", multipart, title + part("count", "7") + part("labels", "a") + part("labels", "b") +
			part("meta", `{"public":true}`) + file + part("more; filename=b", "") + part("more; filename=c", "x\r\n--C") + end, 200,
			`{"parts":["title  1","count  1","labels  1","labels  1","meta  15","file a.txt 7","more b 0","more c 6"]}`},
		{"a name with quotes", "POST /uploads", multipart, title + part(`"file"; filename="\"ä\r\nb"`+"\r\nContent-Type: image/png", "x") +
			end,
			200, `"file \"ä\\r\\nb 1"`},
		{"a preamble", "POST /uploads", multipart, "hello\r\n" + title + file + end + "bye", 200, "file a.txt 7"},
		{"no required file", "POST /uploads", multipart, title + end, 422, `must have required property 'file'`},
		{"no required field, after the file", "POST /uploads", multipart, file + end, 422, `must have required property 'title'`},
		{"a field that is too long", "POST /uploads", multipart, part("title", strings.Repeat("x", 21)) + file + end, 422,
			`"path":"/title","code":"maxLength"`},
		{"a wrong number", "POST /uploads", multipart, part("count", "10") + title + file + end, 422, `"path":"/count","code":"maximum"`},
		{"a wrong item of a list", "POST /uploads", multipart, part("labels", "A") + title + file + end, 422,
			`"path":"/labels","code":"pattern"`},
		{"too many items", "POST /uploads", multipart, title + file + strings.Repeat(part("labels", "a"), 3) + end, 422,
			`"code":"maxItems"`},
		{"a wrong object", "POST /uploads", multipart, part("meta", `{"x":1}`) + title + file + end, 422,
			`"path":"/meta","code":"additional`},
		{"wrong JSON", "POST /uploads", multipart, part("meta", `{`) + title + file + end, 422, `"path":"/meta"`},
		{"an object of another type", "POST /uploads", multipart, part("meta\r\nContent-Type: text/xml", `{}`) + end, 422,
			`"code":"contentType"`},
		{"a file of another type", "POST /uploads", multipart, title + part("file; filename=a\r\nContent-Type: text/html", "x") + end, 422,
			`"path":"/file","code":"contentType","message":"must have the content type image/*, text/plain"`},
		{"two files", "POST /uploads", multipart, title + file + file + end, 422, `"path":"/file","code":"conflict"`},
		{"an unknown part", "POST /uploads", multipart, title + part("x", "1") + file + end, 422, `additionalProperties`},
		{"a part that is no UTF-8", "POST /uploads", multipart, part("title", "\xff") + file + end, 422, `"path":"/title"`},
		{"no part", "POST /uploads", multipart, end, 422, `required`},
		{"no body at all", "POST /uploads", multipart, "", 400, `Request body is required`},
		{"no boundary", "POST /uploads", "multipart/form-data", title + end, 400, "needs a boundary"},
		{"another boundary", "POST /uploads", "multipart/form-data; boundary=C", title + file + end, 400, "Invalid form"},
		{"no end", "POST /uploads", multipart, title + file, 400, "Invalid form"},
		{"a file without end", "POST /uploads", multipart, title + strings.TrimSuffix(part(textFile, "x"), "\r\n"), 400, "Invalid form"},
		{"a part without a name", "POST /uploads", multipart, "--B\r\nX: y\r\n\r\nx\r\n" + end, 400, "Content-Disposition"},
		{"base64", "POST /uploads", multipart, part(textFile+"\r\nContent-Transfer-Encoding: base64", "eA==") + end, 400,
			"Content-Transfer"},
		{"a large header", "POST /uploads", multipart, part("title\r\nX: "+strings.Repeat("x", 20<<10), "T") + file + end, 400,
			"header of a part"},
		{"many headers", "POST /uploads", multipart, part("title"+strings.Repeat("\r\nX: y", 4000), "T") + file + end, 400,
			"header of a part"},
		{"a form in a form", "POST /uploads", multipart, part("title\r\nContent-Type: multipart/mixed; boundary=B", title) + file + end,
			422, `"path":"/title"`},
		{"an upload of another type", "POST /uploads", "multipart/mixed; boundary=B", title + end, 415,
			"does not match [multipart/form-data]"},
		{"too much", "POST /uploads", multipart, title + part(textFile, strings.Repeat("x", 64<<10)) + end, 413, "at most"},
	} {
		tt.check(t, h)
	}
	many := exchangeRow{request: "POST /uploads", contentType: multipart}
	if status, text := many.send(h, io.MultiReader(strings.NewReader(title), strings.NewReader(strings.Repeat(part("more", ""),
		1001)))); status != 413 {
		t.Errorf("1,001 parts: %d %s", status, text)
	}
	// A client that sends no length is stopped as well, and one that stops is not waited for.
	endless := exchangeRow{request: "PUT /blob", contentType: "application/octet-stream"}
	if status, text := endless.send(h, zeros{}); status != 413 {
		t.Errorf("a body without end: %d %s", status, text)
	}
	if status, text := many.send(h, iotest.TimeoutReader(iotest.HalfReader(strings.NewReader(title+file)))); status != 400 {
		t.Errorf("a body that stops: %d %s", status, text)
	}
}

// What is written inline, and what oapi-codegen generates types without methods for, loses nothing in requests and responses.
func TestInlineSchemas(t *testing.T) {
	t.Parallel()
	h := newForeign(t, foreignapp.App())
	for _, tt := range []exchangeRow{
		{"a union", "GET /pets/any", "", "", 200, `{"name":"Tom"}`},
		{"a date", "GET /pets/date", "", "", 201, `"2026-01-31"`},
		{"a map with properties, in other JSON", "GET /pets/counts", "", "", 202, `{"lives":9,"name":"Tom"}`},
		{"a list of unions in a component", "GET /pets/list", "", "", 203, `["Tom",{"name":"Tom"}]`},
		{"a union in an allOf", "GET /pets/key", "", "", 207, `7`},
		{"a time in a component", "GET /pets/time", "", "", 208, `"2026-01-31T08:00:00.000Z"`},
		{"a string of a union", "PUT /pets/any", "application/json", `"Tom"`, 200, `{"body":"Tom"}`},
		{"an object of a union", "PUT /pets/any?age=7", "application/json", `{"name":"Tom"}`, 200, `{"age":7,"body":{"name":"Tom"}}`},
		{"a word of a union", "PUT /pets/any?age=unknown", "application/json", `"Tom"`, 200, `{"age":"unknown","body":"Tom"}`},
		{"none of a union", "PUT /pets/any", "application/json", `7`, 422, `VALIDATION_FAILED`},
		{"none of a union in the query", "PUT /pets/any?age=old", "application/json", `"Tom"`, 400, `"parameter":"age"`},
		{"a map with properties", "PATCH /pets/any", "application/merge-patch+json", `{"name":"Tom","lives":9}`, 200,
			`{"lives":9,"name":"Tom"}`},
	} {
		tt.check(t, h)
	}
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// The samples from the contract are valid, and each of its cases has the response that the contract says.
func TestForeignCases(t *testing.T) {
	t.Parallel()
	app := foreignapp.App()
	contract, err := spec.Load(app.OpenAPI)
	must(t, err)
	h := newForeign(t, app)
	for _, op := range contract.Operations() {
		if op.Limits.Endless {
			continue
		}
		valid, err := op.Sample(nil)
		must(t, err)
		for _, c := range op.Cases(valid) {
			path := op.Path
			for name, value := range c.Path {
				path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
			}
			r := httptest.NewRequest(op.Method, path+"?"+c.Query.Encode(), strings.NewReader(string(c.Body)))
			r.Header = c.Header
			if r.Header.Get("Content-Type") == "" {
				r.Header.Set("Content-Type", "application/json")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if (w.Code < 400) != c.Valid || w.Code >= 500 {
				text, _ := json.Marshal(c.Header)
				t.Errorf("%s: %s: %d %s\n%s %q", op.ID, c.Name, w.Code, w.Body, text, c.Body)
			}
		}
	}
}
