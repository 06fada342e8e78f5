package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// HEAD is GET without the body (RFC 9110, section 9.3.2).
func TestHead(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn, TrustedProxies: []string{"127.0.0.1"}},
		func() time.Time { return time.Unix(0, 0) })
	real := httptest.NewServer(r)
	t.Cleanup(real.Close)
	token := r.token(t)
	ask := func(method, path string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), method, real.URL+path, nil)
		must(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("X-Request-Id", "same")
		request.Header.Set("Accept-Encoding", "identity") // http.Transport drops the length of what it unpacks
		answer, err := real.Client().Transport.RoundTrip(request)
		must(t, err)
		answer.Body.Close()
		return answer
	}
	for path, want := range map[string]int{
		"/ping": 200, "/health": 200, "/whoami": 200, "/notes": 200, "/notes/count": 200, "/notes/0": 404, "/users/me": 404,
		"/nothing": 404,
		"/":        200, "/explorer": 301, "/explorer/": 200, "/openapi.json": 200, "/openapi.yaml": 200,
	} {
		get, head := ask("GET", path), ask("HEAD", path)
		if head.StatusCode != want || get.StatusCode != want {
			t.Errorf("%s: HEAD %d, GET %d, want %d", path, head.StatusCode, get.StatusCode, want)
		}
		for _, h := range []http.Header{get.Header, head.Header} {
			h.Del("Date")
			if h.Get("Content-Length") == "0" {
				h.Del("Content-Length") // net/http says it for GET only
			}
		}
		if want != 404 && !maps.EqualFunc(get.Header, head.Header, slices.Equal) { // a 404 names the method
			t.Errorf("%s: the headers of HEAD are\n%v, those of GET\n%v", path, head.Header, get.Header)
		}
	}
}

// A slash at the end means nothing, except where a lost id would delete more than was meant.
func TestTrailingSlash(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	token := a.Token("ann", "notes:read", "users:admin")
	for request, want := range map[string]int{
		"GET /notes/": 200, "GET /notes/count/": 200, "GET /ping/": 200, "PATCH /users/me/": 400,
		"DELETE /sessions/": 404, "DELETE /users/me/": 404, "DELETE /users//sessions": 400, "DELETE /notes/1/": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		if answer := a.Do(method, path, token, ""); answer.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", request, answer.StatusCode, want, testkit.Body(answer))
		}
	}
}

func TestPagesAreOnlyRead(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	for _, path := range []string{"/", "/explorer", "/explorer/", "/explorer/style.css", "/explorer/openapi.json", "/openapi.json",
		"/openapi.yaml", "/openapi.plain.json"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "MKCOL"} {
			if answer := a.Do(method, path, "", ""); answer.StatusCode != 405 ||
				!strings.Contains(answer.Header.Get("Allow"), "GET, HEAD") {
				t.Errorf("%s %s: %d, Allow %q", method, path, answer.StatusCode, answer.Header.Get("Allow"))
			}
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	for _, path := range []string{"/nothing", "/notes/1/comments", "/explorer/nothing", "/openapi", "/.git/config", "/debug/pprof/",
		"/metrics"} {
		answer := a.Do("GET", path, "", "")
		if answer.StatusCode != 404 || answer.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %v", path, answer.StatusCode, answer.Header)
		}
	}
	want := `{"error":{"statusCode":404,"name":"NotFoundError","message":"Endpoint \"POST /no%20thing\" not found."}}`
	if got := testkit.Body(a.Do("POST", "/no thing?secret=1", "", "")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// No page of another origin may read an answer.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	for _, origin := range []string{
		"https://evil.example", "null", "http://localhost", "https://field-notes.evil.example", "http://127.0.0.1:8080", "file://",
		"https://example.com.evil.example",
	} {
		for _, path := range []string{"/", "/ping", "/notes", "/signin", "/explorer/", "/openapi.json", "/nothing"} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				request := httptest.NewRequest(method, path, nil)
				request.Header.Set("Origin", origin)
				request.Header.Set("Access-Control-Request-Method", "PUT")
				request.Header.Set("Access-Control-Request-Headers", "authorization")
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request)
				for name, values := range w.Header() {
					if strings.HasPrefix(name, "Access-Control-") || strings.Contains(fmt.Sprint(values), origin) {
						t.Errorf("%s %s from %s: %s: %q", method, path, origin, name, values)
					}
				}
			}
		}
	}
}

// What a proxy, or anybody, says of a request changes nothing.
func TestForwardingHeaders(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn}, func() time.Time { return time.Unix(0, 0) })
	said := []string{
		"X-Forwarded-For", "203.0.113.9", "X-Real-IP", "203.0.113.9", "Forwarded", "for=203.0.113.9;host=evil.example", "X-Forwarded-Proto",
		"https",
		"X-Forwarded-Host", "evil.example", "X-Forwarded-Prefix", "/evil", "X-Original-URL", "/whoami", "X-Rewrite-URL", "/whoami",
		"X-HTTP-Method-Override", "DELETE", "X-HTTP-Method", "DELETE", "X-Method-Override", "DELETE", "X-Request-Id", "chosen",
	}
	for _, path := range []string{"/ping", "/whoami", "/explorer", "/", "/openapi.json", "/nothing"} {
		plain, with := get(r, path), get(r, path, said...)
		plain.Header().Del("X-Request-Id")
		if id := with.Header().Get("X-Request-Id"); id == "" || id == "chosen" {
			t.Errorf("%s: the id is %q", path, id)
		}
		with.Header().Del("X-Request-Id")
		if plain.Code != with.Code || plain.Body.String() != with.Body.String() ||
			!maps.EqualFunc(plain.Header(), with.Header(), slices.Equal) {
			t.Errorf("%s: %d %v, want %d %v", path, with.Code, with.Header(), plain.Code, plain.Header())
		}
	}
	if log := r.log.String(); strings.Contains(log, "203.0.113.9") || strings.Contains(log, "evil") || strings.Contains(log, "DELETE") ||
		strings.Contains(log, "chosen") {
		t.Errorf("the log believes it: %s", log)
	}
}
