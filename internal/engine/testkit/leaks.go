package testkit

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/commonpassword"
)

// leaks looks for leaked secrets. It records every secret in a request or a response, and fails the test if one appears in an error
// response or in the log, which is written at the debug level. It is safe for concurrent use.
type leaks struct {
	ownErrors bool // whether errors have bodies of the application

	t       testing.TB
	lock    sync.Mutex
	log     bytes.Buffer        // the part that was not searched yet, with some overlap
	secrets map[string][]string // by their first characters
	noted   map[string]bool
}

const (
	firstBytes = 6       // fewer would match by chance
	logBytes   = 1 << 20 // kept until they are searched
	logOverlap = 64 << 10
)

// newLeaks searches the log when the test ends, after the cleanups that are registered later.
func newLeaks(t testing.TB) *leaks {
	l := &leaks{t: t, secrets: map[string][]string{}, noted: map[string]bool{}}
	l.note("$bcrypt-sha384")
	l.note("PRIVATE KEY")
	if uri, err := url.Parse(os.Getenv("MONGODB_TEST_URI")); err == nil && uri.User != nil {
		password, _ := uri.User.Password()
		l.note(password)
	}
	t.Cleanup(func() {
		l.lock.Lock()
		defer l.lock.Unlock()
		l.search("the log", l.log.Bytes())
	})
	return l
}

// beside returns a log that writes to l and to the given log.
func (l *leaks) beside(log *slog.Logger) *slog.Logger {
	return slog.New(slog.NewMultiHandler(log.Handler(), slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// Write receives one line of the log. Input with a line break must not produce two lines.
func (l *leaks) Write(line []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !json.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
		l.t.Errorf("not one line of the log: %q", line)
	}
	l.log.Write(line)
	if l.log.Len() > logBytes {
		l.search("the log", l.log.Bytes())
		l.log.Next(l.log.Len() - logOverlap) // it may belong to requests in progress, whose secrets are not recorded yet
	}
	return len(line), nil
}

// request records the secrets in a request's headers and returns a buffer that receives the body when it is read.
func (l *leaks) request(r *http.Request) *bytes.Buffer {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, value := range r.Header.Values("Authorization") {
		if scheme, token, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "Bearer") {
			l.note(token)
		}
	}
	read := &bytes.Buffer{}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, read), r.Body}
	return read
}

// response records the secrets in the bodies, and searches an error response for all recorded secrets.
func (l *leaks) response(r *http.Request, sent []byte, status int, header http.Header, body []byte) {
	l.t.Helper()
	l.lock.Lock()
	defer l.lock.Unlock()
	l.members(sent)
	l.members(body)
	if status < 400 || r.Method == http.MethodHead {
		return
	}
	place := r.Method + " " + r.URL.Path
	var text bytes.Buffer
	text.Write(body)
	_ = header.Write(&text)
	l.search(place, text.Bytes())
	var reported struct {
		Status int
		Error  struct{ StatusCode int }
	}
	if err := json.Unmarshal(body, &reported); !l.ownErrors && strings.Contains(header.Get("Content-Type"), "json") &&
		(err != nil || reported.Status+reported.Error.StatusCode != status) {
		l.t.Errorf("%s: %d, but the body has another status: %s", place, status, body)
	}
	asked := r.URL.Path + r.URL.RawQuery + string(sent)
	searched := strings.ReplaceAll(text.String(), header.Get("X-Request-Id"), "") // which has all letters sooner or later
	for _, leak := range machinery.FindAllString(searched, -1) {
		if unescaped, err := url.QueryUnescape(asked); !strings.Contains(asked, leak) &&
			(err != nil || !strings.Contains(unescaped, leak)) {
			l.t.Errorf("%s: %d reveals %q: %s", place, status, leak, body)
		}
	}
}

// machinery are words of Go, the stores and the machine that responses must not contain.
var machinery = regexp.MustCompile(`goroutine|\.go\b|runtime error|panic|nil pointer|interface ` +
	`\{\}|map\[|\[\]byte|\b[a-z0-9]+\.[A-Z][A-Za-z]|` +
	`kin-openapi|json: |strconv|nmarshal|(?i:sqlite|mongo|bson|sql\b|constraint|select )|/(root|home|tmp|usr)/|internal/|EOF`)

// members records the secret members of a JSON object.
func (l *leaks) members(body []byte) {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return
	}
	for name, value := range members {
		if text, ok := value.(string); ok && (strings.HasSuffix(name, "password") || strings.HasSuffix(name, "token")) {
			l.note(text)
		}
	}
}

// note records the secret part of a value: the signature of a JWT, or the part of a refresh token after the ids. It ignores common
// passwords, which are words that can occur anywhere.
func (l *leaks) note(secret string) {
	if at := strings.LastIndexByte(secret, '.'); len(secret) > 64 && at > 0 {
		secret = secret[at+1:]
	} else if len(secret) == auth.RefreshTokenLength {
		secret = secret[auth.RefreshTokenLength/2:]
	}
	if l.noted[secret] || commonpassword.Is(secret) {
		return
	}
	l.noted[secret] = true
	inJSON := quoted(secret)
	for _, form := range slices.Compact([]string{secret, inJSON, quoted(inJSON)}) { // the last in a body that is logged as it came
		if len(form) >= firstBytes {
			l.secrets[form[:firstBytes]] = append(l.secrets[form[:firstBytes]], form)
		}
	}
}

func (l *leaks) search(place string, text []byte) {
	l.t.Helper()
	for i := range len(text) - firstBytes + 1 {
		for _, secret := range l.secrets[string(text[i:i+firstBytes])] {
			if bytes.HasPrefix(text[i:], []byte(secret)) {
				l.t.Errorf("%s contains the secret %q: …%s…", place, secret, text[max(0, i-200):min(len(text), i+len(secret)+100)])
				return
			}
		}
	}
}

// quoted returns a text in its JSON encoding without the quotes.
func quoted(text string) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always can be
	return strings.TrimSuffix(written.String()[1:], "\"\n")
}
