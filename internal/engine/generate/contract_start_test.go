package generate

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	services "github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/generate/contracttest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// route matches the registration of a route in generated code.
var route = regexp.MustCompile(`(?m)^\trouter\.([A-Z]+)\(options\.BaseURL\+("[^"]*"), .*OperationMiddlewares\["([^"]*)"\]`)

// started starts the server for a contract with the routes of its generated code, whose handlers read the body and return nothing. It sends
// what follows from the contract for each operation. It returns an error if the server does not start, if a response is a failure of the
// server, or if a request is accepted or rejected against the contract.
func started(document, code []byte) error {
	contract, err := spec.Load(document)
	if err != nil {
		return err
	}
	app := server.App{OpenAPI: document, Register: func(r server.Router, _ services.Services, middleware server.Middleware) {
		r.Verify(contracttest.Verifiers(document))
		add := map[string]func(string, echo.HandlerFunc, ...echo.MiddlewareFunc) *echo.Route{http.MethodGet: r.GET, http.MethodPost: r.POST,
			http.MethodPut: r.PUT, http.MethodPatch: r.PATCH, http.MethodDelete: r.DELETE, http.MethodHead: r.HEAD,
			http.MethodOptions: r.OPTIONS, http.MethodTrace: r.TRACE}
		for _, m := range route.FindAllStringSubmatch(string(code), -1) {
			path, err := strconv.Unquote(m[2])
			if err != nil {
				panic(err)
			}
			add[m[1]](path, discard, middleware[m[3]]...)
		}
	}}
	h, err := server.New(app, contract, services.Services{Now: time.Now}, server.Config{}, slog.New(slog.DiscardHandler))
	if err != nil && strings.Contains(err.Error(), "ErrorBody") {
		return nil // a contract with errors of its own needs a function of the application
	}
	if err != nil {
		return err
	}
	for _, op := range contract.Operations() {
		valid, err := op.Sample(nil)
		if err != nil {
			continue // no example
		}
		send := func(r spec.Request) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, requestOf(contract, op, r))
			return w
		}
		isValid := send(valid).Code < 400 // not if it needs credentials, or an example for a parameter
		for _, c := range op.Cases(valid) {
			if w := send(c.Request); w.Code >= 500 || isValid && (w.Code < 400) != c.Valid {
				return fmt.Errorf("%s: %s: %d %s; valid: %t", op.ID, c.Name, w.Code, w.Body, c.Valid)
			}
		}
	}
	return nil
}

func discard(c echo.Context) error {
	if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func requestOf(contract *spec.Contract, op *spec.Operation, c spec.Request) *http.Request {
	path := contract.BasePath() + op.Path
	for name, value := range c.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	r := httptest.NewRequest(op.Method, path+"?"+c.Query.Encode(), strings.NewReader(string(c.Body)))
	r.Header = c.Header.Clone()
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// errStart is an error of an accepted contract.
var errStart = errors.New("an accepted contract does not start")
