package account

import (
	"context"
	"errors"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Credentials are the credentials of a sign-in.
type Credentials struct {
	Email    string
	Password string
	// RefreshToken is a refresh token of an earlier sign-in to this account, or empty. It may have expired: it only proves that the
	// device is known.
	RefreshToken string
}

// SignIn starts a session if the password is right. A wrong password, an unknown address and a disabled account give the same fault of
// kind Unauthenticated after the same time, so that a client cannot distinguish them. After MaxFailures failures within FailureWindow,
// the fault is of kind RateLimited, even with the right password. For a known device, recognized by its refresh token or network, only
// its own failures count.
func (a *Accounts) SignIn(ctx context.Context, c Credentials) (Tokens, error) {
	at, err := a.signInAttempt(ctx, c.Email, c.RefreshToken)
	if err != nil {
		return Tokens{}, err
	}
	user, version, err := a.prove(ctx, at, c.Email, c.Password)
	if err != nil {
		return Tokens{}, err
	}
	refresh, err := a.Sessions.begin(ctx, user)
	if err != nil {
		return Tokens{}, err
	}
	// During the hash, somebody may have changed the password, or changed, disabled or deleted the user. That has ended only the
	// sessions that existed then.
	id := user.ID
	if user, err = a.confirm(ctx, id, c.Password, version); err != nil {
		ended := Event{Action: SessionEnded, User: id, Session: refresh.SessionID(), Detail: "the account has changed"}
		_, late := a.Sessions.end(ctx, a.Sessions.one(refresh.SessionID()), ended)
		return Tokens{}, errors.Join(late, err)
	}
	if err := errors.Join(a.forget(ctx, at), a.remember(ctx, id, user.Email)); err != nil {
		return Tokens{}, err
	}
	if err := a.Audit.Record(ctx, Event{Action: Signin, User: id, Session: refresh.SessionID()}); err != nil {
		return Tokens{}, err
	}
	return a.Sessions.tokens(user, refresh)
}

// ChangePassword replaces the caller's password if old is the current one, and ends the caller's other sessions. After MaxFailures
// wrong passwords from the caller's session within FailureWindow, it returns a fault of kind RateLimited. Failed sign-ins are counted
// separately.
func (a *Accounts) ChangePassword(ctx context.Context, caller identity.Principal, old, replacement string) error {
	user, _, err := a.users.Get(ctx, caller.ID)
	if err != nil {
		return err
	}
	at := passwordAttempt(caller)
	_, version, err := a.prove(ctx, at, user.Email, old)
	if fault.KindOf(err) == fault.Unauthenticated {
		return wrongOld()
	}
	if err != nil {
		return err
	}
	if err := a.forget(ctx, at); err != nil {
		return err
	}
	err = a.setPassword(ctx, caller.ID, replacement, version, caller.SessionID)
	if fault.KindOf(err) == fault.PreconditionFailed { // another change came first, or a sign-in that has kept the password in today's form
		return a.ChangePassword(ctx, caller, old, replacement)
	}
	return err
}

// SetPassword replaces a user's password and ends the user's sessions, but not the session whose id is except.
func (a *Accounts) SetPassword(ctx context.Context, id, password, except string) error {
	return a.setPassword(ctx, id, password, store.Any, except)
}

// setPassword is like SetPassword, but returns a fault of kind PreconditionFailed if the stored password does not have the expected
// version.
func (a *Accounts) setPassword(ctx context.Context, id, password string, expected store.Version, except string) error {
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	// Also before the write: if the second call failed, a thief's session would stay open, and the user could not retry with the
	// old password.
	if err := a.Sessions.EndAll(ctx, id, except); err != nil {
		return err
	}
	if _, _, err := a.secrets.Update(ctx, id, secret{Hash: hash}, expected); err != nil {
		return err
	}
	return errors.Join(
		a.Sessions.EndAll(ctx, id, except),
		a.Audit.Record(ctx, Event{Action: PasswordChanged, User: id}))
}

// prove checks a password as one attempt. It returns a fault of kind RateLimited if there were too many attempts, and of kind
// Unauthenticated, which it records and counts, if the password is wrong. It counts the attempt when its turn comes, because waiting
// requests have not failed.
func (a *Accounts) prove(ctx context.Context, at attempt, email, password string) (user User, version store.Version, err error) {
	if err := a.atMost(ctx, at, MaxFailures-1); err != nil { // without a write or a wait, so that a flood is cheap
		return user, 0, err
	}
	var wrong error
	err = a.Passwords.Turn(ctx, func(ctx context.Context) error {
		if err := a.reserve(ctx, at); err != nil {
			return err
		}
		user, version, wrong = a.check(ctx, email, password)
		return nil
	})
	if wrong != nil {
		err = a.failed(ctx, at, user, wrong)
	}
	return user, version, err
}

// check returns the user with that e-mail address and password, and the version of the password that it has compared. If the password
// is wrong, it returns the user with the error.
func (a *Accounts) check(ctx context.Context, email, password string) (User, store.Version, error) {
	var stored secret
	var version store.Version
	user, err := a.Find(ctx, email)
	disabled := isTrue(user.Disabled)
	if err == nil && !disabled {
		stored, version, err = a.secrets.Get(ctx, user.ID)
	}
	if fault.KindOf(err) == fault.NotFound || disabled {
		if err := a.Passwords.CheckNothing(ctx, password); err != nil {
			return user, 0, err
		}
		return user, 0, wrong()
	}
	if err != nil {
		return user, 0, err
	}
	ok, rehash, err := a.Passwords.Check(ctx, stored.Hash, password)
	switch {
	case err != nil:
		return user, 0, err
	case !ok:
		return user, 0, wrong()
	case rehash:
		version = a.rehash(ctx, user.ID, password, version)
	}
	return user, version, nil
}

// rehash stores a password in the current form. If this fails, the old form stays valid, and the next sign-in tries again.
func (a *Accounts) rehash(ctx context.Context, id, password string, version store.Version) store.Version {
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return version
	}
	_, next, err := a.secrets.Update(ctx, id, secret{Hash: hash}, version)
	if err != nil {
		return version
	}
	return next
}

// confirm reads the user again. If the password has changed since the check, or the user may no longer sign in, it returns the fault of
// a wrong password.
func (a *Accounts) confirm(ctx context.Context, id, password string, checked store.Version) (User, error) {
	user, _, err := a.users.Get(ctx, id)
	var stored secret
	var version store.Version
	if err == nil {
		stored, version, err = a.secrets.Get(ctx, id)
	}
	right := version == checked
	if err == nil && !right { // it was changed, or another sign-in has kept it in today's form
		right, _, err = a.Passwords.Check(ctx, stored.Hash, password)
	}
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return user, wrong()
	case err != nil:
		return user, err
	case !right || isTrue(user.Disabled):
		return user, wrong()
	}
	return user, nil
}

// failed records a failed attempt; if the outcome is unknown the attempt is discarded.
func (a *Accounts) failed(ctx context.Context, at attempt, user User, cause error) error {
	if fault.KindOf(cause) != fault.Unauthenticated {
		_ = a.attempts.Delete(ctx, at.id, store.Any) // else it ends by itself, in FailureWindow
		return cause
	}
	if err := a.Audit.Record(ctx, Event{Action: SigninFailed, User: user.ID}); err != nil {
		return err
	}
	return cause
}

func wrongOld() error {
	return fault.New(fault.Forbidden, "WRONG_PASSWORD", "The old password is wrong.")
}

func wrong() error { return fault.New(fault.Unauthenticated, "", "Invalid email or password.") }
