package server_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// pipes is a listener without a network, for synctest.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// During the drain delay the server serves all requests, and is not ready. Then it accepts no connection.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		r := newRig(t, time.Now)
		ctx, stop := context.WithCancel(t.Context())
		var states []string
		finished := make(chan error, 1)
		go func() {
			finished <- server.Serve(ctx, listener, r, r.log.logger(), server.ServeConfig{
				DrainDelay: 5 * time.Second, ShutdownTimeout: time.Second,
				OnListening: func() { states = append(states, "listening") },
				OnStopping:  func() { states = append(states, "stopping") },
			})
		}()
		client := http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}}
		get := func(path string, want int) {
			t.Helper()
			response, err := client.Get("http://127.0.0.1" + path)
			must(t, err)
			must(t, response.Body.Close())
			if response.StatusCode != want {
				t.Errorf("GET %s: %d, want %d", path, response.StatusCode, want)
			}
		}
		get("/ready", 200)
		stop()
		time.Sleep(4 * time.Second)
		get("/ready", 503)
		get("/health", 200)
		get("/ping", 200)
		time.Sleep(2 * time.Second)
		if _, err := client.Get("http://127.0.0.1/ping"); err == nil {
			t.Error("the server accepts connections after the delay")
		}
		if err := <-finished; err != nil || len(states) != 2 || states[1] != "stopping" {
			t.Errorf("Serve: %v, with calls %q", err, states)
		}
	})
}

// events is a contract with a stream.
const events = `
openapi: 3.0.3
info: {title: Events, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
paths:
  /events:
    get:
      operationId: streamEvents
      tags: [events]
      security: []
      x-limits: {deadline: none}
      responses:
        '200': {description: Events, content: {text/event-stream: {schema: {type: string}}}}
`

// A stream lasts longer than the deadline and the limits of connections, and ends when the server shuts down.
func TestLongStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		listener := pipes{make(chan net.Conn), make(chan struct{})}
		contract, err := spec.Load([]byte(events))
		must(t, err)
		app := server.App{OpenAPI: []byte(events), Register: func(r server.Router, _ engine.Services, m server.Middleware) {
			r.GET("/events", func(c echo.Context) error {
				for {
					if _, err := c.Response().Write([]byte("data\n")); err != nil {
						return err
					}
					select {
					case <-c.Request().Context().Done():
						return nil
					case <-time.After(time.Minute):
					}
				}
			}, m["streamEvents"]...)
		}}
		h, err := server.New(app, contract, engine.Services{Now: time.Now}, server.Config{}, slog.New(slog.DiscardHandler))
		must(t, err)
		ctx, stop := context.WithCancel(t.Context())
		finished := make(chan error, 1)
		go func() {
			finished <- server.Serve(ctx, listener, h, slog.New(slog.DiscardHandler), server.ServeConfig{ShutdownTimeout: time.Second})
		}()
		client := http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}}
		response, err := client.Get("http://127.0.0.1/events")
		must(t, err)
		defer response.Body.Close()
		body := bufio.NewReader(response.Body)
		for minute := range 60 {
			if line, err := body.ReadString('\n'); err != nil || line != "data\n" {
				t.Fatalf("after %d minutes: %q %v", minute, line, err)
			}
		}
		stop()
		if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
			t.Errorf("%q %v: want the end of the stream", rest, err)
		}
		must(t, <-finished)
	})
}
