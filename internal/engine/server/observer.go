package server

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Observer is notified of each request, to measure or to trace it.
type Observer interface {
	// Begin is called before anything else is done for a request, and returns the context of the request.
	Begin(context.Context, *http.Request) context.Context
	// End is called after the response was sent, with the context of Begin. The observation is valid until End returns.
	End(context.Context, *Observation)
}

// Observation describes a request and its response.
type Observation struct {
	Request   *http.Request
	Operation string // the operationId; empty if the contract has no such operation
	Route     string // the path of the operation in the contract
	Status    int
	Bytes     int64  // of the body of the response
	Reason    string // of an error: its code or, if it has none, its name; empty for a success
	Duration  time.Duration
	Client    identity.Client
}

// Stats describes a server at one moment.
type Stats struct {
	CheckedResponses, InvalidResponses uint64 // since the start (Config.CheckResponses)
}

// Stats returns the state of the server.
func (s *Server) Stats() Stats {
	return Stats{s.responses.checked.Load(), s.responses.violations.Load()}
}

// beginObservation notifies the observers of a request.
func (s *Server) beginObservation(r *http.Request) *http.Request {
	if len(s.config.Observers) == 0 {
		return r
	}
	ctx := r.Context()
	for _, o := range s.config.Observers {
		ctx = o.Begin(ctx, r)
	}
	if ctx == r.Context() {
		return r
	}
	return r.WithContext(ctx)
}

// endObservation notifies the observers of a response.
func (s *Server) endObservation(c echo.Context, r *request, duration time.Duration) {
	if len(s.config.Observers) == 0 {
		return
	}
	response := c.Response()
	seen := &Observation{Request: c.Request(), Operation: r.operation, Route: r.route, Status: response.Status, Bytes: response.Size,
		Reason: r.reason, Duration: duration, Client: r.client}
	for _, o := range s.config.Observers {
		o.End(c.Request().Context(), seen)
	}
}
