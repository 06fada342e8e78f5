package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

const (
	// leeway is for clocks that differ, and for the moment in which a server does not know yet that a key was rotated.
	leeway        = 30 * time.Second
	sweepInterval = 10 * time.Minute
	closeTimeout  = 300 * time.Millisecond // after --drain, of which server.Serve needs the first 100
)

// memory as the data directory keeps everything in memory, the signing key too.
const memory = ":memory:"

// config is the configuration of the server.
type config struct {
	name string // the contract's

	Listen   string `default:"127.0.0.1:3000" placeholder:"ADDRESS" help:"Address and port to listen on. Default: ${default}."`
	Data     string `default:"./data" placeholder:"DIRECTORY" help:"Directory of the database and the key, made when missing; :memory: keeps nothing. Default: ${default}."`
	Store    string `placeholder:"STORE" help:"${stores} Default: ${name}.db in the data directory."`
	Key      string `placeholder:"FILE" help:"Keys of tokens, the one that signs first; a PEM, JWK or JWK Set file: Ed25519, P-256, RSA of 2048 bits or more, or a secret of 32 bytes or more. Default: key.pem in the data directory, made when missing."`
	Issuer   string `default:"${name}" placeholder:"NAME" help:"The iss of tokens. Default: ${default}."`
	Audience string `default:"${name}" placeholder:"NAME" help:"The aud of tokens. Default: ${default}."`
	ClientID string `name:"client-id" default:"${name}" placeholder:"NAME" help:"The client_id of tokens (RFC 9068): the name of the client that people sign in with. There is one for all of them. Default: ${default}."`

	TokenTTL      time.Duration `name:"token-ttl" default:"15m" placeholder:"TIME" help:"How long a token is good for. Default: ${default}; LoopBack's is 6h."`
	SessionIdle   time.Duration `default:"720h" placeholder:"TIME" help:"A session ends when it was not refreshed for so long. Default: ${default}, 30 days."`
	SessionLife   time.Duration `default:"4320h" placeholder:"TIME" help:"Every session ends after so long. Default: ${default}, 180 days."`
	RevocationTTL time.Duration `name:"revocation-ttl" default:"10s" placeholder:"TIME" help:"How late other processes on the store may learn that a session has ended. Default: ${default}."`
	DefaultRole   string        `aliases:"new-accounts" placeholder:"ROLE" help:"The role of new accounts, one of the contract's x-roles. Default: the one that x-roles marks as default."`
	AuditLife     time.Duration `default:"4320h" placeholder:"TIME" help:"How long audit events are kept. Default: ${default}, 180 days."`
	AuditMax      int64         `name:"audit-max-events" default:"1000000" placeholder:"NUMBER" help:"How many audit events are kept at most, of about 1 kB each; beyond it the oldest of the networks that have the most are deleted. Default: ${default}."`

	CORSOrigin     []string `name:"cors-origin" placeholder:"ORIGIN" help:"Origins whose pages may call the API and read its answers, such as https://app.example.com, separated by commas. Default: none."`
	TrustedProxies []string `placeholder:"ADDRESS" help:"Proxies whose X-Forwarded-For is believed: addresses or ranges such as 10.0.0.0/8, separated by commas. Default: none, a request comes from its peer."`
	Host           []string `placeholder:"NAME" help:"Names that the server answers for, such as api.example.com, separated by commas; requests for others get 421. Default: all, but when --listen is a loopback address and no --trusted-proxies are named, only names and addresses of this machine."`
	PublicURL      string   `name:"public-url" placeholder:"URL" help:"Where clients reach the server, such as https://example.com/api behind a proxy that strips /api; the contract that is served names it. Default: none, the contract has a URL relative to itself."`
	Explorer       string   `enum:"auto,on,off,signed-in" default:"auto" placeholder:"auto|on|off|signed-in" help:"Who is shown the contract and the explorer: everybody, nobody, or who signs in there. Default: ${default}: on when only this machine can ask (--listen is a loopback address and no --trusted-proxies are named), otherwise off."`
	RateLimits     string   `enum:"on,off" default:"on" placeholder:"on|off" help:"Whether the contract's rates (x-limits) hold; off is for tests of load. Default: ${default}."`

	CheckResponses string  `enum:"off,log,fail" default:"off" placeholder:"off|log|fail" help:"Whether answers are held against the contract: log checks a sample and logs what is wrong, fail checks all and answers 500 instead, for tests. Default: ${default}."`
	CheckSample    float64 `default:"0.01" placeholder:"SHARE" help:"Share of the answers that --check-responses=log checks, 0 to 1. Default: ${default}."`

	StoreWait  time.Duration `default:"30s" placeholder:"TIME" help:"How long a start waits for a MongoDB server. Default: ${default}."`
	BcryptCost int           `default:"12" placeholder:"COST" help:"Cost of password hashes, 10 to 14; each step doubles the time. Default: ${default}."`
	LogLevel   slog.Level    `default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error. Default: ${default}."`
	Drain      time.Duration `default:"10s" placeholder:"TIME" help:"How long requests may finish in after SIGTERM or SIGINT. Default: ${default}."`
}

type serve struct{}

// Run serves until ctx ends, then finishes the requests in flight and closes the store.
func (serve) Run(ctx context.Context, a App, contract *spec.Contract, c *config, o output) (err error) {
	if c.AuditMax < 1 {
		return fmt.Errorf("--audit-max-events=%d: at least one audit event must be kept; use 1 or more", c.AuditMax)
	}
	log := logger(o.log, c.LogLevel)
	if err := c.makeData(); err != nil {
		return err
	}
	keys, keyPlace, err := c.loadKeys()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, errors.Unwrap(err))
	}
	defer listener.Close()
	backend, place, err := c.open(ctx, "--store", c.store(), 0)
	if err != nil {
		return err
	}
	documents := store.New(backend, engine.Models(contract))
	closeStore := storeCloser(ctx, documents, c.Drain+closeTimeout)
	defer func() { err = errors.Join(err, closeStore()) }()
	parts, err := c.services(contract, documents, keys, log)
	if err != nil {
		return err
	}
	explorer := c.explorer(listener.Addr())
	handler, err := server.New(server.App(a), contract, parts, server.Config{
		Origins: c.CORSOrigin, TrustedProxies: c.TrustedProxies, Hosts: c.hosts(listener.Addr()), PublicURL: c.PublicURL, Explorer: explorer, RateLimitsOff: c.RateLimits == "off",
		CheckResponses: server.ResponseCheck(c.CheckResponses), CheckSample: c.CheckSample,
	}, log)
	if err != nil {
		return err
	}
	if err := documents.Migrate(ctx); err != nil {
		return err
	}
	go parts.Accounts.SweepEvery(ctx, sweepInterval, account.Retention{Age: c.AuditLife, Events: c.AuditMax})
	if c.keyFile() != "" {
		watchKeys(ctx, keys, rotations{audit: parts.Accounts.Audit, life: c.AuditLife, log: log})
	}
	url := "http://" + listener.Addr().String()
	fmt.Fprintf(o.out, "%s %s\n  listens on  %s\n  explorer    %s\n  data        %s\n  key         %s (%s)\n",
		contract.Title(), contract.Version(), url, explorerPlace(explorer, url), place, keyPlace, keys.Current().Algorithm())
	return server.Serve(ctx, listener, handler, log, c.Drain)
}

// storeCloser returns what closes the store. From limit after the end of ctx on it waits for nothing, which loses nothing that was
// acknowledged: the next start finishes the work.
func storeCloser(ctx context.Context, documents *store.Store, limit time.Duration) func() error {
	closing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(limit, cancel) })
	return func() error {
		defer cancel()
		err := documents.Close(closing)
		if err != nil && closing.Err() != nil {
			return errors.New("the store was not closed, because a request did not end in time; nothing that was acknowledged is lost")
		}
		return err
	}
}

// explorer decides what auto means for a server at that address.
func (c *config) explorer(at net.Addr) server.Explorer {
	switch {
	case c.Explorer != "auto":
		return server.Explorer(c.Explorer)
	case c.local(at):
		return server.ExplorerOn
	}
	return server.ExplorerOff
}

// hosts are the names for a server at that address; a local one is not for pages from elsewhere whose names lead to it.
func (c *config) hosts(at net.Addr) []string {
	if len(c.Host) == 0 && c.local(at) {
		return []string{"localhost"}
	}
	return c.Host
}

// local reports whether only this machine can ask a server at that address: a proxy that is named stands for the world behind it.
func (c *config) local(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback() && len(c.TrustedProxies) == 0
}

func explorerPlace(shown server.Explorer, url string) string {
	switch shown {
	case server.ExplorerOn:
		return url + "/explorer/"
	case server.ExplorerSignedIn:
		return url + "/explorer/ (for those who sign in)"
	}
	return "off (--explorer=on or signed-in shows it)"
}

func (c *config) makeData() error {
	if c.Data == memory {
		return nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("cannot make the data directory: %w", err)
	}
	return nil
}

// app puts together what the resources use.
func (c *config) services(contract *spec.Contract, documents *store.Store, keys *auth.Keys, log *slog.Logger) (engine.Services, error) {
	passwords, err := auth.NewPasswords(c.BcryptCost, 0)
	if err != nil {
		return engine.Services{}, err
	}
	return engine.New(engine.Config{
		Store: documents, Contract: contract, Keys: keys, Passwords: passwords, Issuer: c.Issuer, Audience: c.Audience, ClientID: c.ClientID,
		TokenTTL: c.TokenTTL, Leeway: leeway, SessionIdle: c.SessionIdle, SessionLife: c.SessionLife, RevocationTTL: c.RevocationTTL,
		DefaultRole: c.DefaultRole, Log: log, Now: time.Now,
	})
}

// loadKeys returns the keys of tokens and where they are.
func (c *config) loadKeys() (*auth.Keys, string, error) {
	switch path := c.keyFile(); {
	case path == "":
		keys, err := newKeys()
		return keys, "in memory: tokens end with the process", err
	case c.Key != "":
		keys, err := auth.LoadKeys(path, c.TokenTTL+leeway)
		return keys, path, err
	default:
		keys, err := auth.LoadOrCreateKeys(path, c.TokenTTL+leeway)
		return keys, path, err
	}
}

// keyFile is where the keys are; empty when they are in memory.
func (c *config) keyFile() string {
	switch {
	case c.Key != "":
		return c.Key
	case c.Data == memory:
		return ""
	}
	return filepath.Join(c.Data, "key.pem")
}

// newKeys returns keys that are kept nowhere.
func newKeys() (*auth.Keys, error) {
	key, err := auth.GenerateKey()
	if err != nil {
		return nil, err
	}
	return auth.NewKeys(key)
}

// logger writes text for people on a terminal, and JSON otherwise.
func logger(w io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if terminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
