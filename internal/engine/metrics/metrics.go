// Package metrics exposes the state of a server to Prometheus. It is the only package that uses Prometheus' library: the other packages
// have a Stats method, which is called at each scrape, and notify Metrics of requests and of calls of the store.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// namespace is the first part of the names of the metrics, except those of Go and of the process.
const namespace = "api"

// maxReasons limits the values of the label reason, because an application chooses the codes of its errors.
const maxReasons = 200

// other is the value of a label in place of those that would be too many, or that a client has chosen.
const other = "other"

// buckets are the upper bounds in seconds of the histograms of durations.
var buckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// Metrics measures a server. All labels have a bounded number of values: operationIds, statuses, codes of errors, and collections. It is a
// server.Observer and safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	inFlight  atomic.Int64
	durations *prometheus.HistogramVec
	bytes     *prometheus.CounterVec
	refused   *prometheus.CounterVec
	calls     *prometheus.HistogramVec
	failures  *prometheus.CounterVec

	byResponse lookup[response, *measures]
	byCall     lookup[call, prometheus.Observer]
	reasons    sync.Map // bool, by reason
	known      atomic.Int64
	contract   *spec.Contract
	seen       map[string]map[string]*atomic.Bool // the documented responses that were sent, by operationId and status
}

type response struct {
	operation string
	status    int
}

// measures are the metrics of a response, whose labels are resolved once.
type measures struct {
	duration prometheus.Observer
	bytes    prometheus.Counter
}

type call struct{ method, collection string }

// New returns the metrics of a program and its contract. Watch adds those of its parts.
func New(contract *spec.Contract, version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), contract: contract, seen: map[string]map[string]*atomic.Bool{},
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "request_duration_seconds",
			Help:    "Time from the start of a request to the end of its response. operation is empty for paths outside of the contract.",
			Buckets: buckets}, []string{"operation", "status"}),
		bytes: counters("response_bytes_total", "Bytes of the bodies of responses.", "operation"),
		refused: counters("refused_total", "Requests that got an error, by its code or, if it has none, its name.",
			"reason"),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "store_call_duration_seconds",
			Help: "Time of calls of the store, including the wait for a connection or for the writer.", Buckets: buckets},
			[]string{"call", "collection"}),
		failures: counters("store_call_errors_total", "Calls of the store that returned an error, by its kind.", "call", "kind"),
	}
	for _, op := range contract.Operations() {
		m.seen[op.ID] = map[string]*atomic.Bool{}
		for _, status := range op.Statuses() {
			m.seen[op.ID][status] = new(atomic.Bool)
		}
	}
	build := gauge("build_info", "Always 1; the labels are the versions of the program and of the contract.",
		"program", "version", "contract")
	m.registry.MustRegister(m.durations, m.bytes, m.refused, m.calls, m.failures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collector(func(out chan<- prometheus.Metric) {
			out <- build.value(1, contract.Name(), version, contract.Version())
			out <- inFlight.value(float64(m.inFlight.Load()))
			m.collectContract(out)
		}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

var inFlight = gauge("requests_in_flight", "Requests that have begun and whose response is not sent yet.")

// ServeHTTP serves the metrics to Prometheus.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// Begin implements server.Observer.
func (m *Metrics) Begin(ctx context.Context, _ *http.Request) context.Context {
	m.inFlight.Add(1)
	return ctx
}

// End implements server.Observer.
func (m *Metrics) End(_ context.Context, o *server.Observation) {
	m.inFlight.Add(-1)
	at := response{o.Operation, o.Status}
	of, ok := m.byResponse.get(at)
	if !ok {
		m.sent(o.Operation, o.Status)
		of = &measures{m.durations.WithLabelValues(o.Operation, strconv.Itoa(o.Status)), m.bytes.WithLabelValues(o.Operation)}
		m.byResponse.set(at, of)
	}
	of.duration.Observe(o.Duration.Seconds())
	of.bytes.Add(float64(o.Bytes))
	if o.Reason != "" {
		m.refused.WithLabelValues(m.reason(o.Reason)).Inc()
	}
}

// reason returns the value of the label for the reason of an error.
func (m *Metrics) reason(text string) string {
	if _, ok := m.reasons.Load(text); ok {
		return text
	}
	if m.known.Load() >= maxReasons {
		return other
	}
	if _, ok := m.reasons.LoadOrStore(text, true); !ok {
		m.known.Add(1)
	}
	return text
}

// Store returns an observer of the calls of a store.
func (m *Metrics) Store() store.Observer { return storeObserver{m} }

type storeObserver struct{ *Metrics }

// Begin implements store.Observer.
func (m storeObserver) Begin(ctx context.Context, c store.Call) (context.Context, func(error)) {
	at := call{c.Method, c.Collection}
	duration, ok := m.byCall.get(at)
	if !ok {
		duration = m.calls.WithLabelValues(c.Method, c.Collection)
		m.byCall.set(at, duration)
	}
	start, method := time.Now(), c.Method
	return ctx, func(err error) {
		duration.Observe(time.Since(start).Seconds())
		if err != nil {
			m.failures.WithLabelValues(method, fault.KindOf(err).String()).Inc()
		}
	}
}
