package server

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

const ours = "https://app.example.com"

var hostile = []string{
	"https://evil.example", "null", "*", "http://app.example.com", "https://app.example.com.evil.example", "https://evilapp.example.com",
	"https://app.example.com:8443", "HTTPS://APP.EXAMPLE.COM", "https://app.example.com/", "https://appxexample.com",
	ours + ", https://evil.example", "",
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	s, contract := newCORS(t)
	for _, op := range contract.Operations() {
		got := s.cross(t, "OPTIONS", op.Path, ours, op.Method)
		h := got.Header()
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": ours, "Access-Control-Max-Age": "600", "Access-Control-Allow-Credentials": "",
			"Access-Control-Allow-Headers": "If-Match, If-None-Match, Authorization, Content-Type, X-Request-Id",
		} {
			if h.Get(name) != want {
				t.Errorf("%s %s: %s %q, want %q", op.Method, op.Path, name, h.Get(name), want)
			}
		}
		methods := strings.Split(h.Get("Access-Control-Allow-Methods"), ", ")
		if got.Code != 204 || got.Body.Len() > 0 || !slices.Contains(methods, op.Method) || slices.Contains(methods, "TRACE") ||
			h.Get("RateLimit-Limit") != "" {
			t.Errorf("%s %s: %d, methods %q", op.Method, op.Path, got.Code, methods)
		}
	}
	if got := s.cross(t, "OPTIONS", "/nothing", ours, "GET"); got.Code != 404 {
		t.Errorf("a preflight of no route: %d, want 404", got.Code)
	}
	if got := s.cross(t, "OPTIONS", "/notes", ours, ""); got.Code != 204 || got.Header().Get("Allow") == "" ||
		got.Header().Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("plain OPTIONS: %d %v", got.Code, got.Header())
	}
}

func TestCrossOriginAnswers(t *testing.T) {
	t.Parallel()
	s, _ := newCORS(t)
	for path, status := range map[string]int{"/ping": 200, "/whoami": 401, "/nothing": 404, "/openapi.json": 200} {
		got := s.cross(t, "GET", path, ours, "")
		h := got.Header()
		if got.Code != status || h.Get("Access-Control-Allow-Origin") != ours || h.Get("Vary") != "Origin" ||
			h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", path, got.Code, h)
		}
		for _, name := range []string{"ETag", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
			"WWW-Authenticate", "X-Request-Id"} {
			if !slices.Contains(strings.Split(h.Get("Access-Control-Expose-Headers"), ", "), name) {
				t.Errorf("%s: a page cannot read %s: %q", path, name, h.Get("Access-Control-Expose-Headers"))
			}
		}
	}
}

// Only listed origins are allowed and sent back; Vary says that the response depends on the origin.
func TestHostileOrigins(t *testing.T) {
	t.Parallel()
	s, _ := newCORS(t)
	for _, origin := range hostile {
		for _, method := range []string{"GET", "OPTIONS"} {
			for _, path := range []string{"/ping", "/whoami", "/notes", "/openapi.json", "/explorer/", "/nothing"} {
				h := s.cross(t, method, path, origin, "GET").Header()
				for name, values := range h {
					if strings.HasPrefix(name, "Access-Control-") || origin != "" && origin != "*" &&
						strings.Contains(fmt.Sprint(values), origin) {
						t.Errorf("%s %s from %q: %s: %q", method, path, origin, name, values)
					}
				}
				if !slices.Contains(h.Values("Vary"), "Origin") {
					t.Errorf("%s %s from %q: Vary %q", method, path, origin, h.Values("Vary"))
				}
			}
		}
	}
}

func TestNewRefusesOrigins(t *testing.T) {
	t.Parallel()
	contract := contractWith(t, nil)
	for origin, taken := range map[string]bool{
		ours: true, "http://localhost:8080": true, "http://127.0.0.1:5173": true, "http://[::1]:3000": true, "capacitor://localhost": true,
		"https://xn--nda.example": true,
		"*":                       false, "null": false, "": false, "app.example.com": false, "https://": false,
		"https://*.example.com": true, "http://*.example.com:8080": true, "https://*.a.example.com": true, "https://*.com": false,
		"https://*.co.uk": false, "https://*.github.io": false, "https://*": false, "https://*.": false, "https://*.*.example.com": false,
		"https://a*.example.com": false, "https://app.*.com": false, "*.example.com": false, "https://*.example.com:443": false,
		ours + "/": false, ours + "/app": false,
		ours + "?x": false, ours + "#x": false, "https://ann@app.example.com": false, "https://App.example.com": false,
		"https://ü.example": false,
		ours + ":443":       false, "http://app.example.com:80": false, ours + ":": false, ours + ":0443": false, ours + ":http": false,
		"file:///":        false,
		ours + "\r\nX: 1": false, ours + " https://b.example": false, ours + "\n": false,
	} {
		_, err := New(generated(t), contract, newApp(t, contract), Config{Origins: []string{"https://a.example", origin}},
			slog.New(slog.DiscardHandler))
		if (err == nil) != taken || err != nil && !strings.Contains(err.Error(), fmt.Sprintf("CORS origin %q", origin)) {
			t.Errorf("%q: %v; taken: %v", origin, err, taken)
		}
	}
}

func TestOriginsBelowADomain(t *testing.T) {
	t.Parallel()
	allowed, err := newOrigins([]string{"https://*.example.com", "http://*.example.com:8080"})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"https://app.example.com": true, "https://a.b.example.com": true, "http://app.example.com:8080": true,
		"https://example.com": false, "https://.example.com": false, "https://..example.com": false, "http://app.example.com": false,
		"https://app.example.com:8080": false, "https://evilexample.com": false, "https://evil.example/.example.com": false,
		"https://evil.example:1.example.com": false, "https://ann@a.example.com": false, "https://app.example.com.evil.example": false,
		"https://*.example.com": false, "https://app.example.com\n": false, "https://APP.example.com": false, "": false,
	} {
		if got := allowed.contain(origin); got != want {
			t.Errorf("%q: %t, want %t", origin, got, want)
		}
	}
}

func newCORS(t *testing.T) (*Server, *spec.Contract) {
	t.Helper()
	contract := contractWith(t, nil)
	s, err := New(generated(t), contract, newApp(t, contract), Config{Origins: []string{"https://other.example", ours},
		Explorer: ExplorerOn}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s, contract
}

// cross sends a request as a browser does for a page; it is a preflight when it asks for a method.
func (s *Server) cross(t *testing.T, method, path, origin, asks string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Origin", origin)
	if asks != "" {
		r.Header.Set("Access-Control-Request-Method", asks)
		r.Header.Set("Access-Control-Request-Headers", "authorization,x-evil")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
