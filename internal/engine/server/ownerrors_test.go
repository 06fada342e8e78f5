package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

func TestForeignResponses(t *testing.T) {
	t.Parallel()
	api := newForeign(t, foreignapp.App())
	for _, tt := range []struct {
		target, headers  string // headers: name, value, name, value …
		status           int
		contentType, was string
		want             string // a header field that must be there
	}{
		{"/orders/7", "", 200, "application/json", "7\n", ""},
		{"/orders/302", "", 302, "", "", "Location: /orders/200"},
		{"/orders/302", "", 302, "", "", "X-Places: here, there"},
		{"/orders/302", "", 302, "", "", "X-Days: 1, 2"},
		{"/orders/402", "", 402, "application/json", "{\"amount\":7}\n", ""},
		{"/orders/404", "", 404, "text/plain", "no such order", ""},
		{"/orders/409", "", 409, "application/json", `{"error":{"statusCode":409,"name":"ConflictError","message":"It was changed."}}`, ""},
		{"/orders/410", "", 410, "", "", ""},
		{"/file", "", 200, "application/octet-stream", "0123456789", `Etag: "1"`},
		{"/file", "Range: bytes=2-4", 206, "application/octet-stream", "234", "Content-Range: bytes 2-4/10"},
		{"/file", `Range: bytes=2-4|If-Range: "0"`, 200, "application/octet-stream", "0123456789", ""},
		{"/file", "Range: bytes=20-", 416, "text/plain; charset=utf-8", "invalid range: failed to overlap\n", "Content-Range: bytes */10"},
	} {
		r, w := httptest.NewRequest("GET", tt.target, nil), httptest.NewRecorder()
		for line := range strings.SplitSeq(tt.headers, "|") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		api.ServeHTTP(w, r)
		name, value, _ := strings.Cut(tt.want, ": ")
		h := w.Header()
		if w.Code != tt.status || w.Body.String() != tt.was || h.Get("Content-Type") != tt.contentType || h.Get(name) != value {
			t.Errorf("%s %s: %d %v %q", tt.target, tt.headers, w.Code, w.Header(), w.Body)
		}
	}
}

// A stream is sent as it is written, has no deadline, and ends when the server shuts down.
func TestEndlessResponse(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	h := newForeign(t, foreignapp.App())
	go func() {
		stopped <- server.Serve(ctx, listener, h, slog.New(slog.DiscardHandler), server.ServeConfig{ShutdownTimeout: time.Hour})
	}()
	response, err := http.Get("http://" + listener.Addr().String() + "/events")
	must(t, err)
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	if line, err := body.ReadString('\n'); err != nil || line != "data: false\n" {
		t.Fatalf("%q %v: want an event that says that there is no deadline", line, err)
	}
	cancel()
	if rest, err := io.ReadAll(body); err != nil || string(rest) != "\n" {
		t.Errorf("%q %v: want the end of the stream", rest, err)
	}
	must(t, <-stopped)
}

// conduit is a contract whose errors have another body than the server's.
const conduit = `
openapi: 3.0.3
info: {title: Conduit, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /articles:
    post:
      operationId: createArticle
      tags: [articles]
      security: []
      requestBody: {content: {application/json: {schema: {type: object, required: [title], properties: {title: {type: string}}}}}}
      responses:
        '204': {description: Done}
        '400': {$ref: '#/components/responses/Failure'}
        '422': {$ref: '#/components/responses/Failure'}
        default: {$ref: '#/components/responses/Failure'}
components:
  responses:
    Failure: {description: An error, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  schemas:
    Error:
      type: object
      additionalProperties: false
      required: [errors]
      properties:
        errors: {type: object, required: [body], properties: {body: {type: array, items: {type: string}}}}
`

func TestErrorBody(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load([]byte(conduit))
	must(t, err)
	failure := errors.New("secret")
	app := server.App{OpenAPI: []byte(conduit), Register: func(r server.Router, _ engine.Services, m server.Middleware) {
		r.POST("/articles", func(echo.Context) error { return failure }, m["createArticle"]...)
	}}
	start := func() (*server.Server, error) {
		return server.New(app, contract, engine.Services{Now: time.Now}, server.Config{CheckResponses: server.CheckFail},
			slog.New(slog.DiscardHandler))
	}
	if _, err := start(); err == nil || !strings.Contains(err.Error(), "createArticle: response ") ||
		!strings.Contains(err.Error(), "required property 'errors'") || !strings.Contains(err.Error(), "set ErrorBody in cli.App") {
		t.Errorf("started without ErrorBody: %v", err)
	}
	app.ErrorBody = func(e *fault.Error, status int) (string, any) {
		messages := []string{e.Detail}
		for _, f := range e.Fields {
			messages = append(messages, f.Path+" "+f.Message)
		}
		if e.Err != nil {
			messages = append(messages, e.Err.Error())
		}
		return "application/json", map[string]any{"errors": map[string]any{"body": messages}}
	}
	h, err := start()
	must(t, err)
	for _, tt := range []exchangeRow{
		{"a wrong body", "POST /articles", "application/json", `{}`, 422, `{"errors":{"body":["The request body is invalid.`},
		{"no JSON", "POST /articles", "application/json", `{`, 400, `{"errors":{"body":["The request body is not valid JSON`},
		{"another media type", "POST /articles", "text/plain", `{}`, 415, `{"errors":{"body":["Content-type`},
		{"a failure", "POST /articles", "application/json", `{"title":""}`, 500, `{"errors":{"body":["Internal Server Error"]}}`},
		{"no such path", "POST /nothing", "", "", 404, `{"errors":{"body":["Endpoint`},
	} {
		tt.check(t, h)
	}
}

// A body that the handler reads must arrive before the deadline.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	app := foreignapp.App()
	app.OpenAPI = []byte(strings.Replace(string(app.OpenAPI), "deadline: 10s", "deadline: 100ms", 1))
	c, err := net.Dial("tcp", listen(t, newForeign(t, app)))
	must(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "PUT /blob HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 9\r\n\r\nx")
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != 400 || !strings.Contains(string(text), "did not arrive in time") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}
