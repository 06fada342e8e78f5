package cli

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template"

	"github.com/alecthomas/kong"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// man prints the manual of the program.
type man struct {
	Markdown bool `help:"Print the flags as a Markdown document instead."`
}

// Help returns the text that --help adds.
func (man) Help() string {
	return "It is a manual page in the format of man(1): save it as NAME.1 in a directory such as /usr/local/share/man/man1."
}

// Run prints the manual.
func (m man) Run(k *kong.Kong, contract *spec.Contract, o output) error {
	page := manualPage
	if m.Markdown {
		page = markdownPage
	}
	return page.Execute(o.out, map[string]any{
		"Name": k.Model.Name, "Title": contract.Title(), "Prefix": environmentName(k.Model.Name),
		"Flags": flagsOf(k.Model.Node), "Commands": commandsOf(k.Model.Node),
	})
}

// manualCommand is a command as the manual describes it.
type manualCommand struct {
	Path        string // such as "user create"
	Arguments   string
	Help        string
	Flags       []*kong.Flag // its own
	Subcommands []string
	All         []*kong.Flag // its own, and those of the program that it uses
}

// commandsOf returns the commands below a node that can be run, in the order of their declaration.
func commandsOf(root *kong.Node) (all []manualCommand) {
	for _, node := range root.Children {
		if node.Hidden {
			continue
		}
		if !node.Leaf() {
			all = append(all, commandsOf(node)...)
			continue
		}
		c := manualCommand{Path: pathOf(node), Help: node.Help, Flags: node.Flags, All: slices.Concat(node.Flags, flagsOf(node))}
		if node.Detail != "" {
			c.Help += " " + node.Detail
		}
		for _, argument := range node.Positional {
			c.Arguments += " " + argument.Summary()
		}
		all = append(all, c)
	}
	return all
}

// pathOf returns the words of a command, such as "user create".
func pathOf(node *kong.Node) string {
	path := node.Name
	for parent := node.Parent; parent.Type == kong.CommandNode; parent = parent.Parent {
		path = parent.Name + " " + path
	}
	return path
}

// wordsOf returns the words of the commands below a node, by the names of their types.
func wordsOf(root *kong.Node) map[string]string {
	words := map[string]string{reflect.TypeFor[snapshotCommand]().Name(): "migrate --dry-run"}
	for _, node := range root.Children {
		if node.Leaf() {
			words[node.Target.Type().Name()] = pathOf(node)
		} else {
			maps.Copy(words, wordsOf(node))
		}
	}
	return words
}

// flagsOf returns those flags of the program that a command uses.
func flagsOf(node *kong.Node) (flags []*kong.Flag) {
	root, uses := node, ""
	for ; root.Parent != nil; root = root.Parent {
		if uses == "" {
			uses = root.Tag.Get("uses")
		}
	}
	used := append(strings.Split(uses, ","), "help")
	if uses != "none" {
		used = append(used, "config")
	}
	for _, flag := range root.Flags {
		if uses == "" || slices.Contains(used, flag.Name) {
			flags = append(flags, flag)
		}
	}
	return flags
}

// completion prints a script that completes commands and flags in a shell.
type completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Help returns the text that --help adds.
func (completion) Help() string {
	return "Add a line to the configuration file of the shell: for bash \"source <(NAME completion bash)\", for zsh the same with zsh, " +
		"after compinit, and for fish \"NAME completion fish | source\"."
}

// Run prints the script.
func (c completion) Run(k *kong.Kong, o output) error {
	if c.Shell == "fish" {
		return fish(o.out, k.Model.Name, flagsOf(k.Model.Node), commandsOf(k.Model.Node))
	}
	if c.Shell == "zsh" {
		if _, err := io.WriteString(o.out, "autoload -U +X bashcompinit && bashcompinit\n"); err != nil {
			return err
		}
	}
	return bash(o.out, k.Model)
}

// bash writes a script that offers, after each command, its subcommands and flags.
func bash(w io.Writer, app *kong.Application) error {
	var cases strings.Builder
	var add func(path string, node *kong.Node)
	add = func(path string, node *kong.Node) {
		var words []string
		for _, child := range node.Children {
			if !child.Hidden {
				words = append(words, child.Name)
				add(strings.TrimSpace(path+" "+child.Name), child)
			}
		}
		flags := flagsOf(node)
		if node.Parent != nil {
			flags = slices.Concat(node.Flags, flags)
		}
		for _, flag := range flags {
			words = append(words, "--"+flag.Name)
		}
		fmt.Fprintf(&cases, "    %q) words=%q ;;\n", path, strings.Join(words, " "))
	}
	add("", app.Node)
	_, err := fmt.Fprintf(w, `_%[1]s() {
  local word words path=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == [a-z]* ]] && path+="${path:+ }$word"
  done
  case $path in
%[3]s    *) words= ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _%[1]s %[2]s
`, strings.ReplaceAll(app.Name, "-", "_"), app.Name, cases.String())
	return err
}

// fish writes a script that offers commands at the beginning, and the flags of the command of the line.
func fish(w io.Writer, name string, flags []*kong.Flag, commands []manualCommand) error {
	quote := func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'" }
	var err error
	line := func(condition, rest string) {
		if err == nil {
			_, err = fmt.Fprintf(w, "complete -c %s -n %s %s\n", name, quote(condition), rest)
		}
	}
	for _, c := range commands {
		path := strings.Fields(c.Path)
		condition := "__fish_use_subcommand"
		for i, word := range path {
			line(condition, "-f -a "+word+" -d "+quote(c.Help))
			condition = "__fish_seen_subcommand_from " + strings.Join(path[:i+1], "; and __fish_seen_subcommand_from ")
		}
		for _, flag := range c.All {
			line(condition, "-l "+flag.Name+" -d "+quote(flag.Help))
		}
	}
	for _, flag := range flags {
		line("__fish_use_subcommand", "-l "+flag.Name+" -d "+quote(flag.Help))
	}
	return err
}

var helpers = template.FuncMap{
	"upper": strings.ToUpper,
	// roff escapes text for man(7).
	"roff": func(text string) string {
		return strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'").Replace(text)
	},
	// cell escapes text for a cell of a Markdown table.
	"cell": func(text string) string {
		return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(text)
	},
}

var manualPage = template.Must(template.New("man").Funcs(helpers).Parse(`.TH {{upper .Name | roff}} 1
.SH NAME
{{roff .Name}} \- serve and manage {{roff .Title}}
.SH SYNOPSIS
.B {{roff .Name}}
[\fICOMMAND\fR] [\fIFLAG\fR...]
.SH COMMANDS
{{range .Commands}}.SS {{roff .Path}}{{roff .Arguments}}
{{roff .Help}}
{{range .Flags}}.TP
.B {{roff .String}}
{{roff .Help}}
{{end}}{{end}}.SH FLAGS
{{range .Flags}}.TP
.B {{roff .String}}
{{roff .Help}}
{{end}}.SH ENVIRONMENT
Each flag is also an environment variable: \-\-token\-ttl is {{roff .Prefix}}_TOKEN_TTL. A flag on the command line overrides the variable,
and the variable overrides the file of \-\-config.
.SH EXIT STATUS
0 for success, 1 for a failure, 2 for wrong usage.
`))

var markdownPage = template.Must(template.New("markdown").Funcs(helpers).Parse(`# Configuration

Each flag is also an environment variable: ` + "`--token-ttl` is `{{.Prefix}}_TOKEN_TTL`" + `. A flag on the command line overrides the
variable, and the variable overrides the file of ` + "`--config`, a YAML file with lines such as `token-ttl: 30m`" + `. Times have
units, such as ` + "`90s`, `15m` or `720h`" + `. ` + "`{{.Name}} --check-config`" + ` checks the configuration without serving.

| flag | |
|---|---|
{{range .Flags}}| ` + "`{{.}}`" + ` | {{cell .Help}} |
{{end}}
## Commands

| command | |
|---|---|
{{range .Commands}}| ` + "`{{$.Name}} {{.Path}}{{.Arguments}}`" + ` | {{cell .Help}} |
{{end}}`))
