// Package admin serves what the operator of a server needs: metrics, profiles, probes, the configuration and the log level. It has no
// access control of its own: it must be served on a loopback address, on a Unix socket, or in a network of the operator.
package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Config says what the handler serves. All fields but Hosts are required.
type Config struct {
	Metrics  http.Handler
	Ready    func(context.Context) error // returns nil if the server can handle requests
	Settings any                         // the configuration without secrets, as JSON
	Level    *slog.LevelVar              // of the log
	Log      *slog.Logger
	// Hosts are the accepted names in the Host field, besides addresses, localhost, and names without a dot. The name in a DNS rebinding
	// attack is another one.
	Hosts []string
}

// maxLevel is the maximum size in bytes of the body of PUT /debug/log-level.
const maxLevel = 64

// New returns the handler of GET /metrics, /live, /ready, /debug/config, /debug/pprof/ and GET and PUT /debug/log-level. The command line
// of the process, which may contain a password, is not among the profiles.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", c.Metrics)
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, status{Status: "up"}) })
	mux.HandleFunc("GET /ready", c.ready)
	mux.HandleFunc("GET /debug/config", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, http.StatusOK, c.Settings) })
	mux.HandleFunc("GET /debug/log-level", c.level)
	mux.HandleFunc("PUT /debug/log-level", c.setLevel)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return c.checkHost(mux)
}

// checkHost rejects requests for other hosts with 421, to prevent DNS rebinding.
func (c Config) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.accepts(r.Host) {
			http.Error(w, "the admin listener does not serve this host; use an address or localhost, or add the name with --host",
				http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (c Config) accepts(field string) bool {
	host, _, err := net.SplitHostPort(field)
	if err != nil {
		host = strings.Trim(field, "[]")
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host != "" && !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") ||
		slices.ContainsFunc(c.Hosts, func(name string) bool { return strings.EqualFold(name, host) })
}

type status struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

func (c Config) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := c.Ready(ctx); err != nil {
		w.Header().Set("Retry-After", "1")
		sendJSON(w, http.StatusServiceUnavailable, status{"down", err.Error()})
		return
	}
	sendJSON(w, http.StatusOK, status{Status: "up"})
}

func (c Config) level(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, strings.ToLower(c.Level.Level().String()))
}

func (c Config) setLevel(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLevel))
	var level slog.Level
	if err == nil {
		err = level.UnmarshalText([]byte(strings.TrimSpace(string(text))))
	}
	if err != nil {
		http.Error(w, "unknown level; send debug, info, warn or error as the body", http.StatusBadRequest)
		return
	}
	before := c.Level.Level()
	c.Level.Set(min(before, level)) // a change to error is in the log, too
	c.Log.LogAttrs(r.Context(), slog.LevelWarn, "the log level was changed",
		slog.String("before", before.String()), slog.String("after", level.String()))
	c.Level.Set(level)
	c.level(w, r)
}

func sendJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // the client has disconnected
}
