// Command conduit serves the API that openapi.yaml describes: the blog of the RealWorld project.
package main

import (
	_ "embed"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/wire"
	"github.com/newsdesk-api/newsdesk/internal/engine/cli"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

//go:generate go -C ../.. run ./cmd/scaffold examples/conduit

//go:embed openapi.yaml
var openAPI []byte

func main() { cli.Main(app()) }

func app() cli.App {
	return cli.App{OpenAPI: openAPI, Register: wire.Register, Explorer: explorer.Handler}
}
