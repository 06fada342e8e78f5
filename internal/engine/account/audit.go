package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Audit keeps what happened to accounts: a line in the log, group audit, and a document of the contract's AuditEvent that
// administrators read. Neither holds a secret. It is safe for concurrent use.
type Audit struct {
	events store.Collection[storedEvent]
	id     filter.TypedProperty[string] // of events
	date   filter.TypedProperty[time.Time]
	log    *slog.Logger
	now    func() time.Time
}

// Event is one thing that happened.
type Event struct {
	Action  Action `json:"action"`
	User    string `json:"user,omitempty"`    // whom it is about
	Session string `json:"session,omitempty"` // which session, where it is about one
	Detail  string `json:"detail,omitempty"`

	Date    timestamp.Time `json:"date"`              // set by Record and RecordOnce
	Actor   string         `json:"actor,omitempty"`   // the caller when it is not the user; set by Record
	Address string         `json:"address,omitempty"` // of the client; set by Record
	Client  string         `json:"client,omitempty"`  // set by Record
}

// recordTimeout is how long the store may take to keep an event.
const recordTimeout = 4 * time.Second

// newAudit returns the audit log in a store and a log.
func newAudit(s *store.Store, log *slog.Logger, now func() time.Time) *Audit {
	events := store.CollectionOf[storedEvent](s, "AuditEvent")
	return &Audit{
		events: events, id: store.PropertyOf[string](events, "id"), date: store.PropertyOf[time.Time](events, "date"), log: log, now: now,
	}
}

// Record keeps an event with its time, the caller and the client of the context. It goes on when who asked has gone: to hang up
// hides nothing. Failed sign-ins that are alike are stored as one event with their number, and logged each. When the event
// cannot be stored, it is in the log all the same, and the error is the store's.
func (a *Audit) Record(ctx context.Context, e Event) error {
	e.Date = timestamp.Of(a.now())
	if caller, ok := identity.FromContext(ctx); ok && caller.ID != e.User {
		e.Actor = caller.ID
	}
	if client, ok := identity.ClientFromContext(ctx); ok {
		e.Address, e.Client = client.Address, client.UserAgent
	}
	a.write(ctx, e)
	if e.Action == SigninFailed {
		return a.fold(ctx, e)
	}
	return a.keep(ctx, store.NewID(), e)
}

// RecordOnce keeps an event that was at a time, and that no request has caused. Where several processes see it, or one sees it again
// after a restart, the first keeps and logs it.
func (a *Audit) RecordOnce(ctx context.Context, e Event, at time.Time) error {
	e.Date = timestamp.Of(at)
	sum := sha256.Sum256(fmt.Append(nil, e))
	err := a.keep(ctx, base64.RawURLEncoding.EncodeToString(sum[:]), e)
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	a.write(ctx, e)
	return err
}

// keep stores an event.
func (a *Audit) keep(ctx context.Context, id string, e Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	_, _, err := a.events.CreateWithID(ctx, id, e)
	return err
}

// write logs an event. The client's words stay out of it: they are in the stored event, for those who may read it.
func (a *Audit) write(ctx context.Context, e Event) {
	level := slog.LevelInfo
	if e.Action == SigninFailed || e.Action == RefreshReused {
		level = slog.LevelWarn
	}
	a.log.LogAttrs(ctx, level, "audit", slog.Group("audit", slog.String("action", string(e.Action)),
		slog.String("user", e.User), slog.String("actor", e.Actor), slog.String("session", e.Session), slog.String("detail", e.Detail)))
}
