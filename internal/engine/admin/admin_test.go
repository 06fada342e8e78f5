package admin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/admin"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is full")
	var log bytes.Buffer
	level := new(slog.LevelVar)
	h := admin.New(admin.Config{
		Metrics:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("api_build_info 1")) }),
		Ready:    func(context.Context) error { return failure },
		Settings: map[string]string{"listen": "127.0.0.1:3000"},
		Level:    level,
		Log:      slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: level})),
	})
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/metrics", "", 200, "api_build_info 1"},
		{"GET", "/live", "", 200, `{"status":"up"}`},
		{"GET", "/ready", "", 503, `{"status":"down","reason":"the disk is full"}`},
		{"GET", "/debug/config", "", 200, `{"listen":"127.0.0.1:3000"}`},
		{"GET", "/debug/log-level", "", 200, "info"},
		{"PUT", "/debug/log-level", "error", 200, "error"},
		{"PUT", "/debug/log-level", "debug\n", 200, "debug"},
		{"GET", "/debug/log-level", "", 200, "debug"},
		{"PUT", "/debug/log-level", "loud", 400, "unknown level"},
		{"PUT", "/debug/log-level", "", 400, "unknown level"},
		{"PUT", "/debug/log-level", strings.Repeat("debug", 100), 400, "unknown level"},
		{"POST", "/debug/log-level", "info", 405, ""},
		{"GET", "/debug/pprof/", "", 200, "goroutine"},
		{"GET", "/debug/pprof/goroutine?debug=1", "", 200, "goroutine profile"},
		{"GET", "/debug/pprof/cmdline", "", 404, ""},
		{"GET", "/news", "", 404, ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		r.Host = "127.0.0.1:9090"
		h.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s: %d %.200s, want %d %s", tt.method, tt.path, w.Code, w.Body, tt.status, tt.want)
		}
	}
	if level.Level() != slog.LevelDebug || strings.Count(log.String(), "the log level was changed") != 2 {
		t.Errorf("level %s; log: %s", level, &log)
	}
	failure = nil
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/ready", nil)
	r.Host = "localhost"
	if h.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
}

// A page of another site whose name resolves to the listener's address sends its own name in the Host field.
func TestHosts(t *testing.T) {
	t.Parallel()
	h := admin.New(admin.Config{Metrics: http.NotFoundHandler(), Hosts: []string{"ops.example.com"}})
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "[::1]:9090": 200, "localhost": 200, "localhost:9090": 200, "10.1.2.3:9090": 200, "api:9090": 200,
		"a.localhost": 200, "ops.example.com:9090": 200, "OPS.example.com.": 200,
		"evil.example": 421, "evil.example:9090": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "": 421,
		"localhost.:9090": 200, "xn--localhost.evil": 421, "::1": 200, "a.ops.example.com": 421,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/live", nil)
		r.Host = host
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: %d, want %d", host, w.Code, want)
		}
	}
}

// FuzzHost checks that a name with a dot that an attacker could own is not accepted.
func FuzzHost(f *testing.F) {
	for _, host := range []string{"127.0.0.1:9090", "[::1]:9090", "localhost", "a.localhost:1", "evil.example", "[evil.example]:1", "a:b:c",
		"127.0.0.1.evil.example", "::1", "[", "]:", ".", "..localhost"} {
		f.Add(host)
	}
	h := admin.New(admin.Config{Metrics: http.NotFoundHandler(), Hosts: []string{"ops.example.com"}})
	f.Fuzz(func(t *testing.T, host string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/live", nil)
		r.Host = host
		h.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 421 {
			t.Errorf("%q: %d", host, w.Code)
		}
		if strings.HasSuffix(strings.ToLower(host), ".example") && w.Code != 421 {
			t.Errorf("%q is accepted", host)
		}
	})
}
