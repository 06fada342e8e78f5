package server

import (
	"context"
	"crypto/tls"
	"fmt"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Limits of a connection.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second // the whole request
	responseTimeout = spec.MaxDeadline // until the response starts, and for each part of it (pace)
	idleTimeout     = 2 * time.Minute
	maxStreams      = 100      // at once on a connection of HTTP/2 (RFC 9113, section 6.5.2)
	maxHeader       = 64 << 10 // bytes; a percent-encoded filter of filter.MaxText fits; net/http allows 4 KiB more
)

// cutOff is the time that requests have to end after their contexts are canceled.
const cutOff = 100 * time.Millisecond

// ServeConfig is how Serve serves and stops.
type ServeConfig struct {
	// DrainDelay is how long Serve goes on as before after the end of its context, except that GET /ready responds with 503. A load
	// balancer needs this time to stop sending requests.
	DrainDelay time.Duration
	// ShutdownTimeout is how long requests in progress may then take to finish.
	ShutdownTimeout time.Duration
	// Certificate returns the certificate of each TLS connection, which may be HTTP/2. If it is nil, connections are not encrypted.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// OnListening is called when connections are accepted, and OnStopping at the end of the context. Either may be nil.
	OnListening, OnStopping func()
}

// Serve serves the handler on the listener until ctx ends and DrainDelay has passed. Then it accepts no new connections, waits up to
// ShutdownTimeout for requests in progress, and returns nil; responses without a deadline end at once. It cancels the contexts of requests
// that take longer, closes their connections 0.1 seconds later, and returns an error; a handler that ignores its context may still be
// running then. Serve closes the listener.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, config ServeConfig) error {
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	streams, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	state := context.WithValue(requests, drainKey{}, drain{begun: ctx, streams: streams})
	s := &http.Server{
		BaseContext:       func(net.Listener) context.Context { return state },
		Handler:           usualPace.handler(handler),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      responseTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog:          stdlog.New(&connectionLog{log: log}, "", 0),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		log.Info("shutting down", "drain_delay_ms", config.DrainDelay.Milliseconds(), "timeout_ms", config.ShutdownTimeout.Milliseconds())
		call(config.OnStopping)
		time.Sleep(config.DrainDelay)
		endStreams()
		err := shutdown(s, config.ShutdownTimeout)
		if err != nil {
			cancelRequests()
			_ = shutdown(s, cutOff)
		}
		stopped <- err
	})
	call(config.OnListening)
	serve := s.Serve
	if config.Certificate != nil {
		s.TLSConfig = &tls.Config{GetCertificate: config.Certificate, MinVersion: tls.VersionTLS12}
		serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	if err := serve(usualLingering.listen(listener)); err != http.ErrServerClosed {
		stop()
		return fmt.Errorf("server: %w", err)
	}
	if err := <-stopped; err != nil {
		_ = s.Close()
		return fmt.Errorf("server: requests were cut off after %s: %w", config.ShutdownTimeout, err)
	}
	log.Info("stopped")
	return nil
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// drain holds the contexts of a shutdown: begun ends when it begins, and streams when responses without a deadline must end.
type drain struct{ begun, streams context.Context }

// draining reports whether the server that serves a request with this context is shutting down.
func draining(ctx context.Context) bool {
	d, served := ctx.Value(drainKey{}).(drain)
	return served && d.begun.Err() != nil
}

// drainKey is the key of the drain in the context of a request.
type drainKey struct{}

// shutdown waits for requests in progress, but no longer than limit.
func shutdown(s *http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return s.Shutdown(ctx)
}

// connectionLog logs the messages of net/http. Every scanner of the network causes failed TLS handshakes, so that they are reported once a
// minute.
type connectionLog struct {
	log        *slog.Logger
	handshakes logging.Throttle
}

// Write implements io.Writer. It is called with one message.
func (c *connectionLog) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message))
	if !strings.Contains(text, "TLS handshake error") {
		c.log.Warn(text)
	} else if suppressed, report := c.handshakes.Event(time.Now()); report {
		c.log.Warn(text, "suppressed", suppressed)
	}
	return len(message), nil
}
