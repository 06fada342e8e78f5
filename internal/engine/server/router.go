package server

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Router is the router on which an application registers its routes, below the base path of the contract. Every GET route also accepts
// HEAD (RFC 9110, section 9.3.2); net/http drops the body.
type Router struct {
	*echo.Echo
	*routes
}

// routes are the routes of the operations of a contract.
type routes struct {
	base       string
	operations []*spec.Operation
	byPath     map[string]*spec.Operation // by method and path as in generated code
	registered map[*spec.Operation]bool
	mixed      map[string]map[string][]candidate // by pattern, then method; see pattern
	missing    string                            // a route without middleware
	verifiers  map[string]identity.Verifier
}

// candidate is an operation whose route has the same pattern as others.
type candidate struct {
	*spec.Operation
	handle echo.HandlerFunc
}

func newRouter(e *echo.Echo, contract *spec.Contract) Router {
	r := Router{e, &routes{base: contract.BasePath(), operations: contract.Operations(), byPath: map[string]*spec.Operation{},
		registered: map[*spec.Operation]bool{}, mixed: map[string]map[string][]candidate{}, verifiers: map[string]identity.Verifier{}}}
	for _, op := range r.operations {
		r.byPath[op.Method+" "+generatedPath(op.Path)] = op
		if pattern, mixed := pattern(op); mixed {
			r.mixed[pattern] = map[string][]candidate{}
		}
	}
	return r
}

// GET adds a route for GET and, unless the contract has an operation for it, for HEAD.
func (r Router) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	if r.byPath[http.MethodHead+" "+path] == nil {
		r.add(http.MethodHead, path, h, m)
	}
	return r.add(http.MethodGet, path, h, m)
}

// POST adds a route.
func (r Router) POST(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodPost, path, h, m)
}

// PUT adds a route.
func (r Router) PUT(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodPut, path, h, m)
}

// PATCH adds a route.
func (r Router) PATCH(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodPatch, path, h, m)
}

// DELETE adds a route.
func (r Router) DELETE(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodDelete, path, h, m)
}

// HEAD adds a route.
func (r Router) HEAD(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodHead, path, h, m)
}

// OPTIONS adds a route.
func (r Router) OPTIONS(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodOptions, path, h, m)
}

// TRACE adds a route.
func (r Router) TRACE(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	return r.add(http.MethodTrace, path, h, m)
}

// add adds the route of an operation; path is that of generated code.
func (r Router) add(method, path string, h echo.HandlerFunc, m []echo.MiddlewareFunc) *echo.Route {
	op := r.byPath[method+" "+path]
	if op == nil && method == http.MethodHead {
		op = r.byPath[http.MethodGet+" "+path]
	}
	if op == nil {
		return r.Add(method, r.base+path, h, m...)
	}
	if len(m) == 0 {
		r.missing = op.Method + " " + op.Path
	}
	r.registered[op] = true
	pattern, _ := pattern(op)
	if methods := r.mixed[pattern]; methods != nil {
		for _, middleware := range slices.Backward(m) {
			h = middleware(h)
		}
		methods[method] = append(methods[method], candidate{op, h})
		return &echo.Route{Method: method, Path: path}
	}
	return r.Add(method, r.base+routePath(method, path), h, m...)
}

// routePath returns a path without the slash at its end, which trimSlash removes from requests.
func routePath(method, path string) string {
	if method == http.MethodDelete {
		return path
	}
	return strings.TrimSuffix(path, "/")
}

// pattern returns the path of an operation as Echo takes it, and whether a segment of it is neither a literal nor a parameter, or has a
// character that means something to Echo. The pattern has a parameter in place of such a segment.
func pattern(op *spec.Operation) (path string, mixed bool) {
	segments := strings.Split(routePath(op.Method, op.Path), "/")
	for i, segment := range segments {
		switch {
		case wholeParameter.MatchString(segment):
			segments[i] = ":"
		case strings.ContainsAny(segment, "{:*"):
			segments[i], mixed = ":", true
		}
	}
	return strings.Join(segments, "/"), mixed
}

var wholeParameter = regexp.MustCompile(`^\{[^{}]+\}$`)

// dispatch adds the routes of operations that Echo cannot tell apart: /{id} and /{id}:activate.
func (r Router) dispatch() {
	for pattern, methods := range r.mixed {
		for method, candidates := range methods {
			slices.SortFunc(candidates, func(a, b candidate) int {
				if a.Precedes(b.Operation) {
					return -1
				}
				return 1
			})
			path := r.base + strings.ReplaceAll(pattern, "/:", "/:segment")
			r.Add(method, path, func(c echo.Context) error { return r.choose(c, candidates) })
		}
	}
}

// choose calls the first candidate that the path of a request matches.
func (r *routes) choose(c echo.Context, candidates []candidate) error {
	u := c.Request().URL
	path := strings.TrimPrefix(cmp.Or(u.RawPath, u.Path), r.base) // as Echo matches it
	for _, candidate := range candidates {
		pattern, names := candidate.PathPattern()
		if values := pattern.FindStringSubmatch(path); values != nil {
			c.SetParamNames(names...)
			c.SetParamValues(values[1:]...)
			return candidate.handle(c)
		}
	}
	var allowed []string
	for _, op := range r.operations {
		if pattern, _ := op.PathPattern(); pattern.MatchString(path) {
			allowed = append(allowed, op.Method)
			if op.Method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if len(allowed) == 0 {
		return echo.ErrNotFound
	}
	c.Response().Header().Set("Allow", strings.Join(append([]string{http.MethodOptions}, allowed...), ", "))
	return echo.ErrMethodNotAllowed
}

// get adds a route for GET and for HEAD that is not of an operation.
func get(e *echo.Echo, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	e.HEAD(path, h, m...)
	e.GET(path, h, m...)
}

// generatedPath returns a path as in generated code: /news/:id for /news/{id}.
func generatedPath(path string) string {
	return strings.NewReplacer(":", `\:`, "{", ":", "}", "").Replace(path)
}
