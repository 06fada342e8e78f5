package server

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// statuses is the only mapping of faults to HTTP: the status of each kind, and LoopBack's name of such errors.
var statuses = map[fault.Kind]struct {
	status int
	name   string
}{
	fault.Internal:            {http.StatusInternalServerError, "InternalServerError"},
	fault.BadRequest:          {http.StatusBadRequest, "BadRequestError"},
	fault.Unauthenticated:     {http.StatusUnauthorized, "UnauthorizedError"},
	fault.Forbidden:           {http.StatusForbidden, "ForbiddenError"},
	fault.NotFound:            {http.StatusNotFound, "NotFoundError"},
	fault.MethodNotAllowed:    {http.StatusMethodNotAllowed, "MethodNotAllowedError"},
	fault.Conflict:            {http.StatusConflict, "ConflictError"},
	fault.PreconditionFailed:  {http.StatusPreconditionFailed, "PreconditionFailedError"},
	fault.TooLarge:            {http.StatusRequestEntityTooLarge, "PayloadTooLargeError"},
	fault.Unsupported:         {http.StatusUnsupportedMediaType, "UnsupportedMediaTypeError"},
	fault.Invalid:             {http.StatusUnprocessableEntity, "UnprocessableEntityError"},
	fault.Misdirected:         {http.StatusMisdirectedRequest, "MisdirectedRequestError"},
	fault.RateLimited:         {http.StatusTooManyRequests, "TooManyRequestsError"},
	fault.Unavailable:         {http.StatusServiceUnavailable, "ServiceUnavailableError"},
	fault.InsufficientStorage: {http.StatusServiceUnavailable, "ServiceUnavailableError"},
}

// envelope is an error in LoopBack's form.
type envelope struct {
	Error struct {
		StatusCode int      `json:"statusCode"`
		Name       string   `json:"name"`
		Message    string   `json:"message"`
		Code       string   `json:"code,omitempty"`
		Details    []detail `json:"details,omitempty"`
	} `json:"error"`
}

// problem is an error in the form of RFC 9457.
type problem struct {
	Type   string   `json:"type"`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Code   string   `json:"code,omitempty"`
	Errors []detail `json:"errors,omitempty"`
}

type detail struct {
	Path    string         `json:"path"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Info    map[string]any `json:"info"`
}

// faultOf returns the fault in an error. An error without one is a defect of the server, and its text is not sent to the client.
func faultOf(err error, c echo.Context) *fault.Error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind != fault.Internal {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.Wrap(err, fault.Unavailable, "", "The operation took too long and was canceled. Try again.")
	}
	if e, ok := errors.AsType[*echo.HTTPError](err); ok && e.Code < 500 {
		return fromEcho(e, c)
	}
	return fault.Wrap(err, fault.Internal, "", "Internal Server Error")
}

// fromEcho returns the fault for an error of the router or of the generated binding.
func fromEcho(e *echo.HTTPError, c echo.Context) *fault.Error {
	path := c.Request().URL.EscapedPath()
	switch e.Code {
	case http.StatusNotFound:
		return fault.Wrap(e, fault.NotFound, "", "Endpoint \"%s %s\" not found.", c.Request().Method, path)
	case http.StatusMethodNotAllowed:
		return fault.Wrap(e, fault.MethodNotAllowed, "", "Endpoint \"%s\" supports %s, not %s.",
			path, c.Response().Header().Get("Allow"), c.Request().Method)
	}
	return fault.Wrap(e, fault.BadRequest, "", "The request does not match the operation.")
}

// writeProblem sends a fault as the response, in the form that Accept prefers.
func (s *Server) writeProblem(c echo.Context, f *fault.Error) error {
	kind := statuses[f.Kind]
	r := requestOf(c)
	r.reason, r.user = cmp.Or(f.Code, kind.name), cmp.Or(r.user, f.Caller)
	name := f.Name
	if name == "" {
		name = kind.name
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	switch f.Kind {
	case fault.Unauthenticated:
		s.challenges(h, requestOf(c).schemes, f)
	case fault.Forbidden:
		if f.Challenge != "" {
			s.challenges(h, requestOf(c).schemes, f)
		}
	case fault.RateLimited, fault.Unavailable:
		h.Set("Retry-After", strconv.Itoa(seconds(f.RetryAfter)))
	}
	asProblem := prefersProblem(c.Request().Header.Values("Accept"))
	if op := s.contract.ByID(requestOf(c).operation); asProblem && op != nil {
		asProblem = op.AllowsType(kind.status, problemType)
	}
	contentType, text, err := s.errorText(f, name, kind.status, asProblem)
	if err != nil {
		return err
	}
	return c.Blob(kind.status, contentType, text)
}

func details(f *fault.Error) []detail {
	var found []detail
	for _, field := range f.Fields {
		if field.Info == nil {
			field.Info = map[string]any{}
		}
		found = append(found, detail(field))
	}
	return found
}

// onError is echo's error handler.
func (s *Server) onError(err error, c echo.Context) {
	f := faultOf(err, c)
	s.logFault(c, f)
	if c.Response().Committed {
		return
	}
	if err := s.writeProblem(c, f); err != nil {
		s.logFailure(c, err)
	}
}

// isDisconnect reports whether the client disconnected before or during the response.
func isDisconnect(err error, c echo.Context) bool {
	_, network := errors.AsType[*net.OpError](err)
	return errors.Is(err, context.Canceled) || c.Response().Committed && network // the server's own deadline is DeadlineExceeded
}
