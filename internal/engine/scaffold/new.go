package scaffold

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"go.yaml.in/yaml/v4"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// NewApplication is an application to make.
type NewApplication struct {
	Folder string // does not exist, or is empty
	Module string // path of its Go module
	Title  string // info.title of its contract; the name of the program is derived from it

	Resources []Resource // to add to it
}

//go:embed templates/new
var newTemplates embed.FS

// written are the files of a new application that are made from templates. A name in braces stands for the program's.
var written = map[string]string{
	"README.md": "README.md.tmpl", "Makefile": "Makefile.tmpl", "Dockerfile": "Dockerfile.tmpl", ".gitignore": "gitignore.tmpl",
	".github/workflows/ci.yml": "ci.yml.tmpl", ".github/dependabot.yml": "dependabot.yml.tmpl", "cmd/{name}/main.go": "main.go.tmpl",
	"client/ts/README.md": "client.md.tmpl",
}

// copied are the other files that a new application begins with, beside the engine's and the packages of accountTags. They are the
// application's to edit.
var copied = []string{
	"internal/app/app.go", "internal/layout/application_test.go", "LICENSE", ".dockerignore", ".editorconfig", ".gitattributes",
	"client/ts/.gitignore", "client/ts/.npmrc", "client/ts/package.json", "client/ts/package-lock.json", "go.mod", "go.sum",
	"client/client_account_test.go", "client/fixture_account_test.go", "client/retry_account_test.go",
	"client/session_account_test.go", "client/signout_account_test.go",
}

// New makes an application in a folder of its own, from the application in the folder tree: its engine and its accounts. It writes to out
// what it does. If it returns an error, the folder is as it was.
func New(tree string, n NewApplication, out io.Writer) error {
	from, err := load(tree)
	if err != nil {
		return err
	}
	source, err := engineOf(tree, from)
	if err != nil {
		return err
	}
	target, err := filepath.Abs(n.Folder)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(target); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty; name a folder that does not exist", n.Folder)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	document, to, err := n.contract(tree, from)
	if err != nil {
		return err
	}
	made, err := makeFolder(target)
	if err != nil {
		return err
	}
	if err := n.create(tree, target, source, from, to, document, out); err != nil {
		return errors.Join(err, remove(made, target))
	}
	next := "go run ./cmd/scaffold add resource reviews 'title:string!' text:text"
	if len(n.Resources) > 0 {
		next = "go test ./..."
	}
	_, err = fmt.Fprintf(out, "%s is ready: module %s, program %s. Next:\n\n  cd %s\n  go run ./cmd/%s\n  %s\n", n.Folder, to.Module,
		to.Name, n.Folder, to.Name, next)
	return err
}

// create makes the application in an empty folder: in its place, so that Go's build cache serves what follows.
func (n NewApplication) create(tree, folder string, engine manifest, from, to application, document []byte, out io.Writer) error {
	if err := fill(tree, folder, engine.paths(), from, to, document); err != nil {
		return err
	}
	t, err := open(folder)
	if err != nil {
		return err
	}
	for _, r := range n.Resources {
		d, err := t.describe(r)
		if err != nil {
			return err
		}
		if err := t.add(d); err != nil {
			return err
		}
	}
	if err := t.complete(); err != nil {
		return err
	}
	if err := t.writeAll(); err != nil {
		return err
	}
	for _, command := range []string{"go generate ./...", "go mod tidy"} {
		if err := run(folder, out, strings.Fields(command)...); err != nil {
			return err
		}
	}
	if err := engine.write(folder); err != nil {
		return err
	}
	return initialize(folder, out)
}

// makeFolder makes a folder and those above it, and returns the first one that did not exist, or an empty string.
func makeFolder(folder string) (made string, err error) {
	for above := folder; !exists(above); above = filepath.Dir(above) {
		made = above
	}
	return made, os.MkdirAll(folder, 0o755)
}

// remove removes the folder that makeFolder has made, or what is in one that existed.
func remove(made, folder string) error {
	if made != "" {
		return os.RemoveAll(made)
	}
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
	}
	return err
}

// contract returns the contract of the new application, and how it is called.
func (n NewApplication) contract(tree string, from application) ([]byte, application, error) {
	if err := module.CheckImportPath(n.Module); err != nil {
		return nil, application{}, fmt.Errorf("invalid module path: %w; it must be like example.com/shop", err)
	}
	if n.Module == from.Module || strings.HasPrefix(n.Module, from.Module+"/") {
		return nil, application{}, fmt.Errorf("the module path must differ from %s, which is that of this application", from.Module)
	}
	if n.Title != strings.TrimSpace(n.Title) || strings.ContainsFunc(n.Title, unicode.IsControl) || len(n.Title) > 80 {
		return nil, application{}, errors.New("the title must be one line of at most 80 bytes, without spaces around it")
	}
	document, err := os.ReadFile(filepath.Join(tree, "openapi.yaml"))
	if err != nil {
		return nil, application{}, err
	}
	if document, err = generate.Strip(document); err != nil {
		return nil, application{}, err
	}
	if document, err = accounts(document); err != nil {
		return nil, application{}, err
	}
	to := application{Module: n.Module, Title: n.Title}
	info, err := to.execute("info.yaml.tmpl")
	if err != nil {
		return nil, application{}, err
	}
	at := infoLines.FindIndex(document)
	if at == nil {
		return nil, application{}, errors.New("openapi.yaml: info must be a line of its own")
	}
	document = slices.Concat(document[:at[0]], info, document[at[1]:])
	if document, err = generate.Complete(document); err != nil {
		return nil, application{}, err
	}
	named, err := describe(document)
	if err != nil {
		return nil, application{}, err
	}
	named.Module = n.Module
	if slices.Contains([]string{"scaffold", "coverage"}, named.Name) {
		return nil, application{}, fmt.Errorf("the title makes the program cmd/%s, which exists; choose another title", named.Name)
	}
	return []byte(strings.NewReplacer(
		"greeting: Hello from "+from.Title+",", "greeting: "+yamlText("Hello from "+named.Title)+",",
		`realm="`+from.Name+`"`, `realm="`+named.Name+`"`,
		"https://"+from.Name+".example.com", "https://"+named.Name+".example.com",
		"https://news.example.com", "https://"+named.Name+".example.com",
		"News items are kept. Audit events are kept too;", "Audit events are kept;",
	).Replace(string(document))), named, nil
}

var infoLines = regexp.MustCompile(`(?m)^info: *\r?\n(?:(?:[ #].*)?\r?\n)*`)

// fill writes the files of the new application, except those that go generate writes.
func fill(tree, folder string, engine []string, from, to application, document []byte) error {
	for _, name := range engine {
		if err := transfer(tree, folder, name, func(text []byte) ([]byte, error) { return move(name, text, from, to) }); err != nil {
			return err
		}
	}
	roots := slices.Clone(copied)
	for _, tag := range accountTags {
		roots = append(roots, "internal/"+tag)
	}
	begin, err := files(tree, roots)
	if err != nil {
		return err
	}
	for _, name := range begin {
		if err := transfer(tree, folder, name, func(text []byte) ([]byte, error) { return rename(name, text, from, to) }); err != nil {
			return err
		}
	}
	for name, source := range written {
		text, err := to.execute(source)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(folder, strings.ReplaceAll(name, "{name}", to.Name)), text, 0o644); err != nil {
			return err
		}
	}
	for _, name := range []string{"gen/api", "gen/client", "gen/wire"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(folder, "openapi.yaml"), document, 0o644)
}

// rename returns the text of one of the files that an application begins with, for another application.
func rename(name string, text []byte, from, to application) ([]byte, error) {
	replace := func(old, new string) { text = bytes.ReplaceAll(text, []byte(old), []byte(new)) }
	remove := func(pattern string) { text = regexp.MustCompile(pattern).ReplaceAll(text, nil) }
	switch {
	case name == "go.mod":
		return renameModule(text, to.Module)
	case name == "internal/layout/application_test.go":
		replace(`"cmd/`+from.Name+`"`, `"cmd/`+to.Name+`"`)
		remove(`(?m)^\t"internal/news.*\n`)
	case path.Ext(name) == ".json":
		replace(`"`+from.Name+`-client"`, `"`+to.Name+`-client"`)
		version := regexp.MustCompile(`("name": "` + to.Name + `-client",\s+"version": )"[^"]*"`)
		text = version.ReplaceAll(text, []byte(`${1}"`+to.Version+`"`))
		remove(`(?m)^  "repository": \{[^}]*\},\n`)
		remove(`(?m)^    "(pre)?test": .*\n`)
		remove(`(?m)^ +"playwright-core": ".*\n`)
		remove(`(?ms)^    "node_modules/playwright-core": \{.*?^    \},\n`)
		text = regexp.MustCompile(`,(\s*\})`).ReplaceAll(text, []byte("${1}"))
		text = regexp.MustCompile(`A typed client of .*'s API`).ReplaceAll(text, []byte("A typed client of the API"))
	}
	text, err := move(name, text, from, to)
	if err != nil || path.Ext(name) != ".go" {
		return text, err
	}
	return format.Source(text)
}

func renameModule(text []byte, path string) ([]byte, error) {
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	if err := mod.AddModuleStmt(path); err != nil {
		return nil, err
	}
	return mod.Format()
}

func (a application) execute(name string) ([]byte, error) {
	t, err := template.ParseFS(newTemplates, "templates/new/"+name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, a)
	return out.Bytes(), err
}

// YAMLTitle returns the title as a YAML scalar.
func (a application) YAMLTitle() string { return yamlText(a.Title) }

var plainText = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*( [A-Za-z0-9]+)*$`)

// yamlText returns a text as a YAML scalar in one line.
func yamlText(s string) string {
	var read any
	if err := yaml.Unmarshal([]byte(s), &read); err == nil && read == any(s) && plainText.MatchString(s) {
		return s
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(s) != nil {
		return ""
	}
	return strings.TrimSpace(out.String())
}
