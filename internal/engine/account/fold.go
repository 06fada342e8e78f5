package account

import (
	"context"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

const (
	// FoldWindow is the time within which failed sign-ins to one account from one network are one event. Windows start on the hour.
	FoldWindow = time.Hour
	// foldTries is the maximum number of conflicts of an increment. There cannot be more at once than concurrent password checks.
	foldTries = 64
)

// storedEvent is an event as stored.
type storedEvent struct {
	ID string `json:"id,omitempty"`
	Event
	Count int `json:"count,omitempty"` // the number of events; absent means 1
}

// network returns the network of the event's address. All events without an address have the same one.
func (e Event) network() string { return identity.Client{Address: e.Address}.Network() }

// fold stores an event, or increments the count of the event that was stored for the same account and network within FoldWindow, which
// keeps its date, address and client. If there are too many concurrent changes, the event is not counted; this is not an error.
func (a *Audit) fold(ctx context.Context, e Event) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	window := e.Date.Truncate(FoldWindow).Format(time.RFC3339)
	id := digest("audit", string(e.Action), e.User, e.Actor, e.network(), window)
	for range foldTries {
		stored, version, err := a.events.Get(ctx, id)
		switch {
		case err == nil:
			_, _, err = a.events.Update(ctx, id, struct {
				Count int `json:"count"`
			}{max(stored.Count, 1) + 1}, version)
		case fault.KindOf(err) == fault.NotFound:
			_, _, err = a.events.CreateWithID(ctx, id, e)
		}
		switch fault.KindOf(err) {
		case fault.Conflict, fault.PreconditionFailed, fault.NotFound: // another request, or the sweep, was faster
		default:
			return err
		}
	}
	return nil
}
