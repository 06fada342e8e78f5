package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

const (
	minBackupInterval = time.Minute
	backupRetry       = 10 * time.Minute // after a failure, unless the interval is shorter
)

// checkBackups returns an error if the flags for regular backups do not fit together.
func (c *config) checkBackups() error {
	_, file := cutScheme(c.store())
	switch {
	case c.BackupEvery == 0 && c.BackupDir == "":
		return nil
	case c.BackupEvery == 0 || c.BackupDir == "":
		return errors.New("--backup-every and --backup-dir need each other")
	case c.BackupEvery < minBackupInterval:
		return fmt.Errorf("--backup-every=%s: must be at least %s", c.BackupEvery, minBackupInterval)
	case c.BackupKeep < 0:
		return fmt.Errorf("--backup-keep=%d: must not be negative", c.BackupKeep)
	case !file:
		return fmt.Errorf("--backup-every: %w", c.useTool("mongodump"))
	case c.store() == scheme+memory:
		return errors.New("--backup-every: the store is in memory")
	}
	return nil
}

// backUp backs up the store regularly, until ctx ends or stop is called, which waits for the end.
func (c *config) backUp(ctx context.Context, backend store.Backend, log *slog.Logger) (stop func()) {
	db, is := backend.(*sqlite.DB)
	if !is || c.BackupEvery == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(backups{db, c.name, c.BackupDir, c.BackupKeep}).every(ctx, c.BackupEvery, log)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// every writes a backup when the newest one is as old as the interval, until ctx ends.
func (b backups) every(ctx context.Context, interval time.Duration, log *slog.Logger) {
	wait := time.Duration(0)
	if newest, ok := b.newest(); ok {
		wait = time.Until(newest.Add(interval))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		start := time.Now()
		path, err := b.writeIn(ctx)
		wait = interval
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("the backup failed", "directory", b.directory, "error", err)
			wait = min(interval, backupRetry)
		default:
			log.Info("backup", "path", path, "duration_ms", time.Since(start).Milliseconds())
		}
	}
}

// writeIn is write for a directory that may not exist yet.
func (b backups) writeIn(ctx context.Context) (string, error) {
	if err := os.MkdirAll(b.directory, 0o700); err != nil {
		return "", err
	}
	return b.write(ctx, nil)
}

// newest returns the time in the name of the newest backup. It returns false without a backup that is older than now.
func (b backups) newest() (at time.Time, ok bool) {
	all, err := b.list()
	if err != nil || len(all) == 0 {
		return at, false
	}
	text := strings.TrimPrefix(filepath.Base(all[len(all)-1]), b.name+"-")
	at, err = time.Parse(backupTime, strings.TrimSuffix(text, ".sqlite"))
	return at, err == nil && at.Before(time.Now())
}

// cutScheme returns the path of a SQLite store's name, and whether it is one.
func cutScheme(name string) (path string, file bool) { return strings.CutPrefix(name, scheme) }
