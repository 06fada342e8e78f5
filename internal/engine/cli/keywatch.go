package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
)

// watchKeys has the keys read again when their file changes and at SIGHUP, until ctx ends, and records their rotations, also those of
// before the start.
func watchKeys(ctx context.Context, keys *auth.Keys, r rotations) {
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangUp)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangUp:
				_ = keys.Reload() // Watch reports it
			}
		}
	}()
	r.signs = keys.Current().ID()
	r.record(ctx, keys.All())
	go keys.Watch(ctx, func(err error) {
		if err != nil {
			r.log.Error("the keys cannot be read again; those of before go on working", "error", err)
			return
		}
		r.record(ctx, keys.All())
	})
}

// rotations records that keys were rotated.
type rotations struct {
	audit *account.Audit
	life  time.Duration // of events in the audit
	log   *slog.Logger
	signs string // the key that has signed so far
}

// record keeps the rotations that the keys tell of, those again that it or another process has kept already: once is enough.
func (r *rotations) record(ctx context.Context, keys []*auth.Key) {
	if keys[0].ID() != r.signs && (len(keys) == 1 || keys[1].Retired().IsZero()) { // it was put there by hand
		r.keep(ctx, keys[0], time.Now())
	}
	r.signs = keys[0].ID()
	for i, old := range keys[1:] {
		if at := old.Retired(); time.Since(at) < r.life {
			r.keep(ctx, keys[i], at)
		}
	}
}

func (r *rotations) keep(ctx context.Context, next *auth.Key, at time.Time) {
	err := r.audit.RecordOnce(ctx, account.Event{Action: account.KeyRotated, Detail: next.ID()}, at)
	if err != nil {
		r.log.Error("a rotation of the keys is not in the audit", "error", err)
	}
}
