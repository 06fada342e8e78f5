package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/conformance"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// The rates of the contract hold: the run waits as long as Retry-After says, and reports no violation.
func TestRunIsPolite(t *testing.T) {
	t.Parallel()
	a := testkit.NewIn(t, testapp.App(), server.Config{})
	deployment := httptest.NewServer(a.Handler)
	defer deployment.Close()
	var waits []time.Duration
	report, err := conformance.Run(t.Context(), conformance.Config{Contract: a.Contract, URL: deployment.URL,
		Wait: func(_ context.Context, d time.Duration) error {
			waits = append(waits, d)
			a.Wait(d)
			return nil
		}})
	must(t, err)
	for _, failure := range report.Failures() {
		t.Errorf("%s, %s: %s", failure.Operation, failure.Case, failure.Problem)
	}
	if len(waits) < 5 || slices.Max(waits) > time.Minute {
		t.Errorf("waits: %s", waits)
	}
}

// A run that is interrupted, at any time, deletes what it has created, waits for Retry-After then too, and returns an error.
func TestRunIsCutOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		at    string // the request after which it ends
		times int
	}{{"POST /signup", 1}, {"POST /notes", 1}, {"POST /signup", 2}, {"a wait", 1}, {"a wait", 2}, {"a wait", 3}, {"a wait", 4},
		{"a wait", 5}} {
		t.Run(fmt.Sprintf("%s %d", tt.at, tt.times), func(t *testing.T) {
			t.Parallel()
			a := testkit.NewIn(t, testapp.App(), server.Config{})
			ctx, stop := context.WithCancel(t.Context())
			times := 0
			now := func(what string) {
				if what == tt.at {
					if times++; times == tt.times {
						stop()
					}
				}
			}
			deployment := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				a.Handler.ServeHTTP(answer, r)
				if answer.Code == http.StatusOK {
					now(r.Method + " " + r.URL.Path)
				}
				maps.Copy(w.Header(), answer.Header())
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes())
			}))
			defer deployment.Close()
			report, err := conformance.Run(ctx, conformance.Config{Contract: a.Contract, URL: deployment.URL,
				Wait: func(ctx context.Context, d time.Duration) error {
					now("a wait")
					a.Wait(d)
					return ctx.Err()
				}})
			if err == nil || !strings.Contains(err.Error(), "canceled") || errors.Is(err, context.Canceled) {
				t.Errorf("%v, want that it was canceled", err)
			}
			for _, failure := range report.Failures() {
				t.Errorf("%s, %s: %s", failure.Operation, failure.Case, failure.Problem)
			}
			if times < tt.times {
				t.Errorf("%d times %s", times, tt.at)
			}
			left(t, a)
		})
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	contract := testkit.Contract(t, testapp.App())
	for _, url := range []string{"", "api", "/api", "ftp://api.example.com", "http://", "http://%", "http://ann:secret@api.example.com",
		"http://api.example.com?x=1", "http://api.example.com#x"} {
		if _, err := conformance.Run(t.Context(), conformance.Config{Contract: contract, URL: url}); err == nil ||
			!strings.Contains(err.Error(), "http://host") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// Where nobody can sign up, the report says so too: a reader of JUnit XML sees nothing else.
func TestRunWithoutAccount(t *testing.T) {
	t.Parallel()
	deployment := httptest.NewServer(http.NotFoundHandler())
	defer deployment.Close()
	report, err := conformance.Run(t.Context(), conformance.Config{Contract: testkit.Contract(t, testapp.App()), URL: deployment.URL})
	if err == nil || len(report.Failures()) != 1 || report.Failures()[0].Operation != "signUp" ||
		!strings.Contains(report.Failures()[0].Problem, "404") {
		t.Errorf("%v, %+v", err, report)
	}
}
