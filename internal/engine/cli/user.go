package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// user manages accounts without a token: it is how the first administrator comes to be.
type user struct {
	Create   createUser   `cmd:"" help:"Make an account. The password is read from the terminal, or is the first line of standard input."`
	List     listUsers    `cmd:"" help:"List all accounts."`
	Grant    grantRoles   `cmd:"" help:"Give an account these roles, and no others. It ends the account's sessions."`
	Disable  disableUser  `cmd:"" help:"Keep an account from signing in, and end its sessions; --undo lets it in again."`
	Password userPassword `cmd:"" help:"Give an account another password, read as create does, and end its sessions."`
}

// Help returns the text that --help adds.
func (user) Help() string {
	return "It works on the store itself. A SQLite file belongs to one process: stop the server first, or use PATCH /users/{id} with an administrator's token."
}

type createUser struct {
	Email string   `arg:"" help:"The e-mail address."`
	Name  string   `help:"The person's name."`
	Role  []string `placeholder:"ROLE" help:"Roles of the contract's x-roles, separated by commas. Default: that of new accounts."`
}

// Run makes the account and prints its id.
func (u createUser) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		roles, err := knownRoles(contract, u.Role)
		if err != nil {
			return err
		}
		password, err := o.password(ctx)
		if err != nil {
			return err
		}
		n := api.UserInput{Email: u.Email, Password: password}
		if u.Name != "" {
			n.Name = &u.Name
		}
		if err := readable(contract.Valid("UserInput", n)); err != nil {
			return err
		}
		made, err := s.Accounts.Create(ctx, account.NewAccount{Email: n.Email, Password: n.Password, Name: n.Name, Roles: roles})
		if err != nil {
			return readable(err)
		}
		_, err = fmt.Fprintln(o.out, made.ID)
		return err
	})
}

type listUsers struct{}

// Run prints a line for each account.
func (listUsers) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		table := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "id\temail\troles\tdisabled\tsince")
		err := s.Accounts.Each(ctx, func(u api.User) error {
			_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%t\t%s\n", canonical.Terminal(u.ID), canonical.Terminal(u.Email), strings.Join(s.Accounts.Sessions.RolesOf(u), ","), u.Disabled != nil && *u.Disabled, u.DateCreated)
			return err
		})
		return errors.Join(err, table.Flush())
	})
}

type grantRoles struct {
	Email string   `arg:"" help:"The account's e-mail address."`
	Roles []string `arg:"" help:"Roles of the contract's x-roles, separated by spaces or commas."`
}

// Run gives the roles.
func (u grantRoles) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		roles, err := knownRoles(contract, u.Roles)
		if err != nil {
			return err
		}
		return change(ctx, s, u.Email, api.UserPatch{Roles: &roles})
	})
}

type disableUser struct {
	Email string `arg:"" help:"The account's e-mail address."`
	Undo  bool   `help:"Let it sign in again."`
}

// Run disables or enables the account.
func (u disableUser) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		disabled := !u.Undo
		return change(ctx, s, u.Email, api.UserPatch{Disabled: &disabled})
	})
}

type userPassword struct {
	Email string `arg:"" help:"The account's e-mail address."`
}

// Run sets the password.
func (u userPassword) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		found, err := find(ctx, s, u.Email)
		if err != nil {
			return err
		}
		password, err := o.password(ctx)
		if err != nil {
			return err
		}
		if err := readable(contract.Valid("PasswordChange", api.PasswordChange{OldPassword: password, NewPassword: password})); err != nil {
			return err
		}
		return s.Accounts.SetPassword(ctx, found.ID, password, "")
	})
}

// actor is who has done it, in the audit.
const actor = "command line"

// withAccounts opens the store, makes it fit the contract, and hands over what works on its accounts.
func (c *config) withAccounts(ctx context.Context, contract *spec.Contract, use func(context.Context, engine.Services) error) (err error) {
	if c.Data == memory && c.Store == "" {
		return errors.New("--data=:memory: keeps no accounts; name the data directory or the store of the server")
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
	documents := store.New(backend, engine.Models(contract))
	defer func() { err = errors.Join(err, documents.Close(context.WithoutCancel(ctx))) }()
	parts, err := c.services(contract, documents, keys, slog.New(slog.DiscardHandler)) // the audit is in the store
	if err != nil {
		return err
	}
	if err := documents.Migrate(ctx); err != nil {
		return err
	}
	return use(identity.NewContext(ctx, identity.Principal{ID: actor}), parts)
}

func change(ctx context.Context, s engine.Services, email string, patch api.UserPatch) error {
	found, err := find(ctx, s, email)
	if err != nil {
		return err
	}
	return s.Accounts.Change(ctx, found.ID, patch)
}

func find(ctx context.Context, s engine.Services, email string) (api.User, error) {
	found, err := s.Accounts.Find(ctx, email)
	if fault.KindOf(err) == fault.NotFound {
		return found, errors.New("no account has this e-mail address; the command user list shows all of them")
	}
	return found, err
}

// knownRoles refuses roles that the contract does not have, and returns each once. None is nil.
func knownRoles(contract *spec.Contract, names []string) ([]api.Role, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var roles []api.Role
	for name := range strings.SplitSeq(strings.Join(names, ","), ",") {
		if _, known := contract.Roles()[name]; !known {
			return nil, fmt.Errorf("%q is no role; the contract has %s", name, strings.Join(contract.Roles().Names(), ", "))
		}
		if !slices.Contains(roles, api.Role(name)) {
			roles = append(roles, api.Role(name))
		}
	}
	return roles, nil
}

// readable writes out what is wrong in a fault, for people.
func readable(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, strings.TrimPrefix(f.Path, "/")+" "+f.Message)
	}
	return errors.New(strings.Join(parts, "; "))
}
