// Package foreignapp is an application with features of OpenAPI that the contract of this project does not use: its contract, its generated
// code and its handlers, which return what they get. Only tests import it.
package foreignapp

import (
	_ "embed"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

//go:embed openapi.yaml
var openAPI []byte

// App returns the application.
func App() server.App { return server.App{OpenAPI: openAPI, Register: register} }

func register(router server.Router, _ engine.Services, middleware server.Middleware) {
	api.RegisterHandlersWithOptions(router, api.NewStrictHandler(handlers{}, nil),
		api.RegisterHandlersOptions{OperationMiddlewares: middleware})
}

// handlers implements every operation.
type handlers struct {
	bodies
	parameters
	responses
}

var _ api.StrictServerInterface = handlers{}
