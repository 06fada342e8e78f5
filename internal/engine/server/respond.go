package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// ResponseCheck says which responses are checked against the contract, and what happens to one that violates it.
type ResponseCheck string

// With CheckOff, responses are neither checked nor copied.
const (
	CheckOff  ResponseCheck = "off"
	CheckLog  ResponseCheck = "log"  // checks a sample while it is sent, and logs violations
	CheckFail ResponseCheck = "fail" // checks each response before it is sent, logs violations, and sends 500 instead
)

// maxCopied is the maximum size in bytes of a response that is checked. Longer ones are sent unchecked.
const maxCopied = 8 << 20

// responseChecks counts responses since the start.
type responseChecks struct {
	checked, violations atomic.Uint64
}

// checkResponses checks the responses of an operation against the contract, including errors.
func (s *Server) checkResponses(op *spec.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			fail := s.config.CheckResponses == CheckFail
			if !fail && rand.Float64() >= s.config.ResponseCheckSample { // #nosec G404 -- a sample, not a secret
				return next(c)
			}
			response, before := c.Response(), maps.Clone(c.Response().Header())
			kept := &responseCopy{ResponseWriter: response.Writer, status: http.StatusOK, held: fail, stream: op.Limits.Endless}
			response.Writer = kept
			defer func() { response.Writer = kept.ResponseWriter }()
			if err := s.recoverPanic(next, c); err != nil {
				c.Error(err)
			}
			if !kept.partial {
				if err := s.validateResponse(c, op, kept); err != nil && kept.held {
					clear(response.Header())
					maps.Copy(response.Header(), before)
					response.Committed, response.Size = false, 0
					return err
				}
			}
			kept.release()
			return nil
		}
	}
}

// validateResponse returns an error if a response violates the contract, and logs it.
func (s *Server) validateResponse(c echo.Context, op *spec.Operation, kept *responseCopy) error {
	checked := s.responses.checked.Add(1)
	err := op.ValidateResponse(c.Request(), kept.status, kept.Header(), kept.body.Bytes())
	if err == nil {
		return nil
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelWarn, "the response violates the contract",
		slog.String("request_id", requestOf(c).id),
		slog.String("operation", op.ID),
		slog.Int("status", kept.status),
		slog.String("violation", err.Error()),
		slog.Uint64("violations", s.responses.violations.Add(1)),
		slog.Uint64("checked", checked))
	return fmt.Errorf("the response violates the contract: %w", err)
}

// responseCopy keeps a copy of a response. While held is true, nothing is sent.
type responseCopy struct {
	http.ResponseWriter
	status  int
	body    bytes.Buffer
	held    bool
	partial bool // the copy is incomplete
	stream  bool // a success is not copied
}

func (a *responseCopy) WriteHeader(status int) {
	if status >= 200 {
		a.status = status
	}
	if !a.held || status < 200 {
		a.ResponseWriter.WriteHeader(status)
	}
}

func (a *responseCopy) Write(data []byte) (int, error) {
	if a.body.Len()+len(data) > maxCopied || a.stream && a.status < 400 {
		a.release()
		a.partial, a.body = true, bytes.Buffer{}
	}
	if !a.partial {
		a.body.Write(data)
	}
	if a.held {
		return len(data), nil
	}
	return a.ResponseWriter.Write(data)
}

// FlushError sends what was written so far, as a handler that streams expects (http.ResponseController).
func (a *responseCopy) FlushError() error {
	a.release()
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap returns the underlying writer for http.ResponseController.
func (a *responseCopy) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// release sends the copy and stops holding the response.
func (a *responseCopy) release() {
	if !a.held {
		return
	}
	a.held = false
	a.ResponseWriter.WriteHeader(a.status)
	if a.body.Len() > 0 {
		_, _ = a.ResponseWriter.Write(a.body.Bytes()) // like net/http, which ignores a client that has disconnected
	}
}
