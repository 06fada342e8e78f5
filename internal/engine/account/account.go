// Package account implements accounts: users and their passwords, sign-in, sessions, and the audit log.
package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Config contains what accounts and sessions need. All fields are required.
type Config struct {
	Store       *store.Store
	Keys        *auth.Keys
	Tokens      *auth.Tokens // whose Revoked is that of Revocations
	Passwords   *auth.Passwords
	Revocations *Revocations
	Roles       identity.Roles
	DefaultRole string        // of a new account
	Idle        time.Duration // after which a session without a refresh ends; at least the lifetime of tokens
	MaxAge      time.Duration // after which every session ends
	Log         *slog.Logger
	Now         func() time.Time
}

// Accounts creates, changes and deletes accounts, and implements the sign-in. It is safe for concurrent use.
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
	stats    atomic.Pointer[Stats] // written by SweepEvery

	Config
}

// New returns the accounts of a store, which must contain Models. Call the store's Migrate before the first use.
func New(c Config) (*Accounts, error) {
	if _, known := c.Roles[c.DefaultRole]; !known {
		return nil, fmt.Errorf("accounts: unknown default role %q; the roles in x-roles are: %s. "+
			"Mark one as default in the contract, or use --default-role", c.DefaultRole, strings.Join(c.Roles.Names(), ", "))
	}
	if c.Idle < time.Minute || c.MaxAge < c.Idle {
		return nil, fmt.Errorf("accounts: sessions may end after %s without a refresh and after %s in any case: "+
			"want at least 1m, and the second no shorter than the first", c.Idle, c.MaxAge)
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

// NewAccount is an account to create.
type NewAccount struct {
	Email    string // not necessarily canonical
	Password string
	Roles    []string       // nil: the default role
	More     map[string]any // further properties of the contract's schema User, such as a name
}

// Input returns the new account for the body of a sign-up, a struct whose JSON contains email and password. Its other properties are
// stored with the account.
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

// Create creates an account, with its e-mail address in canonical form, and returns its id. It returns a fault of kind Conflict if the
// address is in use, and of kind Invalid if the address is not valid.
//
// It stores the password first: a password without a user is harmless, but a user without a password could never sign in.
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
		if fault.KindOf(err) == fault.Conflict { // after another error the user may exist
			_ = a.secrets.Delete(context.WithoutCancel(ctx), id, store.Any) // without a user it would be harmless
		}
		return "", err
	}
	return id, errors.Join(
		a.remember(ctx, id, email),
		a.Audit.Record(ctx, Event{Action: Signup, User: id, Detail: granted}))
}

// Find returns the account with an e-mail address, in any form, or a fault of kind NotFound. For accounts that are older than the
// canonical form, it compares the address as entered, case-insensitively.
func (a *Accounts) Find(ctx context.Context, email string) (User, error) {
	exact := strings.ToLower(email)
	user, _, err := a.users.First(ctx, a.email.Eq(exact))
	if form := emailForm(email); fault.KindOf(err) == fault.NotFound && form != exact {
		user, _, err = a.users.First(ctx, a.email.Eq(form))
	}
	return user, err
}

// Each calls yield for every account in the order of creation, until yield returns an error, which Each returns.
func (a *Accounts) Each(ctx context.Context, yield func(User) error) error {
	return a.users.Each(ctx, filter.Query{Limit: filter.NoLimit}, func(u User, _ store.Version) error { return yield(u) })
}

// Change applies a patch, a struct whose JSON contains properties of the schema User, and ends the user's sessions, because tokens
// contain the scopes of the old roles. It records changes of roles and disabled in the audit log. After an error, parts of the change
// may be done and recorded; a second call completes it.
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

// Delete deletes an account with its password and sessions, and its documents where x-collection's orphans says so. After an error,
// parts may be deleted; a second call completes the deletion.
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
		a.Sessions.EndAll(ctx, id, ""), // last, so that the caller can retry
		a.Audit.Record(ctx, Event{Action: UserDeleted, User: id}))
}

// absent treats NotFound as success.
func absent(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// emailForm returns the form in which e-mail addresses are compared: the canonical form, or lower case for what is not a valid address.
func emailForm(email string) string {
	if form, err := canonical.Email(email); err == nil {
		return form
	}
	return strings.ToLower(email)
}
