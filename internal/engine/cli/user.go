package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// user manages accounts without a token. It creates the first administrator.
type user struct {
	Create   createUser   `cmd:"" help:"Create an account. The password is read from the terminal, or from standard input."`
	List     listUsers    `cmd:"" help:"List all accounts."`
	Grant    grantRoles   `cmd:"" help:"Replace the roles of an account. This ends its sessions."`
	Disable  disableUser  `cmd:"" help:"Disable an account and end its sessions. --undo enables it again."`
	Password userPassword `cmd:"" help:"Change the password of an account and end its sessions."`
}

// Help returns the text that --help adds.
func (user) Help() string {
	return "These commands open the store. Only one process can open a SQLite file: stop the server first. " +
		"To change roles or disable an account while it runs, use PATCH /users/{id} with an administrator's token."
}

type createUser struct {
	Email string   `arg:"" help:"The e-mail address."`
	Set   []string `sep:"none" placeholder:"NAME=VALUE" help:"${set}"`
	Name  string   `hidden:""` // an alias of --set=name=… for one version
	Role  []string `placeholder:"ROLE" help:"Roles, separated by commas: ${roles}. Default: the role of new accounts."`
}

// Run creates the account and prints its id.
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
		body, err := u.body(password)
		if err != nil {
			return err
		}
		valid, err := validateSignUp(contract, body)
		if err != nil {
			return describeFault(err)
		}
		n, err := account.Input(valid)
		if err != nil {
			return err
		}
		n.Roles = roles
		id, err := s.Accounts.Create(ctx, n)
		if err != nil {
			return describeFault(err)
		}
		_, err = fmt.Fprintln(o.out, id)
		return err
	})
}

// body returns the body of a sign-up.
func (u createUser) body(password string) (map[string]any, error) {
	body := map[string]any{"email": u.Email, "password": password}
	if u.Name != "" {
		body["name"] = u.Name
	}
	for _, set := range u.Set {
		name, text, found := strings.Cut(set, "=")
		if !found {
			return nil, fmt.Errorf("--set %q: want NAME=VALUE or NAME:=JSON", set)
		}
		name, isJSON := strings.CutSuffix(name, ":")
		if !isJSON {
			body[name] = text
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("--set %s: the value is not JSON; for a string, write %s=…", name, name)
		}
		body[name] = value
	}
	return body, nil
}

// validateSignUp checks the body of a sign-up against the schema of the contract's signUp operation (x-token). It returns the body in
// canonical form.
func validateSignUp(contract *spec.Contract, body any) (json.RawMessage, error) {
	token, ok := contract.Token()
	if !ok {
		return nil, errors.New("the contract has no sign-up: no security scheme has x-token")
	}
	return contract.ValidateSchema(token.SignUp.Signature().Body, body)
}

type listUsers struct{}

// Run prints one line for each account.
func (listUsers) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		table := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "id\temail\troles\tdisabled\tsince")
		err := s.Accounts.Each(ctx, func(u account.User) error {
			roles, disabled := strings.Join(s.Accounts.Sessions.RolesOf(u), ","), u.Disabled != nil && *u.Disabled
			_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%t\t%s\n",
				canonical.Terminal(u.ID), canonical.Terminal(u.Email), roles, disabled, u.DateCreated)
			return err
		})
		return errors.Join(err, table.Flush())
	})
}

type grantRoles struct {
	Email string   `arg:"" help:"The account's e-mail address."`
	Roles []string `arg:"" help:"Roles, separated by spaces or commas: ${roles}."`
}

// Run replaces the roles.
func (u grantRoles) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		roles, err := knownRoles(contract, u.Roles)
		if err != nil {
			return err
		}
		return change(ctx, s, u.Email, account.Patch{Roles: &roles})
	})
}

type disableUser struct {
	Email string `arg:"" help:"The account's e-mail address."`
	Undo  bool   `help:"Enable the account."`
}

// Run disables or enables the account.
func (u disableUser) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.withAccounts(ctx, contract, func(ctx context.Context, s engine.Services) error {
		disabled := !u.Undo
		return change(ctx, s, u.Email, account.Patch{Disabled: &disabled})
	})
}

// Help returns the text that --help adds.
func (userPassword) Help() string {
	return "The password is read from the terminal, or from standard input."
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
		if err := checkPassword(contract, password); err != nil {
			return describeFault(err)
		}
		return s.Accounts.SetPassword(ctx, found.ID, password, "")
	})
}

// checkPassword checks a new password as a sign-up does. It does not check the account's e-mail address, which may be older than the
// contract's rules.
func checkPassword(contract *spec.Contract, password string) error {
	_, err := validateSignUp(contract, map[string]string{"email": "someone@example.com", "password": password})
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	e.Fields = slices.DeleteFunc(e.Fields, func(f fault.Field) bool { return f.Path != "/password" })
	if len(e.Fields) == 0 {
		return nil // the account exists, so nothing else is required
	}
	return e
}

// actor is the actor in audit events.
const actor = "command line"

// withAccounts opens the store, migrates it to the contract, and calls use with services on it.
func (c *config) withAccounts(ctx context.Context, contract *spec.Contract, use func(context.Context, engine.Services) error) (err error) {
	if !contract.Accounts() {
		return errors.New("the contract has no accounts: it has no collection User with id, email, roles, disabled and date_created")
	}
	if c.Data == memory && c.Store == "" {
		return errors.New("--data=:memory: keeps no accounts; pass the --data or --store of the server")
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
	parts, err := c.services(contract, documents, keys, slog.New(slog.DiscardHandler)) // audit events are in the store, too
	if err != nil {
		return err
	}
	if err := documents.Migrate(ctx); err != nil {
		return err
	}
	return use(identity.NewContext(ctx, identity.Principal{ID: actor}), parts)
}

func change(ctx context.Context, s engine.Services, email string, patch account.Patch) error {
	found, err := find(ctx, s, email)
	if err != nil {
		return err
	}
	return s.Accounts.Change(ctx, found.ID, patch)
}

func find(ctx context.Context, s engine.Services, email string) (account.User, error) {
	found, err := s.Accounts.Find(ctx, email)
	if fault.KindOf(err) == fault.NotFound {
		return found, errors.New("no account has this e-mail address; the command user list lists all accounts")
	}
	return found, err
}

// knownRoles returns each of the roles once; nil if there are none. It returns an error for roles that the contract does not define.
func knownRoles(contract *spec.Contract, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var roles []string
	for name := range strings.SplitSeq(strings.Join(names, ","), ",") {
		if _, known := contract.Roles()[name]; !known {
			return nil, fmt.Errorf("unknown role %q; defined roles: %s", name, strings.Join(contract.Roles().Names(), ", "))
		}
		if !slices.Contains(roles, name) {
			roles = append(roles, name)
		}
	}
	return roles, nil
}

// describeFault returns an error whose text names each invalid field of a fault.
func describeFault(err error) error {
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
