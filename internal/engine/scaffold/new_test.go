package scaffold

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// source makes a small tree that applications can be made from. The tests do not read the contract of the application that they are part
// of, so that a change of it does not run them again.
func source(t *testing.T) (string, application) {
	t.Helper()
	files := newer()
	for name, text := range map[string]string{
		"internal/users/users.go": "package users\n\nimport _ \"x.test/engine/internal/app\"\n", "internal/users/users.gen.txt": "",
		"internal/app/app.go": "package app\n", "client/client.go": "package client\n", "client/find_news_test.go": "package client\n",
		"client/ts/package.json": "{\n  \"name\": \"engine-client\",\n  \"version\": \"1.0.0\"\n}\n",
	} {
		files[name] = text
	}
	tree := t.TempDir()
	contract, err := os.ReadFile("../testapp/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files["openapi.yaml"] = string(contract)
	write(t, tree, files)
	return tree, loaded(t, tree)
}

func loaded(t *testing.T, tree string) application {
	t.Helper()
	a, err := load(tree)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t *testing.T, tree string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := writeFile(filepath.Join(tree, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Each of these is refused, and leaves nothing behind.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tree, a := source(t)
	for name, n := range map[string]NewApplication{
		"not empty":               {Folder: "full"},
		"a file":                  {Folder: "full/file"},
		"no module":               {Module: "-"},
		"a module with a space":   {Module: "x.test/a shop"},
		"the same module":         {Module: a.Module},
		"a module in this one":    {Module: a.Module + "/shop"},
		"no title":                {Title: "-"},
		"a title without letters": {Title: "数"},
		"a title of two lines":    {Title: "Shop\n  version: 2"},
		"a title with a space":    {Title: "Shop "},
		"a title that is taken":   {Title: "Scaffold"},
		"an invalid resource":     {Resources: []Resource{{Name: "reviews"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := writeFile(filepath.Join(dir, "full", "file"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			value := func(given, usual string) string {
				switch given {
				case "":
					return usual
				case "-":
					return ""
				}
				return given
			}
			n = NewApplication{Folder: filepath.Join(dir, value(n.Folder, "new")), Module: value(n.Module, "x.test/new"),
				Title: value(n.Title, "Shop"), Resources: n.Resources}
			if err := New(tree, n, io.Discard); err == nil {
				t.Error("no error")
			} else {
				t.Log(err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%v, %v", entries, err)
			}
		})
	}
}

// The contract of a new application has its names, and operations of accounts only.
func TestNewContract(t *testing.T) {
	t.Parallel()
	tree, from := source(t)
	for title, name := range map[string]string{
		"Shop": "shop", "Yes": "yes", `Ann's "Shop" #1: & <b>`: "ann-s-shop-1-b", "$1 ${1} Shop": "1-1-shop", "{{.Module}}": "module",
		"Ladenöffner": "laden-ffner", strings.Repeat("Shop ", 15) + "Shop": strings.Repeat("shop-", 15) + "shop",
	} {
		document, a, err := NewApplication{Module: "x.test/new", Title: title}.contract(tree, from)
		if err != nil {
			t.Errorf("%s: %v", title, err)
			continue
		}
		if a.Title != title || a.Name != name || a.Version != "0.1.0" {
			t.Errorf("%s: %+v", title, a)
		}
		if !strings.HasPrefix(string(document), "openapi: 3.0.3\ninfo:\n  title: ") {
			t.Errorf("%s: the contract begins with %.100s", title, document)
		}
	}
}

// An application can be made from one that was made, and has no name of it.
func TestNewFromApplication(t *testing.T) {
	t.Parallel()
	tree, from := source(t)
	for i, n := range []NewApplication{
		{Module: "x.test/corner/shop", Title: "Corner Shop"}, {Module: "y.test/library/books", Title: "Ann's Books"},
	} {
		m, err := engineOf(tree, from)
		if err != nil || m.origin != "x.test/engine" || m.files["tools.go"] == "" || m.files["client/find_news_test.go"] != "" {
			t.Fatalf("%v, %v", m, err)
		}
		document, to, err := n.contract(tree, from)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if err := errors.Join(fill(tree, folder, m.paths(), from, to, document), m.write(folder)); err != nil {
			t.Fatal(err)
		}
		made := contents(t, folder)
		main := "cmd/" + to.Name + "/main.go"
		for _, name := range []string{"internal/engine/changed.go", "internal/users/users.go", "client/client.go", main} {
			if made[name] == "" {
				t.Errorf("%s lacks %s", n.Title, name)
			}
		}
		for name, text := range made {
			if strings.HasPrefix(name, "internal/news") || strings.Contains(text, from.Module) && name != manifestFile ||
				i > 0 && strings.Contains(strings.ToLower(text), from.Name) {
				t.Errorf("%s has the file %s, or it names the first application:\n%s", n.Title, name, text)
			}
		}
		tree, from = folder, loaded(t, folder)
	}
	if err := os.WriteFile(filepath.Join(tree, "tools.go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := engineOf(tree, from); err == nil || !strings.Contains(err.Error(), "\n  tools.go\n") {
		t.Errorf("with an edited file of the engine: %v", err)
	}
}

func TestMakeFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for folder, want := range map[string]string{"": "", "a": "a", "b/c/d": "b"} {
		folder = filepath.Join(dir, folder)
		made, err := makeFolder(folder)
		if err != nil || made != "" != (want != "") || want != "" && made != filepath.Join(dir, want) {
			t.Errorf("%s: %q, %v", folder, made, err)
		}
		write(t, folder, map[string]string{"x/y": ""})
		if err := remove(made, folder); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s: %v, %v", folder, entries, err)
		}
	}
}

func TestPackage(t *testing.T) {
	t.Parallel()
	for module, want := range map[string]string{
		"x.test/shop": "shop", "x.test/Shop-API/v2": "shopapi", "gopkg.in/shop.v3": "shop", "x.test/2go": "application",
		"x.test/func": "application", "x.test/main": "application", "shop": "shop", "x.test/---": "application",
	} {
		if got := (application{Module: module}).Package(); got != want {
			t.Errorf("%s: %s, want %s", module, got, want)
		}
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	from, to := application{Module: "x.test/old"}, application{Module: "x.test/new-shop/v2"}
	for _, tt := range []struct{ name, text, want string }{
		{"tools.go", "// Package old embeds it.\npackage old\n\nvar old = 1\n",
			"// Package newshop embeds it.\npackage newshop\n\nvar old = 1\n"},
		{"main.go", "package old\n\nvar _ = old.OpenAPI\n", "package old\n\nvar _ = newshop.OpenAPI\n"},
		{"a.yaml", "import: x.test/old/internal\n", "import: x.test/new-shop/v2/internal\n"},
		{"a.yaml", "x.test/older a.x.test/old x.test/old-x", "x.test/older a.x.test/old x.test/old-x"},
		{"a.md", "`x.test/old`, x.test/old.", "`x.test/new-shop/v2`, x.test/new-shop/v2."},
		{"sorted.go", "package a\n\nimport (\n\t\"x.test/old/a\"\n\t\"x.test/other\"\n)\n",
			"package a\n\nimport (\n\t\"x.test/new-shop/v2/a\"\n\t\"x.test/other\"\n)\n"},
		{"sorted.go", "package a\n\nimport (\n\t\"x.test/more\"\n\t\"x.test/old/a\"\n)\n",
			"package a\n\nimport (\n\t\"x.test/more\"\n\t\"x.test/new-shop/v2/a\"\n)\n"},
		{"binary", "\x00x.test/old", "\x00x.test/old"},
	} {
		if got, err := move(tt.name, []byte(tt.text), from, to); err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%s", tt.name, err, got)
		}
	}
	if _, err := move("broken.go", []byte("package a\nimport \"x.test/old"), from, to); err == nil {
		t.Error("moved a file that is not Go")
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	from := application{Module: "x.test/old", Name: "old", Version: "2.0.0"}
	to := application{Module: "x.test/new", Name: "new", Version: "0.1.0"}
	for _, tt := range []struct{ name, text, want string }{
		{"go.mod", "module x.test/old\n\ngo 1.26.0\n", "module x.test/new\n\ngo 1.26.0\n"},
		{"internal/layout/application_test.go",
			"package layout\n\nvar rows = map[string]int{\n\t\"cmd/old\": 1,\n\t\"internal/news/loopback\": 2,\n\t\"cmd/older\": 3,\n}\n",
			"package layout\n\nvar rows = map[string]int{\n\t\"cmd/new\":   1,\n\t\"cmd/older\": 3,\n}\n"},
		{"package.json", `{
  "name": "old-client",
  "version": "1.0.0",
  "description": "A typed client of Old's API: sign-in",
  "repository": {
    "type": "git",
    "directory": "client/ts"
  },
  "scripts": {
    "build": "tsc",
    "pretest": "npm run build",
    "test": "node --test"
  },
  "devDependencies": {
    "playwright-core": "1.0.0",
    "other": {"version": "2.0.0"}
  },
    "node_modules/playwright-core": {
      "version": "1.0.0",
      "bin": {
        "playwright-core": "cli.js"
      }
    },
    "node_modules/typescript": {}
}`, `{
  "name": "new-client",
  "version": "0.1.0",
  "description": "A typed client of the API: sign-in",
  "scripts": {
    "build": "tsc"
  },
  "devDependencies": {
    "other": {"version": "2.0.0"}
  },
    "node_modules/typescript": {}
}`},
		{"internal/users/users.go", "package users\n\nimport _ \"x.test/old/internal/app\"\n",
			"package users\n\nimport _ \"x.test/new/internal/app\"\n"},
	} {
		if got, err := rename(tt.name, []byte(tt.text), from, to); err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%s", tt.name, err, got)
		}
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	m := manifest{origin: "x.test/engine", version: "1.2.3", files: map[string]string{
		"a b.go": checksum([]byte("one\n")), "internal/x.gen.go": checksum(nil), "gone.go": checksum(nil),
	}}
	read, err := parseManifest(m.String())
	if err != nil || read.String() != m.String() || read.origin != m.origin || read.version != m.version {
		t.Errorf("%v\n%s", err, read)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"a b.go": "one\r\n", "internal/x.gen.go": "changed", "gone.go": ""} {
		if err := writeFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.checkEdited(dir); err != nil {
		t.Error(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a b.go"), []byte("two\n"), 0o644),
		os.Remove(filepath.Join(dir, "gone.go"))); err != nil {
		t.Fatal(err)
	}
	err = m.checkEdited(dir)
	if err == nil || !strings.Contains(err.Error(), "\n  a b.go\n  gone.go (deleted)\n") {
		t.Error(err)
	}
	sum := checksum(nil)
	for _, text := range []string{
		"", "# Origin: a 1\n", sum + "  a\n", "# Origin: a 1\n" + sum + "  ../a\n", "# Origin: a 1\n" + sum + "  /a\n",
		"# Origin: a 1\n" + sum + " a\n", "# Origin: a 1\n" + sum[1:] + "  a\n", "# Origin: a 1\n" + sum + "  a\n<<<<<<< HEAD\n",
		"# Origin: a 1\n" + sum + "  a/../../b\n", "# Origin: a\n" + sum + "  a\n",
	} {
		if m, err := parseManifest(text); err == nil {
			t.Errorf("%q is accepted: %v", text, m)
		}
	}
}

// TestOrigin holds where the engine comes from to what it promises applications. In them it has nothing to check.
func TestOrigin(t *testing.T) {
	t.Parallel()
	const tree = "../../.."
	if _, err := os.Stat(filepath.Join(tree, manifestFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Skip("this application is not where its engine comes from")
	}
	a, to := loaded(t, tree), application{Module: "x.test/shop", Title: "Shop", Name: "shop"}
	m, err := engineOf(tree, a)
	if err != nil || len(m.files) < 300 {
		t.Fatalf("%d files, %v", len(m.files), err)
	}
	for _, name := range m.paths() {
		text, err := os.ReadFile(filepath.Join(tree, name))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = move(name, text, a, to); err != nil {
			t.Error(err)
		}
		// What session tokens are made with cannot be renamed, or they would be lost.
		rest := strings.Replace(strings.ToLower(string(text)), `const refreshpurpose = "`+a.Name+` refresh"`, "", 1)
		if strings.Contains(rest, a.Name) {
			t.Errorf("%s names the application %s, which others that have the engine are not", name, a.Name)
		}
	}
	document, _, err := NewApplication{Module: to.Module, Title: to.Title}.contract(tree, a)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(document)), a.Name) {
		t.Errorf("the contract of a new application has the word %s", a.Name)
	}
	// What is pinned there is moved here.
	for template, file := range map[string]string{"Dockerfile.tmpl": "Dockerfile", "ci.yml.tmpl": ".github/workflows/ci.yml"} {
		ours, err := os.ReadFile(filepath.Join(tree, file))
		if err != nil {
			t.Fatal(err)
		}
		text, err := newTemplates.ReadFile("templates/new/" + template)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "@") && !strings.Contains(string(ours), strings.TrimSpace(line)) {
				t.Errorf("%s differs from %s: %s", template, file, line)
			}
		}
	}
}
