package cli

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// A backup beside a server contains what was written, and restore brings it back.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	data, directory := filepath.Join(t.TempDir(), "data"), t.TempDir()
	file := filepath.Join(directory, "copy.sqlite")
	ann, bob := `{"email":"ann@example.com","password":"correct horse"}`, `{"email":"bob@example.com","password":"correct horse"}`
	serving(t, data, func(url string) {
		if status := post(t, url+"/signup", ann); status != http.StatusOK {
			t.Fatalf("sign-up: %d", status)
		}
		command(t, 0, file, "backup", file, "--data="+data)
		command(t, 1, "exists and was not changed", "backup", file, "--data="+data)
		command(t, 1, "--keep needs a directory", "backup", file+"2", "--keep=1", "--data="+data)
		for range 2 {
			command(t, 0, directory, "backup", directory, "--keep=1", "--data="+data)
		}
		command(t, 1, "in use", "restore", file, "--data="+data)
		command(t, 0, "bytes before", "compact", "--data="+data)
		if status := post(t, url+"/signup", bob); status != http.StatusOK {
			t.Fatalf("sign-up: %d", status)
		}
	})
	if own, err := filepath.Glob(filepath.Join(directory, "field-notes-*.sqlite")); err != nil || len(own) != 1 {
		t.Errorf("kept are %q, want 1, %v", own, err)
	}
	command(t, 0, "replaced  "+data, "restore", file, "--data="+data)
	serving(t, data, func(url string) {
		if a, b := post(t, url+"/signin", ann), post(t, url+"/signin", bob); a != http.StatusOK || b != http.StatusUnauthorized {
			t.Errorf("after the restore, sign-ins are %d and %d, want 200 and 401", a, b)
		}
	})
	command(t, 0, "field-notes-", "restore", directory, "--data="+data) // the newest
	command(t, 0, directory, "backup", directory, "--data="+data)       // offline
	command(t, 0, "bytes before", "compact", "--data="+data)
	absent := filepath.Join(t.TempDir(), "data")
	command(t, 1, "does not exist", "backup", directory, "--data="+absent)
	if _, err := os.Stat(absent); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup of nothing has created the data directory: %v", err)
	}
	command(t, 1, "contains no backups", "restore", t.TempDir(), "--data="+absent)
	for _, args := range [][]string{{"backup", file}, {"restore", file}} {
		command(t, 1, `--uri="$FIELD_NOTES_STORE"`, append(args, "--store=mongodb://127.0.0.1:1/x", "--store-connect-timeout=1ms")...)
	}
}

// A dry run beside a server shows what this program's contract would change, even if the server has another one.
func TestDryRunBesideServer(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	serving(t, data, func(string) {
		c := &config{name: "field-notes", Data: data, build: "field-notes v2"}
		path, release, err := c.snapshot(t.Context(), output{log: os.Stderr})
		if err != nil || path == "" {
			t.Fatalf("%q, %v", path, err)
		}
		db, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(t.Context()); err != nil {
			t.Error(err)
		}
		release()
	})
	if left, err := filepath.Glob(filepath.Join(data, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}

// A backup is kept and is the newest one, although the clock was put back. What killed processes left behind is deleted.
func TestBackupsOfTheFuture(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	b := backups{db: db, name: "field-notes", directory: t.TempDir(), keep: 2}
	incomplete := b.directory + "/.field-notes-20200101T000000.000Z.sqlite-"
	abandoned, begun := incomplete+"1.tmp", incomplete+"2.tmp"
	future := []string{b.path(time.Now().Add(2 * time.Hour)), b.path(time.Now().Add(time.Hour))}
	for _, path := range append(future, abandoned, abandoned+"-journal", begun) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(path, abandoned) {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-2*abandonedAfter)); err != nil {
				t.Fatal(err)
			}
		}
	}
	path, err := b.write(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := b.list(); err != nil || !slices.Equal(all, []string{future[0], path}) {
		t.Errorf("kept are %q, %v; the new one is %s", all, err, path)
	}
	if left, err := filepath.Glob(b.directory + "/.*"); err != nil || !slices.Equal(left, []string{begun}) {
		t.Errorf("left are %q, %v", left, err)
	}
}

func TestScheduledBackups(t *testing.T) {
	t.Parallel()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	directory := filepath.Join(t.TempDir(), "new", "backups")
	old := filepath.Join(directory, "field-notes-20200101T000000.000Z.sqlite")
	foreign := filepath.Join(directory, "other-20200101T000000.000Z.sqlite")
	if err := os.MkdirAll(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{old, foreign} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := backups{db: db, name: "field-notes", directory: directory, keep: 2}
	lines := logged(t, func(ctx context.Context, log *slog.Logger) { b.every(ctx, time.Millisecond, log) }, 4)
	if strings.Contains(lines, "ERROR") {
		t.Error(lines)
	}
	if all, err := b.list(); err != nil || len(all) != 2 || all[0] == old {
		t.Errorf("kept are %q, %v", all, err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file of another program: %v", err)
	}
	b.directory = filepath.Join(foreign, "none")
	if lines := logged(t, func(ctx context.Context, log *slog.Logger) { b.every(ctx, time.Millisecond, log) }, 2); !strings.Contains(lines,
		`"level":"ERROR"`) {
		t.Errorf("failures: %s", lines)
	}
	data := t.TempDir()
	for _, args := range [][]string{
		{"--backup-every=1h"}, {"--backup-dir=" + data}, {"--backup-every=1s", "--backup-dir=" + data},
		{"--backup-every=1h", "--backup-dir=" + data, "--backup-keep=-1"},
		{"--backup-every=1h", "--backup-dir=" + data, "--store=mongodb://127.0.0.1/x"},
		{"--backup-every=1h", "--backup-dir=" + data, "--data=:memory:"},
	} {
		command(t, 1, "--backup", append([]string{"serve", "--listen=127.0.0.1:0", "--data=" + data}, args...)...)
	}
	other := filepath.Join(t.TempDir(), "backups")
	serving(t, filepath.Join(data, "d"), func(string) {
		waitFor(t, func() bool {
			all, err := (backups{name: "field-notes", directory: other}).list()
			return err == nil && len(all) == 1
		})
	}, "--backup-every=1h", "--backup-dir="+other)
}

// logged returns the first lines that do logs, and ends do.
func logged(t *testing.T, do func(context.Context, *slog.Logger), lines int) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &lineWriter{lines: make(chan string, 100)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do(ctx, slog.New(slog.NewJSONHandler(w, nil)))
	}()
	var text strings.Builder
	for range lines {
		text.WriteString(<-w.lines)
	}
	cancel()
	<-ended
	return text.String()
}

type lineWriter struct{ lines chan string }

func (w *lineWriter) Write(p []byte) (int, error) {
	select {
	case w.lines <- string(p):
	default: // nobody reads so many
	}
	return len(p), nil
}

// waitFor waits until a condition is true.
func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	for !is() {
		select {
		case <-t.Context().Done():
			t.Fatal("it never became true")
		case <-time.After(time.Millisecond):
		}
	}
}
