// Package testapp is the application that the engine's own tests serve: a fixed contract, its generated code and its handlers. Only tests
// import it.
package testapp

import (
	_ "embed"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
)

//go:embed openapi.yaml
var openAPI []byte

// App returns the application. Callers may replace its OpenAPI with an edited copy that has the same operations.
func App() server.App { return server.App{OpenAPI: openAPI, Register: register, Explorer: explorer} }

func register(router server.Router, services engine.Services, middleware server.Middleware) {
	h := handlers{
		newSystem(services), newSessions(services), newUsers(services), newNotes(services), newPosts(services),
	}
	api.RegisterHandlersWithOptions(router, api.NewStrictHandler(h, nil), api.RegisterHandlersOptions{OperationMiddlewares: middleware})
}

// handlers implements every operation.
type handlers struct {
	system
	sessions
	users
	notes
	posts
}

var _ api.StrictServerInterface = handlers{}
