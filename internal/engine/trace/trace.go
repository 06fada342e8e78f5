// Package trace sends traces of requests and of calls of the store to an OpenTelemetry collector. It is the only package that uses
// OpenTelemetry's libraries. Traces contain no values of requests and documents.
package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
)

// closeTimeout is how long Close waits for the collector.
const closeTimeout = time.Second

// Tracer traces requests. It is a server.Observer, and its Store is a store.Observer. It is safe for concurrent use.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	database string // db.system.name
}

// Enabled reports whether the environment asks for traces, with the variables of OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, and neither OTEL_SDK_DISABLED=true nor OTEL_TRACES_EXPORTER=none.
func Enabled() bool {
	return (os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "") &&
		!strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") && os.Getenv("OTEL_TRACES_EXPORTER") != "none"
}

// New returns a tracer that the variables of OpenTelemetry configure: endpoint, headers, sampler, batches, and resource. service is the
// default of OTEL_SERVICE_NAME, and database the db.system.name of the store. Only OTLP over HTTP is supported.
func New(ctx context.Context, service, version, database string, log *slog.Logger) (*Tracer, error) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := os.Getenv(name); protocol == "http/protobuf" {
			break
		} else if protocol != "" {
			return nil, fmt.Errorf("%s=%s is not supported; use http/protobuf, usually on port 4318", name, protocol)
		}
	}
	if err := checkEndpoints(); err != nil {
		return nil, err
	}
	otel.SetLogger(logr.New(sink{log}))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", withoutURL(err))
	}
	attributes, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName(service), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("traces: %w", err)
	}
	var throttle logging.Throttle
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if suppressed, report := throttle.Event(time.Now()); report {
			log.Warn("cannot send traces", "error", withoutURL(err), "suppressed", suppressed)
		}
	}))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(attributes))
	otel.SetTracerProvider(provider) // for the requests that handlers send
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return newTracer(provider, database), nil
}

func newTracer(provider *sdk.TracerProvider, database string) *Tracer {
	return &Tracer{provider, provider.Tracer("github.com/newsdesk-api/newsdesk/internal/engine/trace"), database}
}

// Close sends the remaining spans. It waits for at most a second.
func (t *Tracer) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// ID returns the id of the trace in the context, or an empty string.
func (*Tracer) ID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		return span.TraceID().String()
	}
	return ""
}
