package trace

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/go-logr/logr"
)

// checkEndpoints returns an error for a URL of a collector that OpenTelemetry would replace with its default. The error does not quote the
// URL, which may contain a password.
func checkEndpoints() error {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		text := os.Getenv(name)
		u, err := url.Parse(text)
		if text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			return fmt.Errorf("%s is not the URL of a collector: want one such as http://localhost:4318", name)
		}
	}
	return nil
}

// withoutURL returns the cause of an error of an HTTP client: the URL of the collector may contain a password.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// sink writes the errors of OpenTelemetry's libraries to the log. It leaves out their details, which quote variables: headers may contain a
// password.
type sink struct{ log *slog.Logger }

// Init implements logr.LogSink.
func (sink) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (sink) Enabled(int) bool { return false }

// Info implements logr.LogSink.
func (sink) Info(int, string, ...any) {}

// Error implements logr.LogSink.
func (s sink) Error(_ error, message string, _ ...any) {
	s.log.Warn("OpenTelemetry reports an error; check its variables", "error", message)
}

// WithValues implements logr.LogSink.
func (s sink) WithValues(...any) logr.LogSink { return s }

// WithName implements logr.LogSink.
func (s sink) WithName(string) logr.LogSink { return s }
