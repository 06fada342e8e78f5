//go:build browser

package explorer_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// TestBehindPrefix signs up, executes an operation and reads its snippets behind a proxy that strips /api.
func TestBehindPrefix(t *testing.T) {
	target, err := url.Parse(serve(t, server.ExplorerOn, time.Hour))
	must(t, err)
	proxy := httptest.NewServer(http.StripPrefix("/api", &httputil.ReverseProxy{Rewrite: func(
		r *httputil.ProxyRequest) {
		r.SetURL(target)
	}}))
	t.Cleanup(proxy.Close)
	base := proxy.URL + "/api"
	tab := openTab(t, base)
	tab.visit("/explorer/")
	tab.signUp()
	tab.open("system-ping")
	tab.execute("system-ping", "Hello from")
	if got := tab.text("#operations-system-ping .request-url pre"); strings.TrimSpace(got) != base+"/ping" {
		t.Errorf("the request was sent to %q, want %s/ping", got, base)
	}
	for language, want := range map[string]string{"curl": base + "/ping", "TypeScript": `baseUrl: "` + base + `"`,
		"Go": `client.New("` + base + `"`} {
		tab.press("#operations-system-ping", language)
		tab.see("#operations-system-ping .snippets pre", want)
	}
	tab.check()
}
