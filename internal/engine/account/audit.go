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

// Audit records events of accounts: as a log line in the group audit, and as a document of the schema AuditEvent that administrators
// can read. Neither contains secrets. It is safe for concurrent use.
type Audit struct {
	events store.Collection[storedEvent]
	id     filter.TypedProperty[string] // of events
	date   filter.TypedProperty[time.Time]
	user   filter.TypedProperty[string]
	log    *slog.Logger
	now    func() time.Time
}

// Event is an audit event.
type Event struct {
	Action  Action `json:"action"`
	User    string `json:"user,omitempty"`    // the user concerned
	Session string `json:"session,omitempty"` // the session concerned, if any
	Detail  string `json:"detail,omitempty"`

	Date    timestamp.Time `json:"date"`              // set by Record and RecordOnce
	Actor   string         `json:"actor,omitempty"`   // the caller, if it is not the user; set by Record
	Address string         `json:"address,omitempty"` // of the client; set by Record
	Client  string         `json:"client,omitempty"`  // set by Record
}

// recordTimeout limits how long the store may take to store an event.
const recordTimeout = 4 * time.Second

// newAudit returns the audit log on a store and a log.
func newAudit(s *store.Store, log *slog.Logger, now func() time.Time) *Audit {
	events := store.CollectionOf[storedEvent](s, "AuditEvent")
	return &Audit{
		events: events, id: store.PropertyOf[string](events, "id"), date: store.PropertyOf[time.Time](events, "date"),
		user: store.PropertyOf[string](events, "user"), log: log, now: now,
	}
}

// Record records an event with the current time, and the caller and client of the context. It ignores cancellation, so that a client
// cannot hide an event by disconnecting. Similar failed sign-ins are stored as one event with a count, but each one is logged. If the
// event cannot be stored, it is still logged, and the error is the store's.
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

// RecordOnce records an event that was not caused by a request, with the given time. A call for an event that is already stored, also in
// another process or after a restart, has no effect.
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

// write logs an event. It omits text from the client, which is only in the stored event.
func (a *Audit) write(ctx context.Context, e Event) {
	level := slog.LevelInfo
	if e.Action == SigninFailed || e.Action == RefreshReused {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.Group("audit", slog.String("action", string(e.Action)),
		slog.String("user", e.User), slog.String("actor", e.Actor), slog.String("session", e.Session), slog.String("detail", e.Detail),
		slog.String("address", e.Address))}
	if client, ok := identity.ClientFromContext(ctx); ok {
		attrs = append(attrs, slog.String("request_id", client.RequestID))
		if client.TraceID != "" {
			attrs = append(attrs, slog.String("trace_id", client.TraceID))
		}
	}
	a.log.LogAttrs(ctx, level, "audit", attrs...)
}

// Each calls yield for each event since a time, the oldest first, until yield returns an error, which Each returns. If user is not empty,
// only events that concern the user with that id count.
func (a *Audit) Each(ctx context.Context, since time.Time, user string, yield func(Event) error) error {
	var where filter.Where = a.date.Gte(since)
	if user != "" {
		where = filter.And{where, a.user.Eq(user)}
	}
	query := filter.Query{Where: where, Order: []filter.Order{a.date.Asc()}, Limit: filter.NoLimit}
	return a.events.Each(ctx, query, func(e storedEvent, _ store.Version) error { return yield(e.Event) })
}
