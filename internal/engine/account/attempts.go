package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Failed sign-ins are counted for an e-mail address, whether or not it has an account, by all processes on a store together.
const (
	MaxFailures   = 10
	FailureWindow = 15 * time.Minute
)

// try is an attempt that is under way.
type try struct{ id, account string }

// reserve counts an attempt before it is known to fail, so that no number of them at once gets past the limit. Beyond it
// the error is Limited, and the attempt does not count: nobody can keep somebody else out for longer than FailureWindow
// without guessing on.
func (a *Accounts) reserve(ctx context.Context, email string) (try, error) {
	// The address may be a password in the wrong field, and nobody needs to read it here.
	sum := sha256.Sum256([]byte(canonical(email)))
	t := try{id: store.NewID(), account: base64.RawURLEncoding.EncodeToString(sum[:])}
	if err := a.atMost(ctx, t, MaxFailures-1); err != nil { // without a write, so that a flood of them costs little
		return t, err
	}
	if _, _, err := a.attempts.CreateAs(ctx, t.id, attempt{Account: t.account, Date: timestamp.Of(a.Now())}); err != nil {
		return t, err
	}
	err := a.atMost(ctx, t, MaxFailures)
	if fault.KindOf(err) == fault.Limited {
		return t, errors.Join(gone(a.attempts.Delete(ctx, t.id, store.Any)), err)
	}
	return t, err
}

// atMost is Limited when there are more attempts than that within the window that ends now.
func (a *Accounts) atMost(ctx context.Context, t try, most int64) error {
	now := a.Now()
	recent := filter.All(a.account.Eq(t.account), a.date.Gt(now.Add(-FailureWindow)))
	count, err := a.attempts.CountWhere(ctx, recent)
	if err != nil || count <= most {
		return err
	}
	return a.limited(ctx, recent, now)
}

// limited is the refusal of one attempt too many.
func (a *Accounts) limited(ctx context.Context, recent filter.Where, now time.Time) error {
	wait := FailureWindow
	order := []filter.Order{a.date.Asc()}
	err := a.attempts.Each(ctx, filter.Query{Where: recent, Order: order, Limit: 1}, func(first attempt, _ store.Version) error {
		wait = first.Date.Add(FailureWindow).Sub(now)
		return nil
	})
	if err != nil {
		return err
	}
	a.Log.LogAttrs(ctx, slog.LevelWarn, "audit", slog.Group("audit", slog.String("action", "signin_refused")))
	e := fault.New(fault.Limited, "TOO_MANY_FAILED_SIGNINS", "Too many failed sign-ins to this account. Try again in %d minutes.", int(math.Ceil(wait.Minutes())))
	e.RetryAfter = wait
	return e
}

// forget takes back all failed attempts: the password has been proved.
func (a *Accounts) forget(ctx context.Context, t try) error {
	_, err := a.attempts.DeleteWhere(ctx, a.account.Eq(t.account))
	return err
}
