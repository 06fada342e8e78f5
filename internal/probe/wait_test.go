package probe_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/apitest"
	"github.com/newsdesk-api/newsdesk/internal/probe"
	"github.com/newsdesk-api/newsdesk/internal/server"
)

// The rates of the contract hold: the run waits as long as it is told to, and finds nothing wrong with that.
func TestRunIsPolite(t *testing.T) {
	t.Parallel()
	a := apitest.NewIn(t, server.Config{})
	deployment := httptest.NewServer(a.Handler)
	defer deployment.Close()
	var waits []time.Duration
	report, err := probe.Run(t.Context(), probe.Config{Contract: a.Contract, URL: deployment.URL, Wait: func(_ context.Context, d time.Duration) error {
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

// A run that is cut off deletes what it has made.
func TestRunIsCutOff(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	ctx, stop := context.WithCancel(t.Context())
	deployment := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Handler.ServeHTTP(w, r)
		if r.Method == "POST" && r.URL.Path == "/news" {
			stop()
		}
	}))
	defer deployment.Close()
	_, err := probe.Run(ctx, probe.Config{Contract: a.Contract, URL: deployment.URL})
	if err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("%v, want that it was cut off", err)
	}
	left(t, a)
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	contract := apitest.Contract(t)
	for _, url := range []string{"", "news", "/news", "ftp://news.example.com", "http://", "http://%"} {
		if _, err := probe.Run(t.Context(), probe.Config{Contract: contract, URL: url}); err == nil || !strings.Contains(err.Error(), "http://host") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
