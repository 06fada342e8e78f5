package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// deployments break the contract in one way each, by changing what our server answers.
var deployments = []struct {
	name      string
	operation string // the only one that is reported
	problem   string // in the report
	broken    func(r *http.Request, body []byte, w *httptest.ResponseRecorder)
}{
	{"a status that is not documented", "ping", "status 418 is not documented",
		func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
			if r.URL.Path == "/ping" {
				w.Code = http.StatusTeapot
			}
		}},
	{"a wrong type", "ping", "body /greeting: must be string", func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.URL.Path == "/ping" && w.Code == 200 {
			replace(w, `{"greeting":7,"date":"2026-01-31T08:00:00.000Z"}`)
		}
	}},
	{"a property more", "getMe", `properties: "password_hash"`, func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.Method == "GET" && r.URL.Path == "/users/me" && w.Code == 200 {
			replace(w, strings.Replace(w.Body.String(), "{", `{"password_hash":"$2a$12$secret",`, 1))
		}
	}},
	{"no JSON", "health", "body: is not valid JSON", func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.URL.Path == "/health" && w.Code == 200 {
			replace(w, "up")
		}
	}},
	{"another media type", "health", "header Content-Type: is not documented",
		func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
			if r.URL.Path == "/health" && w.Code == 200 {
				w.Header().Set("Content-Type", "text/plain")
			}
		}},
	{"a missing header", "replaceNote", "header ETag: is required", func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.Method == "PUT" && strings.HasPrefix(r.URL.Path, "/notes/") {
			w.Header().Del("ETag")
		}
	}},
	{"open without a token", "whoAmI", "no token: status 200, want 401", func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.URL.Path == "/whoami" && r.Header.Get("Authorization") == "" {
			w.Code = 200
			replace(w, `"somebody"`)
		}
	}},
	{"open with any token", "listSessions", "an invalid token: status 200, want 401",
		func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
			if r.URL.Path == "/sessions" && r.Method == "GET" && r.Header.Get("Authorization") == "Bearer a.b.c" {
				w.Code = 200
				replace(w, `[]`)
			}
		}},
	{"500 on bad input", "updateMe", "status 500 is not documented", func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
		if r.Method == "PATCH" && r.URL.Path == "/users/me" && w.Code == 422 {
			w.Code = 500
		}
	}},
	{"takes what is forbidden", "updateMe", "body /name: 201 characters: status 204, but the contract forbids the request",
		func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
			if r.Method == "PATCH" && r.URL.Path == "/users/me" && w.Code == 422 {
				w.Code = 204
				replace(w, "")
			}
		}},
	{"refuses what is allowed", "createNote", "body /title: 200 characters: status 422, but the contract allows the request",
		func(r *http.Request, body []byte, w *httptest.ResponseRecorder) {
			if r.Method == "POST" && r.URL.Path == "/notes" && len(body) > 300 && w.Code == 200 {
				w.Code = 422
				replace(w, `{"error":{"statusCode":422,"name":"Error","message":"no"}}`)
			}
		}},
	{"deletes nothing", "deleteNote", "cannot delete a document of this run: 403",
		func(r *http.Request, _ []byte, w *httptest.ResponseRecorder) {
			if r.Method == "DELETE" && strings.HasPrefix(r.URL.Path, "/notes/") && w.Code == 204 {
				w.Code = 403
				replace(w, `{"error":{"statusCode":403,"name":"Error","message":"no"}}`)
				w.Header().Set("Content-Type", "application/json")
			}
		}},
}

func TestRunReports(t *testing.T) {
	t.Parallel()
	for _, tt := range deployments {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := testkit.New(t, testapp.App())
			report := run(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				answer := httptest.NewRecorder()
				a.Handler.ServeHTTP(answer, r)
				tt.broken(r, body, answer)
				for name, values := range answer.Header() {
					w.Header()[name] = values
				}
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes())
			}))
			found := false
			for _, failure := range report.Failures() {
				line := failure.Case + ": " + failure.Problem
				if failure.Operation != tt.operation {
					t.Errorf("of another operation, %s: %s", failure.Operation, line)
				}
				if strings.Contains(line, "secret") {
					t.Errorf("a value is quoted: %s", line)
				}
				found = found || strings.Contains(line, tt.problem)
			}
			if !found {
				t.Errorf("no %q among %+v", tt.problem, report.Failures())
			}
		})
	}
}

func replace(w *httptest.ResponseRecorder, body string) {
	w.Body.Reset()
	w.Body.WriteString(body)
	w.Header().Del("Content-Length")
}
