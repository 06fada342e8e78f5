package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// Contracts that the server's answers break, each in one way.
var contradictions = []struct {
	name     string
	old, new string // in the contract
	path     string
	status   int    // of the answer without a check
	wrong    string // in the log
}{
	{"a value", "greeting: {type: string}", "greeting: {type: string, maxLength: 3}", "/ping", 200,
		"body /greeting: must NOT have more than 3 characters"},
	{"a property more", "required: [greeting, date]\n      properties:\n        greeting: {type: string}", "properties:", "/ping", 200,
		`properties: \"greeting\"`},
	{"a property less", "required: [greeting, date]\n      properties:",
		"required: [greeting, date, mood]\n      properties:\n        mood: {type: string}", "/ping", 200, "required property 'mood'"},
	{"a header", "summary: Ping the server\n      security: []\n      responses:\n        '200':\n          description: Success\n",
		"summary: Ping the server\n      security: []\n      responses:\n        '200':\n          description: Success\n          " +
			"headers: {Age: {required: true, schema: {type: integer}}}\n", "/ping", 200, "header Age: is required"},
	{"a status", "        '401': {$ref: '#/components/responses/Unauthorized'} # made\n        '503': {$ref: " +
		"'#/components/responses/Unavailable'} # made\n  /users:", "        '503': {$ref: '#/components/responses/Unavailable'}\n  /users:",
		"/whoami", 401, "status 401 is not documented"},
	{"an error's code", "UNKNOWN_PARAMETER, ", "", "/ping?secret=secret", 400, "body /error/code"},
}

func TestCheckResponses(t *testing.T) {
	t.Parallel()
	for _, tt := range contradictions {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(string(testapp.App().OpenAPI), tt.old) {
				t.Fatalf("the contract has no %q any more", tt.old)
			}
			document := []byte(strings.NewReplacer(tt.old, tt.new, "example: {greeting: Hello, date: '2026-01-31T08:00:00.000Z'}",
				"").Replace(string(testapp.App().OpenAPI)))
			answers := map[string]string{}
			for _, check := range []struct {
				mode   server.ResponseCheck
				sample float64
				status int
				logged bool
			}{
				{"", 1, tt.status, false}, {server.CheckOff, 1, tt.status, false}, {server.CheckLog, 0, tt.status, false},
				{server.CheckLog, 1, tt.status, true}, {server.CheckFail, 0, 500, true},
			} {
				r := newRigOn(t, document, server.Config{CheckResponses: check.mode, ResponseCheckSample: check.sample,
					TrustedProxies: []string{peer}}, noon)
				answer := get(r, tt.path, "X-Request-Id", "request-1")
				if answer.Code != check.status || answer.Header().Get("X-Request-Id") != "request-1" {
					t.Errorf("%s of %v: %d with the id %q, want %d", check.mode, check.sample, answer.Code,
						answer.Header().Get("X-Request-Id"), check.status)
				}
				log := r.log.String()
				if told := strings.Contains(log, "the response violates the contract"); told != check.logged || told &&
					!strings.Contains(log, tt.wrong) {
					t.Errorf("%s of %v: want %v, %q in the log:\n%s", check.mode, check.sample, check.logged, tt.wrong, log)
				}
				if strings.Contains(log, "secret") || strings.Contains(log, "Hello") {
					t.Errorf("the log has values:\n%s", log)
				}
				if left := answer.Header().Get("WWW-Authenticate"); check.mode == server.CheckFail && left != "" {
					t.Errorf("of the answer that was kept back, a header field is left: %s", left)
				}
				if check.mode == server.CheckFail && !strings.Contains(answer.Body.String(),
					`{"statusCode":500,"name":"InternalServerError","message":"Internal Server Error"}`) {
					t.Errorf("instead of the answer: %s", answer.Body)
				} else if check.status == tt.status {
					answers[answer.Body.String()] = string(check.mode)
				}
			}
			if len(answers) != 1 {
				t.Errorf("what is sent differs with the check: %q", answers)
			}
		})
	}
}

// What keeps to the contract comes through a check as it was: over the wire, where HEAD and 304 have no body.
func TestCheckResponsesPasses(t *testing.T) {
	t.Parallel()
	for _, mode := range []server.ResponseCheck{server.CheckLog, server.CheckFail} {
		r := newRigIn(t, server.Config{CheckResponses: mode, ResponseCheckSample: 1, Explorer: server.ExplorerOn}, time.Now)
		wire := httptest.NewServer(r)
		defer wire.Close()
		token := r.token(t)
		do := func(method, path, body string, headers ...string) *http.Response {
			request, err := http.NewRequestWithContext(t.Context(), method, wire.URL+path, strings.NewReader(body))
			must(t, err)
			request.Header.Set("Authorization", "Bearer "+token)
			request.Header.Set("Content-Type", "application/json")
			for i := 0; i < len(headers); i += 2 {
				request.Header.Set(headers[i], headers[i+1])
			}
			answer, err := wire.Client().Do(request)
			must(t, err)
			must(t, answer.Body.Close())
			return answer
		}
		created := do("POST", "/notes", `{"title":"a","text":"b"}`)
		var id string
		if page := get(r, "/notes?filter[fields][id]=true", "Authorization", "Bearer "+token).Body.String(); len(page) > 20 {
			id = strings.Split(page, `"`)[3]
		}
		for _, tt := range []struct {
			answer *http.Response
			status int
			etag   string
		}{
			{created, 200, `"1"`},
			{do("GET", "/notes/"+id, ""), 200, `"1"`},
			{do("HEAD", "/notes/"+id, ""), 200, `"1"`},
			{do("GET", "/notes/"+id, "", "If-None-Match", `"1"`), 304, `"1"`},
			{do("PATCH", "/notes/"+id, `{"title":"b"}`), 204, `"2"`},
			{do("GET", "/notes/nothing", ""), 404, ""},
			{do("GET", "/nowhere", ""), 404, ""},
			{do("GET", "/openapi.json", ""), 200, "*"},
		} {
			if tt.answer.StatusCode != tt.status || tt.etag != "*" && tt.answer.Header.Get("ETag") != tt.etag {
				t.Errorf("%s: %s %s: %d, ETag %s; want %d, %s", mode, tt.answer.Request.Method, tt.answer.Request.URL.Path,
					tt.answer.StatusCode, tt.answer.Header.Get("ETag"), tt.status, tt.etag)
			}
		}
		if strings.Contains(r.log.String(), "violates the contract") {
			t.Errorf("%s: %s", mode, r.log)
		}
	}
}

// A panic behind the check is answered as one without it.
func TestCheckResponsesContains(t *testing.T) {
	t.Parallel()
	r := newRigIn(t, server.Config{CheckResponses: server.CheckFail}, func() time.Time { panic("the cause") })
	if answer := get(r, "/ping"); answer.Code != 500 || strings.Count(answer.Body.String(), "statusCode") != 1 {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if !strings.Contains(r.log.String(), "the cause") || !strings.Contains(r.log.String(), "status 500 is not documented") {
		t.Errorf("the log lacks the cause or the check: %s", r.log)
	}
}

func BenchmarkCheckResponses(b *testing.B) {
	for _, mode := range []server.ResponseCheck{server.CheckOff, server.CheckLog, server.CheckFail} {
		b.Run(string(mode), func(b *testing.B) {
			r := newRigOn(b, testapp.App().OpenAPI, server.Config{CheckResponses: mode, ResponseCheckSample: 0.01}, noon)
			b.ReportAllocs()
			for b.Loop() {
				r.log.text.Reset()
				if answer := get(r, "/ping"); answer.Code != 200 {
					b.Fatal(answer.Code)
				}
			}
		})
	}
}

func noon() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }
