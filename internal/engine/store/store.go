// Package store stores documents: handlers use Collection, and a database implements Backend.
package store

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Store is a backend and the models of its collections. It is safe for concurrent use after Migrate.
type Store struct {
	// Log receives a record for each stored document that does not fit its schema, and one a minute while the backend fails; nil:
	// slog.Default(). It must be set before the store is used.
	Log *slog.Logger

	backend Backend
	models  []*Model
	strays  *strays
}

// New returns a store of the models on a backend; engine.Models lists them.
func New(backend Backend, models []*Model) *Store {
	s := &Store{models: slices.Clone(models)}
	log := func() *slog.Logger { return cmp.Or(s.Log, slog.Default()) }
	s.backend = &health{Backend: backend, log: log}
	s.strays = newStrays(log)
	return s
}

// Models returns the models of all collections.
func (s *Store) Models() []*Model { return slices.Clone(s.models) }

// Migrate makes the backend fit the models. No document may be read or written before it has returned nil; see Backend.Migrate.
func (s *Store) Migrate(ctx context.Context) error { return s.backend.Migrate(ctx, s.models) }

// DropOrphans deletes the documents of a deleted owner in the collections whose x-collection has orphans: delete.
func (s *Store) DropOrphans(ctx context.Context, owner string) error {
	for _, m := range s.models {
		if !m.DropOrphans {
			continue
		}
		if _, err := s.backend.DeleteAll(ctx, m, owned(m, owner)); err != nil {
			return err
		}
	}
	return nil
}

// Ping returns nil if the backend responds. After a write or a read that failed because of the state of the store (Failure), it returns an
// error until a write succeeds. It tries one itself.
func (s *Store) Ping(ctx context.Context) error { return s.backend.Ping(ctx) }

// Close finishes the writes that have begun and releases the backend.
func (s *Store) Close(ctx context.Context) error { return s.backend.Close(ctx) }

// model returns the model of the contract's schema with that name.
func (s *Store) model(schema string) (*Model, error) {
	for _, m := range s.models {
		if m.Schema.Name() == schema {
			return m, nil
		}
	}
	return nil, fmt.Errorf("store: the contract's schema %s has no x-collection", schema)
}

// NewID returns a new document's id: a UUID of version 7 (RFC 9562, section 5.7), so that ids sort by their time of creation.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

type operationKey struct{}

// WithOperation returns a context for the store's calls on behalf of an operation of the contract.
func WithOperation(ctx context.Context, operationID string) context.Context {
	return context.WithValue(ctx, operationKey{}, operationID)
}

// Operation returns the operation that was passed to WithOperation, or an empty string. A backend may attach it to commands, for the
// database's own log.
func Operation(ctx context.Context) string {
	id, _ := ctx.Value(operationKey{}).(string)
	return id
}

// Caller returns the key by which a backend counts a caller's use of resources (identity.CallerKey); it is empty for the program's own
// work.
func Caller(ctx context.Context) string { return identity.CallerKey(ctx) }

type progressKey struct{}

// WithProgress returns a context for Backend.Migrate and Backend.Prune. They call report with each step, from one goroutine.
func WithProgress(ctx context.Context, report func(step string)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Progress reports a step to the function of WithProgress, if there is one.
func Progress(ctx context.Context, step string) {
	if report, ok := ctx.Value(progressKey{}).(func(string)); ok {
		report(step)
	}
}

type scanKey struct{}

// AsScan returns a context for a read whose condition or order was chosen by a caller, so that it may read every document of a collection.
func AsScan(ctx context.Context) context.Context { return context.WithValue(ctx, scanKey{}, true) }

// IsScan reports whether a Find or Count may read every document because a caller chose its condition or order. A backend lets the scans of
// different callers take turns, and keeps them from delaying its other reads.
func IsScan(ctx context.Context) bool { return ctx.Value(scanKey{}) != nil }
