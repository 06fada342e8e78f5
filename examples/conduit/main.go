// Command conduit serves the API that openapi.yaml describes: the blog of the RealWorld project.
package main

import (
	_ "embed"
	"strings"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/wire"
	"github.com/newsdesk-api/newsdesk/internal/engine/cli"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

//go:generate go -C ../.. run ./cmd/scaffold examples/conduit

//go:embed openapi.yaml
var openAPI []byte

func main() { cli.Main(app()) }

func app() cli.App {
	return cli.App{OpenAPI: openAPI, Register: wire.Register, Explorer: explorer.Handler, ErrorBody: errorBody}
}

// errorBody returns the body of an error as RealWorld has it: a list of sentences.
func errorBody(e *fault.Error, _ int) (mediaType string, body any) {
	sentences := []string{e.Detail}
	for i, field := range e.Fields {
		if i == 0 {
			sentences = nil
		}
		sentences = append(sentences, strings.TrimSpace(field.Path+" "+field.Message))
	}
	return "application/json", map[string]any{"errors": map[string]any{"body": sentences}}
}
