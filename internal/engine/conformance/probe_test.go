package conformance_test

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Our own server keeps to its contract, and nothing is left of the visit.
func TestRun(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	report := run(t, a, a.Handler)
	for _, failure := range report.Failures() {
		t.Errorf("%s, %s: %s", failure.Operation, failure.Case, failure.Problem)
	}
	seen := map[string]int{}
	for _, result := range report.Results {
		seen[result.Operation]++
	}
	for _, op := range a.Contract.Operations() {
		if least := map[bool]int{true: 10, false: 2}[op.HasBody()]; seen[op.ID] < least {
			t.Errorf("%s: %d cases", op.ID, seen[op.ID])
		}
	}
	left(t, a)
	t.Logf("%d cases", len(report.Results))
}

// Where signing in is optional, requests without a token are sent and must be let in.
func TestRunWithOptionalSignIn(t *testing.T) {
	t.Parallel()
	a := testkit.New(t, testapp.App())
	report := run(t, a, a.Handler)
	for _, failure := range report.Failures() {
		t.Errorf("%s, %s: %s", failure.Operation, failure.Case, failure.Problem)
	}
	seen := 0
	for _, result := range report.Results {
		if result.Case == "no token, which is optional" {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("%d operations were asked without a token, want 1", seen)
	}
	wrong := run(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // it requires a token all the same
		if r.URL.Path == "/posts" && r.Method == http.MethodGet && r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "Bearer junk")
		}
		a.Handler.ServeHTTP(w, r)
	}))
	if found := slices.ContainsFunc(wrong.Failures(), func(r conformance.Result) bool {
		return r.Operation == "findPosts" && strings.Contains(r.Problem, "status 401, but the operation")
	}); !found {
		t.Errorf("a refusal is not reported: %+v", wrong.Failures())
	}
}

// left reports what a run has left behind.
func left(t *testing.T, a *testkit.API) {
	t.Helper()
	must(t, a.Accounts.Each(t.Context(), func(u account.User) error {
		t.Errorf("the account %s is left behind", u.Email)
		return nil
	}))
	for _, path := range []string{"/notes?filter[limit]=1", "/posts"} {
		if list := testkit.Body(a.Do("GET", path, a.Token("ann", "notes:read", "notes:admin"), "")); strings.TrimSpace(list) != "[]" {
			t.Errorf("%s: documents are left behind: %s", path, list)
		}
	}
}

// run probes a handler; where the deployment says wait, it does not.
func run(t *testing.T, a *testkit.API, handler http.Handler) *conformance.Report {
	t.Helper()
	deployment := httptest.NewServer(handler)
	defer deployment.Close()
	report, err := conformance.Run(t.Context(), conformance.Config{
		Contract: a.Contract, URL: deployment.URL, Client: deployment.Client(),
		Wait: func(context.Context, time.Duration) error { return nil },
	})
	must(t, err)
	return report
}

func TestReport(t *testing.T) {
	t.Parallel()
	report := conformance.Report{Title: "Field Notes 1", URL: "http://api.example.com", Results: []conformance.Result{
		{Tag: "notes", Operation: "getNote", Case: "valid request"},
		{Tag: "notes", Operation: "getNote", Case: "no token", Problem: `is answered with 200; "want" <401>`},
		{Tag: "system", Operation: "ping", Case: "valid request"},
	}}
	var text, junit strings.Builder
	must(t, report.Text(&text))
	want := `Field Notes 1 at http://api.example.com
FAIL  getNote                2 cases
      no token: is answered with 200; "want" <401>
ok    ping                   1 cases
2 operations, 3 cases, 1 problems
`
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", &text, want)
	}
	must(t, report.JUnit(&junit))
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Class   string `xml:"classname,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	must(t, xml.Unmarshal([]byte(junit.String()), &read))
	if read.Tests != 3 || read.Failures != 1 || len(read.Suites) != 2 || read.Suites[0].Cases[0].Failure != nil ||
		read.Suites[0].Cases[1].Failure.Message != `is answered with 200; "want" <401>` || read.Suites[1].Cases[0].Class != "system.ping" {
		t.Errorf("%+v in\n%s", read, &junit)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
