package generate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// appFolder returns the folder of the package with the method Verifiers of App.
func appFolder(folder string) string { return filepath.Join(folder, "internal", "app") }

// needsVerifiers reports whether an operation requires a security scheme other than that of the accounts.
func needsVerifiers(contract *spec.Contract) bool {
	return slices.ContainsFunc(contract.Schemes(), func(s spec.Scheme) bool { return s.Name != contract.AccountScheme() })
}

// checkVerifiers returns an error if package app names no verifier of some security schemes; the server checks that it exists.
func checkVerifiers(contract *spec.Contract, folder string, document []byte) error {
	if !isApplication(folder) || !needsVerifiers(contract) {
		return nil
	}
	named, err := textsIn(appFolder(folder))
	if err != nil {
		return err
	}
	has, err := hasVerifiers(folder)
	if err != nil {
		return err
	}
	var missing, lines []string
	schemes := contract.Schemes()
	slices.SortFunc(schemes, func(a, b spec.Scheme) int { return lineOf(document, a) - lineOf(document, b) })
	for _, scheme := range schemes {
		if scheme.Name != contract.AccountScheme() && !(has && named[scheme.Name]) {
			missing = append(missing, scheme.Name)
			lines = append(lines, fmt.Sprintf("line %d: /components/securitySchemes/%s: it has no verifier", lineOf(document, scheme),
				scheme.Name))
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("contract: %s; %s", strings.Join(lines, "\n"), spec.WriteVerifier(missing...))
}

// lineOf returns the line of a security scheme.
func lineOf(document []byte, scheme spec.Scheme) int {
	t, err := parse(document)
	if err != nil {
		return 0
	}
	if key, _ := entry(member(t.root, "components", "securitySchemes"), scheme.Name); key != nil {
		return key.Line
	}
	return 0
}

// hasVerifiers reports whether package app has a method Verifiers.
func hasVerifiers(folder string) (bool, error) {
	has := false
	err := inspect(appFolder(folder), func(n ast.Node) {
		f, ok := n.(*ast.FuncDecl)
		has = has || ok && f.Recv != nil && f.Name.Name == "Verifiers"
	})
	return has, err
}

// textsIn returns the strings in the Go files of a folder, without those of tests.
func textsIn(folder string) (map[string]bool, error) {
	found := map[string]bool{}
	return found, inspect(folder, func(n ast.Node) {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, _ := strconv.Unquote(literal.Value)
			found[text] = true
		}
	})
}

// inspect calls visit for every node of the Go files in a folder, without those of tests.
func inspect(folder string, visit func(ast.Node)) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			visit(n)
			return true
		})
	}
	return nil
}
