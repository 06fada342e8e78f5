package generate

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

var idPattern, tagPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`), regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkNames returns an error for an operationId that cannot be a method name, a tag that cannot be a package name, and names that are
// taken in package client.
func checkNames(contract *spec.Contract, folder string) error {
	for _, op := range contract.Operations() {
		if !idPattern.MatchString(op.ID) {
			return fmt.Errorf("%s %s: invalid operationId %q; it becomes a Go method: use a letter, then letters and digits", op.Method,
				op.Path, op.ID)
		}
		if !tagPattern.MatchString(op.Tag) || token.IsKeyword(op.Tag) {
			return fmt.Errorf("%s %s: invalid tag %q; it becomes a Go package: use a lower-case letter, then those and digits", op.Method,
				op.Path, op.Tag)
		}
	}
	if folder == "." {
		return checkClient(contract)
	}
	return nil
}

// checkClient returns an error for a type of the contract that package client names as it names another one.
func checkClient(contract *spec.Contract) error {
	declared, err := Declared("client", false)
	if err != nil {
		return err
	}
	for _, schema := range contract.Schemas() {
		if name := typeName(contract, schema); slices.Contains(declared, name) && slices.Contains(clientTypes(contract), name) {
			return fmt.Errorf("schema %s: its type in Go is %s, but that is a name in client; rename the schema", schema, name)
		}
	}
	return nil
}

// Declared returns the names of the functions, types, variables and constants of the package in a folder, without those in tests and,
// unless generated is true, in generated files.
func Declared(folder string, generated bool) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || !generated && strings.HasSuffix(file, ".gen.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range parsed.Decls {
			if d, ok := declaration.(*ast.FuncDecl); ok && d.Recv == nil {
				names = append(names, d.Name.Name)
			}
			general, _ := declaration.(*ast.GenDecl)
			if general == nil {
				continue
			}
			for _, s := range general.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names, nil
}

// typeName returns the name of a schema's type: its x-go-name, or the one that follows from its name.
func typeName(contract *spec.Contract, schema string) string {
	return cmp.Or(contract.GoName(schema), goName(schema))
}

// goName returns the Go name that oapi-codegen derives from a name in the contract, with the name-normalizer of gen/*.yaml: GetPetByID for
// getPetById.
func goName(name string) string {
	// codegen.ToCamelCaseWithInitialisms knows the initialisms only while it generates.
	words := goWords.FindAllString(codegen.ToCamelCaseWithDigits(name), -1)
	for i, word := range words {
		if upper := strings.ToUpper(word); slices.Contains(initialisms, upper) {
			words[i] = upper
		}
	}
	return strings.Join(words, "")
}

var (
	goWords     = regexp.MustCompile(`[\p{Lu}\d]+([\p{Ll}\d]+|$)`)
	initialisms = strings.Fields("ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP TLS TTL " +
		"UDP UI GID UID UUID URI URL UTF8 VM XML XMPP XSRF XSS SIP RTP AMQP DB TS")
)
