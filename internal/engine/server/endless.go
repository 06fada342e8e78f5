package server

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// limited returns the context of a request and the function to call when the request is valid and the handler begins. The context ends at
// the deadline. For a response without a deadline, the deadline is that of the validation, and the context ends when the server shuts down.
// If the handler reads the body, what arrives after the deadline is not read.
func limited(ctx context.Context, c echo.Context, limits spec.Limits, readsBody bool) (_ context.Context, begin, end func()) {
	control := http.NewResponseController(c.Response())
	if !limits.Endless {
		if readsBody {
			_ = control.SetReadDeadline(time.Now().Add(limits.Deadline)) // a test's recorder has no connection
		}
		ctx, cancel := context.WithTimeout(ctx, limits.Deadline)
		return ctx, func() {}, cancel
	}
	shutdown, served := ctx.Value(drainKey{}).(drain)
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(limits.Deadline, cancel)
	stop := func() bool { return true }
	if served {
		stop = context.AfterFunc(shutdown.streams, cancel)
	}
	begin = func() {
		timer.Stop()
		_ = control.SetReadDeadline(time.Time{}) // after the server's ReadTimeout, net/http would cancel the request
		c.Response().Writer = flushedWriter{c.Response().Writer}
	}
	return ctx, begin, func() { stop(); timer.Stop(); cancel() }
}

// flushedWriter sends each write at once.
type flushedWriter struct{ http.ResponseWriter }

func (w flushedWriter) Write(data []byte) (int, error) {
	n, err := w.ResponseWriter.Write(data)
	if err == nil {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}

// Unwrap returns the underlying writer for http.ResponseController.
func (w flushedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
