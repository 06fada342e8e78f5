package trace_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	v1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/trace"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	parent  = "00f067aa0ba902b7"
)

// TestTraces sends requests to a server whose environment names a collector, and looks at what the collector gets. The types of the
// protocol are those that the exporter sends.
func TestTraces(t *testing.T) {
	var received collector.ExportTraceServiceRequest
	var raw bytes.Buffer
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var part collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &part) != nil {
			t.Errorf("%s: %v", r.URL, err)
		}
		raw.Write(body)
		proto.Merge(&received, &part)
	}))
	defer c.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	if !trace.Enabled() {
		t.Fatal("traces are not enabled")
	}
	tracer, err := trace.New(t.Context(), "field-notes", "v1.2.3", "sqlite", slog.New(slog.DiscardHandler))
	must(t, err)
	var log bytes.Buffer
	send := newServer(t, tracer, &log)
	send("POST", "/signup", `{"email":"hunter2@example.com","password":"hunter2 hunter2"}`, "")
	send("GET", "/posts?filter="+url.QueryEscape(`{"where":{"title":"hunter2"}}`), "", "00-"+traceID+"-"+parent+"-01")
	send("INVENTED", "/hunter2", "", "not-a-traceparent")
	tracer.Close()

	spans := map[string]*v1.Span{}
	for _, r := range received.ResourceSpans {
		if text := r.Resource.String(); !strings.Contains(text, "field-notes") || !strings.Contains(text, "deployment.environment.name") {
			t.Errorf("the resource is %s", text)
		}
		for _, scope := range r.ScopeSpans {
			for _, span := range scope.Spans {
				spans[span.Name] = span
			}
		}
	}
	list, query := spans["findPosts"], spans["find posts"]
	if list == nil || query == nil || spans["signUp"] == nil || spans["insert users"] == nil || spans["HTTP"] == nil {
		t.Fatalf("the spans are %v", spans)
	}
	if hex.EncodeToString(list.TraceId) != traceID || hex.EncodeToString(list.ParentSpanId) != parent ||
		!bytes.Equal(query.TraceId, list.TraceId) || !bytes.Equal(query.ParentSpanId, list.SpanId) {
		t.Errorf("the trace is not continued: %v, %v", list, query)
	}
	if len(spans["HTTP"].ParentSpanId) > 0 || !bytes.Equal(spans["insert users"].ParentSpanId, spans["signUp"].SpanId) {
		t.Errorf("parents: %v, %v", spans["HTTP"], spans["insert users"])
	}
	for span, want := range map[*v1.Span][]string{
		list:            {`http.route /posts`, `http.response.status_code 200`, `http.request.method GET`, `client.address 192.0.2.1`},
		query:           {`db.system.name sqlite`, `db.collection.name posts`, `db.query.text find posts where title eq ?`},
		spans["HTTP"]:   {`http.request.method _OTHER`, `http.response.status_code 404`, `api.error_code NotFoundError`},
		spans["signUp"]: {`http.response.status_code 200`, `api.request_id `},
	} {
		got := attributes(span)
		for _, one := range want {
			if !strings.Contains(got, one) {
				t.Errorf("%s has %s, want %s", span.Name, got, one)
			}
		}
	}
	if bytes.Contains(raw.Bytes(), []byte("hunter2")) {
		t.Error("the traces contain a value of a request")
	}
	if !strings.Contains(log.String(), `"trace_id":"`+traceID+`"`) || strings.Count(log.String(), `"trace_id":"`) < 4 {
		t.Errorf("the log has not the ids of the traces: %s", &log)
	}
}

// newServer returns a function that sends a request to a traced server.
func newServer(t *testing.T, tracer *trace.Tracer, out io.Writer) (send func(method, target, body, traceparent string)) {
	t.Helper()
	contract, err := spec.Load(testapp.App().OpenAPI)
	must(t, err)
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	must(t, err)
	documents := store.New(store.Observe(backend, tracer.Store()), engine.Models(contract))
	t.Cleanup(func() { must(t, documents.Close(context.Background())) })
	log := slog.New(slog.NewJSONHandler(out, nil))
	parts, err := engine.NewForTests(documents, contract, "field-notes", log, time.Now)
	must(t, err)
	s, err := server.New(testapp.App(), contract, parts, server.Config{Observers: []server.Observer{tracer}, TraceID: tracer.ID}, log)
	must(t, err)
	must(t, documents.Migrate(t.Context()))
	return func(method, target, body, traceparent string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Traceparent", traceparent)
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// attributes returns the attributes of a span as text: "name value, name value, ".
func attributes(span *v1.Span) string {
	var b strings.Builder
	for _, a := range span.Attributes {
		value := a.Value.GetStringValue()
		if value == "" {
			value = strings.Trim(strings.SplitN(a.Value.String(), ":", 2)[1], `" `)
		}
		b.WriteString(a.Key + " " + value + ", ")
	}
	return b.String()
}

func TestEnabled(t *testing.T) {
	for _, tt := range []struct {
		variables map[string]string
		want      bool
	}{
		{nil, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, true},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, true},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_SDK_DISABLED": "TRUE"}, false},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_TRACES_EXPORTER": "none"}, false},
		{map[string]string{"OTEL_SERVICE_NAME": "news"}, false},
	} {
		for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED",
			"OTEL_TRACES_EXPORTER"} {
			t.Setenv(name, tt.variables[name])
		}
		if got := trace.Enabled(); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.variables, got, tt.want)
		}
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	if _, err := trace.New(t.Context(), "", "", "", slog.Default()); err == nil || !strings.Contains(err.Error(), "http/protobuf") {
		t.Errorf("gRPC: %v", err)
	}
}

// Variables that OpenTelemetry cannot use are an error or a line of the log, and their values are in neither.
func TestInvalidVariables(t *testing.T) {
	var log bytes.Buffer
	for _, endpoint := range []string{"http://ann:hunter2@[bad", "127.0.0.1:4318", "localhost:4318", "http://", "unix:/hunter2"} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
		_, err := trace.New(t.Context(), "", "", "", slog.New(slog.NewJSONHandler(&log, nil)))
		if err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_ENDPOINT is not the URL") ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")
	tracer, err := trace.New(t.Context(), "", "", "", slog.New(slog.NewJSONHandler(&log, nil)))
	must(t, err)
	tracer.Close()
	if got := log.String(); !strings.Contains(got, "OpenTelemetry reports an error") || strings.Contains(got, "hunter2") {
		t.Errorf("the log is %s", got)
	}
}

// A collector that is down is one warning a minute, without its URL, and does not stop the server.
func TestCollectorIsDown(t *testing.T) {
	c := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://ann:hunter2@"+c.Listener.Addr().String())
	c.Close()
	var log bytes.Buffer
	tracer, err := trace.New(t.Context(), "field-notes", "", "sqlite", slog.New(slog.NewJSONHandler(&log, nil)))
	must(t, err)
	send := newServer(t, tracer, io.Discard)
	send("GET", "/ping", "", "")
	tracer.Close()
	if got := log.String(); strings.Count(got, "cannot send traces") != 1 || strings.Contains(got, "hunter2") {
		t.Errorf("the log is %s", got)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
