package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/account"
	"github.com/newsdesk-api/newsdesk/internal/auth"
)

// watchKeys has the keys read again when their file changes and at SIGHUP, until ctx ends, and records what comes of it.
func watchKeys(ctx context.Context, keys *auth.Keys, audit *account.Audit, log *slog.Logger) {
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
	go keys.Watch(ctx, func(err error) {
		if err != nil {
			log.Error("the keys cannot be read again; those of before go on working", "error", err)
			return
		}
		if err := audit.Record(ctx, account.Event{Action: api.AuditActionKeyRotated, Detail: keys.Current().ID()}); err != nil {
			log.Error("the rotation of the keys is not in the audit", "error", err)
		}
	})
}
