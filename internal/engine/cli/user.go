package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// user manages accounts without a token. It creates the first administrator.
type user struct {
	Create   createUser   `cmd:"" help:"Create an account. The password is read from the terminal, or from standard input."`
	List     listUsers    `cmd:"" help:"List all accounts."`
	Grant    grantRoles   `cmd:"" help:"Replace the roles of an account. This ends its sessions."`
	Disable  disableUser  `cmd:"" help:"Disable an account and end its sessions. --undo enables it again."`
	Password userPassword `cmd:"" help:"Set the password of an account, for example a forgotten one, and end its sessions."`
}

// Help returns the text that --help adds.
func (user) Help() string {
	return "A server that runs with the same --data executes these commands. Without one, they open the store."
}

type createUser struct {
	Email string   `arg:"" help:"The e-mail address."`
	Set   []string `sep:"none" placeholder:"NAME=VALUE" help:"${set}"`
	Name  string   `hidden:""` // an alias of --set=name=… for one version
	Role  []string `placeholder:"ROLE" help:"Roles, separated by commas: ${roles}. Default: the role of new accounts."`
}

// Run creates the account and prints its id.
func (u createUser) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.run(ctx, contract, o, u)
}

func (createUser) creates() {}

func (u createUser) check(contract *spec.Contract) error {
	_, err := knownRoles(contract, u.Role)
	return err
}

func (u createUser) execute(ctx context.Context, s *session, o output) error {
	if err := s.accounts(); err != nil {
		return err
	}
	roles, err := knownRoles(s.contract, u.Role)
	if err != nil {
		return err
	}
	password, err := o.firstLine()
	if err != nil {
		return err
	}
	body, err := u.body(password)
	if err != nil {
		return err
	}
	valid, err := validateSignUp(s.contract, body)
	if err != nil {
		return describeFault(err)
	}
	n, err := account.Input(valid)
	if err != nil {
		return err
	}
	n.Roles = roles
	id, err := s.services.Accounts.Create(byOperator(ctx), n)
	if err != nil {
		return describeFault(err)
	}
	_, err = fmt.Fprintln(o.out, id)
	return err
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
func (u listUsers) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.run(ctx, contract, o, u)
}

func (listUsers) execute(ctx context.Context, s *session, o output) error {
	if err := s.accounts(); err != nil {
		return err
	}
	table := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\temail\troles\tdisabled\tsince")
	accounts := s.services.Accounts
	err := accounts.Each(byOperator(ctx), func(u account.User) error {
		roles, disabled := strings.Join(accounts.Sessions.RolesOf(u), ","), u.Disabled != nil && *u.Disabled
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\t%t\t%s\n",
			canonical.Terminal(u.ID), canonical.Terminal(u.Email), roles, disabled, u.DateCreated)
		return err
	})
	return errors.Join(err, table.Flush())
}

type grantRoles struct {
	Email string   `arg:"" help:"The account's e-mail address."`
	Roles []string `arg:"" help:"Roles, separated by spaces or commas: ${roles}."`
}

// Run replaces the roles.
func (u grantRoles) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.run(ctx, contract, o, u)
}

func (u grantRoles) execute(ctx context.Context, s *session, _ output) error {
	roles, err := knownRoles(s.contract, u.Roles)
	if err != nil {
		return err
	}
	return s.change(ctx, u.Email, account.Patch{Roles: &roles})
}

type disableUser struct {
	Email string `arg:"" help:"The account's e-mail address."`
	Undo  bool   `help:"Enable the account."`
}

// Run disables or enables the account.
func (u disableUser) Run(ctx context.Context, contract *spec.Contract, c *config, o output) error {
	return c.run(ctx, contract, o, u)
}

func (u disableUser) execute(ctx context.Context, s *session, _ output) error {
	disabled := !u.Undo
	return s.change(ctx, u.Email, account.Patch{Disabled: &disabled})
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
	return c.run(ctx, contract, o, u)
}

func (userPassword) check(*spec.Contract) error { return nil }

func (u userPassword) execute(ctx context.Context, s *session, o output) error {
	found, err := s.find(ctx, u.Email)
	if err != nil {
		return err
	}
	password, err := o.firstLine()
	if err != nil {
		return err
	}
	if err := checkPassword(s.contract, password); err != nil {
		return describeFault(err)
	}
	return s.services.Accounts.SetPassword(byOperator(ctx), found.ID, password, "")
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

func (s *session) change(ctx context.Context, email string, patch account.Patch) error {
	found, err := s.find(ctx, email)
	if err != nil {
		return err
	}
	return s.services.Accounts.Change(byOperator(ctx), found.ID, patch)
}

func (s *session) find(ctx context.Context, email string) (account.User, error) {
	if err := s.accounts(); err != nil {
		return account.User{}, err
	}
	found, err := s.services.Accounts.Find(byOperator(ctx), email)
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
		part := strings.TrimSpace(strings.TrimPrefix(f.Path, "/") + " " + f.Message)
		if name, is := f.Info["additionalProperty"].(string); is {
			part += fmt.Sprintf(": %q", name)
		}
		parts = append(parts, part)
	}
	return errors.New(strings.Join(parts, "; "))
}
