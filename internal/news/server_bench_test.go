package news_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/metrics"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// The benchmarks send the same requests to the whole server (log lines are written and discarded) and to a bare net/http
// handler on the same store, in one run. ns/op is the server's time; x-bare is its ratio to the bare handler's time.

const listQuery = `{"where":{"date_created":{"gte":"2026-01-01T00:00:00Z"},"title":{"like":"Title%"}},"order":"date_created ` +
	`DESC","limit":20}`

func BenchmarkGetNews(b *testing.B) {
	w := newWorld(b)
	compare(b, w, func() *http.Request { return w.request("GET", "/news/"+w.id, "") })
}

// BenchmarkGetNewsMeasured is BenchmarkGetNews with metrics, as with --admin.
func BenchmarkGetNewsMeasured(b *testing.B) {
	m := metrics.New(testkit.Contract(b, apptest.App()), "")
	w := newWorldOn(b, func(backend store.Backend) store.Backend { return store.Observe(backend, m.Store()) }, m)
	compare(b, w, func() *http.Request { return w.request("GET", "/news/"+w.id, "") })
}

func BenchmarkFindNews(b *testing.B) {
	w := newWorld(b)
	target := "/news?filter=" + url.QueryEscape(listQuery)
	compare(b, w, func() *http.Request { return w.request("GET", target, "") })
}

func BenchmarkCreateNews(b *testing.B) {
	w := newWorld(b)
	body := fmt.Sprintf(`{"title":"A title","body":%q}`, strings.Repeat("x", 150))
	compare(b, w, func() *http.Request { return w.request("POST", "/news", body) })
}

// compare sends the request to the server and to the bare handler, in process and over loopback HTTP.
func compare(b *testing.B, w *world, request func() *http.Request) {
	for _, way := range []struct {
		name string
		send func(testing.TB, http.Handler) func(*http.Request)
	}{{"process", inProcess}, {"loopback", overLoopback}} {
		b.Run(way.name, func(b *testing.B) {
			ours, bare := way.send(b, w.api.Handler), way.send(b, w.bare)
			for range 100 {
				ours(request())
				bare(request())
			}
			b.ReportAllocs()
			for b.Loop() {
				ours(request())
			}
			b.StopTimer()
			elapsed := b.Elapsed()
			start := time.Now()
			for range b.N {
				bare(request())
			}
			b.ReportMetric(float64(elapsed)/float64(time.Since(start)), "x-bare")
		})
	}
}

func inProcess(tb testing.TB, h http.Handler) func(*http.Request) {
	return func(r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			tb.Fatal(answer.Code, answer.Body)
		}
	}
}

func overLoopback(tb testing.TB, h http.Handler) func(*http.Request) {
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return func(r *http.Request) {
		r.RequestURI = ""
		r.URL.Scheme, r.URL.Host = "http", s.Listener.Addr().String()
		answer, err := s.Client().Do(r)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err = io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			tb.Fatal(answer.Status, err)
		}
		answer.Body.Close()
	}
}

// world is a server on a file with 1,000 news items, and the bare handler on the same store.
type world struct {
	api   *testkit.API
	bare  http.Handler
	token string
	id    string
}

func newWorld(b *testing.B) *world {
	return newWorldOn(b, func(backend store.Backend) store.Backend { return backend })
}

// newWorldOn returns a world with observers, whose API uses the result of on as its backend.
func newWorldOn(b *testing.B, on func(store.Backend) store.Backend, observers ...server.Observer) *world {
	backend, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "newsdesk.db"))
	must(b, err)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	w := &world{api: testkit.NewWith(b, apptest.App(), testkit.Options{Backend: on(backend), Log: log,
		Server: server.Config{Observers: observers}})}
	w.token = w.api.Token("ann", "news:read", "news:write")
	for i := range 1000 {
		body := fmt.Sprintf(`{"title":"Title %d","body":%q,"date_created":%q}`, i, strings.Repeat("x", 150),
			w.api.Now().Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
		answer := httptest.NewRecorder()
		w.api.Handler.ServeHTTP(answer, w.request("POST", "/news", body))
		var news struct{ ID string }
		must(b, json.Unmarshal(answer.Body.Bytes(), &news))
		w.id = news.ID
	}
	for _, m := range w.api.Contract.Models() {
		if m.Collection == "news" {
			w.bare = bareHandler(b, backend, m)
		}
	}
	return w
}

func (w *world) request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// bareHandler only uses the store: no routing, no token, no validation, no log.
func bareHandler(b *testing.B, backend store.Backend, m *store.Model) http.Handler {
	query, err := m.Schema.Query([]byte(listQuery))
	must(b, err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /news/{id}", func(w http.ResponseWriter, r *http.Request) {
		d, err := backend.Get(r.Context(), m, r.PathValue("id"))
		send(w, d.JSON, err)
	})
	mux.HandleFunc("GET /news", func(w http.ResponseWriter, r *http.Request) {
		list := []byte{'['}
		err := backend.Find(r.Context(), m, query, func(d store.Document) error {
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = append(list, d.JSON...)
			return nil
		})
		send(w, append(list, ']'), err)
	})
	mux.HandleFunc("POST /news", func(w http.ResponseWriter, r *http.Request) {
		var news struct {
			ID     string `json:"id"`
			Title  string `json:"title"`
			Body   string `json:"body"`
			Date   string `json:"date_created"`
			Author string `json:"author"`
		}
		if err := json.NewDecoder(r.Body).Decode(&news); err != nil {
			send(w, nil, err)
			return
		}
		news.ID, news.Author, news.Date = store.NewID(), "ann", timestamp.Of(time.Now()).String()
		text, _ := json.Marshal(news)
		send(w, text, backend.Insert(r.Context(), m, store.Document{ID: news.ID, Version: 1, JSON: text}))
	})
	return mux
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func send(w http.ResponseWriter, text []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}
