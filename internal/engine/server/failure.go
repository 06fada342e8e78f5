package server

import (
	"errors"
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// stormSize is the number of responses with status 429 in a minute that are not reported in the log. Each has its line anyway.
const stormSize = 100

// shuttingDown is the code of the response of GET /ready while the server shuts down.
const shuttingDown = "SHUTTING_DOWN"

// logFault logs the cause of an error response. A defect is an ERROR. Overload is a WARN once a minute, with the number of responses since
// the last one. The state of the store is reported by the store. What the client has caused is in the line of the request.
func (s *Server) logFault(c echo.Context, f *fault.Error) {
	switch {
	case f.Kind == fault.Internal || isClientsFault(f, c):
		s.logFailure(c, f)
	case f.Kind == fault.RateLimited:
		if suppressed, report := s.storm.Event(time.Now()); report {
			s.logOverload(c, "many requests are rejected", f, suppressed)
		}
	case f.Kind != fault.Unavailable && f.Kind != fault.InsufficientStorage || f.Code == shuttingDown:
	case store.IsFailure(f):
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "failure of the store",
			slog.String("request_id", requestOf(c).id), slog.String("error", f.Error()))
	default:
		if suppressed, report := s.overload.Event(time.Now()); report {
			s.logOverload(c, "the server is overloaded", f, suppressed)
		}
	}
}

func (s *Server) logOverload(c echo.Context, message string, f *fault.Error, suppressed uint64) {
	r := requestOf(c)
	s.log.LogAttrs(c.Request().Context(), slog.LevelWarn, message,
		slog.String("request_id", r.id), slog.String("operation", r.operation), slog.String("client", r.client.Address),
		slog.String("error", f.Error()), slog.Uint64("suppressed", suppressed))
}

// logFailure logs an error, with level info if the client has caused it.
func (s *Server) logFailure(c echo.Context, err error) {
	level, message := slog.LevelError, "failure"
	if _, slow := errors.AsType[*slowClientError](err); slow {
		level, message = slog.LevelInfo, "the client reads too slowly"
	} else if isDisconnect(err, c) {
		level, message = slog.LevelInfo, "the client has disconnected"
	}
	s.log.LogAttrs(c.Request().Context(), level, message,
		slog.String("request_id", requestOf(c).id), slog.String("error", err.Error()))
}

// isClientsFault reports whether a failure of kind Unavailable is that of the client's connection.
func isClientsFault(f *fault.Error, c echo.Context) bool {
	_, slow := errors.AsType[*slowClientError](f)
	return f.Kind == fault.Unavailable && (slow || isDisconnect(f, c))
}
