package spec

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestCases(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	for _, tt := range []struct {
		operation, name string
		valid           bool
	}{
		{"createNote", "valid request", true},
		{"createNote", "body /title: 1 characters", true},
		{"createNote", "body /title: 0 characters", false},
		{"createNote", "body /title: 200 characters", true},
		{"createNote", "body /title: 201 characters", false},
		{"createNote", "body /title: a number", false},
		{"createNote", "body /title: null", false},
		{"createNote", "body /title: a NUL", false},
		{"createNote", "body /title: missing", false},
		{"createNote", "body /date_created: a nonexistent day", false},
		{"createNote", "body /date_created: another time zone", true},
		{"createNote", "body: an unknown property", false},
		{"createNote", "body: missing", false},
		{"createNote", "body: invalid JSON", false},
		{"createNote", "body: text/plain", false},
		{"createNote", "body: more than x-limits allows", false},
		{"createNote", "an unknown query parameter", false},
		{"signUp", "body /email: 254 characters", true},
		{"signUp", "body /email: 255 characters", false},
		{"updateUser", "body /roles/0: an invalid value", false},
		{"updateUser", "body /roles: 9 items", false},
		{"updateMe", "body: no properties", false},
		{"findNotes", "query filter /limit: the maximum", true},
		{"findNotes", "query filter /limit: above the maximum", false},
		{"findNotes", "query filter /limit: a fraction", false},
		{"findNotes", "query filter /where/due: another alternative", true},
		{"getNote", "header If-None-Match: 1024 characters", false},
		{"getNote", "header If-None-Match: 1025 characters", false},
		{"deleteNote", "header If-Match: an invalid value", false},
		{"deleteNote", "path id: 65 characters", false},
	} {
		cases := sampled(t, c.ByID(tt.operation))
		i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == tt.name })
		if i < 0 {
			t.Errorf("%s has no case %q", tt.operation, tt.name)
		} else if cases[i].Valid != tt.valid {
			t.Errorf("%s, %s: valid %v", tt.operation, tt.name, cases[i].Valid)
		}
	}
}

// TestCasesAgree compares the validity that Cases states with the validation of requests: they interpret the contract
// independently.
func TestCasesAgree(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	var scopes []string
	for _, op := range c.Operations() {
		scopes = append(scopes, op.Scopes...)
	}
	anybody := func(*http.Request) (identity.Principal, error) {
		return identity.Principal{ID: "ann", Scopes: scopes}, nil
	}
	checks := c.Checks(map[string]Verifier{"bearerAuth": anybody}, time.Now)
	n := 0
	for _, op := range c.Operations() {
		for _, k := range sampled(t, op) {
			r := httptest.NewRequest(op.Method, "/?"+k.Query.Encode(), strings.NewReader(string(k.Body)))
			r.Header = k.Header.Clone()
			if k.Body != nil && r.Header.Get("Content-Type") == "" {
				r.Header.Set("Content-Type", "application/json")
			}
			_, err := checks[op.ID].ValidateRequest(t.Context(), r, k.Path, r.URL.Query(), nil)
			if (err == nil) != k.Valid {
				t.Errorf("%s, %s: valid %v, validation returned %v", op.ID, k.Name, k.Valid, err)
			}
			n++
		}
	}
	if n < 800 {
		t.Errorf("%d cases", n)
	}
}

// A case that changes data never affects more documents than the request it was made from.
func TestCasesDoNotWidenConditions(t *testing.T) {
	t.Parallel()
	c := testapp(t)
	op := c.ByID("updateAllNotes")
	mine, err := op.Sample(nil)
	if err != nil {
		t.Fatal(err)
	}
	mine.Query = url.Values{"where": {`{"id":"mine"}`}}
	conditions := 0
	for _, k := range op.Cases(mine) {
		var where map[string]any
		if err := json.Unmarshal([]byte(k.Query.Get("where")), &where); err != nil || where["id"] != "mine" {
			t.Errorf("%s: where %s", k.Name, k.Query.Get("where"))
		}
		if len(where) > 1 {
			conditions++
		}
	}
	if conditions < 10 {
		t.Errorf("%d conditions", conditions)
	}
	for _, k := range sampled(t, c.ByID("deleteNote")) {
		if id := k.Path["id"]; len(id) <= 64 && id != c.ByID("deleteNote").route.PathItem.Parameters[0].Value.Example {
			t.Errorf("%s: another document, %s", k.Name, id)
		}
	}
}

func sampled(t *testing.T, op *Operation) []Case {
	t.Helper()
	valid, err := op.Sample(map[string]string{"email": "probe@example.com", "username": "probe@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(valid.Body), "ann@example.com") {
		t.Errorf("%s: the address of the example belongs to somebody", op.ID)
	}
	return op.Cases(valid)
}
