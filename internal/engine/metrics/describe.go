package metrics

import "github.com/prometheus/client_golang/prometheus"

// description is a metric whose value is read at each scrape.
type description struct {
	*prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) description {
	return description{prometheus.NewDesc(namespace+"_"+name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) description {
	return description{prometheus.NewDesc(namespace+"_"+name, help, labels, nil), prometheus.CounterValue}
}

func histogram(name, help string) description { return gauge(name, help) }

func (d description) value(v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d.Desc, d.kind, v, labels...)
}

// collector is a prometheus.Collector that calls a function at each scrape.
type collector func(chan<- prometheus.Metric)

// Describe implements prometheus.Collector. The metrics are not declared in advance, because some depend on the store.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) { c(out) }
