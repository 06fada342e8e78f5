//go:build unix

package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// BenchmarkCopy copies 100,000 notes of about 800 bytes from one SQLite file to another, or to the empty store that
// FIELD_NOTES_BENCH_TO names. It keeps the source in the directory that FIELD_NOTES_BENCH_DIR names, for a look at the sizes of its
// tables and indexes.
func BenchmarkCopy(b *testing.B) {
	const documents = 100_000
	dir := os.Getenv("FIELD_NOTES_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, "notes.db")
	fillNotes(b, path, documents)
	for b.Loop() {
		to := cmp.Or(os.Getenv("FIELD_NOTES_BENCH_TO"), "sqlite:"+filepath.Join(b.TempDir(), "copy.db"))
		before := processorTime(b)
		code := runApp(b.Context(), []string{"copy", "--from=sqlite:" + path, "--to=" + to}, nil, io.Discard, os.Stderr)
		if code != 0 {
			b.Fatal(code)
		}
		b.ReportMetric((processorTime(b) - before).Seconds(), "cpu-s")
	}
}

// fillNotes makes a file with n notes.
func fillNotes(b *testing.B, path string, n int) {
	b.Helper()
	models := engine.Models(testkit.Contract(b, testapp.App()))
	db, err := sqlite.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Migrate(b.Context(), models); err != nil {
		b.Fatal(err)
	}
	notes := models[slices.IndexFunc(models, func(m *store.Model) bool { return m.Collection == "notes" })]
	var authors [100]string
	for i := range authors {
		authors[i] = store.NewID()
	}
	var group errgroup.Group
	group.SetLimit(64)
	for i := range n {
		id := store.NewID()
		text := fmt.Appendf(nil, `{"id":%q,"title":"Note number %-48d","text":%q,"state":"open","date_created":%q,"owner":%q}`, id, i,
			strings.Repeat("words of it ", 50),
			time.UnixMilli(1_767_225_600_000+int64(i)*977).UTC().Format("2006-01-02T15:04:05.000Z"), authors[i*7919%len(authors)])
		group.Go(func() error { return db.Insert(b.Context(), notes, store.Document{ID: id, JSON: text}) })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used of its processors, its own time and the system's for it.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
