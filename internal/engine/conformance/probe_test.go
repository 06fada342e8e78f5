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
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// Our own server keeps to its contract, and nothing is left of the visit.
func TestRun(t *testing.T) {
	t.Parallel()
	a := testkit.New(t)
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
	a := testkit.NewOf(t, testkit.OptionalSignIn(t))
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
	if seen != 3 {
		t.Errorf("%d operations were asked without a token, want 3", seen)
	}
	strict := testkit.New(t) // a deployment that asks for a token all the same
	wrong := run(t, &testkit.API{Contract: a.Contract}, strict.Handler)
	if found := slices.ContainsFunc(wrong.Failures(), func(r conformance.Result) bool {
		return r.Operation == "findNews" && strings.Contains(r.Problem, "401, though security lets it in")
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
	if count := testkit.Body(a.Do("GET", "/news/count", a.Token("ann", "news:read"), "")); strings.TrimSpace(count) != `{"count":0}` {
		t.Errorf("news are left behind: %s", count)
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
	report := conformance.Report{Title: "Newsdesk 1", URL: "http://news.example.com", Results: []conformance.Result{
		{Tag: "news", Operation: "getNews", Case: "as it should be"},
		{Tag: "news", Operation: "getNews", Case: "no token", Problem: `is answered with 200; "want" <401>`},
		{Tag: "system", Operation: "ping", Case: "as it should be"},
	}}
	var text, junit strings.Builder
	must(t, report.Text(&text))
	want := `Newsdesk 1 at http://news.example.com
FAIL  getNews                2 cases
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
