// Package audit implements the operation that lists audit events for administrators.
package audit

import (
	"context"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Handlers implements the operations tagged audit.
type Handlers struct {
	events store.Collection[account.Event]
}

// New returns the handlers on the app's store.
func New(a app.App) Handlers {
	return Handlers{store.CollectionOf[account.Event](a.Store, "AuditEvent")}
}

// FindAudit lists audit events.
func (h Handlers) FindAudit(ctx context.Context, r api.FindAuditRequestObject) (api.FindAuditResponseObject, error) {
	found, err := h.events.Find(ctx, r.Params.Filter)
	return api.StoredJSON{Body: found}, err
}
