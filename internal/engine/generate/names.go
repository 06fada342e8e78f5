package generate

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oapi-codegen/oapi-codegen/v2/pkg/codegen"
	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

var idPattern, tagPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`), regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkNames returns an error for all operationIds that cannot be method names, and tags that cannot be package names, in the order of
// their lines in the document.
func checkNames(document []byte) error {
	t, err := parse(document)
	if err != nil {
		return err
	}
	var mistakes []error
	add := func(line int, format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("line %d: "+format, append([]any{line}, args...)...))
	}
	for _, op := range operations(t.root) {
		place := strings.ToUpper(op.method) + " " + op.path
		if key, id := entry(op.node, "operationId"); id != nil && !idPattern.MatchString(id.Value) {
			add(key.Line, "%s: invalid operationId %q; it becomes a Go method: use a letter, then letters and digits, such as %s", place,
				id.Value, spelled(id.Value))
		}
		if key, _ := entry(op.node, "tags"); op.tag != "" && (!tagPattern.MatchString(op.tag) || token.IsKeyword(op.tag)) {
			add(key.Line, "%s: invalid tag %q; it becomes a Go package: use a lower-case letter, then those and digits", place, op.tag)
		}
	}
	eachName(t.root, "", func(key *yaml.Node, of *yaml.Node, pointer string, property bool) {
		switch {
		case property && invalidInTag.MatchString(key.Value):
			add(key.Line, "%s: package encoding/json has no properties with such a name; use letters, digits and spaces, or describe it "+
				"with additionalProperties", pointer)
		case goName(key.Value) == "" && member(of, "x-go-name") == nil:
			add(key.Line, "%s: the name has no letter that has a capital one, which names in Go start with; add an x-go-name, such as "+
				"`x-go-name: Name`", pointer)
		}
	})
	return errors.Join(mistakes...)
}

// invalidInTag matches the names of properties that the tag of a field cannot have.
var invalidInTag = regexp.MustCompile(`[^\p{L}\p{N}!#$%&()*+\-./:;<=>?@\[\]^_{|}~ ]`)

// eachName calls visit with the name of each property and parameter below a node, what it is the name of, and its pointer.
func eachName(node *yaml.Node, pointer string, visit func(key, of *yaml.Node, pointer string, property bool)) {
	name, in := member(node, "name"), member(node, "in")
	if name != nil && in != nil && name.Kind == yaml.ScalarNode && in.Kind == yaml.ScalarNode && member(node, "type") == nil {
		visit(name, node, pointer+"/name", false)
	}
	for i, child := range node.Content {
		at := pointer
		switch {
		case node.Kind == yaml.MappingNode && i%2 == 0:
			continue
		case node.Kind == yaml.MappingNode:
			key := node.Content[i-1]
			at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key.Value)
			inProperties := strings.HasSuffix(pointer, "/properties")
			if !inProperties && slices.Contains([]string{"example", "enum", "value", "default"}, key.Value) {
				continue
			}
			if inProperties {
				visit(key, child, at, true)
			}
		case node.Kind == yaml.SequenceNode:
			at += "/" + strconv.Itoa(i)
		}
		eachName(child, at, visit)
	}
}

// spelled returns an operationId as a name in Go: getPetById for get_pet.by-id.
func spelled(id string) string {
	name := codegen.ToCamelCaseWithDigits(id)
	if name = strings.Join(regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(name, -1), ""); !idPattern.MatchString(name) {
		return "getPetById"
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// checkClientNames returns an error for all schemas whose names are taken in package client, in the order of their lines.
func checkClientNames(contract *spec.Contract, document []byte) error {
	t, err := parse(document)
	if err != nil {
		return err
	}
	taken, err := takenByClient(contract)
	if err != nil {
		return err
	}
	var mistakes []error
	for _, schema := range taken {
		key, _ := entry(member(t.root, "components", "schemas"), schema)
		mistakes = append(mistakes, fmt.Errorf("line %d: schema %s: its type in Go is %s, but that is a name in client; rename the schema",
			firstLine(key), schema, typeName(contract, schema)))
	}
	return errors.Join(mistakes...)
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
		name := typeName(contract, schema)
		if slices.Contains(declared, name) && slices.Contains(clientTypes(contract), name) && !IsStandard(schema) {
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
	return goPrefix(name) + strings.Join(words, "")
}

// goPrefix returns the letters for the signs or the digit that a name starts with: Underscore for _id, N for 2fa.
func goPrefix(name string) string {
	rest := strings.TrimLeft(name, "-+&|~=><#.*^%_")
	switch {
	case len(rest) < len(name):
		return codegen.SchemaNameToTypeName(name[:len(name)-len(rest)])
	case name != "" && '0' <= name[0] && name[0] <= '9':
		return "N"
	}
	return ""
}

var (
	goWords     = regexp.MustCompile(`[\p{Lu}\d]+([\p{Ll}\d]+|$)`)
	initialisms = strings.Fields("ACL API ASCII CPU CSS DNS EOF GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP TLS TTL " +
		"UDP UI GID UID UUID URI URL UTF8 VM XML XMPP XSRF XSS SIP RTP AMQP DB TS")
)
