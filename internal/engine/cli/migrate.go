package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

type migrate struct {
	DryRun bool `name:"dry-run" help:"Print the changes without making them."`
	Drop   bool `help:"Also drop what only older programs need: indexes, and values of x-removed."`
}

// Run migrates the store to the contract. It prints each step when it begins, and then each stored document that does not match the
// contract, and each account whose e-mail address is not in canonical form.
func (m migrate) Run(ctx context.Context, contract *spec.Contract, c *config, o output) (err error) {
	name := c.store()
	o.in = strings.NewReader("")
	if !m.DryRun {
		if done, err := c.runInServer(ctx, o, m); done {
			return err
		}
	} else if _, file := cutScheme(name); file { // on a copy of the database, if a server uses it
		path, release, err := c.snapshot(ctx, o)
		if err != nil {
			return err
		}
		defer release()
		if path != "" {
			name = scheme + path
		}
	}
	switch path, file := strings.CutPrefix(name, scheme); {
	case file && m.DryRun && missing(path):
		name = scheme + memory // do not create the file
	case c.Store == "":
		if err := c.makeData(); err != nil {
			return err
		}
	}
	backend, _, err := c.open(ctx, "--store", name, adminTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close(context.WithoutCancel(ctx))) }()
	return m.migrate(ctx, contract, backend, o)
}

func (m migrate) execute(ctx context.Context, s *session, o output) error {
	return m.migrate(ctx, s.contract, s.backend, o)
}

func (m migrate) migrate(ctx context.Context, contract *spec.Contract, backend store.Backend, o output) error {
	models := engine.Models(contract)
	print := func(lines ...string) error {
		_, err := fmt.Fprintln(o.out, canonical.Lines(strings.Join(lines, "\n")))
		return err
	}
	done := 0
	if m.DryRun {
		steps, err := m.plan(ctx, backend, models)
		if err != nil {
			return err
		}
		if done = len(steps); done > 0 {
			return print(steps...) // the documents cannot be read before these
		}
	}
	err := m.apply(store.WithProgress(ctx, func(step string) {
		done++
		_ = print(step)
	}), backend, models)
	if err != nil {
		return err
	}
	var lines []string
	if done == 0 {
		lines = append(lines, "nothing to do")
	}
	strays, err := store.Strays(ctx, backend, models)
	if err != nil {
		return err
	}
	var addresses []string
	if contract.Accounts() {
		if addresses, err = account.NotCanonical(ctx, store.New(backend, models)); err != nil {
			return err
		}
	}
	if lines = slices.Concat(lines, strays, addresses); len(lines) == 0 {
		return nil
	}
	return print(lines...)
}

func (m migrate) plan(ctx context.Context, backend store.Backend, models []*store.Model) ([]string, error) {
	if m.Drop {
		return backend.Prune(ctx, models, true)
	}
	return backend.Plan(ctx, models)
}

func (m migrate) apply(ctx context.Context, backend store.Backend, models []*store.Model) error {
	if m.Drop && !m.DryRun {
		_, err := backend.Prune(ctx, models, false)
		return err
	}
	return backend.Migrate(ctx, models)
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}
