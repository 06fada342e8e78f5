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

// leaks looks for secrets where they do not belong. It notes every one that passes in a request or an answer, and fails the test
// when one is in an error's answer or in the log, which is written at its finest level. It is safe for concurrent use.
type leaks struct {
	t       testing.TB
	lock    sync.Mutex
	log     bytes.Buffer        // what was not looked through yet, and a little before it
	secrets map[string][]string // by their first characters
	noted   map[string]bool
}

const (
	firstBytes = 6       // fewer would be found anywhere
	logBytes   = 1 << 20 // that are kept until they are looked through
	logOverlap = 64 << 10
)

// newLeaks looks through the log when the test ends, after the cleanups that are registered later.
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

// beside returns a log that l reads, beside the one that is given.
func (l *leaks) beside(log *slog.Logger) *slog.Logger {
	return slog.New(slog.NewMultiHandler(log.Handler(), slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// Write takes one line of the log: an input with a line break in it must not look like two.
func (l *leaks) Write(line []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if !json.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
		l.t.Errorf("not one line of the log: %q", line)
	}
	l.log.Write(line)
	if l.log.Len() > logBytes {
		l.search("the log", l.log.Bytes())
		l.log.Next(l.log.Len() - logOverlap) // requests that are not answered yet may be in it, whose secrets are not noted
	}
	return len(line), nil
}

// request notes the secrets of a request's headers and returns what will be read of its body.
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

// answer notes the secrets of the bodies, and holds an answer that is an error against all that were noted.
func (l *leaks) answer(r *http.Request, sent []byte, status int, header http.Header, body []byte) {
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
	var told struct {
		Status int
		Error  struct{ StatusCode int }
	}
	if err := json.Unmarshal(body, &told); strings.Contains(header.Get("Content-Type"), "json") &&
		(err != nil || told.Status+told.Error.StatusCode != status) {
		l.t.Errorf("%s: %d, and the body tells another status: %s", place, status, body)
	}
	asked := r.URL.Path + r.URL.RawQuery + string(sent)
	for _, leak := range machinery.FindAllString(text.String(), -1) {
		if unescaped, err := url.QueryUnescape(asked); !strings.Contains(asked, leak) &&
			(err != nil || !strings.Contains(unescaped, leak)) {
			l.t.Errorf("%s: %d tells %q: %s", place, status, leak, body)
		}
	}
}

// machinery are words of Go, the stores and the machine that are not the caller's business.
var machinery = regexp.MustCompile(`goroutine|\.go\b|runtime error|panic|nil pointer|interface ` +
	`\{\}|map\[|\[\]byte|\b[a-z0-9]+\.[A-Z][A-Za-z]|` +
	`kin-openapi|json: |strconv|nmarshal|(?i:sqlite|mongo|bson|sql\b|constraint|select )|/(root|home|tmp|usr)/|internal/|EOF`)

// members notes what a JSON object calls a secret.
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

// note keeps that part of a secret which makes it one: of a JWT the signature, of a refresh token what follows the ids. A
// common password is a word that can be anywhere.
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
				l.t.Errorf("%s has the secret %q: …%s…", place, secret, text[max(0, i-200):min(len(text), i+len(secret)+100)])
				return
			}
		}
	}
}

// quoted is a text as it stands between the quotes of JSON.
func quoted(text string) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always can be
	return strings.TrimSuffix(written.String()[1:], "\"\n")
}
