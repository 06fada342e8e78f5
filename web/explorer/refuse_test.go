package explorer_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestNothingElse sends request targets as they are: a client library would clean them.
func TestNothingElse(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHandler(t))
	t.Cleanup(server.Close)
	for _, target := range []string{
		"/explorer/..", "/explorer/../", "/explorer/../explorer.go", "/explorer/./", "/explorer/./style.css",
		"/explorer/%2e%2e", "/explorer/%2e%2e/", "/explorer/%2e%2e%2fexplorer/", "/explorer/..%2f", "/explorer/%252e%252e/",
		"/explorer//", "//explorer/", "/explorer//style.css", "//evil.example", "//evil.example/..", "///evil.example/%2e%2e",
		`/\evil.example`, `/explorer/\..\`, `/explorer/..\style.css`, "/%5cevil.example", "/explorer/%5c..%5c", "/%09/evil.example",
		"/explorer/%00", "/explorer/style.css%00", "/explorer/style.css%00.html", "/explorer/style.css\x00", "/explorer/%0d%0aX: y",
		"/explorer/index.html", "/explorer/start.html", "/explorer/explorer.go", "/explorer/swagger-ui-bundle.js.gz",
		"/explorer/oauth2-redirect.html", "/explorer/openapi.json", "/explorer/style.css/", "/explorer/STYLE.CSS", "/Explorer/",
		"/style.css", "http://evil.example/explorer", "http://evil.example//explorer/..", "*", "explorer/",
	} {
		answer := sendRaw(t, server.Listener.Addr().String(), target)
		if target == "http://evil.example/explorer" { // a constant answers
			checkAnswer(t, answer, http.StatusMovedPermanently, http.Header{"Location": {"./explorer/"}})
			continue
		}
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusBadRequest || answer.Header["Location"] != nil {
			t.Errorf("GET %q: status %d, Location %q, want 404 or 400 and none", target, answer.StatusCode, answer.Header["Location"])
		}
		if body := string(read(t, answer.Body)); strings.Contains(body, "evil") || len(body) > 100 {
			t.Errorf("GET %q: body %q, want a short one that does not repeat the request", target, body)
		}
	}
}

func TestAddSlash(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for _, target := range []string{"/explorer", "/explorer?url=//evil.example", "http://evil.example/explorer"} {
		answer := send(t, handler, "GET", target, http.Header{"X-Forwarded-Host": {"evil.example"}})
		checkAnswer(t, answer, http.StatusMovedPermanently, http.Header{"Location": {"./explorer/"}})
	}
}

func FuzzHandler(f *testing.F) {
	handler := newHandler(f)
	f.Add("/explorer/", "gzip;q=0.5, *;q=0", `W/"x", "y"`, "bytes=0-1,3-")
	f.Fuzz(func(t *testing.T, path, acceptEncoding, ifNoneMatch, ranges string) {
		request := &http.Request{Method: "GET", URL: &url.URL{Path: path}, Header: http.Header{
			"Accept-Encoding": {acceptEncoding}, "If-None-Match": {ifNoneMatch}, "Range": {ranges},
		}}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		answer := recorder.Result()
		checkSecurity(t, answer)
		if files[path] == "" && path != "/explorer" && answer.StatusCode != http.StatusNotFound {
			t.Errorf("path %q: status %d, want 404", path, answer.StatusCode)
		}
		if answer.StatusCode >= http.StatusInternalServerError {
			t.Errorf("path %q: status %d", path, answer.StatusCode)
		}
		if zip := answer.Header.Get("Content-Encoding") != ""; zip && !strings.ContainsAny(acceptEncoding, "zZ*") {
			t.Errorf("Accept-Encoding %q is answered with gzip", acceptEncoding)
		}
	})
}

func sendRaw(t *testing.T, address, target string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", target)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("GET %q: %v", target, err)
	}
	return answer
}
