// Package cli implements the command line: serve, migrate, copy, user, key, health and others, which --help lists.
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

// commandLine defines all commands and flags. Every flag is also an environment variable. All commands accept the flags
// of config; uses lists those that a command uses, and its help shows. Without uses it is all of them.
type commandLine struct {
	config
	Serve       serve            `cmd:"" default:"1" help:"Serve the API (the default command)."`
	Migrate     migrate          `cmd:"" uses:"data,store,store-connect-timeout" help:"${migrate}"`
	Copy        copyCommand      `cmd:"" uses:"store-connect-timeout" help:"Copy all documents from one store to another."`
	User        user             `cmd:"" uses:"data,store,store-connect-timeout,default-role,bcrypt-cost" help:"Manage accounts."`
	Keys        keys             `cmd:"" uses:"data,key" name:"key" help:"Create, list and rotate signing keys."`
	Backup      backupCommand    `cmd:"" uses:"data,store" help:"Back up the database, also while a server uses it."`
	Restore     restoreCommand   `cmd:"" uses:"data,store" help:"Replace the database with a backup."`
	Compact     compactCommand   `cmd:"" uses:"data,store" help:"Return the space of deleted documents."`
	Export      exportCommand    `cmd:"" uses:"data,store,store-connect-timeout" help:"Write documents as text."`
	Import      importCommand    `cmd:"" uses:"data,store,store-connect-timeout" help:"Store documents from text."`
	Audit       auditCommand     `cmd:"" uses:"data,store,store-connect-timeout" help:"Print audit events, the oldest first."`
	Health      health           `cmd:"" uses:"listen,tls-cert" help:"Check that the server at --listen is ready."`
	Conformance conformanceCheck `cmd:"" aliases:"contract" uses:"none" help:"Test a running deployment against its contract."`
	OpenAPI     openAPI          `cmd:"" uses:"none" name:"openapi" help:"Print the contract, openapi.yaml."`
	Man         man              `cmd:"" uses:"none" help:"Print the manual page."`
	Completion  completion       `cmd:"" uses:"none" help:"Print a script that completes commands and flags in a shell."`
	Version     version          `cmd:"" uses:"none" help:"Print the version."`
}

// App is the application that the commands serve and manage.
type App server.App

// Main runs the command that the program's arguments name, and exits with 0 for success, 1 for a failure or 2 for wrong usage.
func Main(a App) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process immediately
	os.Exit(Run(ctx, a, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Run runs a command until it is done or ctx ends, and returns the exit code: 0 for success, 1 for a failure or 2 for wrong usage. It
// writes an error as one line to stderr.
func Run(ctx context.Context, a App, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	contract, err := spec.Load(a.OpenAPI)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	code, name := -1, contract.Name()
	prefix := environmentName(name)
	line := commandLine{config: config{name: name, build: buildOf(a, contract)}}
	parser, err := kong.New(&line,
		kong.Name(name),
		kong.Description(contract.Title()+" "+contract.Version()+". The contract is the OpenAPI document that the program was built with."),
		kong.Writers(stdout, stderr),
		kong.Help(help),
		kong.Exit(func(c int) { code = c }), // --help
		kong.DefaultEnvars(prefix),
		describe(prefix),
		kong.Resolvers(secretFiles),
		kong.Vars{
			"name": name, "stores": stores,
			"migrate":   "Update the tables, columns and indexes of the store for the contract. The server does this at its start, too.",
			"roles":     strings.Join(contract.Roles().Names(), ", "),
			"plain":     "Print JSON in which the parameters filter and where are strings, for tools that do not support content.",
			"contract":  "Contract to test against: served is the one that the deployment serves at /openapi.json, own is this program's.",
			"algorithm": "Signature algorithm of tokens. Use ES256 or RS256 if a library that verifies the tokens does not support EdDSA.",
			"schemas":   strings.Join(collections(contract), ", "),
			"format":    "NDJSON, one JSON object per line, or CSV.",
			"rejected":  "A new file for the rejected lines, as NDJSON. Default: the first 100 as text to standard error.",
			"set":       "Set another property of the account: NAME=VALUE sets a string, NAME:=JSON any JSON value. Can be repeated.",
		},
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

// help prints help without the flags of config that a command does not use, and without aliases.
func help(options kong.HelpOptions, c *kong.Context) error {
	for _, flag := range c.Model.Flags {
		flag.Tag.Envs = flag.Tag.Envs[:min(1, len(flag.Tag.Envs))]
	}
	for _, command := range c.Model.Children {
		command.Aliases = nil
	}
	if node := c.Selected(); node != nil {
		shown := flagsOf(node)
		for _, flag := range c.Model.Flags {
			flag.Hidden = !slices.Contains(shown, flag)
		}
	}
	return kong.DefaultHelpPrinter(options, c)
}

// redactUsageError returns the text of a usage error. The text may quote an argument; if that may be a URI with a
// password, it is not shown.
func redactUsageError(err error) string {
	if text := err.Error(); !strings.Contains(text, "@") && !strings.Contains(text, "://") {
		return text
	}
	return "an argument is in the wrong place; it is not shown because it may contain a password"
}

// output holds the streams of a command: its input, results and log.
type output struct {
	in       io.Reader
	out, log io.Writer
}

type openAPI struct {
	Plain bool `help:"${plain}"`
}

// Run prints openapi.yaml as of the build, or the plain contract.
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

// versionFlag is the flag --version, which does the same as the command.
type versionFlag bool

// BeforeReset prints the version and ends the program.
func (versionFlag) BeforeReset(k *kong.Kong, contract *spec.Contract, o output) error {
	err := version{}.Run(contract, o)
	k.Exit(0)
	return err
}

// Run prints the versions of the program, the contract and Go, and the platform.
func (version) Run(contract *spec.Contract, o output) error {
	_, err := fmt.Fprintf(o.out, "%s %s, contract %s, %s %s/%s\n",
		contract.Name(), programVersion(), contract.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// programVersion returns the version of the program's module.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
