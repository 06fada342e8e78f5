package metrics_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/metrics"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// measured is a server with metrics.
type measured struct {
	*server.Server
	*metrics.Metrics
}

func newMeasured(t *testing.T) measured {
	t.Helper()
	contract, err := spec.Load(testapp.App().OpenAPI)
	must(t, err)
	backend, err := sqlite.Open(t.Context(), t.TempDir()+"/notes.db")
	must(t, err)
	m := metrics.New(contract, "v1.2.3")
	documents := store.New(store.Observe(backend, m.Store()), engine.Models(contract))
	t.Cleanup(func() { must(t, documents.Close(context.Background())) })
	log := slog.New(slog.DiscardHandler)
	parts, err := engine.NewForTests(documents, contract, "field-notes", log, time.Now)
	must(t, err)
	s, err := server.New(testapp.App(), contract, parts, server.Config{
		CheckResponses: server.CheckLog, ResponseCheckSample: 1, Observers: []server.Observer{m},
	}, log)
	must(t, err)
	must(t, documents.Migrate(t.Context()))
	m.Watch(metrics.Parts{Server: s, Backend: backend, Tokens: parts.Tokens, Accounts: parts.Accounts})
	return measured{s, m}
}

// scrape returns the metrics as Prometheus gets them.
func (m measured) scrape(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func (m measured) send(method, target, body string) int {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	m.Server.ServeHTTP(w, r)
	return w.Code
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := newMeasured(t)
	account := `{"email":"ann@example.com","password":"correct horse"}`
	for i, want := range []int{200, 409} {
		if got := m.send("POST", "/signup", account); got != want {
			t.Fatalf("sign-up %d: %d, want %d", i, got, want)
		}
	}
	m.send("GET", "/health", "")
	m.send("GET", "/notes/7", "")
	text := m.scrape(t)
	for _, want := range []string{
		`api_build_info{contract="1.`, `program="field-notes",version="v1.2.3"} 1`,
		`api_request_duration_seconds_count{operation="signUp",status="200"} 1`,
		`api_request_duration_seconds_count{operation="signUp",status="409"} 1`,
		`api_request_duration_seconds_count{operation="health",status="200"} 1`,
		`api_response_bytes_total{operation="health"} `,
		`api_requests_in_flight 0`,
		`api_refused_total{reason="DUPLICATE_ENTRY"} 1`, `api_refused_total{reason="UnauthorizedError"} 1`,
		`api_store_call_duration_seconds_count{call="insert",collection="users"} 2`,
		`api_store_call_errors_total{call="insert",kind="conflict"} 1`,
		`api_contract_checked_responses_total 4`, `api_contract_invalid_responses_total 0`,
		`api_contract_responses_sent 4`, `api_contract_response_sent{operation="signUp",status="409"} 1`,
		`api_contract_response_sent{operation="signUp",status="422"} 0`,
		`api_sqlite_queued_writes 0`, `api_sqlite_readers_in_use 0`, `api_sqlite_batch_size_bucket{le="512"} `,
		`api_password_hashes_waiting 0`, `api_tokens_remembered 0`, `api_token_verifications_total 0`, `api_sessions_open -1`,
		`api_sweeps_total 0`, `go_goroutines `, `process_`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics do not contain %s", want)
		}
	}
	if regexp.MustCompile(`(?m)^api_sqlite_(database_bytes|log_bytes|readers|batch_size_sum|batch_size_count) 0$`).MatchString(text) {
		t.Error("the metrics of SQLite are 0")
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// Nothing that a client chooses becomes a label.
func TestBoundedLabels(t *testing.T) {
	t.Parallel()
	m := newMeasured(t)
	m.send("GET", "/first", "")
	m.send("GET", "/notes/first", "")
	m.send("INVENTED", "/notes", "")
	before := strings.Count(m.scrape(t), "\napi_")
	for i := range 50 {
		m.send(fmt.Sprintf("METHOD%d", i), "/notes", "")
		m.send("GET", fmt.Sprintf("/path%d?x%d=y", i, i), "")
		m.send("GET", fmt.Sprintf("/notes/id%d", i), "")
	}
	if after := strings.Count(m.scrape(t), "\napi_"); after != before {
		t.Errorf("%d series before, %d after", before, after)
	}
	for i := range 1000 { // an application whose codes have no bound
		m.End(t.Context(), &server.Observation{Operation: "getNote", Status: 404, Reason: fmt.Sprint("CODE_", i)})
	}
	text := m.scrape(t)
	if n := strings.Count(text, "\napi_refused_total"); n > 201 || !strings.Contains(text, `api_refused_total{reason="other"}`) {
		t.Errorf("%d reasons", n)
	}
}

func TestStoreCall(t *testing.T) {
	t.Parallel()
	m := newMeasured(t)
	for kind := fault.Internal; kind <= fault.InsufficientStorage; kind++ {
		_, end := m.Store().Begin(t.Context(), store.Call{Method: "get", Collection: "notes"})
		end(fault.New(kind, "", ""))
	}
	text := m.scrape(t)
	for _, want := range []string{`{call="get",kind="unavailable"} 1`, `{call="get",kind="internal"} 1`,
		`api_store_call_duration_seconds_count{call="get",collection="notes"} 15`} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics do not contain %s", want)
		}
	}
}

// BenchmarkRequest measures what a request with one call of the store costs.
func BenchmarkRequest(b *testing.B) {
	contract, err := spec.Load(testapp.App().OpenAPI)
	must(b, err)
	m := metrics.New(contract, "")
	o := &server.Observation{Operation: "getNote", Status: 200, Bytes: 200, Duration: time.Millisecond}
	calls, call := m.Store(), store.Call{Method: "get", Collection: "notes"}
	b.ReportAllocs()
	for b.Loop() {
		ctx := m.Begin(b.Context(), nil)
		_, end := calls.Begin(ctx, call)
		end(nil)
		m.End(ctx, o)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
