package account

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// MaxFailures is the number of wrong passwords within FailureWindow after which sign-ins to an e-mail address are rejected, even if it has
// no account. All processes on a store count together. Wrong passwords from a known device, which has signed in to the account before, are
// counted separately, so that strangers cannot lock out the owner.
const (
	MaxFailures   = 10
	FailureWindow = 15 * time.Minute
)

// attempt is a password check before its outcome is known.
type attempt struct {
	id      string
	account string // a hash of the account, because users may type the password into the wrong field
	source  string // the device or network
	known   bool   // whether the source has proved the password before
}

// signInAttempt returns an attempt to sign in to an e-mail address. It is not counted yet. Its source is the session of the refresh
// token if that was issued for the address, else the client's network.
func (a *Accounts) signInAttempt(ctx context.Context, email, refreshToken string) (attempt, error) {
	at := attempt{id: store.NewID(), account: digest("sign-in", emailForm(email))}
	if token, err := auth.ParseRefreshToken(refreshToken); err == nil && a.Keys.Issued(token, at.account) {
		at.source, at.known = digest("session", token.SessionID()), true
		return at, nil
	}
	client, _ := identity.ClientFromContext(ctx)
	at.source = networkOf(at.account, client)
	_, _, err := a.networks.Get(ctx, at.source)
	at.known = err == nil
	return at, absent(err)
}

// passwordAttempt returns an attempt of a signed-in caller to enter their current password.
func passwordAttempt(caller identity.Principal) attempt {
	return attempt{id: store.NewID(), account: digest("password", caller.ID), source: digest("session", caller.SessionID), known: true}
}

// reserve counts an attempt before it fails, so that concurrent attempts cannot exceed the limit. Beyond the limit it returns a fault
// of kind RateLimited and does not count the attempt, so that an attacker must keep guessing to lock out somebody for longer than
// FailureWindow.
func (a *Accounts) reserve(ctx context.Context, at attempt) error {
	counted := signinAttempt{Account: at.account, Source: at.source, Date: timestamp.Of(a.Now())}
	if _, _, err := a.attempts.CreateWithID(ctx, at.id, counted); err != nil {
		return err
	}
	err := a.atMost(ctx, at, MaxFailures)
	if fault.KindOf(err) == fault.RateLimited {
		return errors.Join(absent(a.attempts.Delete(ctx, at.id, store.Any)), err)
	}
	return err
}

// atMost returns a fault of kind RateLimited if there are more attempts than most in the current window: of the same source if it is
// known, else of all sources.
func (a *Accounts) atMost(ctx context.Context, at attempt, most int64) error {
	now := a.Now()
	recent := filter.All(a.account.Eq(at.account), a.date.Gt(now.Add(-FailureWindow)))
	if at.known {
		recent = filter.All(recent, a.source.Eq(at.source))
	}
	count, err := a.attempts.CountWhere(ctx, recent)
	if err != nil || count <= most {
		return err
	}
	return a.limited(ctx, recent, now)
}

// limited returns the fault for an attempt beyond the limit.
func (a *Accounts) limited(ctx context.Context, recent filter.Where, now time.Time) error {
	wait := FailureWindow
	order := []filter.Order{a.date.Asc()}
	err := a.attempts.Each(ctx, filter.Query{Where: recent, Order: order, Limit: 1}, func(first signinAttempt, _ store.Version) error {
		wait = first.Date.Add(FailureWindow).Sub(now)
		return nil
	})
	if err != nil {
		return err
	}
	a.Log.LogAttrs(ctx, slog.LevelWarn, "audit", slog.Group("audit", slog.String("action", "signin_refused")))
	e := fault.New(fault.RateLimited, "TOO_MANY_FAILED_SIGNINS",
		"Too many failed sign-ins to this account. Try again in %d minutes.", int(math.Ceil(wait.Minutes())))
	e.RetryAfter = wait
	return e
}

// forget deletes the failed attempts of a source that has proved the password. Those of other sources still count: a sign-in of the
// owner does not give others more guesses.
func (a *Accounts) forget(ctx context.Context, at attempt) error {
	_, err := a.attempts.DeleteWhere(ctx, filter.All(a.account.Eq(at.account), a.source.Eq(at.source)))
	return err
}
