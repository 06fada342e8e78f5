package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. An operation's own deadline is in the contract and must be shorter than the time to answer.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second // the whole request
	answerTimeout = 30 * time.Second // until an answer begins, and for each part of it (pace)
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10 // bytes: a filter of filter.MaxText, percent-encoded, fits; net/http adds 4 KiB of its own
)

// cutOff is how long requests have to end after their contexts were canceled.
const cutOff = 100 * time.Millisecond

// Serve answers on the listener until ctx ends. Then it takes no new connections, finishes the requests in flight for at most
// drain, and returns nil. The contexts of requests that take longer are canceled, their connections are closed 0.1 seconds
// later, and the error says so; a handler that ignores its context may still run then. It closes the listener.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, drain time.Duration) error {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	s := &http.Server{
		BaseContext:       func(net.Listener) context.Context { return requests },
		Handler:           usualPace.handler(handler),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		log.Info("draining", "limit", drain)
		err := shutdown(s, drain)
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
		return fmt.Errorf("server: requests were cut off after %s: %w", drain, err)
	}
	log.Info("stopped")
	return nil
}

// shutdown waits for the requests in flight, but no longer than limit.
func shutdown(s *http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return s.Shutdown(ctx)
}
