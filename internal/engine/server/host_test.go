package server_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// TestHosts has a server that listens on a loopback address and answers for two names beside that.
func TestHosts(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{RateLimitsOff: true, Explorer: server.ExplorerOn, Hosts: []string{"api.example.com", "2001:DB8::1"},
		Origins: []string{"http://evil.example"}}, time.Now)
	address := listen(t, r)
	for _, tt := range []struct {
		host string
		want int
	}{
		{"localhost", 200}, {"localhost:3000", 200}, {"LocalHost.", 200}, {"localhost.:3000", 200}, {"app.localhost", 200},
		{"localhost:", 200},
		{"127.0.0.1", 200}, {"127.0.0.1:1", 200}, {"127.9.9.9", 200}, {"[::1]", 200}, {"[::1]:3000", 200}, {"[0:0:0:0:0:0:0:1]", 200},
		{"[::ffff:127.0.0.1]:1", 200},
		{"api.example.com", 200}, {"API.Example.com.:8443", 200}, {"[2001:db8:0::1]:80", 200},
		{"evil.example", 421}, {"evil.example:3000", 421}, {"localhost.evil.example", 421}, {"127.0.0.1.evil.example", 421},
		{"evil-localhost", 421},
		{"xlocalhost", 421}, {"localhost..", 421}, {"x.api.example.com", 421}, {"api.example.comx", 421}, {"10.0.0.1", 421},
		{"0.0.0.0", 421}, {"[::]", 421},
		{"[2001:db8::2]", 421}, {"127.1", 421}, {"2130706433", 421}, {"0x7f.1", 421}, {"", 421},
		{"user@localhost", 400}, {"localhost:x", 400}, {"localhost:1:2", 400}, {"::1", 400}, {"[::1", 400}, {"[localhost]", 400},
		{"[127.0.0.1]", 400},
		{"a/b", 400}, {"localhost, localhost", 400}, {"local host", 400}, {"localhost/", 400}, {"l%6fcalhost", 400}, {"[::1]x", 400},
	} {
		for _, path := range []string{"/ping", "/openapi.json", "/explorer/", "/"} {
			got := exchange(t, address, "GET "+path+" HTTP/1.1\r\nHost: "+tt.host+
				"\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n")
			if len(got) != 1 || !strings.Contains(got[0], fmt.Sprint(tt.want)) {
				t.Errorf("%q, %s: %q, want %d", tt.host, path, got, tt.want)
			}
		}
	}
	for text, want := range map[string]string{
		"GET /ping HTTP/1.1\r\n\r\n":                                               "400",
		"GET /ping HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n":         "400",
		"GET http://evil.example/ping HTTP/1.1\r\nHost: localhost\r\n\r\n":         "421",
		"GET http://localhost/ping HTTP/1.1\r\nHost: evil.example\r\n\r\n":         "200",
		"GET /nothing HTTP/1.1\r\nHost: evil.example\r\n\r\n":                      "421",
		"OPTIONS /ping HTTP/1.1\r\nHost: evil.example\r\n\r\n":                     "421",
		"GET /ping HTTP/1.0\r\n\r\n":                                               "421",
		"GET /ping HTTP/1.0\r\nHost: localhost\r\n\r\n":                            "200",
		"POST /signin HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n": "421",
	} {
		if got := exchange(t, address, strings.Replace(text, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)); len(got) != 1 ||
			!strings.Contains(got[0], want) {
			t.Errorf("%q: %q, want %s", text, got, want)
		}
	}
}

// The answer is an error like others, and pages of the other name may not read it.
func TestMisdirected(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{Hosts: []string{"localhost"}, Origins: []string{"http://evil.example"}}, time.Now)
	request := httptest.NewRequest("GET", "http://evil.example/ping", nil)
	request.Header.Set("Origin", "http://evil.example")
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	if body := answer.Body.String(); answer.Code != 421 || !strings.Contains(body, `"code":"MISDIRECTED_REQUEST"`) ||
		!strings.Contains(body, "--host") ||
		answer.Header().Get("Access-Control-Allow-Origin") != "" || answer.Header().Get("X-Request-Id") == "" {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), body)
	}
	all := newRigIn(t, server.Config{}, time.Now)
	for host, want := range map[string]int{"evil.example": 200, "": 200, "a_b.example:1": 200, "a b": 400, "x@y": 400} {
		request := httptest.NewRequest("GET", "/ping", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		if all.ServeHTTP(answer, request); answer.Code != want {
			t.Errorf("without names, %q: %d, want %d", host, answer.Code, want)
		}
	}
}
