// Command scaffold makes and changes an application. Without a command it generates code from openapi.yaml; see scaffold --help.
// Run it in the root of the module.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

type commandLine struct {
	Generate generateCommand `cmd:"" default:"withargs" help:"Generate code from openapi.yaml (the default command)."`
}

type generateCommand struct {
	Folder string `arg:"" optional:"" default:"." help:"The folder of openapi.yaml."`
}

func (g generateCommand) Run() error { return generate.Run(g.Folder, os.Stderr) }

func main() {
	var line commandLine
	parsed := kong.Parse(&line, kong.Name("scaffold"), kong.UsageOnError())
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}
