package main

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

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/server"
	"github.com/newsdesk-api/newsdesk/internal/spec"
	"github.com/newsdesk-api/newsdesk/internal/store"
)

// memory as the data directory keeps everything in memory, the signing key too.
const memory = ":memory:"

// config is the configuration of the server.
type config struct {
	Listen   string        `default:"127.0.0.1:3000" placeholder:"ADDRESS" help:"Address and port to listen on. Default: ${default}."`
	Data     string        `default:"./data" placeholder:"DIRECTORY" help:"Directory of the database and the key, made when missing; :memory: keeps nothing. Default: ${default}."`
	Store    string        `placeholder:"STORE" help:"${stores} Default: newsdesk.db in the data directory."`
	Key      string        `placeholder:"FILE" help:"Key that signs tokens, a JWK or PEM file: Ed25519, P-256, RSA of 2048 bits or more, or a secret of 32 bytes or more. Default: key.pem in the data directory, made when missing."`
	Issuer   string        `default:"newsdesk" placeholder:"NAME" help:"The iss of tokens. Default: ${default}."`
	Audience string        `default:"newsdesk" placeholder:"NAME" help:"The aud of tokens. Default: ${default}."`
	TokenTTL time.Duration `name:"token-ttl" default:"6h" placeholder:"TIME" help:"How long a token is good for. Default: ${default}."`

	StoreWait  time.Duration `default:"30s" placeholder:"TIME" help:"How long a start waits for a MongoDB server. Default: ${default}."`
	BcryptCost int           `default:"12" placeholder:"COST" help:"Cost of password hashes, 10 to 14; each step doubles the time. Default: ${default}."`
	LogLevel   slog.Level    `default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error. Default: ${default}."`
	Drain      time.Duration `default:"10s" placeholder:"TIME" help:"How long requests may finish in after SIGTERM or SIGINT. Default: ${default}."`
}

type serve struct{}

// Run serves until ctx ends, then finishes the requests in flight and closes the store.
func (serve) Run(ctx context.Context, c *config, o output) (err error) {
	log := logger(o.log, c.LogLevel)
	contract, err := loadContract()
	if err != nil {
		return err
	}
	if err := c.makeData(); err != nil {
		return err
	}
	key, keyPlace, err := c.loadKey()
	if err != nil {
		return err
	}
	tokens, err := auth.NewTokens(key, auth.TokenConfig{
		Issuer: c.Issuer, Audience: c.Audience, TTL: c.TokenTTL, Leeway: 30 * time.Second, Clock: time.Now,
		Revoked: func(string) (bool, error) { return false, nil },
	})
	if err != nil {
		return err
	}
	passwords, err := auth.NewPasswords(c.BcryptCost, 0)
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
	documents := store.New(backend, contract.Models())
	defer func() { err = errors.Join(err, documents.Close(context.WithoutCancel(ctx))) }()
	handler, err := server.New(contract, app.App{
		Store: documents, Tokens: tokens, Passwords: passwords, Now: time.Now, Scopes: []string{"news:read", "news:write"},
	}, log)
	if err != nil {
		return err
	}
	if err := documents.Migrate(ctx); err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	fmt.Fprintf(o.out, "%s %s\n  listens on  %s\n  explorer    %s/explorer/\n  data        %s\n  key         %s (%s)\n",
		contract.Title(), contract.Version(), url, url, place, keyPlace, key.Algorithm())
	return server.Serve(ctx, listener, handler, log, c.Drain)
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

// loadKey returns the signing key and where it is.
func (c *config) loadKey() (*auth.Key, string, error) {
	switch {
	case c.Key != "":
		key, err := auth.LoadKey(c.Key)
		return key, c.Key, err
	case c.Data == memory:
		key, err := auth.GenerateKey()
		return key, "in memory: tokens end with the process", err
	}
	path := filepath.Join(c.Data, "key.pem")
	key, err := auth.LoadOrCreateKey(path)
	return key, path, err
}

func loadContract() (*spec.Contract, error) {
	document, err := api.GetSpecJSON()
	if err != nil {
		return nil, err
	}
	return spec.Load(document)
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
