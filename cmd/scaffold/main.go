// Command scaffold makes and changes an application. Without a command it generates code from openapi.yaml; see scaffold --help.
// Run it in the root of the module.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
	"github.com/newsdesk-api/newsdesk/internal/engine/scaffold"
)

type commandLine struct {
	Generate generateCommand `cmd:"" default:"withargs" help:"Generate code from openapi.yaml (the default command)."`
	New      newCommand      `cmd:"" help:"Make an application of your own in a new folder: accounts, and no example."`
	Upgrade  upgradeCommand  `cmd:"" help:"Replace the engine of an application by that of a newer version, and run the tests."`
	Add      addCommand      `cmd:"" help:"Add a resource, a property or an operation."`
	Remove   removeCommand   `cmd:"" help:"Remove a resource, a property or an operation."`
	Rename   renameCommand   `cmd:"" help:"Rename a property."`
	Import   importCommand   `cmd:"" help:"Add the resources of an application of another framework."`
}

type generateCommand struct {
	Folder string `arg:"" optional:"" default:"." help:"The folder of openapi.yaml."`
}

func (g generateCommand) Run() error { return generate.Run(g.Folder, os.Stderr) }

type newCommand struct {
	Folder string `arg:"" help:"The new folder, such as ../shop."`
	Module string `required:"" placeholder:"PATH" help:"The path of the Go module, such as example.com/shop."`
	Title  string `required:"" help:"The title of the API, such as Shop. The name of the program is derived from it."`

	Resource []string `sep:"none" placeholder:"TEXT" help:"Arguments of add resource, such as 'reviews title:string!'; may be repeated."`
}

func (n newCommand) Run() error {
	a := scaffold.NewApplication{Folder: n.Folder, Module: n.Module, Title: n.Title}
	for _, text := range n.Resource {
		r, err := parseResource(text)
		if err != nil {
			return err
		}
		a.Resources = append(a.Resources, r)
	}
	return scaffold.New(".", a, os.Stderr)
}

type upgradeCommand struct {
	Newer       string   `arg:"" help:"A clone of the repository that internal/engine/MANIFEST names, at the newer version."`
	Test        []string `default:"./..." placeholder:"PACKAGES" help:"The packages to test afterwards; by default all of them."`
	Application string   `hidden:"" help:"For the newer version, which an application runs with its own folder."`
}

func (u upgradeCommand) Run() error {
	if u.Application == "" {
		return scaffold.Upgrade(".", u.Newer, u.Test, os.Stderr)
	}
	return scaffold.ReplaceEngine(u.Application, u.Newer, u.Test, os.Stderr)
}

func main() {
	var line commandLine
	parsed := kong.Parse(&line, kong.Name("scaffold"), kong.UsageOnError())
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
}
