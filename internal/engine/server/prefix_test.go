package server_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// behindPrefix returns the URL, without a slash at its end, at which a proxy that strips the prefix passes requests to the handler.
func behindPrefix(t *testing.T, prefix string, handler http.Handler) string {
	t.Helper()
	backend := httptest.NewServer(handler)
	t.Cleanup(backend.Close)
	target, err := url.Parse(backend.URL)
	must(t, err)
	proxy := httptest.NewServer(http.StripPrefix(prefix, &httputil.ReverseProxy{Rewrite: func(
		r *httputil.ProxyRequest) {
		r.SetURL(target)
	}}))
	t.Cleanup(proxy.Close)
	return proxy.URL + prefix
}

// fetch returns the body of a 200 and the URL that it came from after redirects.
func fetch(t *testing.T, at string) (string, *url.URL) {
	t.Helper()
	response, err := http.Get(at)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %d", at, response.StatusCode)
	}
	return string(body), response.Request.URL
}

// TestServersBehindPrefix calls /ping as a tool does that knows a served contract and where it was fetched.
func TestServersBehindPrefix(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"the contract":     string(testapp.App().OpenAPI),
		"without servers":  regexp.MustCompile(`(?m)^servers:\n( .*\n)+`).ReplaceAllString(string(testapp.App().OpenAPI), ""),
		"with a base path": strings.Replace(string(testapp.App().OpenAPI), "- url: /\n", "- url: /v1\n", 1),
	} {
		r := newRigOn(t, []byte(document), server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn}, time.Now)
		api := map[string]string{"with a base path": "/v1"}[name]
		for _, prefix := range []string{"", "/api", "/a/b%20c"} {
			base := behindPrefix(t, strings.ReplaceAll(prefix, "%20", " "), r)
			base = strings.ReplaceAll(base, " ", "%20")
			for _, path := range contractPaths {
				text, at := fetch(t, base+path)
				servers := serversOf(t, path, text)
				if len(servers) != 1 {
					t.Fatalf("%s, %s: servers %q, want one", name, path, servers)
				}
				resolved, err := at.Parse(servers[0])
				must(t, err)
				ping := strings.TrimSuffix(resolved.String(), "/") + "/ping"
				if want := base + api + "/ping"; ping != want {
					t.Errorf("%s, %s%s: server %q leads to %s, want %s", name, prefix, path, servers[0], ping, want)
				}
				fetch(t, ping)
			}
		}
	}
}

// TestPublicURL has the public URL in every served contract; everything else is unchanged.
func TestPublicURL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://example.com/api":           "https://example.com/api",
		"https://example.com/api/":          "https://example.com/api",
		"HTTP://127.0.0.1:8080":             "http://127.0.0.1:8080",
		"https://[2001:db8::1]:1/a%20b/'\"": "https://[2001:db8::1]:1/a%20b/%27%22",
	} {
		r := newRigIn(t, server.Config{Explorer: server.ExplorerOn, PublicURL: given}, time.Now)
		for _, path := range contractPaths {
			if got := serversOf(t, path, ask(r, path, "").Body.String()); !slices.Equal(got, []string{want}) {
				t.Errorf("%s, %s: servers %q, want %s", given, path, got, want)
			}
		}
	}
}

// A proxy may pass the path of the public URL on, or remove it.
func TestPublicURLPrefix(t *testing.T) {
	t.Parallel()
	for given, paths := range map[string]map[string]int{
		"https://example.com/api": {"/api/ping": 200, "/ping": 200, "/api": 200, "/api/": 200, "/api/explorer/": 200, "/apiping": 404,
			"/api/api/ping": 404, "/api/openapi.json": 200, "/api/posts/a%2Fb": 400, "/%61pi/posts/a%2Fb": 404},
		"https://example.com/posts": {"/ping": 200, "/posts": 200, "/posts/ping": 404}, // the post called ping
		"https://example.com":       {"/ping": 200, "/api/ping": 404},
	} {
		r := newRigIn(t, server.Config{Explorer: server.ExplorerOn, PublicURL: given}, time.Now)
		for path, want := range paths {
			if got := ask(r, path, ""); got.Code != want {
				t.Errorf("%s, GET %s: %d, want %d", given, path, got.Code, want)
			}
		}
	}
}

func serversOf(t *testing.T, path, text string) (urls []string) {
	t.Helper()
	decode := json.Unmarshal
	if strings.HasSuffix(path, ".yaml") {
		decode = func(text []byte, to any) error { return yaml.Unmarshal(text, to) }
	}
	var document struct {
		Servers []struct{ URL string } `yaml:"servers"`
	}
	must(t, decode([]byte(text), &document))
	for _, s := range document.Servers {
		urls = append(urls, s.URL)
	}
	return urls
}

func TestPublicURLRefused(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	parts, err := engine.NewForTests(a.Store, a.Contract, "field-notes", slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	for _, given := range []string{
		"/api", "example.com", "example.com/api", "//example.com", "ftp://example.com", "javascript:alert(1)", "https:", "https://",
		"https:///api",
		"https://:443", "https://example.com:", "https://example.com:0", "https://example.com:65536", "https://example.com:x",
		"https:example.com",
		"https://ann:secret@example.com", "https://@example.com", "https://exa mple.com", "https://exa{m}ple.com",
		"https://example.com/%zz",
		"https://example.com?", "https://example.com/?a=secret", "https://example.com/#", "https://example.com#a", " https://example.com",
		"https://example.com/a\nb", "https://[::1", "https://a,b",
	} {
		_, err := server.New(testapp.App(), a.Contract, parts, server.Config{PublicURL: given}, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "public URL") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want an error that does not contain the URL", given, err)
		}
	}
}
