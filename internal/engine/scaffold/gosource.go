package scaffold

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

var longSignature = regexp.MustCompile(`(?m)^(func \(h Handlers\) \w+)\((ctx context.Context, r api\.\w+)\) (\(.*) \{$`)

var longReturn = regexp.MustCompile(`(?m)^\treturn (api\.\w+)\{(Headers: .*)\}, err$`)

// imports are the packages that tests may use, each with the text that shows it.
var imports = []struct{ path, use string }{
	{"encoding/json", "json."}, {"strings", "strings."}, {"testing", "testing."},
	{"", ""}, {"%s/internal/app/apptest", "apptest."}, {"%s/internal/engine/testkit", "testkit."},
}

// goSource formats a file, adds the imports of a test that has none, and breaks the lines of long names.
func goSource(text, module string) []byte {
	if !strings.Contains(text, "\nimport ") {
		var b strings.Builder
		for _, i := range imports {
			if i.path == "" {
				b.WriteByte('\n')
			} else if strings.Contains(text, i.use) {
				fmt.Fprintf(&b, "\t%q\n", strings.ReplaceAll(i.path, "%s", module))
			}
		}
		text = strings.Replace(text, "\n\n", "\n\nimport (\n"+b.String()+")\n\n", 1)
	}
	for _, long := range []struct {
		pattern *regexp.Regexp
		broken  string
	}{
		{longSignature, "$1(\n\t$2,\n) $3 {"},
		{longReturn, "\treturn $1{\n\t\t$2,\n\t}, err"},
	} {
		text = long.pattern.ReplaceAllStringFunc(text, func(line string) string {
			if len(line)+3*strings.Count(line, "\t") <= 140 {
				return line
			}
			return long.pattern.ReplaceAllString(line, long.broken)
		})
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return []byte(text) // the compiler reports it
	}
	return formatted
}

// withoutFunction returns the source without the method of Handlers, without the test of that name, and without the imports that only they
// need, and whether there was one. It returns nil if no other declaration is left.
func withoutFunction(source []byte, method string) (rest []byte, found bool) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "", source, parser.ParseComments)
	if err != nil {
		return source, false
	}
	others, needed, dropped := 0, map[string]bool{}, map[string]bool{}
	for _, declaration := range slices.Backward(parsed.Decls) {
		f, isFunction := declaration.(*ast.FuncDecl)
		if general, ok := declaration.(*ast.GenDecl); ok && general.Tok == token.IMPORT {
			continue
		}
		if !isFunction || (f.Recv != nil || f.Name.Name != "Test"+method) && (f.Recv == nil || f.Name.Name != method) {
			others++
			selected(declaration, needed)
			continue
		}
		found = true
		selected(f, dropped)
		from := f.Pos()
		if f.Doc != nil {
			from = f.Doc.Pos()
		}
		source = slices.Concat(bytes.TrimRight(source[:files.Position(from).Offset], "\n"), source[files.Position(f.End()).Offset:])
	}
	if others == 0 && found {
		return nil, true
	}
	for _, i := range slices.Backward(parsed.Imports) {
		name := strings.Trim(i.Path.Value[strings.LastIndexByte(i.Path.Value, '/')+1:], `"`)
		if i.Name != nil {
			name = i.Name.Name
		}
		if at := files.Position(i.Pos()).Offset; dropped[name] && !needed[name] { // its line
			source = slices.Concat(source[:bytes.LastIndexByte(source[:at], '\n')+1], source[at+bytes.IndexByte(source[at:], '\n')+1:])
		}
	}
	if formatted, err := format.Source(source); err == nil {
		source = bytes.Replace(formatted, []byte("\nimport ()\n"), nil, 1)
	}
	return source, found
}

// selected adds the names in front of a dot, which may be packages.
func selected(n ast.Node, names map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				names[x.Name] = true
			}
		}
		return true
	})
}
