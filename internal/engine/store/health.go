package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
)

// Failure is the cause of a fault that comes from the state of the store: its disk is full, it is read-only, or it cannot be reached. A
// backend wraps such causes, so that they can be told from faults that come from one request or from too many of them.
type Failure struct{ Err error }

// Error returns the text of the cause.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// IsFailure reports whether an error comes from the state of the store. The store reports these errors in the log itself.
func IsFailure(err error) bool {
	_, ok := errors.AsType[*Failure](err)
	return ok
}

// health is a backend that notices when the store fails, and when it works again. It logs a failure once a minute.
type health struct {
	Backend
	failure  atomic.Pointer[error] // the last one; nil: the store works
	reported atomic.Bool           // the failure is in the log
	probing  sync.Mutex            // held during a Probe
	throttle logging.Throttle
	log      func() *slog.Logger
}

// read notes the outcome of a read.
func (h *health) read(err error) error {
	if err != nil && IsFailure(err) {
		h.failed(err)
	}
	return err
}

// written notes the outcome of a write.
func (h *health) written(err error) error {
	if err == nil && h.failure.Load() != nil {
		h.recovered()
	}
	return h.read(err)
}

func (h *health) failed(err error) {
	h.failure.Store(&err)
	if suppressed, report := h.throttle.Event(time.Now()); report {
		h.reported.Store(true)
		h.log().LogAttrs(context.Background(), slog.LevelError, "the store is not available",
			slog.String("error", err.Error()), slog.Uint64("suppressed", suppressed))
	}
}

// recovered logs the end of a failure that is in the log. A full disk accepts some writes, so the store may fail and recover many times a
// minute.
func (h *health) recovered() {
	if h.failure.Swap(nil) != nil && h.reported.Swap(false) {
		h.log().LogAttrs(context.Background(), slog.LevelWarn, "the store is available again",
			slog.Uint64("suppressed", h.throttle.Suppressed()))
	}
}

// Ping returns nil if the backend responds and, after a failure, accepts writes. Only one call at a time tries a write; others return the
// last failure.
func (h *health) Ping(ctx context.Context) error {
	last := h.failure.Load()
	if last == nil {
		return h.read(h.Backend.Ping(ctx))
	}
	if !h.probing.TryLock() {
		return *last
	}
	defer h.probing.Unlock()
	return h.written(h.Backend.Probe(ctx))
}

func (h *health) Get(ctx context.Context, m *Model, id string) (Document, error) {
	d, err := h.Backend.Get(ctx, m, id)
	return d, h.read(err)
}

func (h *health) Find(ctx context.Context, m *Model, q *filter.Query, yield func(Document) error) error {
	return h.read(h.Backend.Find(ctx, m, q, yield))
}

func (h *health) Count(ctx context.Context, m *Model, where filter.Where) (int64, error) {
	n, err := h.Backend.Count(ctx, m, where)
	return n, h.read(err)
}

func (h *health) Insert(ctx context.Context, m *Model, d Document) error {
	return h.written(h.Backend.Insert(ctx, m, d))
}

func (h *health) Update(ctx context.Context, m *Model, id string, set []Change, g Guard) (Document, error) {
	d, err := h.Backend.Update(ctx, m, id, set, g)
	return d, h.written(err)
}

func (h *health) UpdateAll(ctx context.Context, m *Model, where filter.Where, set []Change) (int64, error) {
	n, err := h.Backend.UpdateAll(ctx, m, where, set)
	if err == nil && n == 0 {
		return n, nil // nothing was written
	}
	return n, h.written(err)
}

func (h *health) Delete(ctx context.Context, m *Model, id string, g Guard) error {
	return h.written(h.Backend.Delete(ctx, m, id, g))
}

func (h *health) DeleteAll(ctx context.Context, m *Model, where filter.Where) (int64, error) {
	n, err := h.Backend.DeleteAll(ctx, m, where)
	if err == nil && n == 0 {
		return n, nil // nothing was written
	}
	return n, h.written(err)
}
