// Package system implements the operations for liveness, readiness and a greeting.
package system

import (
	"context"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Handlers implements the operations tagged system.
type Handlers struct {
	greeting string
	ping     func(context.Context) error
	now      func() time.Time
}

// New returns the handlers on the app's title, store and clock.
func New(a app.App) Handlers { return Handlers{"Hello from " + a.Title, a.Store.Ping, a.Now} }

// Ping returns a greeting.
func (h Handlers) Ping(context.Context, api.PingRequestObject) (api.PingResponseObject, error) {
	return api.Ping200JSONResponse{Greeting: h.greeting, Date: timestamp.Of(h.now())}, nil
}

// Health reports that the process is running.
func (h Handlers) Health(context.Context, api.HealthRequestObject) (api.HealthResponseObject, error) {
	return api.Health200JSONResponse{Status: api.HealthStatusUp}, nil
}

// Ready reports whether the store is available.
func (h Handlers) Ready(ctx context.Context, _ api.ReadyRequestObject) (api.ReadyResponseObject, error) {
	return api.Ready200JSONResponse{Status: api.HealthStatusUp}, h.ping(ctx)
}
