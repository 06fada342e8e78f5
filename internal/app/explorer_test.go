package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// TestExplorerBehindPrefix follows the links of the pages, which must be relative.
func TestExplorerBehindPrefix(t *testing.T) {
	t.Parallel()
	backend := httptest.NewServer(apptest.New(t).Handler)
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(http.StripPrefix("/api", &httputil.ReverseProxy{Rewrite: func(
		r *httputil.ProxyRequest) {
		r.SetURL(target)
	}}))
	defer proxy.Close()
	base := proxy.URL + "/api"
	links := regexp.MustCompile(`(?:href|src)="([^"]*)"|from '(\./[^']*)'`)
	seen := map[string]bool{}
	var follow func(at string)
	follow = func(at string) {
		if seen[at] {
			return
		}
		seen[at] = true
		if !strings.HasPrefix(at, base+"/") {
			t.Errorf("%s is not below the prefix", at)
			return
		}
		response, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %d, %v", at, response.StatusCode, err)
		}
		if strings.Contains(at, "bundle") || strings.HasSuffix(at, ".json") || strings.HasSuffix(at, ".yaml") {
			return
		}
		for _, match := range links.FindAllStringSubmatch(string(text), -1) {
			next, err := response.Request.URL.Parse(match[1] + match[2])
			if err != nil {
				t.Fatal(err)
			}
			follow(next.String())
		}
	}
	follow(base + "/")
	follow(base + "/explorer")
	for _, path := range []string{"/explorer/", "/explorer/contract.js", "/explorer/request.js", "/explorer/swagger-ui.css",
		"/openapi.yaml"} {
		if !seen[base+path] {
			t.Errorf("no link leads to %s", path)
		}
	}
}

// TestExplorerPolicy checks that no page can be framed, and that pages connect to their own server only, whatever the public URL is.
func TestExplorerPolicy(t *testing.T) {
	t.Parallel()
	for _, public := range []string{"", "https://example.com/api"} {
		a := apptest.NewIn(t, server.Config{Explorer: server.ExplorerOn, PublicURL: public})
		for _, path := range []string{"/", "/explorer/", "/explorer/main.js"} {
			response := httptest.NewRecorder()
			a.Handler.ServeHTTP(response, httptest.NewRequest("GET", path, nil))
			policy := response.Header().Get("Content-Security-Policy")
			if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "connect-src 'self';") ||
				strings.Contains(policy, "example.com") {
				t.Errorf("%s with the public URL %q: Content-Security-Policy %q", path, public, policy)
			}
		}
	}
}
