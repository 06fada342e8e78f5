package news_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

const (
	hostile    = 4 // connections
	fairTime   = 10 * time.Second
	bcryptCost = 12 // the default of the program
)

// BenchmarkFair measures the response times of one account while another account, at another address, attacks the server in a loop over
// four connections, without the rates of the contract. Ignore ns/op.
func BenchmarkFair(b *testing.B) {
	smallNews, largeNews := 150_000, 600 // the large ones have 1 MB each and belong to the hostile account
	if os.Getenv("MONGODB_TEST_URI") != "" {
		smallNews, largeNews = 5_000, 20 // the maximum for the MongoDB replacement
	}
	pattern := url.QueryEscape(`{"title":"mine","body":{"regexp":"(.*a.{450}){2}b"}}`)
	var terms []string
	for i := range 64 {
		terms = append(terms, fmt.Sprintf(`{"title":{"ilike":"%%no such title %d%%"}}`, i))
	}
	b.Run("small", func(b *testing.B) {
		f := newFairWorld(b)
		f.fill(b, "somebody", smallNews/2, "Title", 200) // two authors, because one would exceed the quota
		f.fill(b, "somebody else", smallNews/2, "Title", 200)
		f.fill(b, f.api.ID("mallory"), 1, "mine", 1_000_000)
		f.run(b, "quiet", nil)
		f.run(b, "A1-regexp-1MB", f.loop("GET", "/news/count?where="+pattern, ""))
		f.run(b, "A2-patch-regexp-1MB", f.loop("PATCH", "/news?where="+pattern, `{"title":"mine"}`))
		f.run(b, "A3-count-64-ilike", f.loop("GET", "/news/count?where="+url.QueryEscape(`{"or":[`+strings.Join(terms, ",")+`]}`), ""))
	})
	b.Run("large", func(b *testing.B) {
		f := newFairWorld(b)
		f.fill(b, f.api.ID("mallory"), largeNews, "mine", 1_000_000)
		f.run(b, "quiet", nil)
		f.run(b, "A4-patch-all-600MB", f.loop("PATCH", "/news?where={}", `{"body":"`+strings.Repeat("x", 1_000_000)+`"}`))
		f.run(b, "A5-order-by-body", f.loop("GET", "/news?filter="+url.QueryEscape(`{"order":"body","fields":["id"],"limit":1,"skip":599}`),
			""))
		f.run(b, "A6-lists-not-read", f.stalled("/news?filter="+url.QueryEscape(`{"limit":100}`)))
	})
}

// fairWorld is a server on a TCP port.
type fairWorld struct {
	api            *testkit.API
	backend        store.Backend
	model          *store.Model
	address        string
	hostile, other string // tokens
}

func newFairWorld(b *testing.B) *fairWorld {
	backend := testkit.Backend(b)
	if os.Getenv("MONGODB_TEST_URI") == "" {
		must(b, backend.Close(b.Context()))
		var err error
		backend, err = sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "newsdesk.db"))
		must(b, err)
	}
	passwords, err := auth.NewPasswords(bcryptCost, 0)
	must(b, err)
	a := testkit.NewWith(b, apptest.App(), testkit.Options{
		Server: server.Config{RateLimitsOff: true}, Backend: backend,
		Change: func(services *engine.Config) { services.Passwords, services.Now = passwords, time.Now },
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, listener, a.Handler, slog.New(slog.DiscardHandler), server.ServeConfig{ShutdownTimeout: time.Second})
	}()
	b.Cleanup(func() {
		stop()
		<-served
	})
	f := &fairWorld{api: a, backend: backend, address: listener.Addr().String()}
	f.hostile, f.other = a.Token("mallory", "news:read", "news:write"), a.Token("ann", "news:read", "news:write")
	for _, m := range a.Contract.Models() {
		if m.Collection == "news" {
			f.model = m
		}
	}
	return f
}

// fill stores n news items of an author without the API.
func (f *fairWorld) fill(b *testing.B, author string, n int, title string, size int) {
	body := strings.Repeat("a", size)
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			for i := worker; i < n; i += 16 {
				id := store.NewID()
				text := fmt.Appendf(nil, `{"id":%q,"title":%q,"body":%q,"author":%q,"date_created":"2026-01-31T08:00:00.000Z"}`,
					id, title, body, author)
				if err := f.backend.Insert(b.Context(), f.model, store.Document{ID: id, Version: 1, JSON: text}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

// run measures the other account's requests during an attack.
func (f *fairWorld) run(b *testing.B, name string, attack func(ctx context.Context, count func(status int))) {
	b.Run(name, func(b *testing.B) {
		ctx, cancel := context.WithTimeout(b.Context(), fairTime)
		defer cancel()
		var lock sync.Mutex
		statuses := map[int]int{}
		var attackers sync.WaitGroup
		for range hostile {
			if attack != nil {
				attackers.Go(func() {
					attack(ctx, func(status int) {
						lock.Lock()
						statuses[status]++
						lock.Unlock()
					})
				})
			}
		}
		refused, times := f.measure(b, ctx)
		attackers.Wait()
		b.ReportMetric(0, "ns/op")
		for _, what := range slices.Sorted(maps.Keys(times)) {
			slices.Sort(times[what])
			b.ReportMetric(float64(times[what][len(times[what])*95/100].Microseconds())/1000, what+"-p95-ms")
		}
		b.ReportMetric(float64(refused), "503s")
		b.Logf("the hostile account's statuses: %v", statuses)
	})
}

// measure sends the other account's requests one after the other, and its sign-ins concurrently, until ctx ends.
func (f *fairWorld) measure(b *testing.B, ctx context.Context) (refused int, times map[string][]time.Duration) {
	c := from("127.0.0.2")
	news, _ := json.Marshal(map[string]string{"title": "A title", "body": strings.Repeat("x", 150)})
	var created struct{ ID string }
	status, text := f.send(context.Background(), c, f.other, "POST", "/news", string(news))
	if err := json.Unmarshal(text, &created); err != nil || status != 200 {
		b.Fatal(status, string(text), err)
	}
	var lock sync.Mutex
	times = map[string][]time.Duration{}
	timed := func(what, token, method, target, body string) {
		start := time.Now()
		status, text := f.send(context.Background(), c, token, method, target, body)
		took := time.Since(start)
		lock.Lock()
		defer lock.Unlock()
		times[what] = append(times[what], took)
		switch status {
		case 200:
		case 503:
			refused++
		default:
			b.Errorf("%s: %d %.200s", what, status, text)
		}
	}
	var group sync.WaitGroup
	group.Go(func() {
		for ctx.Err() == nil {
			timed("get", f.other, "GET", "/news/"+created.ID, "")
			timed("post", f.other, "POST", "/news", string(news))
			timed("whoami", f.other, "GET", "/whoami", "")
		}
	})
	group.Go(func() {
		for ctx.Err() == nil {
			timed("signin", "", "POST", "/signin", fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email("ann"), testkit.Password))
		}
	})
	group.Wait()
	return refused, times
}

// loop repeats a request of the hostile account.
func (f *fairWorld) loop(method, target, body string) func(context.Context, func(int)) {
	return func(ctx context.Context, count func(int)) {
		c := from("127.0.0.1")
		for ctx.Err() == nil {
			status, _ := f.send(ctx, c, f.hostile, method, target, body)
			count(status)
			if status == 429 {
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
}

// stalled requests a list and reads only the status.
func (f *fairWorld) stalled(target string) func(context.Context, func(int)) {
	return func(ctx context.Context, count func(int)) {
		for ctx.Err() == nil {
			c, err := net.Dial("tcp", f.address)
			if err != nil {
				count(0)
				return
			}
			_ = c.(*net.TCPConn).SetReadBuffer(1024)
			stop := context.AfterFunc(ctx, func() { c.Close() })
			fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", target, f.address, f.hostile)
			line := make([]byte, len("HTTP/1.1 200"))
			_, err = io.ReadFull(c, line)
			status, _ := strconv.Atoi(string(bytes.TrimPrefix(line, []byte("HTTP/1.1 "))))
			count(status)
			if err == nil && status == 200 {
				<-ctx.Done()
			}
			stop()
			c.Close()
		}
	}
}

// from returns a client that sends from an address of this machine.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
}

// send returns the status and body of the response, or 0 if there is none.
func (f *fairWorld) send(ctx context.Context, c *http.Client, token, method, target, body string) (int, []byte) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+f.address+target, strings.NewReader(body))
	if err != nil {
		return 0, []byte(err.Error())
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return answer.StatusCode, text
}
