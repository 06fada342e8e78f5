package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// A server whose environment names a collector of OpenTelemetry sends it traces, at the latest when it ends.
func TestTraces(t *testing.T) {
	var received atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			received.Add(1)
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	text := serving(t, memory, func(url string) { fetch(t, http.DefaultClient, url+"/ping") })
	if received.Load() == 0 || !strings.Contains(text, `"trace_id":"`) {
		t.Errorf("%d requests to the collector; the log is %s", received.Load(), text)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	var out, log bytes.Buffer
	code := runApp(t.Context(), []string{"--data=:memory:", "--listen=127.0.0.1:0"}, nil, &out, &log)
	if code != 1 || !strings.Contains(log.String(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported") {
		t.Errorf("gRPC: %d, %s", code, &log)
	}
}
