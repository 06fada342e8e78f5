package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// sick is a backend that fails, and whose probe waits.
type sick struct {
	store.Backend
	err              error
	probing, proceed chan struct{}
}

func (s *sick) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	if s.err != nil {
		return s.err
	}
	return s.Backend.Insert(ctx, m, d)
}

func (s *sick) Probe(context.Context) error {
	s.probing <- struct{}{}
	<-s.proceed
	return s.err
}

func TestHealth(t *testing.T) {
	t.Parallel()
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	must(t, err)
	b := &sick{Backend: backend, probing: make(chan struct{}), proceed: make(chan struct{})}
	s := store.New(b, []*store.Model{model(t, "Note", "notes", false)})
	var log bytes.Buffer
	s.Log = slog.New(slog.NewJSONHandler(&log, nil))
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	must(t, s.Migrate(t.Context()))
	notes := store.CollectionOf[note](s, "Note")
	write := func() error {
		_, _, err := notes.Create(as("ann"), note{Text: "t"})
		return err
	}
	must(t, errors.Join(write(), s.Ping(t.Context())))

	b.err = fault.New(fault.Unavailable, "", "busy")
	if err := write(); err == nil || store.IsFailure(err) {
		t.Errorf("overload: %v", err)
	}
	must(t, s.Ping(t.Context())) // without a probe, which would wait

	b.err = fault.Wrap(&store.Failure{Err: errors.New("read-only file system")}, fault.Unavailable, "", "Try again.")
	for range 3 {
		if err := write(); !store.IsFailure(err) {
			t.Errorf("read-only: %v", err)
		}
	}
	first := make(chan error)
	go func() { first <- s.Ping(t.Context()) }()
	<-b.probing
	for range 3 { // while the first one probes
		if err := s.Ping(t.Context()); !store.IsFailure(err) {
			t.Errorf("another ping: %v", err)
		}
	}
	b.proceed <- struct{}{}
	if err := <-first; !store.IsFailure(err) {
		t.Errorf("ping: %v", err)
	}
	b.err = nil
	must(t, errors.Join(write(), s.Ping(t.Context()))) // a write is enough, without a probe
	for range 10 {                                     // a disk that is almost full
		b.err = fault.Wrap(&store.Failure{Err: errors.New("read-only file system")}, fault.Unavailable, "", "Try again.")
		if err := write(); !store.IsFailure(err) {
			t.Errorf("read-only: %v", err)
		}
		b.err = nil
		must(t, write())
	}
	if text := log.String(); strings.Count(text, `"ERROR"`) != 1 || strings.Count(text, "available again") != 1 ||
		!strings.Contains(text, "read-only file system") {
		t.Errorf("the log has %s", text)
	}
}
