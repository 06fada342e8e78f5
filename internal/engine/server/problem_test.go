package server_test

import (
	"encoding/json"
	"strings"
	"testing"

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

// TestProblems compares both forms of an error with each other and, through testkit, validates them against the contract.
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

// created returns the id of a note of the token's owner.
func created(t *testing.T, a *testkit.API, token string) string {
	t.Helper()
	var note struct{ ID string }
	must(t, json.Unmarshal([]byte(testkit.Body(a.Do("POST", "/notes", token, `{"title":"t","text":"b"}`))), &note))
	return note.ID
}
