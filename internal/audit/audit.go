// Package audit implements the operations that list and count audit events for administrators.
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
	found, err := h.events.FindPage(ctx, r.Params.Filter, r.Params.Total)
	return api.StoredJSON{Body: found}, err
}

// CountAudit counts audit events.
func (h Handlers) CountAudit(ctx context.Context, r api.CountAuditRequestObject) (api.CountAuditResponseObject, error) {
	count, err := h.events.Count(ctx, r.Params.Where)
	return api.CountAudit200JSONResponse{Count: count}, err
}
