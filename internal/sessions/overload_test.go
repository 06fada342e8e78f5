package sessions_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// BenchmarkOverload sends sign-ins over 40 connections for 6 s to a server with the default cost. It reports how many hashes ran at once,
// how many sign-ins per second succeeded and were rejected, the slowest of each (a sign-in waits at most for the operation's deadline of
// 20 s), and the 95th percentile of concurrent requests to /whoami (wanted: less than 100 ms). It fails if more hashes run at once than
// there are cores minus one, and on any response other than 200, or 429 or 503 with Retry-After.
//
//	go test -run '^$' -bench Overload -benchtime 1x ./internal/sessions
func BenchmarkOverload(b *testing.B) {
	a := apptest.New(b)
	token := a.Token("ann")
	hashAt(b, a, auth.DefaultCost)
	url := listen(b, a)
	new(tally).signIn(b, url) // the hash now has the default cost, so a sign-in needs one hash
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), 6*time.Second)
		var load, watch sync.WaitGroup
		var seen tally
		for range 40 {
			load.Go(func() {
				for ctx.Err() == nil {
					seen.signIn(b, url)
				}
			})
		}
		watch.Go(func() { seen.whoAmI(ctx, b, url, token) })
		watch.Go(func() { seen.hashes(ctx) })
		watch.Wait()
		load.Wait()
		cancel()
		seen.report(b)
	}
}

// listen serves the API as main does and returns its URL.
func listen(b *testing.B, a *apptest.API) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- server.Serve(ctx, listener, a.Handler, slog.New(slog.DiscardHandler), server.ServeConfig{ShutdownTimeout: 10 * time.Second})
	}()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// tally holds the results, with times in milliseconds.
type tally struct {
	lock                   sync.Mutex
	served, turned, whoami []float64
	atOnce                 int
}

func (s *tally) signIn(b *testing.B, url string) {
	answer, taken := send(b, signInRequest(b, url, "ann", testkit.Password))
	if answer == nil {
		return
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	switch answer.StatusCode {
	case http.StatusOK:
		s.served = append(s.served, taken)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		s.turned = append(s.turned, taken)
		if answer.Header.Get("Retry-After") == "" {
			b.Errorf("%s without Retry-After", answer.Status)
		}
	default:
		b.Errorf("signin: %s", answer.Status)
	}
}

// whoAmI requests /whoami 50 times a second.
func (s *tally) whoAmI(ctx context.Context, b *testing.B, url, token string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/whoami", nil)
		if err != nil {
			b.Error(err)
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, taken := send(b, r)
		if answer == nil || answer.StatusCode != http.StatusOK {
			b.Errorf("whoami: %+v", answer)
			return
		}
		s.whoami = append(s.whoami, taken)
	}
}

// hashes counts the goroutines in bcrypt, 20 times a second.
func (s *tally) hashes(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	stacks := make([]byte, 4<<20)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		text := string(stacks[:runtime.Stack(stacks, true)])
		s.atOnce = max(s.atOnce, strings.Count(text, "\ngolang.org/x/crypto/bcrypt.bcrypt("))
	}
}

func (s *tally) report(b *testing.B) {
	if s.atOnce > max(1, runtime.NumCPU()-1) {
		b.Errorf("%d hashes at once on %d cores", s.atOnce, runtime.NumCPU())
	}
	b.ReportMetric(float64(s.atOnce), "hashes-at-once")
	b.ReportMetric(float64(len(s.served))/6, "served/s")
	b.ReportMetric(float64(len(s.turned))/6, "turned-away/s")
	b.ReportMetric(quantile(s.served, 1), "slowest-served-ms")
	b.ReportMetric(quantile(s.turned, 1), "slowest-turned-ms")
	b.ReportMetric(quantile(s.whoami, 0.95), "whoami-p95-ms")
}

// send returns the response, without its body, and its time in milliseconds. Without a response, it fails the benchmark and returns nil.
func send(b *testing.B, r *http.Request) (*http.Response, float64) {
	start := time.Now()
	answer, err := loopback.Do(r)
	if err != nil {
		b.Error(err)
		return nil, 0
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		b.Error(err)
	}
	return answer, milliseconds(time.Since(start))
}

// loopback keeps a connection for each concurrent request of the benchmark.
var loopback = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
