// Package server implements the HTTP server: it checks each request against the contract, routes it to the handler of its operation, and
// turns faults into responses. It is the only package that uses Echo.
package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Server is the whole API as an http.Handler. It is safe for concurrent use.
type Server struct {
	echo   *echo.Echo
	config Config
	now    func() time.Time
	log    *slog.Logger

	proxies  proxies
	overload logging.Throttle // of responses with status 503
	storm    logging.Throttle // of responses with status 429

	lists *store.MemoryBudget
	realm string // of WWW-Authenticate, as a parameter

	crossOrigin *http.CrossOriginProtection // of cookies

	contract  *spec.Contract
	errorBody func(*fault.Error, int) (string, any) // App.ErrorBody

	headers []string // the header fields whose lines are combined

	responses   responseChecks
	compression *compression // nil: off
	prefix      string       // of the public URL, which is removed from paths; "" if it is the beginning of a path of the contract
	startPage   bool         // false if an operation is at its path
}

// App is an application: a contract, its generated code and its handlers.
type App struct {
	// OpenAPI is the contract, openapi.yaml byte for byte.
	OpenAPI []byte
	// Register adds the route of every operation to the router, with the middleware of its operationId.
	Register func(Router, engine.Services, Middleware)
	// Explorer returns the pages at / and below /explorer/ for a contract with that title, name and base path (spec.Contract). It is called
	// once, at the start. Without an Explorer there are no such pages. An operation at / replaces the start page.
	Explorer func(title, name, basePath string) (http.Handler, error)
	// ErrorBody returns the body of an error response, for a contract that documents other bodies than the server's, and its media type. A
	// body of a JSON type is encoded, another one must be a string. If the media type is empty, the response has the server's body. It is
	// also called at the start, with an example of each kind of error. Nil: all errors have the server's body.
	ErrorBody func(e *fault.Error, status int) (mediaType string, body any)
}

// Middleware is the middleware of each operation, by operationId.
type Middleware = map[string][]echo.MiddlewareFunc

// New returns the server of an application. The contract must be loaded from the application's OpenAPI. Call the store's Migrate
// after New and before the first request, because New creates the handlers, and they may declare collections. New returns an error if an
// operation has no check, no route, or a security scheme without a verifier, and if the configuration is invalid.
func New(app App, contract *spec.Contract, a engine.Services, config Config, log *slog.Logger) (*Server, error) {
	e := echo.New()
	s := &Server{echo: e, config: config, now: a.Now, log: log, lists: store.NewMemoryBudget(config.listMemory(), config.SpoolDirectory),
		realm: `realm="` + contract.Name() + `"`, contract: contract, errorBody: app.ErrorBody}
	s.storm.After = stormSize
	e.HTTPErrorHandler = s.onError
	e.Pre(trimSlash)
	e.Use(s.observe)
	if err := s.configure(contract); err != nil {
		return nil, err
	}
	if config.Compress {
		z, err := newCompression()
		if err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
		s.compression = &z
	}
	verifiers := map[string]spec.Verifier{}
	if scheme := contract.AccountScheme(); scheme != "" {
		verifiers[scheme] = bearer(a.Tokens)
	}
	router, err := s.register(contract, contract.Checks(verifiers, a.Now), func(r Router, m Middleware) { app.Register(r, a, m) })
	if err != nil {
		return nil, err
	}
	if err := s.checkErrorBodies(contract); err != nil {
		return nil, err
	}
	if err := s.addVerifiers(contract, verifiers, router.verifiers); err != nil {
		return nil, err
	}
	return s, s.registerPages(app, contract, verifiers[contract.AccountScheme()])
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		// If there was a Content-Length, too, the connection must be closed (RFC 9112, section 6.1), but net/http hides it.
		w.Header().Set("Connection", "close")
	}
	for _, name := range s.headers { // RFC 9110, section 5.3, allows it
		if lines := r.Header[name]; len(lines) > 1 {
			r.Header[name] = []string{strings.Join(lines, ", ")}
		}
	}
	s.trimPrefix(r.URL)
	s.echo.ServeHTTP(w, r)
}

// trimPrefix removes the path of the public URL, if a proxy has not removed it.
func (s *Server) trimPrefix(u *url.URL) {
	if s.prefix == "" || u.RawPath != "" && !strings.HasPrefix(u.RawPath, s.prefix+"/") {
		return
	}
	if rest, below := strings.CutPrefix(u.Path, s.prefix); below && (rest == "" || rest[0] == '/') {
		u.Path, u.RawPath = cmp.Or(rest, "/"), strings.TrimPrefix(u.RawPath, s.prefix)
	}
}

// register adds a route with its check for every operation, and no other route.
func (s *Server) register(contract *spec.Contract, checks map[string]spec.Check, register func(Router, Middleware)) (Router, error) {
	unchecked := ""
	s.echo.OnAddRouteHandler = func(_ string, route echo.Route, _ echo.HandlerFunc, middleware []echo.MiddlewareFunc) {
		if len(middleware) == 0 {
			unchecked = route.Method + " " + route.Path
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
		if s.compression != nil && s.compression.suits(check.Operation) {
			guards[id] = append([]echo.MiddlewareFunc{s.compression.compress}, guards[id]...)
		}
	}
	router := newRouter(s.echo, contract)
	register(router, guards)
	s.echo.OnAddRouteHandler = nil
	if unchecked = cmp.Or(router.missing, unchecked); unchecked != "" {
		return router, fmt.Errorf("server: the route %s has no check; \"go generate\" makes the missing code", unchecked)
	}
	for _, op := range contract.Operations() {
		if !router.registered[op] {
			return router, fmt.Errorf("server: the operation %s has no route; \"go generate\" makes the missing code", op.ID)
		}
	}
	router.dispatch()
	s.startPage = contract.Operation(http.MethodGet, "/") == nil
	return router, nil
}

// protect returns middleware that rejects requests that the contract does not allow.
func (s *Server) protect(check spec.Check, limits *limits, slots *concurrency) echo.MiddlewareFunc {
	caching, schemes := "private, no-cache", check.Schemes()
	if check.Public || slices.ContainsFunc(schemes, func(s spec.Scheme) bool { return s.In == "query" || s.In == "cookie" }) {
		caching = "no-store" // the URL contains the key, or does not say whose response it is
	}
	has429 := slices.Contains(check.Statuses(), "429")
	readiness := check.Operation == s.contract.Operation(http.MethodGet, s.contract.BasePath()+"/ready")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := requestOf(c)
			r.operation, r.route, r.schemes = check.ID, check.Path, schemes
			client, header := r.client, c.Response().Header()
			if readiness && draining(c.Request().Context()) {
				return fault.New(fault.Unavailable, shuttingDown, "The server is shutting down. Use another one.")
			}
			if err := limits.admitClient(header, client); err != nil {
				return err
			}
			ctx := identity.NewClientContext(store.WithOperation(c.Request().Context(), check.ID), client)
			ctx, begin, cancel := limited(ctx, c, check.Limits, check.Streams())
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
			valid, err := check.ValidateRequest(ctx, c.Request(), path, c.QueryParams(), func(p identity.Principal) error {
				r.user, r.session = p.ID, p.SessionID
				if err := limits.admitCaller(header, p); err != nil {
					return err
				}
				return visit.enterCaller(ctx, slots, p)
			})
			if err != nil {
				return documented(err, has429)
			}
			if err := ctx.Err(); err != nil {
				return err // do not start work for a canceled request
			}
			begin()
			c.SetRequest(valid)
			header.Set("Cache-Control", caching)
			return documented(next(c), has429)
		}
	}
}

// pathParameters returns the decoded path parameters. Echo matches the escaped path if it differs from the plain one.
func pathParameters(c echo.Context) (map[string]string, error) {
	names, values := c.ParamNames(), c.ParamValues()
	if len(names) == 0 {
		return nil, nil
	}
	parameters := make(map[string]string, len(names))
	for i, name := range names {
		value := values[i]
		if strings.Contains(value, "/") {
			return nil, echo.ErrNotFound // Echo assigns the rest of the path to the last parameter
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

// trimSlash treats /news/ as /news, as LoopBack does, but not for the explorer's pages and not for DELETE: a client with an empty
// id sends DELETE /sessions/ for one session, and must not delete all of them.
func trimSlash(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		keep := strings.HasPrefix(u.Path, "/explorer/") || c.Request().Method == http.MethodDelete
		if len(u.Path) > 1 && strings.HasSuffix(u.Path, "/") && !keep {
			u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
		}
		return next(c)
	}
}
