// Package account keeps accounts: who there is, what proves it, which sessions they have, and what happened to them.
package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Config is what accounts and sessions need. All of it is required.
type Config struct {
	Store       *store.Store
	Keys        *auth.Keys
	Tokens      *auth.Tokens // whose Revoked is that of Revocations
	Passwords   *auth.Passwords
	Revocations *Revocations
	Roles       identity.Roles
	DefaultRole string        // of a new account
	Idle        time.Duration // after which a session that was not refreshed ends; no less than tokens last
	MaxAge      time.Duration // after which every session ends
	Log         *slog.Logger
	Now         func() time.Time
}

// Accounts makes, changes and deletes accounts, and signs people in. It is safe for concurrent use.
type Accounts struct {
	Sessions *Sessions
	Audit    *Audit

	users    store.Collection[User]
	email    filter.TypedProperty[string] // of users
	secrets  store.Collection[secret]
	attempts store.Collection[signinAttempt]
	account  filter.TypedProperty[string] // of attempts
	source   filter.TypedProperty[string]
	date     filter.TypedProperty[time.Time]
	networks store.Collection[knownNetwork]
	owner    filter.TypedProperty[string] // of networks
	seen     filter.TypedProperty[time.Time]
	Config
}

// New returns what works on the accounts of a store that has Models. The store's Migrate must follow before they are used.
func New(c Config) (*Accounts, error) {
	if _, known := c.Roles[c.DefaultRole]; !known {
		return nil, fmt.Errorf("accounts: the default role %q is not one of the contract's x-roles (%s); "+
			"mark one of them as default or name one with --default-role", c.DefaultRole, strings.Join(c.Roles.Names(), ", "))
	}
	if c.Idle < time.Minute || c.MaxAge < c.Idle {
		return nil, fmt.Errorf("accounts: sessions that end after %s without use and after %s at all are not accepted; "+
			"use at least 1m, and no less for the second", c.Idle, c.MaxAge)
	}
	if ttl := c.Tokens.TTL(); c.Idle < ttl {
		return nil, fmt.Errorf("accounts: sessions that end after %s without use would end before tokens that last %s; "+
			"let those end sooner", c.Idle, ttl)
	}
	users := store.CollectionOf[User](c.Store, "User")
	attempts := store.CollectionOf[signinAttempt](c.Store, attempts.Schema.Name())
	networks := store.CollectionOf[knownNetwork](c.Store, networks.Schema.Name())
	audit := newAudit(c.Store, c.Log, c.Now)
	return &Accounts{
		Sessions: &Sessions{sessionStore: newSessionStore(c.Store), users: users, audit: audit, Config: c},
		Audit:    audit, Config: c,
		users: users, email: store.PropertyOf[string](users, "email"),
		secrets:  store.CollectionOf[secret](c.Store, secrets.Schema.Name()),
		attempts: attempts, account: store.PropertyOf[string](attempts, "account"), date: store.PropertyOf[time.Time](attempts, "date"),
		source:   store.PropertyOf[string](attempts, "source"),
		networks: networks, owner: store.PropertyOf[string](networks, "user"), seen: store.PropertyOf[time.Time](networks, "date"),
	}, nil
}

// NewAccount is an account to be made.
type NewAccount struct {
	Email    string // in any form
	Password string
	Roles    []string       // nil: the default role
	More     map[string]any // further properties of the contract's schema User, such as a name
}

// Input returns the new account that the body of a sign-up asks for, a struct whose JSON has an email and a password. What it has besides
// is stored with the account.
func Input(body any) (n NewAccount, err error) {
	text, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(text, &n.More)
	}
	if err != nil {
		return n, fmt.Errorf("accounts: %w", err)
	}
	n.Email, _ = n.More["email"].(string)
	n.Password, _ = n.More["password"].(string)
	delete(n.More, "email")
	delete(n.More, "password")
	return n, nil
}

// Create creates an account, with its e-mail address in canonical form, and returns its id. A taken address is a Conflict, one that is
// not valid is Invalid.
//
// The password goes first: a secret without a user harms nobody, a user without one could never sign in.
func (a *Accounts) Create(ctx context.Context, n NewAccount) (id string, err error) {
	email, err := canonical.Email(n.Email)
	if err != nil {
		return "", &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED", Detail: "The account is invalid.", Fields: []fault.Field{
			{Path: "/email", Code: "format", Message: err.Error(), Info: map[string]any{"format": "email"}},
		}}
	}
	granted := strings.Join(n.Roles, " ")
	if n.Roles == nil {
		n.Roles = []string{a.DefaultRole}
	}
	hash, err := a.Passwords.Hash(ctx, n.Password)
	if err != nil {
		return "", err
	}
	user := maps.Clone(n.More)
	if user == nil {
		user = map[string]any{}
	}
	user["email"], user["roles"], user["date_created"] = email, n.Roles, timestamp.Of(a.Now())
	id = store.NewID()
	if _, _, err := a.secrets.CreateWithID(ctx, id, secret{Hash: hash}); err != nil {
		return "", err
	}
	if _, _, err := a.users.CreateWithID(ctx, id, user); err != nil {
		if fault.KindOf(err) == fault.Conflict { // of another failure nobody knows whether the user is there all the same
			_ = a.secrets.Delete(context.WithoutCancel(ctx), id, store.Any) // what stays behind can open nothing
		}
		return "", err
	}
	return id, errors.Join(
		a.remember(ctx, id, email),
		a.Audit.Record(ctx, Event{Action: Signup, User: id, Detail: granted}))
}

// Find returns the account with that e-mail address, in any form, or NotFound. An account from before addresses had one form is found
// by the address as it was given in, in any case.
func (a *Accounts) Find(ctx context.Context, email string) (User, error) {
	exact := strings.ToLower(email)
	user, _, err := a.users.First(ctx, a.email.Eq(exact))
	if form := emailForm(email); fault.KindOf(err) == fault.NotFound && form != exact {
		user, _, err = a.users.First(ctx, a.email.Eq(form))
	}
	return user, err
}

// Each calls yield for every account, in the order in which they were made, until yield returns an error, which Each then returns.
func (a *Accounts) Each(ctx context.Context, yield func(User) error) error {
	return a.users.Each(ctx, filter.Query{Limit: filter.NoLimit}, func(u User, _ store.Version) error { return yield(u) })
}

// Change applies a patch to a user, a struct whose JSON has properties of the contract's schema User, and ends the user's sessions:
// tokens say what the roles were. Changed roles and a changed disabled are recorded. What was done before a failure stays done and is
// recorded, and a second call does the rest.
func (a *Accounts) Change(ctx context.Context, id string, patch any) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	var changed Patch
	if err := json.Unmarshal(text, &changed); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if _, _, err := a.users.Update(ctx, id, patch, store.Any); err != nil {
		return err
	}
	err = a.Sessions.EndAll(ctx, id, "")
	if changed.Roles != nil {
		err = errors.Join(err, a.Audit.Record(ctx, Event{Action: RolesChanged, User: id, Detail: strings.Join(*changed.Roles, " ")}))
	}
	if changed.Disabled != nil {
		action := UserEnabled
		if *changed.Disabled {
			action = UserDisabled
		}
		err = errors.Join(err, a.Audit.Record(ctx, Event{Action: action, User: id}))
	}
	return err
}

// Delete deletes an account, its password and sessions, and its documents where x-collection's orphans says so. What was done
// before a failure stays done, and a second call does the rest.
func (a *Accounts) Delete(ctx context.Context, id string) error {
	if err := a.Store.DropOrphans(ctx, id); err != nil {
		return err
	}
	if err := absent(a.secrets.Delete(ctx, id, store.Any)); err != nil {
		return err
	}
	if err := absent(a.users.Delete(ctx, id, store.Any)); err != nil {
		return err
	}
	if err := a.forgetNetworks(ctx, id, 0); err != nil {
		return err
	}
	return errors.Join(
		a.Sessions.EndAll(ctx, id, ""), // last: until then the caller can try again
		a.Audit.Record(ctx, Event{Action: UserDeleted, User: id}))
}

// absent treats NotFound as success.
func absent(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// emailForm is what e-mail addresses are compared by: the canonical form, or for what is no address any more, lower case.
func emailForm(email string) string {
	if form, err := canonical.Email(email); err == nil {
		return form
	}
	return strings.ToLower(email)
}
