package server_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// serving is a Serve under way whose GET /ping waits until it is released.
type serving struct {
	address  string
	began    chan struct{} // a value for each request that has reached its handler
	release  chan struct{} // closed by the test
	stop     context.CancelFunc
	finished chan error // what Serve returned
}

func serve(t *testing.T, config server.ServeConfig) serving {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := serving{address: listener.Addr().String(), began: make(chan struct{}, 10), release: make(chan struct{}),
		finished: make(chan error, 1)}
	r := newRig(t, func() time.Time {
		s.began <- struct{}{}
		<-s.release
		return time.Now()
	})
	var ctx context.Context
	ctx, s.stop = context.WithCancel(t.Context())
	go func() { s.finished <- server.Serve(ctx, listener, r, r.log.logger(), config) }()
	return s
}

type answer struct {
	status int
	body   string
	err    error
}

func (s serving) ping() chan answer {
	answers := make(chan answer, 1)
	go func() {
		got, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + s.address + "/ping")
		if err != nil {
			answers <- answer{err: err}
			return
		}
		defer got.Body.Close()
		body, err := io.ReadAll(got.Body)
		answers <- answer{got.StatusCode, string(body), err}
	}()
	return answers
}

func TestServeFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	s := serve(t, server.ServeConfig{ShutdownTimeout: time.Minute})
	var answers []chan answer
	for range 5 {
		answers = append(answers, s.ping())
	}
	for range answers {
		<-s.began
	}
	s.stop()
	for { // until the listener is closed
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		must(t, c.Close())
	}
	select {
	case err := <-s.finished:
		t.Fatalf("it has returned before the requests: %v", err)
	default:
	}
	close(s.release)
	for _, one := range answers {
		if got := <-one; got.err != nil || got.status != 200 || !strings.Contains(got.body, "Hello") {
			t.Errorf("a request in flight: %+v", got)
		}
	}
	if err := <-s.finished; err != nil {
		t.Errorf("Serve: %v, want nil", err)
	}
}

func TestServeCutsOffWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	s := serve(t, server.ServeConfig{ShutdownTimeout: time.Millisecond})
	cut := s.ping()
	<-s.began
	s.stop()
	if err := <-s.finished; err == nil || !strings.Contains(err.Error(), "cut off after 1ms") {
		t.Errorf("Serve: %v, want an error", err)
	}
	close(s.release)
	if got := <-cut; got.err == nil {
		t.Errorf("the request that was cut off: %+v", got)
	}
}

// The context of a request that takes too long ends, and the request can still send its response.
func TestServeCancelsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	began, finished := make(chan struct{}), make(chan error, 1)
	waits := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	go func() {
		finished <- server.Serve(ctx, listener, waits, (&journal{}).logger(), server.ServeConfig{ShutdownTimeout: time.Millisecond})
	}()
	answered := serving{address: listener.Addr().String()}.ping()
	<-began
	stop()
	if got := <-answered; got.err != nil || got.status != 503 {
		t.Errorf("the request: %+v, want 503", got)
	}
	if err := <-finished; err == nil || !strings.Contains(err.Error(), "cut off after 1ms") {
		t.Errorf("Serve: %v, want an error", err)
	}
}

func TestServeThatNeverBegan(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"the time was over": false, "the listener was closed": true} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		if closed {
			must(t, listener.Close())
		} else {
			cancel()
		}
		err = server.Serve(ctx, listener, http.NotFoundHandler(), (&journal{}).logger(), server.ServeConfig{ShutdownTimeout: time.Minute})
		if (err != nil) != closed {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := net.Dial("tcp", listener.Addr().String()); err == nil {
			t.Errorf("%s: the listener is still open", name)
			must(t, c.Close())
		}
		cancel()
	}
}
