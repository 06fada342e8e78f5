package account

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
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
	a.countSessions(ctx)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		start := time.Now()
		a.note(ctx, start, a.safely(ctx, "sweep", func() error { return a.Sweep(ctx, events) }))
	}
}

// Stats describes the sweeps of SweepEvery since the start.
type Stats struct {
	Sweeps, FailedSweeps uint64
	LastSweep            time.Time // when it ended; zero before the first one
	LastSweepDuration    time.Duration
	OpenSessions         int64 // in the store, at the start or after the last sweep; -1 if unknown
}

// Stats returns the state of the sweeps. It does not query the store.
func (a *Accounts) Stats() Stats {
	if s := a.stats.Load(); s != nil {
		return *s
	}
	return Stats{OpenSessions: -1}
}

// note counts a sweep that began at start.
func (a *Accounts) note(ctx context.Context, start time.Time, err error) {
	s := a.Stats()
	if s.Sweeps++; err != nil {
		s.FailedSweeps++
	}
	s.LastSweep = time.Now()
	s.LastSweepDuration = s.LastSweep.Sub(start)
	a.stats.Store(&s)
	a.countSessions(ctx)
}

// countSessions counts the open sessions.
func (a *Accounts) countSessions(ctx context.Context) {
	s := a.Stats()
	n, err := a.Sessions.sessions.CountWhere(store.AsScan(ctx), filter.All(a.Sessions.ended.IsNull(), a.Sessions.expires.Gt(a.Now())))
	if s.OpenSessions = n; err != nil {
		s.OpenSessions = -1
	}
	a.stats.Store(&s)
}

// safely runs a step and logs its error or panic, because a panic in this goroutine would end the process.
func (a *Accounts) safely(ctx context.Context, what string, do func() error) error {
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
	return err
}
