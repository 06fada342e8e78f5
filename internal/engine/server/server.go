// Package server answers HTTP: it routes the contract's operations to their handlers, each behind its check, and turns
// faults into answers. It is the only package that knows Echo.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Server is the whole API as an http.Handler. It is safe for concurrent use.
type Server struct {
	echo   *echo.Echo
	config Config
	now    func() time.Time
	log    *slog.Logger
	lists  *store.MemoryBudget
	realm  string // of WWW-Authenticate

	headers []string // the fields whose lines are combined

	responses responseChecks
}

// App is an application: a contract, and what was generated and written for it.
type App struct {
	// OpenAPI is the contract, openapi.yaml byte for byte.
	OpenAPI []byte
	// Register adds the route of every operation to the router, behind the middleware of its operationId.
	Register func(Router, engine.Services, Middleware)
	// Explorer returns the pages at / and below /explorer/ for a contract with that title and name (spec.Contract). It is called once,
	// at the start. Without an Explorer there are no such pages.
	Explorer func(title, name string) (http.Handler, error)
}

// Middleware runs before the handler of an operation, by operationId.
type Middleware = map[string][]echo.MiddlewareFunc

// New returns the server of an application and its contract, which was loaded from its OpenAPI. The handlers may declare
// collections, so the store's Migrate must follow before a request is served. It is an error when an operation has no check
// or no route, or requires a security scheme that nothing verifies, and when an origin, a proxy, the public URL or the explorer's mode is
// not well-formed.
func New(app App, contract *spec.Contract, a engine.Services, config Config, log *slog.Logger) (*Server, error) {
	e := echo.New()
	s := &Server{echo: e, config: config, now: a.Now, log: log, lists: store.NewMemoryBudget(config.listMemory()), realm: contract.Name()}
	e.HTTPErrorHandler = s.onError
	e.Pre(trimSlash)
	e.Use(s.observe)
	if err := s.configure(contract); err != nil {
		return nil, err
	}
	verify := bearer(a.Tokens)
	checks, err := contract.Checks(map[string]spec.Verifier{"bearerAuth": verify}, a.Now)
	if err != nil {
		return nil, err
	}
	if err := s.register(contract, checks, func(r Router, m Middleware) { app.Register(r, a, m) }); err != nil {
		return nil, err
	}
	return s, s.registerPages(app, contract, verify)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		// net/http hides whether a Content-Length came as well, after which the connection must not be used (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	for _, name := range s.headers { // as RFC 9110, section 5.3, allows
		if lines := r.Header[name]; len(lines) > 1 {
			r.Header[name] = []string{strings.Join(lines, ", ")}
		}
	}
	s.echo.ServeHTTP(w, r)
}

// register routes every operation, behind its check, and nothing else.
func (s *Server) register(contract *spec.Contract, checks map[string]spec.Check, register func(Router, Middleware)) error {
	unguarded := ""
	s.echo.OnAddRouteHandler = func(_ string, route echo.Route, _ echo.HandlerFunc, middleware []echo.MiddlewareFunc) {
		if len(middleware) == 0 {
			unguarded = route.Method + " " + route.Path
		}
	}
	guards := Middleware{}
	for id, check := range checks {
		rates := check.Limits.Rates
		if s.config.RateLimitsOff {
			rates = nil
		}
		guards[id] = []echo.MiddlewareFunc{s.protect(check, newLimits(rates, s.now), newConcurrency(check.Limits.Concurrent))}
		if mode := s.config.CheckResponses; mode == CheckLog || mode == CheckFail {
			guards[id] = append([]echo.MiddlewareFunc{s.checkResponses(check.Operation)}, guards[id]...)
		}
	}
	register(Router{s.echo}, guards)
	s.echo.OnAddRouteHandler = nil
	if unguarded != "" {
		return fmt.Errorf("server: the route %s has no check; generated code and contract differ: run go generate ./... again", unguarded)
	}
	routes := map[string]bool{}
	for _, route := range s.echo.Routes() {
		routes[route.Method+" "+route.Path] = true
	}
	for _, op := range contract.Operations() {
		if !routes[op.Method+" "+echoPath(op.Path)] {
			return fmt.Errorf("server: the operation %s has no route; generated code and contract differ: run go generate ./... again", op.ID)
		}
		if op.Limits.Deadline >= answerTimeout {
			return fmt.Errorf("server: the operation %s may take %s; a connection is cut off after %s, give it less", op.ID, op.Limits.Deadline, answerTimeout)
		}
	}
	return nil
}

// Router is where an application registers its routes. It answers HEAD wherever it answers GET (RFC 9110, section 9.3.2);
// net/http drops the body.
type Router struct{ *echo.Echo }

// GET adds a route for GET and HEAD.
func (r Router) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	r.Echo.HEAD(path, h, m...)
	return r.Echo.GET(path, h, m...)
}

// protect lets a request through to its handler when the contract does.
func (s *Server) protect(check spec.Check, limits *limits, slots *concurrency) echo.MiddlewareFunc {
	caching := "private, no-cache"
	if check.Public {
		caching = "no-store"
	}
	has429 := slices.Contains(check.Statuses(), "429")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			requestOf(c).operation = check.ID
			client, answer := clientOf(c), c.Response().Header()
			if err := limits.admitClient(answer, client); err != nil {
				return err
			}
			ctx := identity.NewClientContext(store.WithOperation(c.Request().Context(), check.ID), client)
			ctx, cancel := context.WithTimeout(ctx, check.Limits.Deadline)
			defer cancel()
			var visit visit
			defer visit.leave()
			if err := visit.enterClient(ctx, slots, client); err != nil {
				return err
			}
			ctx, sent := s.lists.NewContext(ctx)
			defer sent()
			path, err := pathParameters(c)
			if err != nil {
				return err
			}
			r, err := check.ValidateRequest(ctx, c.Request(), path, c.QueryParams(), func(p identity.Principal) error {
				if err := limits.admitCaller(answer, p); err != nil {
					return err
				}
				return visit.enterCaller(ctx, slots, p)
			})
			if err != nil {
				return documented(err, has429)
			}
			if err := ctx.Err(); err != nil {
				return err // what nobody waits for any more is not begun
			}
			c.SetRequest(r)
			answer.Set("Cache-Control", caching)
			return documented(next(c), has429)
		}
	}
}

// pathParameters returns the path parameters, decoded: echo matches the escaped path when it differs from the plain one.
func pathParameters(c echo.Context) (map[string]string, error) {
	names, values := c.ParamNames(), c.ParamValues()
	if len(names) == 0 {
		return nil, nil
	}
	parameters := make(map[string]string, len(names))
	for i, name := range names {
		value := values[i]
		if strings.Contains(value, "/") {
			return nil, echo.ErrNotFound // Echo gives the last parameter all that is left of the path
		}
		if c.Request().URL.RawPath != "" {
			decoded, err := url.PathUnescape(value)
			if err != nil {
				return nil, echo.ErrBadRequest
			}
			value = decoded
		}
		parameters[name] = value
	}
	return parameters, nil
}

// bearer verifies the security scheme bearerAuth.
func bearer(tokens *auth.Tokens) spec.Verifier {
	return func(r *http.Request) (identity.Principal, error) {
		token, err := auth.BearerToken(r.Header)
		if err != nil {
			return identity.Principal{}, err
		}
		return tokens.Verify(token)
	}
}

// trimSlash reads /news/ as /news, as LoopBack does. The explorer's pages keep theirs, and so does what is deleted: to a client that
// has lost the id, /sessions/ is one session, and /sessions would be all.
func trimSlash(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if len(u.Path) > 1 && strings.HasSuffix(u.Path, "/") && !strings.HasPrefix(u.Path, "/explorer") && c.Request().Method != http.MethodDelete {
			u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
		}
		return next(c)
	}
}

// echoPath writes /news/{id} as /news/:id.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
