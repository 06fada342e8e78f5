package testkit

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLeaks plants secrets in a log or in a response, and checks that each is found.
func TestLeaks(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk4In0.c2lnbmF0dXJlLW9mLWEtdG9rZW4"
	refresh := strings.Repeat("0198c5d2", 5) + "AQ1" + strings.Repeat("S3cr3t-", 6) + "w"
	envelope := `{"error":{"statusCode":401,"name":"UnauthorizedError","message":"%s"}}`
	for _, tt := range []struct {
		name   string
		log    func(*slog.Logger)
		status int
		answer string
		want   string
	}{
		{"nothing", func(log *slog.Logger) { log.Info("request", "path", "/users/me/password") }, 401, fmt.Sprintf(envelope, "no"), ""},
		{"the password in the log", func(log *slog.Logger) { log.Debug("x", "body", `{"password":"hunter\"2\n"}`) }, 200, "{}",
			"the log contains the secret"},
		{"the token in the log", func(log *slog.Logger) { log.Debug("x", "token", token) }, 200, "{}", "the log contains the secret"},
		{"its signature", func(log *slog.Logger) { log.Debug("x", "t", token[len(token)-29:]) }, 200, "{}", "the log contains the secret"},
		{"the token of the answer", func(log *slog.Logger) { log.Debug("c2lnbmF0dXJlLW9mLWFub3RoZXI") }, 200,
			`{"token":"` + strings.Replace(token, "YS10b2tlbg", "Fub3RoZXI", 1)[:61] + `.c2lnbmF0dXJlLW9mLWFub3RoZXI"}`,
			"the log contains the secret"},
		{"the refresh token", func(log *slog.Logger) { log.Debug(refresh) }, 200, `{"refresh_token":"` + refresh + `"}`,
			"the log contains the secret"},
		{"a hash", func(log *slog.Logger) { log.Debug("$bcrypt-sha384-nfc$2a$04$x") }, 200, "{}", "the log contains the secret"},
		{"the password in an error", nil, 401, fmt.Sprintf(envelope, `not hunter\"2\n`), "POST /signin contains the secret"},
		{"another status in the envelope", nil, 403, fmt.Sprintf(envelope, "no"), "the body has another status"},
		{"no envelope", nil, 401, "no", "the body has another status"},
		{"a stack", nil, 401, fmt.Sprintf(envelope, "signin.go:12"), `reveals ".go"`},
		{"SQL", nil, 401, fmt.Sprintf(envelope, "SQL logic error"), `reveals "SQL"`},
		{"what the caller said", nil, 401, fmt.Sprintf(envelope, "no internal/x"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := &recorder{TB: t}
			l := newLeaks(found)
			log := l.beside(slog.New(slog.DiscardHandler))
			r := httptest.NewRequest(http.MethodPost, "/signin?internal%2Fx", strings.NewReader(`{"password":"hunter\"2\n"}`))
			r.Header.Set("Authorization", "bearer "+token)
			sent := l.request(r)
			if _, err := io.ReadAll(r.Body); err != nil {
				t.Fatal(err)
			}
			if tt.log != nil {
				tt.log(log)
			}
			l.response(r, sent.Bytes(), tt.status, http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"A-sql"}},
				[]byte(tt.answer))
			found.end()
			if got := strings.Join(found.errors, "\n"); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// A log that is longer than the buffer is searched in parts.
func TestLeaksOfLongLog(t *testing.T) {
	t.Parallel()
	found := &recorder{TB: t}
	l := newLeaks(found)
	log := l.beside(slog.New(slog.DiscardHandler))
	l.note("correct horse")
	for i := range 3 * logBytes / 1000 {
		if i == 10 {
			log.Debug("correct horse")
		}
		log.Debug(strings.Repeat("x", 1000))
	}
	if len(found.errors) != 1 || l.log.Len() > logBytes {
		t.Errorf("%d bytes kept, errors %q", l.log.Len(), found.errors)
	}
	if _, err := l.Write([]byte("one\ntwo\n")); err != nil || len(found.errors) != 2 {
		t.Errorf("errors %q, want one of the two lines", found.errors)
	}
}

// recorder is a testing.TB that records errors.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Helper()          {}

// end runs the cleanups, as at the end of a test.
func (r *recorder) end() {
	for _, f := range r.cleanups {
		f()
	}
}
