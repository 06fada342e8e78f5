package trace

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Begin implements server.Observer. It continues the trace that the request's traceparent names.
func (t *Tracer) Begin(ctx context.Context, r *http.Request) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	ctx, _ = t.tracer.Start(ctx, "request", trace.WithSpanKind(trace.SpanKindServer))
	return ctx
}

// End implements server.Observer. The name of the span is the operationId or, outside of the contract, the method.
func (t *Tracer) End(ctx context.Context, o *server.Observation) {
	span := trace.SpanFromContext(ctx)
	defer span.End()
	if !span.IsRecording() {
		return
	}
	method, known := knownMethod(o.Request.Method)
	attributes := []attribute.KeyValue{
		method, semconv.HTTPResponseStatusCode(o.Status), semconv.HTTPResponseBodySize(int(o.Bytes)), semconv.URLScheme("http"),
		attribute.String("api.request_id", o.Client.RequestID),
	}
	if o.Request.TLS != nil {
		attributes[3] = semconv.URLScheme("https")
	}
	switch {
	case o.Operation != "":
		span.SetName(o.Operation)
		attributes = append(attributes, semconv.HTTPRoute(o.Route), attribute.String("api.operation", o.Operation))
	case known:
		span.SetName(o.Request.Method)
	default:
		span.SetName("HTTP")
	}
	if o.Client.Address != "" {
		attributes = append(attributes, semconv.ClientAddress(o.Client.Address))
	}
	if o.Reason != "" {
		attributes = append(attributes, attribute.String("api.error_code", o.Reason))
	}
	if o.Status >= http.StatusInternalServerError {
		attributes = append(attributes, semconv.ErrorTypeKey.Int(o.Status))
		span.SetStatus(codes.Error, "")
	}
	span.SetAttributes(attributes...)
}

// knownMethod returns the attribute of a method. Those that clients invent are one, as the semantic conventions require.
func knownMethod(method string) (attribute.KeyValue, bool) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodTrace, http.MethodConnect:
		return semconv.HTTPRequestMethodKey.String(method), true
	}
	return semconv.HTTPRequestMethodOther, false
}

// Store returns an observer of the calls of a store.
func (t *Tracer) Store() store.Observer { return calls{t} }

type calls struct{ *Tracer }

// Begin implements store.Observer. Calls that no request has caused, such as those of a sweep, are not traced.
func (t calls) Begin(ctx context.Context, c store.Call) (context.Context, func(error)) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, func(error) {}
	}
	name := c.Method + " " + c.Collection
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.DBSystemNameKey.String(t.database), semconv.DBOperationName(c.Method), semconv.DBCollectionName(c.Collection),
		semconv.DBQueryText(strings.TrimSpace(name+" "+c.Query.Shape())),
	))
	return ctx, func(err error) {
		defer span.End()
		if err == nil {
			return
		}
		kind := fault.KindOf(err)
		span.SetAttributes(semconv.ErrorTypeKey.String(kind.String()))
		switch kind {
		case fault.Internal, fault.Unavailable, fault.InsufficientStorage:
			span.SetStatus(codes.Error, "") // without the error's text, which may contain values
		}
	}
}
