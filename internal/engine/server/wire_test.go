package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// hidden is the request that a framing trick wants to have answered as well.
const hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

// TestFraming sends requests that two readers could cut in two places (RFC 9112, section 6.3).
func TestFraming(t *testing.T) {
	t.Parallel()
	address := listen(t, newRig(t, time.Now))
	post := func(headers, body string) string {
		return "POST /health HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body
	}
	fetch := func(headers, body string) string {
		return "GET /health HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body
	}
	for _, tt := range []struct{ name, text string }{
		{"two lengths", fetch("Content-Length: 0\r\nContent-Length: 35\r\n", hidden)},
		{"two lengths in one", fetch("Content-Length: 0, 35\r\n", hidden)},
		{"a length with a sign", fetch("Content-Length: +0\r\n", hidden)},
		{"a length below nothing", fetch("Content-Length: -1\r\n", hidden)},
		{"a length in hexadecimal", fetch("Content-Length: 0x0\r\n", hidden)},
		{"a length and chunks", fetch("Content-Length: 35\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+hidden)},
		{"a length of nothing and chunks", fetch("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "23\r\n"+hidden+"\r\n0\r\n\r\n")},
		{"chunks twice", fetch("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+hidden)},
		{"another encoding", fetch("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"+hidden)},
		{"an unknown encoding and a length", fetch("Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n", hidden)},
		{"identity and a length", fetch("Transfer-Encoding: identity\r\nContent-Length: 0\r\n", hidden)},
		{"an encoding with a tab", fetch("Transfer-Encoding:\tchunked\r\nContent-Length: 35\r\n", "0\r\n\r\n"+hidden)},
		{"a space before the colon", fetch("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"+hidden)},
		{"a header on two lines", fetch("Transfer-Encoding:\r\n chunked\r\nContent-Length: 35\r\n", "0\r\n\r\n"+hidden)},
		{"a bare CR in a header", fetch("X: a\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+hidden)},
		{"a NUL in a header", fetch("X: a\x00b\r\n", hidden)},
		{"no host", "GET /health HTTP/1.1\r\n\r\n" + hidden},
		{"two hosts", fetch("Host: y\r\n", hidden)},
		{"an invalid chunk size", post("Transfer-Encoding: chunked\r\n", "zz\r\n"+hidden)},
		{"a chunk size below nothing", post("Transfer-Encoding: chunked\r\n", "-1\r\n"+hidden)},
		{"a chunk size that overflows", post("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n"+hidden)},
		{"a chunk longer than it says", post("Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n0\r\n\r\n"+hidden)},
		{"a chunk's size ended by a bare LF", post("Transfer-Encoding: chunked\r\n", "0;x\nxx\r\n\r\n"+hidden)},
		{"a chunk's size ended by a bare CR", post("Transfer-Encoding: chunked\r\n", "0\r\r\n\r\n"+hidden)},
		{"an older protocol with chunks", "GET /health HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
		{"no protocol", "GET /health\r\n\r\n" + hidden},
		{"a newer protocol", "GET /health HTTP/2.0\r\nHost: x\r\n\r\n" + hidden},
		{"a space in the path", "GET /health HTTP/1.1 HTTP/1.1\r\nHost: x\r\n\r\n" + hidden},
	} {
		if got := exchange(t, address, tt.text); strings.Count(strings.Join(got, " "), " 2") > 1 || len(got) == 0 {
			t.Errorf("%s: answers %q; want one, or a second that is refused", tt.name, got)
		}
	}
	if got := exchange(t, address, hidden+hidden); len(got) != 2 {
		t.Errorf("two honest requests have the answers %q: the test sees nothing", got)
	}
}

func TestSizesOnTheWire(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	address := listen(t, r)
	long := strings.Repeat("x", 128<<10)
	chunked := "Transfer-Encoding: chunked\r\n\r\n4000\r\n" + long[:0x4000] + "\r\n4000\r\n" + long[:0x4000] + "\r\n0\r\n\r\n"
	for _, tt := range []struct{ name, text, want string }{
		{"a header", "GET /health HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n", "431"},
		{"headers", "GET /health HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: "+long[:100]+"\r\n", 1000) + "\r\n", "431"},
		{"the request line", "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n", "431"},
		{"a body, by its length", "POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 33554432\r\n\r\n" +
			long, "413"},
		{"a body, in chunks", "POST /signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + chunked, "413"},
		{"a body that no token came with",
			"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 33554432\r\n\r\n" + long, "401"},
		{"a body where none belongs", "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n" + long, "200"},
	} {
		got := exchange(t, address, tt.text)
		if len(got) != 1 || !strings.Contains(got[0], tt.want) {
			t.Errorf("%s: %q, want %s", tt.name, got, tt.want)
		}
	}
}

// TestPaths sends paths that one reader could take for others.
func TestPaths(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	address, token := listen(t, r), r.token(t)
	for _, tt := range []struct{ path, want string }{
		{"/ping", "200"}, {"/ping/", "200"}, {"/notes/count/", "200"}, {"/notes/", "200"}, {"/notes/?filter=%7B%7D", "200"},
		{"/p%69ng", "404"}, {"/PING", "404"}, {"/ping//", "404"}, {"//ping", "404"}, {"/ping/.", "404"}, {"/./ping", "404"},
		{"/x/../ping", "404"},
		{"/%2e%2e/ping", "404"}, {"/notes/%2e%2e/ping", "404"}, {"/notes%2Fcount", "404"}, {"/notes/a%2Fb", "404"}, {"/notes/%2F", "404"},
		{"/notes/a;a=1", "404"}, {"/ping;a=1", "404"}, {"/notes/%00", "404"}, {"/ping%00", "404"}, {"/notes/%0d%0aX:1", "404"},
		{"/notes/%ff", "404"},
		{"/notes/%2541", "404"}, {"/notes/%25zz", "404"}, {"/notes/" + strings.Repeat("x", 65), "400"},
		{"/notes/" + strings.Repeat("%2F", 64), "404"}, {"/notes/" + strings.Repeat("%2F", 65), "400"}, {"/notes/%c0%ae%c0%ae", "404"},
		{`/notes/..\..\x`, "404"},
		{"/notes/1'--", "404"}, {"/notes/*", "404"}, {"/notes/:id", "404"}, {"/{id}", "404"}, {"/explorer/..%2f..%2fetc%2fpasswd", "404"},
		{"/explorer/../../etc/passwd", "404"}, {"/explorer//evil.example/", "404"}, {"//evil.example/%2e%2e", "404"},
		{"/%09/evil.example", "404"},
		{"/notes/%zz", "400"}, {"/notes/%", "400"}, {"notes", "400"}, {"*", "404"}, {"http://evil.example/ping", "200"},
	} {
		got := exchange(t, address, "GET "+tt.path+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+token+"\r\nConnection: close\r\n\r\n")
		if len(got) != 1 || !strings.Contains(got[0], tt.want) {
			t.Errorf("%s: %q, want %s", tt.path, got, tt.want)
		}
	}
	if strings.Contains(r.log.String(), `"level":"ERROR"`) {
		t.Errorf("a path has caused a server error: %s", r.log)
	}
}

// listen serves on a port of this machine until the test ends.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	finished := make(chan error, 1)
	go func() {
		finished <- server.Serve(ctx, listener, h, (&journal{}).logger(), server.ServeConfig{ShutdownTimeout: time.Minute})
	}()
	t.Cleanup(func() { cancel(); must(t, <-finished) })
	return listener.Addr().String()
}

var statusLine = regexp.MustCompile(`HTTP/1\.[01] [0-9]{3}[^\r\n]*`)

// exchange sends bytes and returns the status lines of all that comes back. Unless they ask to close the connection it says that
// no more will come, which net/http takes for a caller who does not wait: for requests that need no store.
func exchange(t *testing.T, address, text string) []string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	must(t, err)
	defer c.Close()
	go func() {
		_, _ = io.WriteString(c, text) // the server may have hung up already
		if !strings.Contains(text, "Connection: close") {
			_ = c.(*net.TCPConn).CloseWrite()
		}
	}()
	back, _ := io.ReadAll(bufio.NewReader(c)) // a reset after the answer is fine
	return statusLine.FindAllString(string(back), -1)
}
