package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/newsdesk-api/newsdesk/internal/engine/admin"
	"github.com/newsdesk-api/newsdesk/internal/engine/metrics"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/trace"
)

// observation is what observes a server: metrics, if there is an admin listener, and traces, if the environment asks for them.
type observation struct {
	listener net.Listener
	metrics  *metrics.Metrics // nil: nothing is measured
	tracer   *trace.Tracer    // nil: nothing is traced
}

// observe opens the admin listener and the connection to the collector of traces.
func (c *config) observe(ctx context.Context, contract *spec.Contract, log *slog.Logger) (o *observation, err error) {
	o = new(observation)
	if trace.Enabled() {
		database := "sqlite"
		if !strings.HasPrefix(c.store(), scheme) {
			database = "mongodb"
		}
		if o.tracer, err = trace.New(ctx, contract.Name(), programVersion(), database, log); err != nil {
			return nil, err
		}
	}
	if c.Admin == "" {
		return o, nil
	}
	if err := c.checkAdmin(log); err != nil {
		return nil, err
	}
	if o.listener, err = listen("--admin", c.Admin, 0o600); err != nil {
		return nil, err
	}
	o.metrics = metrics.New(contract, programVersion())
	return o, nil
}

// backend returns the backend that the store must use.
func (o *observation) backend(b store.Backend) store.Backend {
	var observers []store.Observer
	if o.tracer != nil {
		observers = append(observers, o.tracer.Store())
	}
	if o.metrics != nil {
		observers = append(observers, o.metrics.Store())
	}
	return store.Observe(b, observers...)
}

// requests adds the observers of requests to the configuration of the server.
func (o *observation) requests(c *server.Config) {
	if o.tracer != nil {
		c.Observers, c.TraceID = append(c.Observers, o.tracer), o.tracer.ID
	}
	if o.metrics != nil {
		c.Observers = append(c.Observers, o.metrics)
	}
}

// serve serves the admin listener until stop is called.
func (o *observation) serve(c admin.Config, parts metrics.Parts) (stop func()) {
	if o.metrics == nil {
		return func() {}
	}
	o.metrics.Watch(parts)
	c.Metrics = o.metrics
	return admin.Serve(o.listener, admin.New(c), c.Log)
}

// close closes a listener that is not served, and sends the remaining traces.
func (o *observation) close() {
	if o.tracer != nil {
		o.tracer.Close()
	}
	if o.listener != nil {
		o.listener.Close()
	}
}

// checkAdmin checks --admin. An address that other machines can reach must be given as such, and is reported.
func (c *config) checkAdmin(log *slog.Logger) error {
	if c.Admin == "" {
		return nil
	}
	if strings.HasPrefix(c.Admin, unixScheme) {
		if c.Admin == c.Listen {
			return errors.New("--admin is the address of --listen; choose another one")
		}
		return nil
	}
	host, port, err := net.SplitHostPort(c.Admin)
	address, parsed := netip.ParseAddr(host)
	switch {
	case err != nil || port == "":
		return errors.New("--admin: want an address and a port such as 127.0.0.1:9090, or unix:PATH")
	case host == "localhost":
		address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case parsed != nil:
		return errors.New("--admin: want an address such as 127.0.0.1:9090, or 0.0.0.0:9090 for all addresses, or unix:PATH")
	case !address.IsLoopback():
		log.Warn("the admin listener is on an address that other machines can reach, and has no access control", "address", c.Admin)
	}
	if samePort(c.Listen, address, port) {
		return fmt.Errorf("--admin has the port of --listen=%s; choose another one", c.Listen)
	}
	return nil
}

// samePort reports whether a server on the public address would get the requests to the address, too.
func samePort(public string, address netip.Addr, port string) bool {
	host, other, err := net.SplitHostPort(public)
	if err != nil || other != port || port == "0" {
		return false
	}
	at, err := netip.ParseAddr(host)
	return err != nil || at == address || at.IsUnspecified() || address.IsUnspecified()
}

// readiness returns a function that returns nil if the store is available and the server is not shutting down, which it does after the end
// of ctx.
func readiness(ctx context.Context, s *store.Store) func(context.Context) error {
	return func(request context.Context) error {
		if ctx.Err() != nil {
			return errors.New("the server is shutting down")
		}
		return s.Ping(request)
	}
}

// settings are the configuration for /debug/config.
type settings struct {
	Program  string            `json:"program"`
	Version  string            `json:"version"`
	Contract string            `json:"contract"`
	Go       string            `json:"go"`
	CPUs     int               `json:"cpus"`
	Memory   int64             `json:"memory_limit"`
	Store    string            `json:"store"`
	Key      string            `json:"key"`
	KeyID    string            `json:"key_id"`
	Flags    map[string]string `json:"flags"`
}

// settings returns the effective configuration without secrets. store describes the store without its password.
func (c *config) settings(k *kong.Context, contract *spec.Contract, store, key, keyID string) settings {
	s := settings{
		Program: contract.Name(), Version: programVersion(), Contract: contract.Version(), Go: runtime.Version(),
		CPUs: runtime.GOMAXPROCS(0), Memory: debug.SetMemoryLimit(-1), // -1 asks for the limit
		Store: store, Key: key, KeyID: keyID, Flags: map[string]string{},
	}
	for _, flag := range k.Model.Flags {
		switch text := fmt.Sprint(flag.Target.Interface()); {
		case flag.Name == "help":
		case flag.Tag.Has("secret") && text != "", strings.Contains(text, "@"):
			s.Flags[flag.Name] = "(not shown, because it may contain a password)"
		default:
			s.Flags[flag.Name] = text
		}
	}
	return s
}
