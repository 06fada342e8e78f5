// Package cli is the command line: serve, migrate, copy, user, key, health, contract, openapi and version.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// commandLine is all that can be said on the command line. Every flag is also an environment variable. All commands take the flags
// of config; uses names those that matter to a command, which are all when it is not there.
type commandLine struct {
	config
	Serve    serve       `cmd:"" default:"1" help:"Serve the API (the default command)."`
	Migrate  migrate     `cmd:"" uses:"data,store,store-wait" help:"Make the store fit the contract: its tables, columns and indexes. A start of the server does the same."`
	Copy     copyCommand `cmd:"" uses:"store-wait" help:"Copy all documents from one store to another, such as from SQLite to MongoDB."`
	User     user        `cmd:"" uses:"data,store,store-wait,default-role,bcrypt-cost" help:"Make and change accounts, such as the first administrator's."`
	Keys     keys        `cmd:"" uses:"data,key" name:"key" help:"Create, list and rotate the keys that sign tokens."`
	Health   health      `cmd:"" uses:"listen" help:"Ask the server that listens on --listen whether it can do its work; exit 0 when it can, 1 when not."`
	Contract contract    `cmd:"" uses:"none" help:"Check whether a deployment, this one or anybody's, keeps to its contract."`
	OpenAPI  openAPI     `cmd:"" uses:"none" name:"openapi" help:"Print the contract."`
	Version  version     `cmd:"" uses:"none" help:"Print the version."`
}

// App is the application that the commands work on.
type App server.App

// Main runs the command that the arguments name and exits with its code: 0, 1 for a failure or 2 for wrong usage.
func Main(a App) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from then on a second signal ends the process at once
	os.Exit(run(ctx, a, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run does what the arguments say until it is done or ctx ends, and returns the exit code: 0, 1 for a failure or 2 for wrong usage, with one line on stderr.
func run(ctx context.Context, a App, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	contract, err := spec.Load(a.OpenAPI)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	code, name := -1, contract.Name()
	line := commandLine{config: config{name: name}}
	parser, err := kong.New(&line,
		kong.Name(name),
		kong.Description(contract.Title()+" "+contract.Version()+", made from openapi.yaml."),
		kong.Writers(stdout, stderr),
		kong.Help(help),
		kong.Exit(func(c int) { code = c }), // --help
		kong.DefaultEnvars(strings.ToUpper(strings.ReplaceAll(name, "-", "_"))),
		kong.Vars{"name": name, "stores": "sqlite:PATH, mongodb://… or mongodb+srv://…; a password is safer in the environment than on the command line."},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(a, contract, &line.config, output{stdin, stdout, stderr}),
	)
	if err != nil {
		fmt.Fprintln(stderr, name+":", canonical.Lines(err.Error()))
		return 1
	}
	command, err := parser.Parse(args)
	if code >= 0 {
		return code
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %s (%[1]s --help lists all flags)\n", name, redactUsageError(err))
		return 2
	}
	if err := command.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, name+":", canonical.Lines(err.Error()))
		return 1
	}
	return 0
}

// help leaves out of a command's help what config has for other commands.
func help(options kong.HelpOptions, c *kong.Context) error {
	for node := c.Selected(); node != nil; node = node.Parent {
		if uses := node.Tag.Get("uses"); uses != "" {
			for _, flag := range c.Model.Flags {
				flag.Hidden = flag.Name != "help" && !slices.Contains(strings.Split(uses, ","), flag.Name)
			}
			break
		}
	}
	return kong.DefaultHelpPrinter(options, c)
}

// redactUsageError is the text of an error of the command line, which may quote an argument, without what could be a password in a URI.
func redactUsageError(err error) string {
	if text := err.Error(); !strings.Contains(text, "@") && !strings.Contains(text, "://") {
		return text
	}
	return "there is an argument in the wrong place, not shown because it may hold a password"
}

// output is where a command writes, results to out and logs to log, and what it reads.
type output struct {
	in       io.Reader
	out, log io.Writer
}

type openAPI struct {
	Plain bool `help:"As JSON, with filter and where as text, for tools that do not know parameters with content."`
}

// Run prints openapi.yaml as it was when the program was built, or the plain contract.
func (p openAPI) Run(a App, contract *spec.Contract, o output) error {
	text := a.OpenAPI
	if p.Plain {
		var err error
		if text, err = contract.Plain(); err != nil {
			return err
		}
	}
	_, err := o.out.Write(text)
	return err
}

type version struct{}

// Run prints the program's version, the contract's, and what it was built with.
func (version) Run(contract *spec.Contract, o output) error {
	program := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		program = info.Main.Version
	}
	_, err := fmt.Fprintf(o.out, "%s %s, contract %s, %s %s/%s\n", contract.Name(), program, contract.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
