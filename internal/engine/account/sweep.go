package account

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Sweep deletes attempts older than FailureWindow, networks not used for NetworkRetention, sessions whose tokens have all expired, and
// audit events beyond their retention. Several processes may sweep one store.
func (a *Accounts) Sweep(ctx context.Context, events Retention) error {
	now := a.Now()
	if _, err := a.attempts.DeleteWhere(ctx, a.date.Lt(now.Add(-FailureWindow))); err != nil {
		return err
	}
	if _, err := a.networks.DeleteWhere(ctx, a.seen.Lt(now.Add(-NetworkRetention))); err != nil {
		return err
	}
	s := a.Sessions
	for _, over := range []filter.TypedProperty[time.Time]{s.ended, s.expires} {
		if _, err := s.sessions.DeleteWhere(ctx, over.Lt(a.Revocations.oldest(now))); err != nil {
			return err
		}
	}
	if _, err := a.Audit.events.DeleteWhere(ctx, a.Audit.date.Lt(now.Add(-events.Age))); err != nil {
		return err
	}
	return a.Audit.limit(ctx, events.Events)
}

// SweepEvery runs Canonicalize once, and then Sweep at each interval until ctx ends. It logs the lines of Canonicalize, and all errors.
func (a *Accounts) SweepEvery(ctx context.Context, interval time.Duration, events Retention) {
	a.safely(ctx, "canonicalize", func() error {
		kept, err := a.Canonicalize(ctx)
		for _, line := range kept {
			a.Log.LogAttrs(ctx, slog.LevelWarn, line)
		}
		return err
	})
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		a.safely(ctx, "sweep", func() error { return a.Sweep(ctx, events) })
	}
}

// safely runs a step and logs its error or panic, because a panic in this goroutine would end the process.
func (a *Accounts) safely(ctx context.Context, what string, do func() error) {
	err := func() (err error) {
		defer func() {
			if recovered := recover(); recovered != nil {
				err = fmt.Errorf("panic: %v", recovered)
			}
		}()
		return do()
	}()
	if err != nil && ctx.Err() == nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, what, slog.String("error", err.Error()))
	}
}
