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

// watchKeys reloads the keys when their file changes and after SIGHUP, until ctx ends. It records rotations in the audit log, including
// those before the start.
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
			r.log.Error("cannot reload the keys; the previous keys stay in use", "error", err)
			return
		}
		r.record(ctx, keys.All())
	})
}

// rotations records key rotations in the audit log.
type rotations struct {
	audit     *account.Audit // nil: no audit log
	retention time.Duration  // of events in the audit
	log       *slog.Logger
	signs     string // the id of the signing key
}

// record records the rotations that the keys show. A rotation that was recorded before is not recorded twice.
func (r *rotations) record(ctx context.Context, keys []*auth.Key) {
	if keys[0].ID() != r.signs && (len(keys) == 1 || keys[1].Retired().IsZero()) { // a person edited the file
		r.keep(ctx, keys[0], time.Now())
	}
	r.signs = keys[0].ID()
	for i, old := range keys[1:] {
		if at := old.Retired(); time.Since(at) < r.retention {
			r.keep(ctx, keys[i], at)
		}
	}
}

func (r *rotations) keep(ctx context.Context, next *auth.Key, at time.Time) {
	if r.audit == nil {
		return
	}
	err := r.audit.RecordOnce(ctx, account.Event{Action: account.KeyRotated, Detail: next.ID()}, at)
	if err != nil {
		r.log.Error("cannot record a key rotation in the audit log", "error", err)
	}
}
