package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowReaders has clients that take an answer of 4 MB at their own pace. Time is synctest's.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	for _, tt := range []struct {
		name  string
		bytes int           // of one read
		every time.Duration // between reads
		stop  int           // bytes after which it reads no more
		whole bool
		most  time.Duration
	}{
		{"at once", 1 << 20, 0, size, true, time.Second},
		{"100 kB a second, longer than any deadline", 10_000, 100 * time.Millisecond, size, true, time.Minute},
		{"10 kB a second", 10_000, time.Second, size, true, 8 * time.Minute},
		{"5 kB a second, less than the least rate", 5_000, time.Second, size, false, 2 * time.Minute},
		{"a byte a second", 1, time.Second, size, false, 31 * time.Second},
		{"nothing", 1, time.Second, 0, false, 31 * time.Second},
		{"nothing after the first megabyte", 100_000, time.Second, 1 << 20, false, 47 * time.Second},
		{"64 KiB every 29 seconds", 64 << 10, 29 * time.Second, size, false, 2 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				client, stop := overPipe(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Length", "4194304")
					_, err := w.Write(make([]byte, size))
					ended <- err
				})
				defer stop()
				begun := time.Now()
				_, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				must(t, err)
				got := 0
				for buffer := make([]byte, tt.bytes); got < tt.stop; time.Sleep(tt.every) {
					n, err := client.Read(buffer)
					if got += n; err != nil || got > size { // the header is more than what fits
						break
					}
				}
				err = <-ended
				slow, isSlow := errors.AsType[*slowClientError](err)
				if took := time.Since(begun); tt.whole != (err == nil) || isSlow == tt.whole || took > tt.most {
					t.Errorf("%d bytes in %v, the writer's error: %v", got, took, err)
				}
				if isSlow && (slow.sent > int64(got)+4096 || slow.sent < int64(got)-4096 || !errors.Is(err, os.ErrDeadlineExceeded)) {
					t.Errorf("the error says %d bytes, the client has %d: net/http keeps 4 KiB at most", slow.sent, got)
				}
			})
		})
	}
}

// A stream is not slow because its handler waits.
func TestSlowHandler(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		client, stop := overPipe(t, func(w http.ResponseWriter, _ *http.Request) {
			var err error
			for range 100 {
				_, write := io.WriteString(w, "tick\n")
				err = errors.Join(err, write, http.NewResponseController(w).Flush())
				time.Sleep(20 * time.Second)
			}
			ended <- err
		})
		defer stop()
		_, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		must(t, err)
		text, err := io.ReadAll(client)
		if n := strings.Count(string(text), "tick"); n != 100 || err != nil || <-ended != nil {
			t.Errorf("%d ticks, %v", n, err)
		}
	})
}

func TestSlowClientIsLogged(t *testing.T) {
	t.Parallel()
	s := newRated(t, "ping", "5/m per address", Config{})
	var text strings.Builder
	s.Server.log = slog.New(slog.NewJSONHandler(&text, nil))
	usualPace.handler(s).ServeHTTP(late{httptest.NewRecorder()}, httptest.NewRequest("GET", "/nothing", nil))
	if log := text.String(); strings.Contains(log, `"ERROR"`) || !strings.Contains(log, "the client reads too slowly") ||
		!strings.Contains(log, "after 7 bytes") {
		t.Errorf("the log has %s", log)
	}
}

// late is a connection whose deadline ends after 7 bytes.
type late struct{ *httptest.ResponseRecorder }

func (late) Write([]byte) (int, error) {
	return 7, &net.OpError{Op: "write", Net: "tcp", Err: os.ErrDeadlineExceeded}
}

// overPipe serves one connection that has no buffer. Its stop waits for the server.
func overPipe(t *testing.T, handler http.HandlerFunc) (client net.Conn, stop func()) {
	t.Helper()
	client, server := net.Pipe()
	listener := &oneConn{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	listener.conns <- server
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan error, 1)
	go func() {
		finished <- Serve(ctx, listener, handler, slog.New(slog.DiscardHandler), ServeConfig{ShutdownTimeout: time.Minute})
	}()
	return client, func() {
		must(t, client.Close())
		cancel()
		must(t, <-finished)
	}
}

// oneConn is a listener.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
