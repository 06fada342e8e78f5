package server_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

const (
	envelopeType = "application/json"
	problemType  = "application/problem+json"
)

func TestAccept(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	for accept, want := range map[string]string{
		"":                                 envelopeType,
		"*/*":                              envelopeType,
		"application/*":                    envelopeType,
		"application/json":                 envelopeType,
		"text/html, application/xml;q=0.9": envelopeType,
		"application/problem+xml":          envelopeType,
		"application/problem+json":         problemType,
		"Application/Problem+JSON":         problemType,
		"application/json, application/problem+json":                           problemType,
		"application/problem+json, application/json, */*":                      problemType,
		"application/json;q=1, application/problem+json;q=0.9":                 envelopeType,
		"application/problem+json;q=0.9, application/json":                     envelopeType,
		"application/json, application/problem+json;q=0.5":                     envelopeType,
		"application/json;q=0.5, application/problem+json;q=0.501":             problemType,
		"application/json;q=0.5, application/*":                                problemType,
		"application/json;q=0, */*":                                            problemType,
		"*/*, application/problem+json;q=0.9":                                  envelopeType,
		"*/*;q=0.9, application/problem+json":                                  problemType,
		"application/*;q=0.9, application/problem+json;q=0.9":                  problemType,
		"application/problem+json;q=0.5, application/json;q=0.7;charset=UTF-8": envelopeType,
		"application/problem+json; charset=utf-8, */*;q=0.1":                   problemType,
		"application/problem+json; profile=x":                                  envelopeType,
		"application/problem+json;q=0":                                         envelopeType,
		"application/problem+json;q=0.0, */*":                                  envelopeType,
		"application/json;q=0, application/problem+json;q=0":                   envelopeType,
		"*/*;q=0":                                                              envelopeType,
		"application/problem+json;q=-1":                                        envelopeType,
		"application/problem+json;q=x":                                         envelopeType,
		"application/problem+json;q=NaN":                                       envelopeType,
		"application/problem+json;q=1.001":                                     envelopeType,
		"application/problem+json;q=0.1234":                                    envelopeType,
		"application/problem+json;q=":                                          envelopeType,
		"application/problem+json;q=\"0.5\", text/html":                        problemType,
		"text/html;x=\"a,application/json,b\", application/problem+json;q=0.1": problemType,
		"application/problem+json, \"":                                         problemType,
		";;,,application/problem+json":                                         problemType,
		strings.Repeat("a/b,", 3000):                                           envelopeType,
	} {
		answer := a.Do("GET", "/whoami", "", "", "Accept", accept)
		if got := answer.Header.Get("Content-Type"); got != want || answer.StatusCode != 401 {
			t.Errorf("Accept %.60q: %d in %s, want 401 in %s", accept, answer.StatusCode, got, want)
		}
	}
}

// TestProblems holds both shapes of an error against each other and, through testkit, against the contract.
func TestProblems(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	token := a.Token("ann", "notes:read", "notes:write")
	for _, tt := range []struct {
		status                    int
		method, path, token, body string
	}{
		{400, "GET", "/notes?filter[limit]=0&filter[skip]=-1", token, ""},
		{401, "GET", "/whoami", "", ""},
		{403, "GET", "/notes", a.Token("ann"), ""},
		{404, "GET", "/notes/1", token, ""},
		{404, "GET", "/nothing", "", ""},
		{405, "DELETE", "/ping", "", ""},
		{409, "POST", "/signup", "", `{"email":"ann@example.com","password":"correct horse"}`},
		{412, "DELETE", "/notes/" + created(t, a, token), token, ""},
		{413, "POST", "/signup", "", strings.Repeat(" ", 1<<15)},
		{422, "POST", "/notes", token, `{"title":"","x":1}`},
	} {
		match := `"9"`
		if tt.status != 412 {
			match = `"1"`
		}
		var e struct {
			Error struct {
				StatusCode    int
				Name, Message string
				Code          string
				Details       []any
			}
		}
		var p struct {
			Type, Title, Detail, Code string
			Status                    int
			Errors                    []any
		}
		shapes := map[string]any{"": &e, problemType: &p}
		for accept, into := range shapes {
			answer := a.Do(tt.method, tt.path, tt.token, tt.body, "Accept", accept, "If-Match", match)
			decoder := json.NewDecoder(strings.NewReader(testkit.Body(answer)))
			decoder.DisallowUnknownFields()
			must(t, decoder.Decode(into))
			if answer.StatusCode != tt.status {
				t.Errorf("%s %s: %d, want %d", tt.method, tt.path, answer.StatusCode, tt.status)
			}
		}
		if e.Error.StatusCode != tt.status || p.Status != tt.status || p.Type != "about:blank" || e.Error.Name != p.Title ||
			e.Error.Message != p.Detail || p.Detail == "" ||
			e.Error.Code != p.Code || len(e.Error.Details) != len(p.Errors) {
			t.Errorf("%s %s: %+v and %+v", tt.method, tt.path, e.Error, p)
		}
	}
}

// TestErrorsLeakNothing makes every operation fail in as many ways as it can, and looks for what is ours to know only.
func TestErrorsLeakNothing(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	fresh, bare := a.Token("ann", "notes:read", "notes:write"), a.Token("ann")
	seen := map[int]bool{}
	for _, op := range a.Contract.Operations() {
		for _, request := range failures(op, fresh, bare) {
			path := filled(op.Path, "'; DROP TABLE notes --")
			answer := a.Do(op.Method, path+request.query, request.token, request.body, request.headers...)
			body := testkit.Body(answer)
			seen[answer.StatusCode] = true
			if answer.StatusCode < 400 {
				continue
			}
			if !strings.HasPrefix(body, `{"error":{"statusCode":`+strconv.Itoa(answer.StatusCode)+`,"name":"`) {
				t.Errorf("%s: %d is no envelope: %s", op.ID, answer.StatusCode, body)
			}
			if leak := leaks.FindString(body); leak != "" {
				t.Errorf("%s: %d tells %q: %s", op.ID, answer.StatusCode, leak, body)
			}
		}
	}
	for _, status := range []int{400, 401, 403, 404, 413, 415, 422} {
		if !seen[status] {
			t.Errorf("no request was answered with %d", status)
		}
	}
	if seen[500] {
		t.Error("a request has made an error of ours")
	}
}

// leaks are words of Go, SQL and the machine that no answer may have.
var leaks = regexp.MustCompile(`goroutine|\.go\b|runtime error|panic|nil pointer|interface ` +
	`\{\}|map\[|\[\]byte|\b[a-z0-9]+\.[A-Z][A-Za-z]|` +
	`kin-openapi|json: |strconv|nmarshal|(?i:sql|constraint|select )|/(root|home|tmp|usr)/|internal/|EOF`)

type failing struct {
	query, token, body string
	headers            []string
}

// failures are requests that are wrong in one way each.
func failures(op *spec.Operation, token, bare string) []failing {
	example, query := string(op.Example()), ""
	if op.Requires("where") {
		query = "?where={}"
	}
	all := []failing{
		{query, "", example, nil}, {query, "x.y.z", example, nil}, {query, bare, example, nil}, {query, token, example, nil},
		{"?no=1", token, example, nil}, {"?filter=%", token, example, nil}, {"?where={", token, example, nil},
		{`?filter={"where":{"$where":1}}`, token, example, nil},
		{"?where[title][regexp]=(", token, example, nil}, {`?filter={"limit":1e999}`, token, example, nil},
		{`?filter[order]=title; DROP TABLE notes`, token, example, nil},
		{query, token, example, []string{"If-Match", "x"}}, {query, token, example, []string{"If-None-Match", strings.Repeat("x", 2000)}},
	}
	if !op.HasBody() {
		return all
	}
	for _, body := range []string{
		"", "{", "[]", "null", `{"a":1,"a":2}`, `{"title":1e999,"email":1e999}`, `{"date_created":"x","title":{},"email":[]}`, "\xff",
		`"\ud800"`,
		strings.Repeat("[", 1000), example + "x", strings.Repeat(" ", int(op.Limits.Body)+1),
	} {
		all = append(all, failing{query, token, body, nil})
	}
	for _, header := range [][]string{{"Content-Type", "text/plain"}, {"Content-Type", "application/json; charset=x"},
		{"Content-Encoding", "zip"}} {
		all = append(all, failing{query, token, example, header})
	}
	return all
}

// created returns the id of a note of the token's owner.
func created(t *testing.T, a *testkit.API, token string) string {
	t.Helper()
	var note struct{ ID string }
	must(t, json.Unmarshal([]byte(testkit.Body(a.Do("POST", "/notes", token, `{"title":"t","text":"b"}`))), &note))
	return note.ID
}
