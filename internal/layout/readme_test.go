package layout

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The README says which test shows a protection; a reader must find it.
func TestReadmeNamesTests(t *testing.T) {
	tests := map[string]bool{}
	for _, file := range goFiles(t) {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[f.Name.Name] = true
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 20 {
		t.Errorf("the README names %d tests", len(named))
	}
	for _, name := range named {
		if !tests[name[1]] {
			t.Errorf("the README names %s, which is nowhere", name[1])
		}
	}
}
