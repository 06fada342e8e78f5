package admin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// closeTimeout is the time that requests have to end when Serve stops.
const closeTimeout = 100 * time.Millisecond

// Serve serves the handler on the listener until stop is called, which waits for 0.1 seconds at most, and closes the listener. Responses
// have no deadline, because a profile takes as long as its client asks for.
func Serve(listener net.Listener, handler http.Handler, log *slog.Logger) (stop func()) {
	s := &http.Server{
		Handler: handler, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the admin listener has failed", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if s.Shutdown(ctx) != nil {
			_ = s.Close()
		}
		<-ended
	}
}
