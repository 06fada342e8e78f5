package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// routed returns a server for a contract with an operation for each "METHOD /path". Handlers respond with the operation's number and the
// values of its path parameters.
func routed(t *testing.T, servers string, operations ...string) *Server {
	t.Helper()
	document := "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\nx-limits: {body: 1KiB, deadline: 1s}\n" +
		"x-roles: {user: {scopes: [], default: true}}\nservers: " + servers + "\npaths:\n"
	for i, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		if i == 0 || !strings.HasSuffix(operations[i-1], " "+path) {
			document += "  '" + path + "':\n"
		}
		document += fmt.Sprintf("    %s:\n      operationId: op%d\n      tags: [things]\n      security: []\n"+
			"      responses: {'200': {description: OK}}\n", strings.ToLower(method), i)
		parameters := ""
		for name := range strings.SplitSeq(path, "{") {
			if name, _, is := strings.Cut(name, "}"); is {
				parameters += "        - {name: " + name + ", in: path, required: true, schema: {type: string}}\n"
			}
		}
		if parameters != "" {
			document += "      parameters:\n" + parameters
		}
	}
	contract, err := spec.Load([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	app := App{OpenAPI: []byte(document), Register: func(r Router, _ engine.Services, m Middleware) {
		add := map[string]func(string, echo.HandlerFunc, ...echo.MiddlewareFunc) *echo.Route{
			"GET": r.GET, "POST": r.POST, "PUT": r.PUT, "PATCH": r.PATCH, "DELETE": r.DELETE, "OPTIONS": r.OPTIONS, "TRACE": r.TRACE,
		}
		for i, operation := range operations {
			method, path, _ := strings.Cut(operation, " ")
			add[method](generatedPath(path), func(c echo.Context) error {
				parameters, err := pathParameters(c)
				if err != nil {
					return err
				}
				return c.String(http.StatusOK, strings.TrimSuffix(fmt.Sprintf("%d %v", i, parameters), " map[]"))
			}, m[fmt.Sprint("op", i)]...)
		}
	}, Explorer: func(_, _, base string) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "page "+base) }), nil
	}}
	s, err := New(app, contract, newApp(t, contractWith(t, nil)), Config{Explorer: ExplorerOn}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sent(s *Server, request string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(request, " ")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

// TestForeignPaths sends requests to operations whose paths Echo alone cannot tell apart.
func TestForeignPaths(t *testing.T) {
	t.Parallel()
	s := routed(t, "[{url: /}]", "GET /things/{id}", "DELETE /things/{id}", "POST /things/{id}:activate", "GET /things/{id}.json",
		"GET /things/{name}.{format}", "GET /things/all", "GET /", "GET /labels/", "DELETE /labels/", "POST /jobs:run", "GET /{file}.txt",
		"PUT /v{version}/{a}-{b}/x", "GET /stars*", "GET /explorers")
	for request, want := range map[string]string{
		"GET /things/1":                "0 map[id:1]",
		"GET /things/a%20b":            "0 map[id:a b]",
		"GET /things/1%2F2":            "0 map[id:1/2]",
		"DELETE /things/1":             "1 map[id:1]",
		"POST /things/1:activate":      "2 map[id:1]",
		"POST /things/1%3Aactivate":    "2 map[id:1]",
		"POST /things/%C3%BC:activate": "2 map[id:ü]",
		"GET /things/1.json":           "3 map[id:1]",
		"GET /things/1%2Ejson":         "3 map[id:1]",
		"GET /things/1.xml":            "4 map[format:xml name:1]",
		"GET /things/all":              "5",
		"GET /things/1:activate":       "0 map[id:1:activate]",
		"GET /":                        "6",
		"GET /labels":                  "7",
		"GET /labels/":                 "7",
		"DELETE /labels/":              "8",
		"POST /jobs:run":               "9",
		"GET /a.txt":                   "10 map[file:a]",
		"PUT /v2/x-y/x":                "11 map[a:x b:y version:2]",
		"GET /stars*":                  "12",
		"GET /explorers/":              "13",
		"HEAD /things/1.json":          "3 map[id:1]",
		"GET /explorer/":               "page ",
	} {
		if w := sent(s, request); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", request, w.Code, w.Body, want)
		}
	}
	for request, want := range map[string]string{
		"POST /things/1":         "405 OPTIONS, DELETE, GET, HEAD",
		"POST /jobs:stop":        "404 ",
		"POST /a.txt":            "405 OPTIONS, GET, HEAD",
		"PUT /v2/xy/x":           "404 ",
		"POST /things/:activate": "405 OPTIONS, DELETE, GET, HEAD",
		"GET /a.csv":             "404 ",
		"DELETE /labels":         "405 OPTIONS, GET, HEAD",
		"POST /things/1/2":       "404 ",
	} {
		if w := sent(s, request); fmt.Sprint(w.Code, " ", w.Header().Get("Allow")) != want {
			t.Errorf("%s: %d, Allow %q, want %s", request, w.Code, w.Header().Get("Allow"), want)
		}
	}
}

// TestBasePath serves operations below the base path, and the pages at the root.
func TestBasePath(t *testing.T) {
	t.Parallel()
	s := routed(t, "[{url: 'https://{host}/api/v1', variables: {host: {default: example.com}}}]", "GET /", "GET /things/{id}",
		"POST /things/{id}:activate", "GET /explorer", "DELETE /labels/")
	for request, want := range map[string]string{
		"GET /api/v1":                        "200 0",
		"GET /api/v1/":                       "200 0",
		"GET /api/v1/things/1":               "200 1 map[id:1]",
		"GET /api/v1/things/a%20b%2F":        "200 1 map[id:a b/]",
		"POST /api/v1/things/1%2f2:activate": "200 2 map[id:1/2]",
		"GET /api/v1/explorer":               "200 3",
		"DELETE /api/v1/labels/":             "200 4",
		"GET /":                              "200 page /api/v1",
		"GET /explorer/":                     "200 page /api/v1",
		"GET /things/1":                      "404",
		"GET /api/v1things/1":                "404",
		"GET /api/v1/openapi.json":           "404",
	} {
		w := sent(s, request)
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want && !(want == "404" && w.Code == 404) {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
	if body := sent(s, "GET /openapi.json").Body.String(); !strings.Contains(body, `"url":"https://{host}/api/v1"`) {
		t.Errorf("the absolute URL is not served: %s", body)
	}
}
