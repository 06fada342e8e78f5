package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// storeCommand is a command that is executed by the process that has the store open: a running server, or else this one. Its exported
// fields are its arguments.
type storeCommand interface {
	execute(ctx context.Context, s *session, o output) error
}

// passwordCommand is a storeCommand that reads a password, the first line of its input. The password is read where the command was typed.
type passwordCommand interface {
	storeCommand
	// check returns an error if the command would fail with any password.
	check(*spec.Contract) error
}

// inputCommand is a storeCommand that reads its input as a stream.
type inputCommand interface {
	storeCommand
	readsInput()
}

// rawCommand is a storeCommand that works on the store as it is, which must exist. If no server runs, the store is not migrated, and there
// are no services.
type rawCommand interface {
	storeCommand
	asItIs()
}

// creatingCommand is a storeCommand that may create a SQLite database, for example for the first administrator. For the other commands a
// missing database is a mistake in a flag.
type creatingCommand interface {
	storeCommand
	creates()
}

// anyBuildCommand is a storeCommand that a server executes for programs of all versions.
type anyBuildCommand interface {
	storeCommand
	anyBuild()
}

// session is what a storeCommand works with.
type session struct {
	contract  *spec.Contract
	config    *config // of the process that has the store open
	backend   store.Backend
	documents *store.Store
	services  engine.Services
	serving   bool              // whether that process is a server
	words     map[string]string // of commands in the server's log, by the names of their types
}

// accounts returns an error if the contract has no accounts.
func (s *session) accounts() error {
	if !s.contract.Accounts() {
		return errors.New("the contract has no accounts: it has no collection User with id, email, roles, disabled and date_created")
	}
	return nil
}

// run executes a command: in the server that uses the store, or in this process without a server.
func (c *config) run(ctx context.Context, contract *spec.Contract, o output, command storeCommand) error {
	if p, reads := command.(passwordCommand); reads {
		if err := p.check(contract); err != nil {
			return err
		}
		password, err := o.password(ctx)
		if err != nil && ctx.Err() != nil {
			return errors.New("interrupted; nothing was changed")
		} else if err != nil {
			return err
		}
		o.in = strings.NewReader(password + "\n")
	} else if _, reads := command.(inputCommand); reads {
		o.in = untilDone(ctx, o.in)
	} else {
		o.in = strings.NewReader("")
	}
	done, err := c.runInServer(ctx, o, command)
	if !done {
		err = c.runHere(ctx, contract, o, command)
	}
	if err != nil && ctx.Err() != nil {
		if text, cause := err.Error(), context.Canceled.Error(); strings.Contains(text, cause) { // it may say how to continue
			return errors.New(strings.Replace(text, cause, "interrupted", 1))
		}
		return errors.New("interrupted")
	}
	return err
}

// runHere opens the store, migrates it to the contract, and executes the command.
func (c *config) runHere(ctx context.Context, contract *spec.Contract, o output, command storeCommand) (err error) {
	if c.Data == memory && c.Store == "" {
		return errors.New("--data=:memory: keeps no documents; pass the --data or --store of the server")
	}
	_, raw := command.(rawCommand)
	_, creates := command.(creatingCommand)
	if path, file := cutScheme(c.store()); !creates && file && missing(path) {
		return fmt.Errorf("the database %s does not exist; pass the --data or --store of the server", path)
	}
	if err := c.makeData(); err != nil {
		return err
	}
	keys, err := newKeys() // nothing is signed
	if err != nil {
		return err
	}
	backend, _, err := c.open(ctx, "--store", c.store(), 0)
	if err != nil {
		return err
	}
	s := &session{contract: contract, config: c, backend: backend, documents: store.New(backend, engine.Models(contract))}
	defer func() { err = errors.Join(err, s.documents.Close(context.WithoutCancel(ctx))) }()
	if raw {
		return command.execute(ctx, s, o)
	}
	// audit events are in the store, too
	if s.services, err = c.services(contract, s.documents, keys, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if err := s.documents.Migrate(ctx); err != nil {
		return err
	}
	return command.execute(ctx, s, o)
}

// runInServer executes a command in the server with this data directory. It returns false if no server is running, or if it uses another
// store.
func (c *config) runInServer(ctx context.Context, o output, command storeCommand) (done bool, err error) {
	path := c.controlSocket()
	if path == "" {
		return false, nil
	}
	arguments, err := json.Marshal(command)
	if err != nil {
		return true, err
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialControl(ctx, path)
	}}
	body := io.MultiReader(bytes.NewReader(append(arguments, '\n')), o.in)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server"+commandPath, io.NopCloser(body))
	if err != nil {
		return true, err
	}
	request.Header.Set(fieldCommand, reflect.TypeOf(command).Name())
	request.Header.Set(fieldBuild, c.build)
	if c.Store != "" {
		request.Header.Set(fieldStore, storeID(c.Store))
	}
	if terminal(o.log) {
		request.Header.Set(fieldTerminal, "yes")
	}
	response, err := transport.RoundTrip(request)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return false, nil
	case err != nil:
		return true, fmt.Errorf("cannot reach the server that uses %s: %w", c.Data, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, readFrames(response.Body, o)
	case http.StatusMisdirectedRequest:
		return false, nil
	}
	reason, err := io.ReadAll(io.LimitReader(response.Body, maxFrame))
	return true, errors.Join(errors.New(strings.TrimSpace(string(reason))), err)
}

// storeID returns a text that is the same for two names of a store. It contains no password.
func storeID(name string) string {
	if path, file := strings.CutPrefix(name, scheme); file {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		name = scheme + path
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// buildOf returns a text that identifies the program and its contract.
func buildOf(a App, contract *spec.Contract) string {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " " + setting.Value[:min(12, len(setting.Value))]
			}
		}
	}
	sum := sha256.Sum256(a.OpenAPI)
	return fmt.Sprintf("%s %s%s, contract %s %s",
		contract.Name(), programVersion(), revision, contract.Version(), hex.EncodeToString(sum[:6]))
}

// byOperator returns a context for what the command line does to accounts.
func byOperator(ctx context.Context) context.Context {
	return identity.NewContext(ctx, identity.Principal{ID: actor})
}
