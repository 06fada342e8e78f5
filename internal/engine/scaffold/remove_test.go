package scaffold

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// edited returns the testapp's contract with one text replaced by another.
func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	text := testapp(t)
	if strings.Count(text, old) != 1 {
		t.Fatalf("the contract has %q %d times", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, replacement, 1)
}

func TestRemoveResource(t *testing.T) {
	t.Parallel()
	const end = "\n    # ---- posts ------"
	for _, tt := range []struct {
		name, text string
		left       []string // parts of the lines about what was left
		keeps      []string // in the text
	}{
		{"as it is", testapp(t), nil, nil},
		{"with a scope that others need",
			edited(t, "x-required-scopes: [notes:read]\n      x-limits: {concurrent: 4 per account}", "x-required-scopes: [posts:write]"),
			[]string{"left the scope posts:write, which findNotes requires"}, []string{"[notes:read, notes:write, posts:write]"}},
		{"with a schema between the banners that others use",
			edited(t, "greeting: {type: string}", "greeting: {$ref: '#/components/schemas/Mood'}") +
				"    # ---- posts ----\n    Mood: {type: string}\n    Other: {type: string}\n    # ---- end of posts ----\n",
			[]string{"left schemas/Mood between the comment lines of posts",
				"left between the comment lines of posts: Mood: {type"}, []string{"    Mood: {type: string}\n"}},
		{"with an operation of another tag on its path",
			edited(t, "operationId: getPost\n      tags: [posts]", "operationId: getPost\n      tags: [system]"), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseContract([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			left, err := c.removeResource("posts")
			if strings.Contains(tt.name, "another tag") { // which refers to the schema
				if err == nil || !strings.Contains(err.Error(), "something else refers to the schema Post") || string(c.text()) == "" {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || len(left) != len(tt.left) {
				t.Fatalf("%v, left %q", err, left)
			}
			for i, want := range tt.left {
				if !strings.HasPrefix(left[i], want) {
					t.Errorf("left %q, want %q", left[i], want)
				}
			}
			text := string(c.text())
			for _, want := range tt.keeps {
				if !strings.Contains(text, want) {
					t.Errorf("%q is gone", want)
				}
			}
			for _, gone := range []string{"/posts", "Post", "name: posts", "posts:admin", "Other:", end} {
				if strings.Contains(text, gone) {
					t.Errorf("%q is still there", gone)
				}
			}
			if strings.Contains(text, "\n\n\n") {
				t.Error("two blank lines are left")
			}
			if removed, added := difference(tt.text, text); len(added) > 3 || len(removed) < 100 { // the roles
				t.Errorf("%d lines were removed, and added %q", len(removed), added)
			}
		})
	}
}

func TestRemoveResourceErrors(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"something else refers to the schema PostFilter": edited(t, "schema: {$ref: '#/components/schemas/NoteFilter'}",
			"schema: {$ref: '#/components/schemas/PostFilter'}"),
		"something else refers to the operation getPost": edited(t, "updateNote: {operationId: updateNote",
			"getPost: {operationId: getPost, parameters: {slug: a}}\n            updateNote: {operationId: updateNote"),
	} {
		c, err := parseContract([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.removeResource("posts"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestRemoveOperation(t *testing.T) {
	t.Parallel()
	for name, text := range contracts(t) {
		resource, path := "notes", "/notes/{id}/pin"
		if strings.HasPrefix(name, "small") {
			resource, path = "orders", "/orders/{id}/pin"
		}
		for _, o := range []struct{ method, path string }{
			{"POST", path}, {"GET", path}, {"PUT", "/" + resource}, {"GET", "/" + resource + "/latest"},
		} {
			w := treeWith(t, text)
			w.sourceIn(t, "internal/"+resource+"/x.go", "package x\nvar a store.Collection[api.Note]\nvar b store.Collection[api.Order]\n")
			operation, err := w.describeOperation(resource, "pin", o.method, o.path)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := operation.write(w.contract); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "small") {
				loads(t, string(w.contract.text()))
			}
			for _, file := range []string{"operation.go.tmpl", "operation_test.go.tmpl"} {
				source, err := operation.execute(file)
				if err != nil {
					t.Fatal(err)
				}
				if text := string(goSource(source, w.module)); !strings.Contains(text, operation.Go) {
					t.Errorf("%s has no %s", text, operation.Go)
				}
			}
			id, err := w.contract.removeOperation(resource, "pin")
			if err != nil || id != operation.ID || string(w.contract.text()) != text {
				t.Errorf("%s, %s %s: %v, %s, or another text", name, o.method, o.path, err, id)
			}
		}
	}
}

func TestAddOperationErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ resource, name, method, path, want string }{
		{"nothing", "pin", "POST", "/nothing/{id}/pin", `unknown resource "nothing"`},
		{"notes", "Pin", "POST", "/notes/{id}/pin", `invalid name "Pin"`},
		{"notes", "pin", "FETCH", "/notes/{id}/pin", `unknown method "FETCH"`},
		{"notes", "pin", "POST", "notes/{id}/pin", `invalid path "notes/{id}/pin"`},
		{"notes", "pin", "POST", "/notes/{key}/pin", `invalid path`},
		{"notes", "pin", "POST", "/notes/{id}/{id}", `invalid path`},
		{"notes", "createNote", "POST", "/notes/{id}/pin", "the operationId createNote already exists"},
		{"notes", "pin", "POST", "/notes", "POST /notes already exists"},
		{"notes", "pin", "POST", "/notes/{id}/pin", "has no field of the type store.Collection[api.Note]"},
		{"sessions", "pin", "POST", "/sessions/pin", "the operations tagged sessions use no collection"},
	} {
		_, err := treeWith(t, testapp(t)).describeOperation(tt.resource, tt.name, tt.method, tt.path)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

func TestWithoutFunction(t *testing.T) {
	t.Parallel()
	const source = "package x\n\nimport \"context\"\n\n// A is one.\nfunc (h Handlers) A() {}\n\n// B is another.\n" +
		"func (h Handlers) B() {}\n\nfunc B() {}\n"
	rest, found := withoutFunction([]byte(source), "A")
	if want := strings.Replace(source, "// A is one.\nfunc (h Handlers) A() {}\n\n", "", 1); !found || string(rest) != want {
		t.Errorf("%t, %s", found, rest)
	}
	const imports = "package x\n\nimport (\n\t\"context\"\n\n\t\"x.test/api\"\n\tf \"x.test/fault\"\n\t_ \"x.test/side\"\n)\n\n"
	const kept = "// A is one.\nfunc (h Handlers) A(context.Context) {}\n"
	rest, found = withoutFunction([]byte(imports+kept+"\nfunc (h Handlers) B(_ context.Context) (api.B, error) { return f.New() }\n"), "B")
	want := strings.NewReplacer("\t\"x.test/api\"\n", "", "\tf \"x.test/fault\"\n", "").Replace(imports) + kept
	if !found || string(rest) != want {
		t.Errorf("%t, %s", found, rest)
	}
	if rest, found := withoutFunction([]byte(source), "C"); found || string(rest) != source {
		t.Errorf("%t, %s", found, rest)
	}
	rest, found = withoutFunction([]byte("package x\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n"), "A")
	if !found || rest != nil {
		t.Errorf("%t, %s", found, rest)
	}
}

// The compiler says where a field is used.
func TestRenameAt(t *testing.T) {
	t.Parallel()
	w := &workspace{root: t.TempDir()}
	w.sourceIn(t, "internal/x/x.go", "a.Text = b.Text\nc := X{Text: \"Text\"}\n")
	const output = "# x\ninternal/x/x.go:1:3: a.Text undefined (type X has no field or method Text)\n" +
		"internal/x/x.go:1:12: b.Text undefined (type X has no field or method Text)\n" +
		"vet: internal/x/x.go:2:8: unknown field Text in struct literal of type X\n" +
		"internal/x/x.go:2:1: a.Other undefined (type X has no field or method Other)\n"
	changed, err := w.renameAt(output, "text", "MainBody")
	source, oops := os.ReadFile(filepath.Join(w.root, "internal/x/x.go"))
	if want := "a.MainBody = b.MainBody\nc := X{MainBody: \"Text\"}\n"; err != nil || oops != nil || !changed || string(source) != want {
		t.Errorf("%t, %v, %v: %s", changed, err, oops, source)
	}
}

// A change that fails leaves no trace, whatever it has written until then.
func TestApplyRestores(t *testing.T) {
	t.Parallel()
	applyRestores(t, "x.test/shop", "nothing was changed: go generate: ")
	applyRestores(t, ownModule, "nothing was changed: open ")
}

func applyRestores(t *testing.T, module, want string) {
	t.Helper()
	w := treeWith(t, small+"\n")
	w.module = module
	w.sourceIn(t, "go.mod", "module x.test/shop\n\ngo 1.26\n")
	w.sourceIn(t, "openapi.yaml", small+"\n")
	w.sourceIn(t, "tools.go", "package tools\n\n//go:generate go run ./missing\n")
	w.sourceIn(t, "gen/api/api.gen.go", "package api\n")
	w.sourceIn(t, "internal/orders/orders.go", "package orders\n")
	w.write("internal/reviews/deep/reviews.go", []byte("package deep\n"))
	w.write("gen/api/api.gen.go", []byte("package changed\n"))
	w.remove("internal/orders/orders.go")
	before := w.all(t)
	err := w.apply()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v", err)
	}
	if after := w.all(t); !slices.Equal(after, before) {
		t.Errorf("%q, want %q", after, before)
	}
	w.contract.lines = append(w.contract.lines, "wrong: true\n")
	if err := w.apply(); err == nil || strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("an invalid contract: %v", err)
	}
	if after := w.all(t); !slices.Equal(after, before) {
		t.Errorf("%q, want %q", after, before)
	}
}

// all returns the files and folders of the tree, with their texts.
func (t *workspace) all(tb testing.TB) (found []string) {
	tb.Helper()
	err := filepath.WalkDir(t.root, func(name string, entry os.DirEntry, err error) error {
		text := ""
		if err == nil && !entry.IsDir() {
			source, oops := os.ReadFile(name)
			text, err = string(source), oops
		}
		found = append(found, name+"\n"+text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}
