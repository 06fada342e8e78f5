package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Limits of a connection.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second // the whole request
	responseTimeout = spec.MaxDeadline // until the response starts, and for each part of it (pace)
	idleTimeout     = 2 * time.Minute
	maxHeader       = 64 << 10 // bytes; a percent-encoded filter of filter.MaxText fits; net/http allows 4 KiB more
)

// cutOff is the time that requests have to end after their contexts are canceled.
const cutOff = 100 * time.Millisecond

// Serve serves the handler on the listener until ctx ends. Then it accepts no new connections, waits up to timeout for requests in
// progress, and returns nil; responses without a deadline end at once. It cancels the contexts of requests that take longer, closes their
// connections 0.1 seconds later, and
// returns an error; a handler that ignores its context may still be running then. Serve closes the listener.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, timeout time.Duration) error {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	s := &http.Server{
		BaseContext:       func(net.Listener) context.Context { return context.WithValue(requests, drainKey{}, ctx) },
		Handler:           usualPace.handler(handler),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      responseTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		log.Info("shutting down", "timeout", timeout)
		err := shutdown(s, timeout)
		if err != nil {
			cancelRequests()
			_ = shutdown(s, cutOff)
		}
		stopped <- err
	})
	if err := s.Serve(usualLingering.listen(listener)); err != http.ErrServerClosed {
		stop()
		return fmt.Errorf("server: %w", err)
	}
	if err := <-stopped; err != nil {
		_ = s.Close()
		return fmt.Errorf("server: requests were cut off after %s: %w", timeout, err)
	}
	log.Info("stopped")
	return nil
}

// shutdown waits for requests in progress, but no longer than limit.
func shutdown(s *http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return s.Shutdown(ctx)
}
