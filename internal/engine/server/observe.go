package server

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// request holds the metadata of a request.
type request struct {
	id        string
	client    identity.Client
	path      string        // escaped
	operation string        // the operationId; empty if the contract has no such operation
	route     string        // the path of the operation in the contract
	schemes   []spec.Scheme // of the operation
	user      string        // the authenticated caller; empty for anonymous requests
	session   string        // of the caller's token
	reason    string        // the code of the error that was sent, or else its name
	ended     bool          // false while the response is not complete
}

const requestKey = "request"

func requestOf(c echo.Context) *request {
	if r, ok := c.Get(requestKey).(*request); ok {
		return r
	}
	return &request{}
}

// observe assigns a request id, recovers panics, notifies the observers, and logs one line per request, without body, query and header.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		c.SetRequest(s.beginObservation(c.Request()))
		r := &request{id: s.requestID(c.Request()), client: clientOf(c), path: c.Request().URL.EscapedPath()}
		r.client.RequestID = r.id
		if s.config.TraceID != nil {
			r.client.TraceID = s.config.TraceID(c.Request().Context())
		}
		c.Set(requestKey, r)
		c.Response().Header().Set("X-Request-Id", r.id)
		c.Response().Header().Set("X-Content-Type-Options", "nosniff")
		defer func() { // also after http.ErrAbortHandler
			duration := time.Since(start)
			s.logRequest(c, r, duration)
			s.endObservation(c, r, duration)
		}()
		if err := s.recoverPanic(next, c); err != nil {
			c.Error(err)
		}
		r.ended = true
		return nil
	}
}

// Maximum lengths in bytes of what a client chooses in the log.
const (
	maxLoggedPath   = 256
	maxLoggedMethod = 16
)

// logRequest logs the line of a request. Members that do not apply are missing.
func (s *Server) logRequest(c echo.Context, r *request, duration time.Duration) {
	ctx := c.Request().Context()
	if !s.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	list := make([]slog.Attr, 0, 14)
	list = append(list,
		slog.String("request_id", r.id),
		slog.String("operation", r.operation),
		slog.String("method", cut(c.Request().Method, maxLoggedMethod)),
		slog.Int("status", c.Response().Status),
		slog.Float64("duration_ms", float64(duration.Microseconds())/1000),
		slog.String("path", cut(r.path, maxLoggedPath)),
		slog.Int64("bytes", c.Response().Size))
	for _, more := range [...]struct{ key, value string }{
		{"client", r.client.Address}, {"route", r.route}, {"user", r.user}, {"session", r.session}, {"trace_id", r.client.TraceID},
		{"reason", r.reason},
	} {
		if more.value != "" {
			list = append(list, slog.String(more.key, more.value))
		}
	}
	if !r.ended {
		list = append(list, slog.Bool("aborted", true))
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "request", list...)
}

// cut returns the first bytes of a text of ASCII.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}

// recoverPanic turns a panic into an error. It passes on http.ErrAbortHandler, which net/http handles.
func (s *Server) recoverPanic(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		recovered := recover()
		if recovered == nil {
			return
		}
		if recovered == http.ErrAbortHandler { //nolint:errorlint // net/http compares it in the same way
			panic(recovered)
		}
		err = fmt.Errorf("panic: %v\n%s", recovered, debug.Stack())
	}()
	return next(c)
}

// process and requests form ids that are unique among processes and cheap to generate.
var (
	process  = rand.Text()[:8] + "-"
	requests atomic.Uint64
)

// requestID returns the X-Request-Id of a trusted proxy if it is safe, so that one id follows a request through several services, or else a
// new id: a client could choose that of another request.
func (s *Server) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && s.proxies.trust(r) && isSafeRequestID(id) {
		return id
	}
	return process + strconv.FormatUint(requests.Add(1), 36)
}

func isSafeRequestID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, b := range []byte(id) {
		if !('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_' || b == '.') {
			return false
		}
	}
	return true
}
