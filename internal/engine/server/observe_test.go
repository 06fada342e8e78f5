package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

func TestPanic(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"a text": "the cause", "an error": errors.New("the cause"), "nothing of use": 7} {
		r := newRig(t, func() time.Time { panic(value) })
		answer := get(r, "/ping", "X-Request-Id", "request-1")
		if want := `{"error":{"statusCode":500,"name":"InternalServerError","message":"Internal Server Error"}}`; answer.Code != 500 ||
			answer.Body.String() != want {
			t.Errorf("%s: %d %s, want 500 %s", name, answer.Code, answer.Body, want)
		}
		line := r.log.line(t, "failure")
		if text := line["error"].(string); !strings.Contains(text, fmt.Sprint(value)) || !strings.Contains(text, "goroutine ") ||
			!strings.Contains(text, "accounts.go") {
			t.Errorf("%s: the log has no cause and stack: %s", name, text)
		}
		if line["request_id"] != "request-1" || r.log.line(t, "request")["status"] != 500.0 {
			t.Errorf("%s: the log does not lead to the request: %s", name, r.log)
		}
		if answer := get(r, "/health"); answer.Code != 200 {
			t.Errorf("%s: the next request is answered with %d", name, answer.Code)
		}
	}
}

// http.ErrAbortHandler is how a handler cuts a connection off, and net/http's to catch.
func TestAbortPasses(t *testing.T) {
	t.Parallel()
	r := newRig(t, func() time.Time { panic(http.ErrAbortHandler) })
	defer func() {
		if recovered := recover(); recovered != http.ErrAbortHandler {
			t.Errorf("%v came through", recovered)
		}
	}()
	defer func() {
		if line := r.log.line(t, "request"); line["aborted"] != true {
			t.Errorf("the line says nothing of it: %v", line)
		}
	}()
	get(r, "/ping")
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	for sent, kept := range map[string]bool{
		"abc-DEF_0.9":                        true,
		strings.Repeat("x", 64):              true,
		"":                                   false,
		strings.Repeat("x", 65):              false,
		"a b":                                false,
		"a\r\nX-Injected: 1":                 false,
		"a\n{\"msg\":\"request\"}":           false,
		"\x1b[31mred":                        false,
		`a"b`:                                false,
		"ünïcode":                            false,
		"<script>alert(1)</script>":          false,
		"${jndi:ldap://evil}":                false,
		"a\x00b":                             false,
		"00000000-0000-7000-8000-00000000\t": false,
	} {
		got := get(r, "/health", "X-Request-Id", sent).Header().Get("X-Request-Id")
		if (got == sent) != kept || got == "" {
			t.Errorf("%q became %q; kept: %v", sent, got, kept)
		}
	}
	if a, b := get(r, "/health").Header().Get("X-Request-Id"), get(r, "/health").Header().Get("X-Request-Id"); a == b {
		t.Errorf("two requests have the id %q", a)
	}
	for line := range strings.Lines(r.log.String()) {
		if !json.Valid([]byte(line)) || strings.Contains(line, "Injected") || strings.Contains(line, "evil") {
			t.Errorf("a line that a request made: %s", line)
		}
	}
}

func TestRequestLine(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	get(r, "/notes/0?filter={}", "X-Request-Id", "1", "Authorization", "Bearer "+r.token(t), "X-Forwarded-For", "203.0.113.7")
	line := r.log.line(t, "request")
	duration, isNumber := line["duration_ms"].(float64)
	if _, err := uuid.Parse(fmt.Sprint(line["session"])); err != nil || !isNumber || duration <= 0 || line["time"] == nil {
		t.Errorf("session %v, duration %v", line["session"], line["duration_ms"])
	}
	for _, name := range []string{"time", "duration_ms", "session"} {
		delete(line, name)
	}
	want := map[string]any{"level": "INFO", "msg": "request", "request_id": "1", "operation": "getNote", "method": "GET", "status": 404.0,
		"path": "/notes/0", "route": "/notes/{id}", "bytes": 118.0, "client": "203.0.113.7", "user": "ann", "reason": "ENTITY_NOT_FOUND"}
	if !maps.Equal(line, want) {
		t.Errorf("%v, want %v", line, want)
	}
}

// A line of a request outside of the contract has the path, and nothing in it can look like another line or run to its end.
func TestRequestLineOfUnknownPath(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/nothing?secret":              "/nothing",
		"/a%0Ab%22c%1B[31m":            "/a%0Ab%22c%1B[31m",
		"/%E2%80%AE":                   "/%E2%80%AE",
		"/" + strings.Repeat("x", 9e3): "/" + strings.Repeat("x", 255) + "...",
	} {
		r := newRig(t, time.Now)
		request := httptest.NewRequest("GET", target, nil)
		request.Method = "INVENTED" + strings.Repeat("D", 100)
		r.ServeHTTP(httptest.NewRecorder(), request)
		line := r.log.line(t, "request")
		if line["path"] != want || line["method"] != "INVENTEDDDDDDDDD..." || line["operation"] != "" || line["user"] != nil {
			t.Errorf("%.50s: %v, want the path %s", target, line, want)
		}
		if log := r.log.String(); strings.Contains(log, "secret") || strings.Contains(log, "\x1b") {
			t.Errorf("the log has %s", log)
		}
	}
}

// FuzzRequestLine checks that a request has one line, whatever its method, path and id are, and that its path is short and printable.
func FuzzRequestLine(f *testing.F) {
	f.Add("GET", "/notes/1", "", "1")
	f.Add("GET", "/a\nb", "", "a\r\nb")
	f.Add("X\x00", "/\u202e\xff", "/%zz", "\x1b[31m")
	f.Add(strings.Repeat("A", 100), "/"+strings.Repeat("\u00fc", 300), "/%C3%BC", strings.Repeat("1", 65))
	r := newRig(f, time.Now)
	f.Fuzz(func(t *testing.T, method, path, raw, id string) {
		request := httptest.NewRequest("GET", "/", nil)
		request.Method, request.URL.Path, request.URL.RawPath = method, path, raw
		request.Header["X-Request-Id"] = []string{id}
		before := len(r.log.String())
		r.ServeHTTP(httptest.NewRecorder(), request)
		text := r.log.String()[before:]
		var line map[string]any
		if strings.Count(text, "\n") != 1 || json.Unmarshal([]byte(text), &line) != nil {
			t.Fatalf("not one line: %q", text)
		}
		logged := line["path"].(string)
		if len(logged) > 260 || strings.ContainsFunc(logged, func(c rune) bool { return c <= ' ' || c > '~' }) {
			t.Errorf("the path is %q", logged)
		}
	})
}

// Only a trusted proxy chooses the id of a request: a client could choose that of another one.
func TestRequestIDOfUntrustedPeer(t *testing.T) {
	t.Parallel()
	for proxy, kept := range map[string]bool{"": false, "10.0.0.1": false, peer: true, "192.0.2.0/24": true, "unix": false} {
		config := server.Config{}
		if proxy != "" {
			config.TrustedProxies = []string{proxy}
		}
		r := newRigIn(t, config, time.Now)
		if id := get(r, "/health", "X-Request-Id", "chosen").Header().Get("X-Request-Id"); (id == "chosen") != kept || id == "" {
			t.Errorf("trusted: %q: the id is %q", proxy, id)
		}
	}
}

// A caller who was authenticated and then rejected is in the line.
func TestUserOfRejectedRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, time.Now)
	get(r, "/users", "Authorization", "Bearer "+r.token(t))
	if line := r.log.line(t, "request"); line["status"] != 403.0 || line["user"] != "ann" || line["reason"] != "INSUFFICIENT_SCOPE" {
		t.Errorf("%v", line)
	}
}

// get sends a request without a body; headers are pairs.
func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// line returns the first line with that message.
func (j *journal) line(t *testing.T, message string) map[string]any {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(j.String()))
	for lines.Scan() {
		var line map[string]any
		must(t, json.Unmarshal(lines.Bytes(), &line))
		if line["msg"] == message {
			return line
		}
	}
	t.Fatalf("no line %q in the log: %s", message, j)
	return nil
}

// broken is a connection whose other end has been closed.
type broken struct{ *httptest.ResponseRecorder }

func (broken) Write([]byte) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
}

// TestHungUp sees that callers who do not wait raise no alarm.
func TestHungUp(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"before the answer": gone, "while it is sent": t.Context()} {
		r := newRig(t, time.Now)
		request := httptest.NewRequestWithContext(ctx, "GET", "/notes", nil)
		request.Header.Set("Authorization", "Bearer "+r.token(t))
		r.ServeHTTP(broken{httptest.NewRecorder()}, request)
		if log := r.log.String(); strings.Contains(log, `"ERROR"`) || !strings.Contains(log, "the client has disconnected") {
			t.Errorf("%s: the log has %s", name, log)
		}
	}
}
