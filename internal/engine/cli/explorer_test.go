package cli

import (
	"net"
	"net/http"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// Whoever listens to the world has to say that the world may see the explorer.
func TestExplorer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flag, address string
		proxies       []string
		want          server.Explorer
	}{
		{"auto", "127.0.0.1", nil, server.ExplorerOn},
		{"auto", "127.1.2.3", nil, server.ExplorerOn},
		{"auto", "::1", nil, server.ExplorerOn},
		{"auto", "127.0.0.1", []string{"127.0.0.1"}, server.ExplorerOff},
		{"auto", "0.0.0.0", nil, server.ExplorerOff},
		{"auto", "::", nil, server.ExplorerOff},
		{"auto", "10.0.0.1", nil, server.ExplorerOff},
		{"auto", "", nil, server.ExplorerOff},
		{"on", "0.0.0.0", []string{"10.0.0.1"}, server.ExplorerOn},
		{"off", "127.0.0.1", nil, server.ExplorerOff},
		{"signed-in", "127.0.0.1", nil, server.ExplorerSignedIn},
		{"signed-in", "0.0.0.0", nil, server.ExplorerSignedIn},
	} {
		c := config{Explorer: tt.flag, TrustedProxies: tt.proxies}
		if got := c.explorer(&net.TCPAddr{IP: net.ParseIP(tt.address)}); got != tt.want {
			t.Errorf("--explorer=%s at %q behind %v: %s, want %s", tt.flag, tt.address, tt.proxies, got, tt.want)
		}
	}
}

// A page from elsewhere whose name leads to this machine is answered with 421, unless its name is wanted or others are to get in.
func TestHosts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flags []string
		want  map[string]int
	}{
		{nil, map[string]int{"localhost": 200, "evil.example": 421}},
		{[]string{"--host=api.example.com,b.example"}, map[string]int{"localhost": 200, "api.example.com": 200, "b.example:80": 200,
			"evil.example": 421}},
		{[]string{"--trusted-proxies=10.0.0.1"}, map[string]int{"localhost": 200, "evil.example": 200}},
		{[]string{"--trusted-proxies=10.0.0.1", "--host=api.example.com"}, map[string]int{"api.example.com": 200, "evil.example": 421}},
	} {
		serving(t, memory, func(url string) {
			for host, want := range tt.want {
				request, err := http.NewRequestWithContext(t.Context(), "GET", url+"/ping", nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Host = host
				answer, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != want {
					t.Errorf("%q, Host %s: %d, want %d", tt.flags, host, answer.StatusCode, want)
				}
			}
		}, tt.flags...)
	}
	everywhere := config{}
	if got := everywhere.hosts(&net.TCPAddr{IP: net.IPv4zero}); got != nil {
		t.Errorf("a server that listens everywhere answers for %q alone", got)
	}
}

func TestExplorerFlag(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string][2]int{ // of the page and the contract
		"auto": {200, 200}, "on": {200, 200}, "off": {404, 404}, "signed-in": {200, 401},
	} {
		serving(t, memory, func(url string) {
			for i, path := range []string{"/explorer/", "/openapi.json"} {
				answer, err := http.Get(url + path)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != want[i] {
					t.Errorf("--explorer=%s: %s is answered with %d, want %d", flag, path, answer.StatusCode, want[i])
				}
			}
		}, "--explorer="+flag)
	}
}
