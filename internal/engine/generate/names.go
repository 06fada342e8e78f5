package generate

import (
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
// taken in Go.
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
	return checkTypes(contract, folder)
}

// checkTypes returns an error for a schema or an operation whose name in Go is the one of another type.
func checkTypes(contract *spec.Contract, folder string) error {
	taken := map[string]string{} // what has a name
	for _, name := range strings.Fields("Client ClientInterface ClientOption HttpRequestDoer RequestEditorFn ServerInterface " +
		"ServerInterfaceWrapper StrictServerInterface EchoRouter RegisterHandlersOptions StoredJSON") {
		taken[name] = "a type in gen"
	}
	ids := map[string]string{}
	for _, op := range contract.Operations() {
		name := goName(op.ID)
		if other := ids[name]; other != "" {
			return fmt.Errorf("%s %s: operationIds %s and %s are both %s in Go; rename one", op.Method, op.Path, other, op.ID, name)
		}
		ids[name] = op.ID
		for _, suffix := range []string{"Params", "RequestObject", "ResponseObject", "JSONBody", "JSONRequestBody"} {
			taken[name+suffix] = "a type of operation " + op.ID
		}
	}
	var runtime []string
	if folder == "." {
		var err error
		if runtime, err = exported("client"); err != nil {
			return err
		}
	}
	used := clientTypes(contract)
	for _, schema := range contract.Schemas() {
		name := goName(schema)
		if taken[name] == "" && slices.Contains(used, name) && slices.Contains(runtime, name) {
			taken[name] = "a type in client"
		}
		if other := taken[name]; other != "" {
			return fmt.Errorf("schema %s: its type in Go is %s, but that is %s; rename the schema", schema, name, other)
		}
		taken[name] = "the type of schema " + schema
	}
	return nil
}

// exported returns the exported types and functions of the package in a folder, without those in generated files and tests.
func exported(folder string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, ".gen.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range parsed.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if t, ok := s.(*ast.TypeSpec); ok {
						names = append(names, t.Name.Name)
					}
				}
			}
		}
	}
	return names, nil
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
