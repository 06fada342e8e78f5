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
)

// observation is what observes a server: metrics, if there is an admin listener.
type observation struct {
	listener net.Listener
	metrics  *metrics.Metrics // nil: nothing is measured
}

// observe opens the admin listener.
func (c *config) observe(contract *spec.Contract, log *slog.Logger) (*observation, error) {
	if c.Admin == "" {
		return &observation{}, nil
	}
	if err := c.checkAdmin(log); err != nil {
		return nil, err
	}
	listener, err := listen("--admin", c.Admin, 0o600)
	if err != nil {
		return nil, err
	}
	return &observation{listener, metrics.New(contract, programVersion())}, nil
}

// backend returns the backend that the store must use.
func (o *observation) backend(b store.Backend) store.Backend {
	if o.metrics == nil {
		return b
	}
	return store.Observe(b, o.metrics.Store())
}

// requests returns the observers of requests.
func (o *observation) requests() []server.Observer {
	if o.metrics == nil {
		return nil
	}
	return []server.Observer{o.metrics}
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

// close closes a listener that is not served.
func (o *observation) close() {
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
