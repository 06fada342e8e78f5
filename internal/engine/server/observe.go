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

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// request holds the metadata of a request.
type request struct {
	id        string
	operation string        // the operationId; empty if the contract has no such operation
	route     string        // the path of the operation in the contract
	reason    string        // the code of the error that was sent, or else its name
	schemes   []spec.Scheme // of the operation
}

const requestKey = "request"

func requestOf(c echo.Context) *request {
	if r, ok := c.Get(requestKey).(*request); ok {
		return r
	}
	return &request{}
}

// observe assigns a request id, recovers panics, and logs one line per request, without body, query and header.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		r := &request{id: requestID(c.Request())}
		c.SetRequest(s.beginObservation(c.Request()))
		defer s.endObservation(c, r, start)
		c.Set(requestKey, r)
		c.Response().Header().Set("X-Request-Id", r.id)
		c.Response().Header().Set("X-Content-Type-Options", "nosniff")
		if err := s.recoverPanic(next, c); err != nil {
			c.Error(err)
		}
		s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("request_id", r.id),
			slog.String("operation", r.operation),
			slog.String("method", c.Request().Method),
			slog.Int("status", c.Response().Status),
			slog.Float64("duration_ms", float64(time.Since(start).Microseconds())/1000))
		return nil
	}
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

// requestID returns the client's X-Request-Id if it is safe, so that one id follows a request through several services, or else a new id.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); isSafeRequestID(id) {
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
