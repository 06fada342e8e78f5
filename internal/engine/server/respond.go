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

// ResponseCheck says whether answers are held against the contract before they leave, and what becomes of one that breaks it.
type ResponseCheck string

// Without a check nothing is looked at and nothing is kept: answers take the way that they would take if there were no checks.
const (
	CheckOff  ResponseCheck = "off"
	CheckLog  ResponseCheck = "log"  // a sample is checked as it is sent; what is wrong is logged
	CheckFail ResponseCheck = "fail" // every answer is kept back until it is checked; what is wrong is logged, and 500 sent instead
)

// maxCopied is how many bytes of an answer are kept for its check. Longer ones are sent unchecked.
const maxCopied = 8 << 20

// responseChecks counts the answers since the start.
type responseChecks struct {
	checked, broken atomic.Uint64
}

// checkResponses holds an operation's answers, those to errors too, against the contract.
func (s *Server) checkResponses(op *spec.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			fail := s.config.CheckResponses == CheckFail
			if !fail && rand.Float64() >= s.config.ResponseCheckSample { // #nosec G404 -- a sample, not a secret
				return next(c)
			}
			response, before := c.Response(), maps.Clone(c.Response().Header())
			answer := &responseCopy{ResponseWriter: response.Writer, status: http.StatusOK, held: fail}
			response.Writer = answer
			defer func() { response.Writer = answer.ResponseWriter }()
			if err := s.recoverPanic(next, c); err != nil {
				c.Error(err)
			}
			if !answer.partial {
				if err := s.validateResponse(c, op, answer); err != nil && answer.held {
					clear(response.Header())
					maps.Copy(response.Header(), before)
					response.Committed, response.Size = false, 0
					return err
				}
			}
			answer.release()
			return nil
		}
	}
}

// validateResponse returns how an answer breaks the contract, and tells the log.
func (s *Server) validateResponse(c echo.Context, op *spec.Operation, answer *responseCopy) error {
	checked := s.responses.checked.Add(1)
	err := op.ValidateResponse(c.Request(), answer.status, answer.Header(), answer.body.Bytes())
	if err == nil {
		return nil
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelWarn, "the answer breaks the contract",
		slog.String("request_id", requestOf(c).id),
		slog.String("operation", op.ID),
		slog.Int("status", answer.status),
		slog.String("wrong", err.Error()),
		slog.Uint64("broken", s.responses.broken.Add(1)),
		slog.Uint64("checked", checked))
	return fmt.Errorf("the answer breaks the contract: %w", err)
}

// responseCopy keeps a copy of an answer. While it is held nothing of it is sent.
type responseCopy struct {
	http.ResponseWriter
	status  int
	body    bytes.Buffer
	held    bool
	partial bool // a part of the body was not kept
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
	if a.body.Len()+len(data) > maxCopied {
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

// FlushError sends what is there: who streams does not want it kept back (http.ResponseController).
func (a *responseCopy) FlushError() error {
	a.release()
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (a *responseCopy) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// release sends what is held; from then on nothing is.
func (a *responseCopy) release() {
	if !a.held {
		return
	}
	a.held = false
	a.ResponseWriter.WriteHeader(a.status)
	if a.body.Len() > 0 {
		_, _ = a.ResponseWriter.Write(a.body.Bytes()) // as net/http's own: a caller who has gone learns nothing
	}
}
