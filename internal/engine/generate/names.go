package generate

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

var idPattern, tagPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`), regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkNames returns an error for all operationIds that cannot be method names, tags that cannot be package names, and schemas whose names
// are taken in package client, in the order of their lines in the document.
func checkNames(contract *spec.Contract, folder string, document []byte) error {
	t, err := parse(document)
	if err != nil {
		return err
	}
	mistakes := map[int][]string{} // by line
	add := func(line int, format string, args ...any) {
		mistakes[line] = append(mistakes[line], fmt.Sprintf("line %d: %s", line, fmt.Sprintf(format, args...)))
	}
	for _, op := range contract.Operations() {
		key, node := entry(member(t.root, "paths", op.Path), strings.ToLower(op.Method))
		place := fmt.Sprintf("%s %s", op.Method, op.Path)
		if id, _ := entry(node, "operationId"); !idPattern.MatchString(op.ID) {
			add(firstLine(id, key), "%s: invalid operationId %q; it becomes a Go method: use a letter, then letters and digits", place,
				op.ID)
		}
		if tags, _ := entry(node, "tags"); !tagPattern.MatchString(op.Tag) || token.IsKeyword(op.Tag) {
			add(firstLine(tags, key), "%s: invalid tag %q; it becomes a Go package: use a lower-case letter, then those and digits", place,
				op.Tag)
		}
	}
	if folder == "." {
		taken, err := takenByClient(contract)
		if err != nil {
			return err
		}
		for _, schema := range taken {
			key, _ := entry(member(t.root, "components", "schemas"), schema)
			add(firstLine(key), "schema %s: its type in Go is %s, but that is a name in client; rename the schema", schema,
				typeName(contract, schema))
		}
	}
	var lines []string
	for _, line := range slices.Sorted(maps.Keys(mistakes)) {
		lines = append(lines, mistakes[line]...)
	}
	if lines == nil {
		return nil
	}
	return fmt.Errorf("contract: %s", strings.Join(lines, "\n"))
}

// firstLine returns the line of the first node that is there, or that of the document: a merge key hides what it adds.
func firstLine(nodes ...*yaml.Node) int {
	if node := cmp.Or(nodes...); node != nil {
		return node.Line
	}
	return 1
}

// takenByClient returns the schemas whose types package client names as it names something else.
func takenByClient(contract *spec.Contract) (taken []string, err error) {
	declared, err := Declared("client", false)
	if err != nil {
		return nil, err
	}
	for _, schema := range contract.Schemas() {
		if name := typeName(contract, schema); slices.Contains(declared, name) && slices.Contains(clientTypes(contract), name) {
			taken = append(taken, schema)
		}
	}
	return taken, nil
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
