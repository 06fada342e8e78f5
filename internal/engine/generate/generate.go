// Package generate completes openapi.yaml, and generates code from it, with oapi-codegen:
//
//	gen/api/api.gen.go                 the types and the Echo server interface
//	gen/client/client.gen.go           the Go client's types and requests
//
// and with the templates of this package:
//
//	gen/overlay.yaml                   which schemas the server passes on as JSON
//	gen/client-overlay.yaml            which responses the Go client does not decode
//	gen/api/stored.gen.go              the responses of such JSON
//	gen/wire/wire.gen.go               the route of each operation, to the Handlers of its tag
//	client/operations.gen.go           the Go client's methods, and the properties of its filters
package generate

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

//go:embed *.tmpl
var templates embed.FS

// output is a generated file and its template.
type output struct{ file, template string }

// outputs returns the files to generate for the contract in a folder from a template.
func outputs(folder string) []output {
	files := []output{
		{serverPackage.overlay, "overlay.yaml.tmpl"},
		{"gen/api/stored.gen.go", "stored.go.tmpl"},
	}
	if isApplication(folder) {
		files = append(files, output{"gen/wire/wire.gen.go", "wire.go.tmpl"})
	}
	if folder == "." {
		files = append(files,
			output{clientPackage.overlay, "client-overlay.yaml.tmpl"},
			output{"client/operations.gen.go", "client.go.tmpl"})
	}
	return files
}

// isApplication reports whether the handlers for the contract in a folder are in packages of their own.
func isApplication(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "internal", "app"))
	return err == nil || folder == "."
}

const contractFile = "openapi.yaml"

// Run completes openapi.yaml in a folder (Complete), and generates code from it. If the folder has a contract/openapi.yaml, openapi.yaml is
// made from that file and those in its folder that it refers to. The folder is the root of the module, or a folder in it,
// which gets no Go client and, unless it has a package internal/app, no gen/wire. Run returns an error for a contract that spec.Load
// rejects or whose code would not compile, and then writes nothing. It writes to out what is still to be written by hand.
func Run(folder string, out io.Writer) error {
	bundled, err := bundle(folder)
	if err != nil {
		return err
	}
	document := bundled
	if bundled == nil {
		if document, err = os.ReadFile(filepath.Join(folder, contractFile)); err != nil {
			return err
		}
	}
	completed, err := Complete(document)
	if err != nil {
		return err
	}
	if bundled != nil { // before it is checked: errors have lines of it
		if err := replace(filepath.Join(folder, contractFile), completed); err != nil {
			return err
		}
		document = completed
	}
	contract, err := spec.Load(completed)
	if err = inOrder(withLines(err, document, completed), checkNames(document)); err != nil {
		return err
	}
	if folder == "." {
		err = checkClientNames(contract, document)
	}
	var files map[string][]byte
	var collisions error
	if err == nil { // all files, before writing one
		if files, collisions, err = texts(contract, folder, document, completed); err != nil {
			return err
		}
	}
	if err := inOrder(err, collisions, checkVerifiers(contract, folder, document)); err != nil {
		return err
	}
	if !bytes.Equal(completed, document) {
		if err := replace(filepath.Join(folder, contractFile), completed); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	if !isApplication(folder) {
		return nil
	}
	return announce(contract, folder, out)
}

// generated returns the generated files of a folder by their names.
func generated(contract *spec.Contract, folder string, document []byte) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	if named, err := contract.Named(); err != nil {
		return nil, err
	} else if named != nil {
		document = named
		if contract, err = spec.Load(named); err != nil {
			return nil, err
		}
	}
	for _, o := range outputs(folder) {
		if files[o.file], err = execute(o.template, contract, folder); err != nil {
			return nil, err
		}
	}
	packages := []goPackage{serverPackage}
	if folder == "." {
		packages = append(packages, clientPackage)
	}
	for _, p := range packages {
		if files[p.file], err = p.code(folder, document, files[p.overlay]); err != nil {
			return nil, err
		}
	}
	return files, checkCode(folder, files)
}

// replace writes a file so that it always has the old text or the new one, never a part.
func replace(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// announce reports missing packages of tags; the compiler would report a missing module.
func announce(contract *spec.Contract, root string, out io.Writer) error {
	for _, tag := range contract.Tags() {
		folder := filepath.Join(root, "internal", tag)
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			continue
		}
		if _, err := fmt.Fprintf(out, "%s is missing: write package %s with New(app.App) Handlers, and a method of "+
			"Handlers for each operation with that tag\n", folder, tag); err != nil {
			return err
		}
	}
	return nil
}

// modulePath is the path of the module that this file is in.
const modulePath = "github.com/newsdesk-api/newsdesk"

// importPath returns the import path of a package in a folder of this module.
func importPath(folder, name string) string {
	return path.Join(modulePath, filepath.ToSlash(folder), name)
}

func execute(name string, contract *spec.Contract, folder string) ([]byte, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"goName": goName, "has": has, "failures": failures, "untyped": untyped, "ranges": ranges, "documents": documents, "stored": stored,
		"clientTypes": clientTypes, "listed": listed, "pages": pages, "converts": converts,
		"values": (*spec.Contract).ParameterChanges,
		"keys":   func() []string { return []string{"schema", "style", "explode"} },
		"bodies": (*spec.Contract).BodyChanges, "reads": reads,
		"ownSession": ownSession, "hasSession": hasSession, "authorizers": authorizers, "usesHTTP": usesHTTP,
		"hasVerifiers": func() (bool, error) { return hasVerifiers(folder) },
		"conditions":   conditions, "sorts": sorts, "call": callOf,
		"root": func() string { return importPath(folder, "") },
		"parameters": func() []string {
			return []string{"$.paths.*.parameters", "$.paths.*.*.parameters", "$.components.parameters"}
		},
	}).ParseFS(templates, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, contract); err != nil || !strings.HasSuffix(name, ".go.tmpl") {
		return out.Bytes(), err
	}
	return format.Source(out.Bytes())
}

// has reports whether the contract has a schema with that name.
func has(contract *spec.Contract, schema string) bool {
	return slices.Contains(contract.Schemas(), schema)
}

// ownSession reports whether the schema Session is that of the engine's accounts.
func ownSession(contract *spec.Contract) bool {
	names := []string{"client", "current", "date_created", "id", "last_used"}
	return contract.Accounts() && slices.Equal(contract.Properties("Session"), names)
}

// removal is the responses of an operation, or of all, that have no type in Go. Operation is a JSONPath.
type removal struct {
	Operation string
	Statuses  []string
}

// untyped returns the responses that handlers return as errors. Those of a status that a handler sends itself in some operation are listed
// for each of the other operations.
func untyped(contract *spec.Contract) (all []removal) {
	own := map[string]bool{}
	for _, op := range contract.Operations() {
		for _, status := range op.OwnErrors() {
			own[status] = true
		}
	}
	isOwn := func(status string) bool { return own[status] }
	if shared := slices.DeleteFunc(failures(contract), isOwn); len(shared) > 0 {
		all = append(all, removal{"$.paths.*.*", shared})
	}
	for _, op := range contract.Operations() {
		if statuses := slices.DeleteFunc(op.Statuses(), func(status string) bool {
			return status < "400" || !own[status] || slices.Contains(op.OwnErrors(), status)
		}); len(statuses) > 0 {
			all = append(all, removal{spec.OperationPath(op), statuses})
		}
	}
	return all
}

// ranges reports whether an operation can respond with a part of its bytes.
func ranges(contract *spec.Contract) bool {
	return slices.ContainsFunc(contract.Operations(), (*spec.Operation).Ranges)
}

// failures returns the statuses that handlers return as errors, and 400 in any case: a selector of the overlay must not be empty.
func failures(contract *spec.Contract) []string {
	found := map[string]bool{"400": true}
	for _, op := range contract.Operations() {
		for _, status := range op.Statuses() {
			if status >= "400" {
				found[status] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// documents returns the schemas that handlers receive or return as JSON: filters, which the collection parses, and documents with
// only the properties that a filter's fields select.
func documents(contract *spec.Contract) []string {
	var names []string
	for _, name := range contract.Schemas() {
		for _, m := range contract.Models() {
			x := m.Schema.Name()
			if name == "Partial"+x || name == x+"Filter" || name == x+"FieldsFilter" || name == x+"Where" {
				names = append(names, name)
			}
		}
	}
	return names
}

// stored reports whether an operation responds with documents, or parts of them, and the status 200, so that their JSON can be sent as it
// is stored.
func stored(contract *spec.Contract, op *spec.Operation) bool {
	body := op.Signature().Answer
	isWhole := func(m *store.Model) bool { return m.Schema.Name() == body }
	return slices.Contains(op.Statuses(), "200") && (slices.Contains(documents(contract), body) ||
		slices.ContainsFunc(contract.Models(), isWhole))
}
