// Command newsdesk serves the API that openapi.yaml describes.
package main

import (
	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/gen/wire"
	"github.com/newsdesk-api/newsdesk/internal/engine/cli"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

func main() {
	cli.Main(cli.App{OpenAPI: newsdesk.OpenAPI, Register: wire.Register, Explorer: explorer.Handler})
}
