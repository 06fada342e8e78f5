package account

import (
	"context"
	"errors"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Credentials are what a sign-in presents.
type Credentials struct {
	Email    string
	Password string
	// RefreshToken is one that the client got at an earlier sign-in to this account, or empty. It need not be valid any more: it only
	// proves that the device is known.
	RefreshToken string
}

// SignIn begins a session for whoever has the e-mail address and its password. Nobody can tell a wrong password, an unknown address and a
// disabled account from each other, by the response or by its time: the error is the same Unauthenticated. After
// MaxFailures of them within FailureWindow the error is RateLimited, right password or not, until the first is that old. A known device, by
// its refresh token or its network, is refused for its own failures only.
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
	// While the hash was computed, the password may have been changed, the user been given other roles, disabled or deleted:
	// whoever did it has ended only the sessions that were there.
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

// ChangePassword gives the caller another password, when old is the present one, and ends the caller's other sessions. After MaxFailures
// wrong ones from the caller's session within FailureWindow the error is RateLimited. Failed sign-ins do not count here, nor wrong
// old passwords there.
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

// SetPassword gives a user another password and ends the user's sessions, but the one with the id except.
func (a *Accounts) SetPassword(ctx context.Context, id, password, except string) error {
	return a.setPassword(ctx, id, password, store.Any, except)
}

// setPassword is Stale when the secret is no longer the expected version.
func (a *Accounts) setPassword(ctx context.Context, id, password string, expected store.Version, except string) error {
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	// Before too: after a failure between the two writes, no thief's session must be left to a user who has no old password to try again with.
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

// prove checks a password as one attempt. The error is RateLimited when there were too many, and Unauthenticated, recorded
// and counted, when the password is wrong. The attempt is counted when it is its turn: requests that wait have not failed.
func (a *Accounts) prove(ctx context.Context, at attempt, email, password string) (user User, version store.Version, err error) {
	if err := a.atMost(ctx, at, MaxFailures-1); err != nil { // without a write or a wait, so that a flood costs little
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

// check returns the user with that e-mail address and password, and the version of the secret that was held against it. A user
// who is known and has not proved it comes with the error.
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

// rehash keeps a password in today's form. When it fails, the old form goes on working and the next sign-in tries again.
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

// confirm returns the user as they are now. When their password is not the one that was checked, at that version of the secret, or they
// may not sign in any more, the error is that of a wrong password.
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
