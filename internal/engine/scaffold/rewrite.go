package scaffold

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// application is how an application is called.
type application struct {
	Module  string // path of the Go module
	Title   string // info.title of the contract
	Name    string // of the program, derived from the title
	Version string // info.version of the contract
}

// load reads the names of the application in a tree.
func load(tree string) (application, error) {
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil {
		return application{}, err
	}
	document, err := os.ReadFile(filepath.Join(tree, "openapi.yaml"))
	if err != nil {
		return application{}, err
	}
	if document, err = generate.Complete(document); err != nil { // what another version has made may differ
		return application{}, err
	}
	a, err := describe(document)
	a.Module = modfile.ModulePath(mod)
	return a, err
}

// describe returns the application of a contract, without the module.
func describe(document []byte) (application, error) {
	contract, err := spec.Load(document)
	if err != nil {
		return application{}, err
	}
	return application{Title: contract.Title(), Name: contract.Name(), Version: contract.Version()}, nil
}

// Package returns the name of the package in the root of the module.
func (a application) Package() string {
	base, _, ok := module.SplitPathVersion(a.Module)
	if !ok {
		base = a.Module
	}
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(path.Base(base)))
	if !token.IsIdentifier(name) || name == "main" {
		return "application"
	}
	return name
}

// Environment returns the prefix of environment variables.
func (a application) Environment() string {
	return strings.ToUpper(strings.ReplaceAll(a.Name, "-", "_"))
}

// move returns the text of an engine's file with the module path and the root package of another application.
func move(name string, text []byte, from, to application) ([]byte, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return text, nil
	}
	moved := replaceModule(text, from.Module, to.Module)
	if path.Ext(name) != ".go" {
		return moved, nil
	}
	for _, use := range []string{`(?m)^(package )%s()$`, `(?m)^(// Package )%s( )`, `\b()%s(\.OpenAPI\b)`} {
		pattern := regexp.MustCompile(fmt.Sprintf(use, from.Package()))
		if name == "tools.go" || strings.Contains(use, "OpenAPI") {
			moved = pattern.ReplaceAll(moved, []byte("${1}"+to.Package()+"${2}"))
		}
	}
	if bytes.Equal(moved, text) {
		return text, nil
	}
	formatted, err := format.Source(moved) // another path can have another place among the imports
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return formatted, nil
}

// replaceModule replaces a module path where it stands alone or begins the path of a package.
func replaceModule(text []byte, from, to string) []byte {
	var out []byte
	for {
		at := bytes.Index(text, []byte(from))
		if at < 0 {
			return append(out, text...)
		}
		end := at + len(from)
		out = append(out, text[:at]...)
		if at > 0 && bytes.IndexByte(pathBytes, text[at-1]) >= 0 || end < len(text) && bytes.IndexByte(nameBytes, text[end]) >= 0 {
			out = append(out, from...)
		} else {
			out = append(out, to...)
		}
		text = text[end:]
	}
}

var (
	nameBytes = []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~")
	pathBytes = append([]byte("./"), nameBytes...)
)
