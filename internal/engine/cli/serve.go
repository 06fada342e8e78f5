package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/mattn/go-isatty"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/admin"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
	"github.com/newsdesk-api/newsdesk/internal/engine/metrics"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/mongo"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

const (
	// leeway allows for clocks that differ, and for the delay until a server notices that a key was rotated.
	leeway        = 30 * time.Second
	sweepInterval = 10 * time.Minute
	closeTimeout  = 300 * time.Millisecond // after --shutdown-timeout; server.Serve needs the first 100 ms
)

type serve struct{}

// Run serves until ctx ends, then waits for requests in progress and closes the store.
func (serve) Run(ctx context.Context, k *kong.Context, a App, contract *spec.Contract, c *config, o output) (err error) {
	if c.AuditMaxEvents < 1 {
		return fmt.Errorf("--audit-max-events=%d: must be at least 1", c.AuditMaxEvents)
	}
	if c.DrainDelay < 0 || c.ShutdownTimeout < 0 {
		return fmt.Errorf("--drain-delay=%s, --shutdown-timeout=%s: must not be negative", c.DrainDelay, c.ShutdownTimeout)
	}
	signal.Ignore(syscall.SIGPIPE) // the server goes on if nobody reads its log any more; writes to the pipe fail
	level := new(slog.LevelVar)
	level.Set(c.LogLevel)
	lines := newLog(o.log, level)
	defer lines.Close()
	log := lines.Logger
	if err := c.checkBackups(); err != nil {
		return err
	}
	if c.CheckConfig {
		return c.check(ctx, a, contract, log, o)
	}
	if err := c.makeData(); err != nil {
		return err
	}
	keys, keyPlace, err := c.loadKeys()
	if err != nil {
		return err
	}
	certificate, err := c.certificate(log)
	if err != nil {
		return err
	}
	listener, err := listen("--listen", c.Listen, 0o660)
	if err != nil {
		return err
	}
	defer listener.Close()
	watch, err := c.observe(ctx, contract, log)
	if err != nil {
		return err
	}
	defer watch.close()
	backend, place, err := c.open(ctx, "--store", c.store(), 0)
	if err != nil {
		return err
	}
	documents := store.New(watch.backend(backend), engine.Models(contract))
	closeStore := storeCloser(ctx, documents, c.DrainDelay+c.ShutdownTimeout+closeTimeout)
	defer func() { err = errors.Join(err, closeStore()) }()
	parts, err := c.services(contract, documents, keys, log)
	if err != nil {
		return err
	}
	settings := c.server(listener.Addr())
	watch.requests(&settings)
	handler, err := server.New(server.App(a), contract, parts, settings, log)
	if err != nil {
		return err
	}
	if err := documents.Migrate(ctx); err != nil {
		return err
	}
	changes := rotations{retention: c.AuditRetention, log: log}
	if parts.Accounts != nil {
		changes.audit = parts.Accounts.Audit
		go parts.Accounts.SweepEvery(ctx, sweepInterval, account.Retention{Age: c.AuditRetention, Events: c.AuditMaxEvents})
	}
	if c.keyFile() != "" {
		watchKeys(ctx, keys, changes)
	}
	observed := admin.Config{
		Ready: readiness(ctx, documents), Settings: c.settings(k, contract, place, keyPlace, keys.Current().ID()), Level: level, Log: log,
		Hosts: c.Host,
	}
	defer c.backUp(ctx, backend, log)()
	defer watch.serve(observed, metrics.Parts{
		Server: handler, Backend: backend, Tokens: parts.Tokens, Accounts: parts.Accounts, Log: lines,
	})()
	running := &session{contract: contract, config: c, backend: backend, documents: documents, services: parts, serving: true,
		words: wordsOf(k.Model.Node)}
	defer serveCommands(ctx, running, watch.routes(observed), log, remoteCommands...)()
	url := urlOf(listener.Addr(), certificate != nil)
	fmt.Fprintf(o.out, "%s %s\n  listens on  %s\n  explorer    %s\n  data        %s\n  key         %s (%s)\n",
		contract.Title(), contract.Version(), url, explorerPlace(settings.Explorer, url), place, keyPlace, keys.Current().Algorithm())
	if watch.listener != nil {
		fmt.Fprintf(o.out, "  admin       %s\n", urlOf(watch.listener.Addr(), false))
	}
	log.Info("started", "version", programVersion(), "contract", contract.Version(), "address", url, "admin", c.Admin, "store", place,
		"key_id", keys.Current().ID())
	return server.Serve(ctx, listener, handler, log, server.ServeConfig{
		DrainDelay: c.DrainDelay, ShutdownTimeout: c.ShutdownTimeout, Certificate: certificate,
		OnListening: func() { notify(log, daemon.SdNotifyReady) }, OnStopping: func() { notify(log, daemon.SdNotifyStopping) },
	})
}

// notify reports a state to systemd if it supervises the process (sd_notify).
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("cannot notify systemd", "error", err)
	}
}

// urlOf returns the URL of a server at that address, or the address itself if it is a Unix socket.
func urlOf(at net.Addr, encrypted bool) string {
	switch {
	case at.Network() == "unix":
		return unixScheme + at.String()
	case encrypted:
		return "https://" + at.String()
	}
	return "http://" + at.String()
}

// check reports whether Run would accept the configuration. It creates no file, and neither listens nor connects to a store.
func (c *config) check(ctx context.Context, a App, contract *spec.Contract, log *slog.Logger, o output) error {
	first := *c
	if c.Key == "" && missing(c.keyFile()) {
		first.Data = memory // the first start creates the key
	}
	keys, _, err := first.loadKeys()
	if err != nil {
		return err
	}
	if _, err := c.certificate(log); err != nil {
		return err
	}
	at, err := c.address()
	if err != nil {
		return err
	}
	if err := c.checkAdmin(log); err != nil {
		return err
	}
	if err := checkStore("--store", c.store()); err != nil {
		return err
	}
	if strings.HasPrefix(c.store(), "mongodb://") { // to check mongodb+srv needs DNS
		if err := mongo.CheckURI(c.store(), c.name); err != nil {
			return err
		}
	}
	backend, err := sqlite.Open(ctx, memory)
	if err != nil {
		return err
	}
	documents := store.New(backend, engine.Models(contract))
	defer documents.Close(context.WithoutCancel(ctx))
	parts, err := c.services(contract, documents, keys, log)
	if err != nil {
		return err
	}
	if _, err := server.New(server.App(a), contract, parts, c.server(at), log); err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.out, "the configuration is valid")
	return err
}

// address returns the address of --listen.
func (c *config) address() (net.Addr, error) {
	network, address := dialer(c.Listen)
	if address == fromSystemd {
		return &net.TCPAddr{}, nil
	}
	if network == "unix" {
		return &net.UnixAddr{Name: address, Net: network}, nil
	}
	at, err := net.ResolveTCPAddr(network, address)
	if err != nil {
		return nil, fmt.Errorf("--listen: cannot listen on %s: %w", address, err)
	}
	return at, nil
}

// server returns the configuration of a server at that address.
func (c *config) server(at net.Addr) server.Config {
	return server.Config{
		Origins: c.CORSOrigin, TrustedProxies: c.TrustedProxies, Hosts: c.hosts(at), PublicURL: c.PublicURL,
		Explorer: c.explorer(at), RateLimitsOff: c.RateLimits == "off",
		CheckResponses: server.ResponseCheck(c.CheckResponses), ResponseCheckSample: c.ResponseCheckSample,
		SpoolDirectory: c.spool(), Compress: c.Compression == "on",
	}
}

// storeCloser returns a function that closes the store. It stops waiting for the store when limit has passed since the end of ctx. No
// acknowledged write is lost then: the next start recovers it.
func storeCloser(ctx context.Context, documents *store.Store, limit time.Duration) func() error {
	closing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(limit, cancel) })
	return func() error {
		defer cancel()
		err := documents.Close(closing)
		if err != nil && closing.Err() != nil {
			return errors.New("the store was not closed, because a request did not end in time; no acknowledged write is lost")
		}
		if err != nil {
			err = fmt.Errorf("the store was not closed completely; no acknowledged write is lost: %w", err)
		}
		return err
	}
}

// explorer returns the mode of the explorer for a server at that address, in which auto is resolved.
func (c *config) explorer(at net.Addr) server.Explorer {
	switch {
	case c.Explorer != "auto":
		return server.Explorer(c.Explorer)
	case c.local(at):
		return server.ExplorerOn
	}
	return server.ExplorerOff
}

// hosts returns the host names that a server at that address accepts. By default a local server accepts only names of this machine, to
// prevent DNS rebinding.
func (c *config) hosts(at net.Addr) []string {
	if len(c.Host) == 0 && c.local(at) {
		return []string{"localhost"}
	}
	return c.Host
}

// local reports whether only this machine can reach a server at that address. A trusted proxy makes it reachable from elsewhere.
func (c *config) local(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback() && len(c.TrustedProxies) == 0
}

func explorerPlace(shown server.Explorer, url string) string {
	switch shown {
	case server.ExplorerOn:
		return url + "/explorer/"
	case server.ExplorerSignedIn:
		return url + "/explorer/ (after a sign-in)"
	}
	return "off (enable it with --explorer=on or --explorer=signed-in)"
}

// spool is the directory for long responses; empty when nothing may be kept.
func (c *config) spool() string {
	if c.Data == memory {
		return ""
	}
	return c.Data
}

func (c *config) makeData() error {
	if c.Data == memory {
		return nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("cannot create the data directory: %w", err)
	}
	return nil
}

// services returns the services on the store.
func (c *config) services(contract *spec.Contract, documents *store.Store, keys *auth.Keys, log *slog.Logger) (engine.Services, error) {
	passwords, err := auth.NewPasswords(c.BcryptCost, 0)
	if err != nil {
		return engine.Services{}, err
	}
	services, err := engine.New(engine.Config{
		Store: documents, Contract: contract, Keys: keys, Passwords: passwords,
		Issuer: cmp.Or(c.Issuer, c.publicIssuer(contract), c.name), Audience: c.Audience, ClientID: c.ClientID,
		TokenTTL: c.TokenTTL, Leeway: leeway, SessionIdle: c.SessionIdle, SessionMaxAge: c.SessionMaxAge,
		RevocationMaxStaleness: c.RevocationMaxStaleness, DefaultRole: c.DefaultRole, Log: log, Now: time.Now,
	})
	services.BasePath = server.PublicPath(c.PublicURL) + services.BasePath
	return services, err
}

// publicIssuer returns the URL of the API, with which libraries discover the keys; "" without --public-url.
func (c *config) publicIssuer(contract *spec.Contract) string {
	if c.PublicURL == "" {
		return ""
	}
	return strings.TrimRight(c.PublicURL, "/") + contract.BasePath()
}

// loadKeys returns the keys of tokens and a description of their location.
func (c *config) loadKeys() (*auth.Keys, string, error) {
	switch path := c.keyFile(); {
	case path == "":
		keys, err := newKeys()
		return keys, "in memory: a restart invalidates all tokens", err
	case c.Key != "":
		keys, err := auth.LoadKeys(path, c.TokenTTL+leeway)
		return keys, path, err
	default:
		keys, err := auth.LoadOrCreateKeys(path, c.TokenTTL+leeway)
		return keys, path, err
	}
}

// keyFile returns the path of the key file; empty if the keys are in memory.
func (c *config) keyFile() string {
	switch {
	case c.Key != "":
		return c.Key
	case c.Data == memory:
		return ""
	}
	return filepath.Join(c.Data, "key.pem")
}

// newKeys returns a new key, which is stored nowhere.
func newKeys() (*auth.Keys, error) {
	key, err := auth.GenerateKey()
	if err != nil {
		return nil, err
	}
	return auth.NewKeys(key)
}

// newLog returns a log that writes text to a terminal, and JSON to anything else.
func newLog(w io.Writer, level slog.Leveler) *logging.Log {
	options := &slog.HandlerOptions{Level: level}
	return logging.New(w, func(out io.Writer) slog.Handler {
		if terminal(w) {
			return slog.NewTextHandler(out, options)
		}
		return slog.NewJSONHandler(out, options)
	})
}

func terminal(w io.Writer) bool {
	switch w := w.(type) {
	case *os.File:
		return isatty.IsTerminal(w.Fd())
	case frameStream:
		return w.terminal
	}
	return false
}
