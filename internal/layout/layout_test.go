// Package layout holds the tree to its design: who may import whom, where each library lives, and that an operation's
// handler and test are where a reader looks for them.
package layout

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

const (
	root   = "../.."
	module = "github.com/newsdesk-api/newsdesk"
)

// mayImport lists, for each package of this module, which others of it the package may import. Tests may import more. The rows of the
// application are in application_test.go.
var mayImport = map[string][]string{
	// The engine, from its top downwards. It serves any contract: nothing of the application may be in its rows.
	"internal/engine/cli": engine("", "account", "admin", "auth", "canonical", "fault", "identity", "conformance", "copystore", "logging",
		"metrics", "server", "spec", "store", "store/mongo", "store/sqlite", "transfer", "trace"),
	"internal/engine/admin":   {},
	"internal/engine/metrics": engine("account", "auth", "fault", "logging", "server", "spec", "store", "store/sqlite"),
	"internal/engine/testkit": engine("", "account", "auth", "commonpassword", "fault", "filter", "conformance", "identity",
		"server", "spec", "store", "store/mongo", "store/sqlite"),
	"internal/engine/testapp": engine("", "account", "auth", "fault", "filter", "identity", "server", "store", "testapp/gen/api",
		"timestamp"),
	"internal/engine/testapp/gen/api":       engine("account", "store", "timestamp"),
	"internal/engine/foreignapp":            engine("", "fault", "foreignapp/gen/api", "server", "timestamp"),
	"internal/engine/foreignapp/gen/api":    engine("store", "timestamp"),
	"internal/engine/server":                engine("", "auth", "fair", "fault", "identity", "logging", "spec", "store"),
	"internal/engine":                       engine("account", "auth", "spec", "store"),
	"internal/engine/account":               engine("auth", "canonical", "fault", "filter", "identity", "store", "timestamp"),
	"internal/engine/conformance":           engine("spec"),
	"internal/engine/generate":              engine("filter", "spec", "store"),
	"internal/engine/generate/contracttest": engine("fault", "identity", "server", "testkit"),
	"internal/engine/scaffold":              engine("generate", "spec"),
	"internal/engine/spec": engine("canonical", "fair", "commonpassword", "fault", "filter", "identity", "store", "strictjson",
		"timestamp"),
	"internal/engine/transfer":        engine("fault", "filter", "store", "strictjson", "timestamp"),
	"internal/engine/copystore":       engine("fault", "filter", "store"),
	"internal/engine/store/storetest": engine("fault", "filter", "store"),
	"internal/engine/store/mongo":     engine("fault", "filter", "store", "timestamp"),
	"internal/engine/store/sqlite":    engine("fair", "fault", "filter", "store", "timestamp"),
	"internal/engine/store":           engine("fault", "filter", "identity", "logging"),
	"internal/engine/logging":         {},
	"internal/engine/trace":           engine("fault", "logging", "server", "store"),
	"internal/engine/auth":            engine("canonical", "fair", "fault", "identity"),
	"internal/engine/canonical":       {},
	"internal/engine/commonpassword":  engine("canonical"),
	"internal/engine/filter":          engine("fault", "strictjson", "timestamp"),
	"internal/engine/fair":            engine("fault"),
	"internal/engine/fault":           {},
	"internal/engine/identity":        {},
	"internal/engine/timestamp":       {},
	"internal/engine/strictjson":      {},
}

// engine returns the import paths of packages that are named from internal/engine.
func engine(names ...string) (paths []string) {
	for _, name := range names {
		paths = append(paths, path.Join("internal/engine", name))
	}
	return paths
}

// engineRooms lists the libraries that live in few places, so that to replace one is a change of one folder. The places of the
// application are in application_test.go.
var engineRooms = map[string][]string{
	"github.com/getkin/kin-openapi":        {"internal/engine/spec"},
	"github.com/oapi-codegen/oapi-codegen": {"internal/engine/generate"},
	"github.com/labstack/echo": {"internal/engine/server", "internal/engine/testapp/gen/api",
		"internal/engine/foreignapp/gen/api"},
	"github.com/lestrrat-go/jwx":    {"internal/engine/auth"},
	"github.com/gofrs/flock":        {"internal/engine/auth"},
	"golang.org/x/crypto":           {"internal/engine/auth"},
	"golang.org/x/net":              {"internal/engine/canonical", "internal/engine/server"},
	"golang.org/x/text":             {"internal/engine/canonical"},
	"golang.org/x/time":             {"internal/engine/server"},
	"modernc.org/sqlite":            {"internal/engine/store/sqlite"},
	"modernc.org/libc":              {"internal/engine/store/sqlite"},
	"go.mongodb.org/mongo-driver":   {"internal/engine/store/mongo"},
	"database/sql":                  {"internal/engine/store/sqlite"},
	"github.com/alecthomas/kong":    {"internal/engine/cli"},
	"github.com/coreos/go-systemd":  {"internal/engine/cli"},
	"github.com/prometheus":         {"internal/engine/metrics"},
	"go.opentelemetry.io":           {"internal/engine/trace"},
	"github.com/go-logr/logr":       {"internal/engine/trace"},
	"github.com/klauspost/compress": {"internal/engine/server"},
}

// allRooms returns the places of each library in the engine and in the application.
func allRooms() map[string][]string {
	all := map[string][]string{}
	for library, places := range engineRooms {
		all[library] = slices.Concat(places, applicationRooms[library])
	}
	return all
}

func TestImports(t *testing.T) {
	tags := contract(t).Tags()
	rows, rooms := maps.Clone(application), allRooms()
	maps.Copy(rows, mayImport)
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file.path, "_test.go") || strings.HasPrefix(file.path, "examples/") { // these are other applications
			continue
		}
		from := path.Dir(file.path)
		allowed, known := rows[row(from, tags)]
		if !known {
			t.Errorf("%s: the package has no row in internal/layout/application_test.go", from)
		}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(imported, module); ok {
				ours = cmp.Or(strings.TrimPrefix(ours, "/"), ".")
				if to := row(ours, tags); !slices.Contains(allowed, to) || to == tag && from != "gen/wire" {
					t.Errorf("%s imports %s, which the tables of internal/layout do not allow %s", file.path, ours, from)
				}
			}
			for library, places := range rooms {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !slices.Contains(places, from) {
					t.Errorf("%s imports %s, which lives in %v only; internal/layout/application_test.go may add places", file.path,
						imported, places)
				}
			}
			if row(from, tags) == tag && imported == "net/http" {
				t.Errorf("%s imports net/http: a handler returns a response of gen/api or an error, and knows nothing else of HTTP",
					file.path)
			}
			if strings.Contains(imported, "jwx/v2/jwe") || imported == "C" {
				t.Errorf("%s imports %s, which nobody may", file.path, imported)
			}
		}
	}
}

// The engine's tests stand on their own: they serve internal/engine/testapp.
func TestEngineTests(t *testing.T) {
	for _, file := range goFiles(t) {
		if !strings.HasPrefix(file.path, "internal/engine") || !strings.HasSuffix(file.path, "_test.go") {
			continue
		}
		for _, spec := range file.Imports {
			ours, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if ok && !strings.HasPrefix(ours, "/internal/engine") {
				t.Errorf("%s imports %s, which is not of the engine: use internal/engine/testapp", file.path, cmp.Or(ours, module))
			}
		}
	}
}

// What reads the contract and keeps documents knows no token and no password: nothing it imports reaches auth, the only package
// with jwx and bcrypt.
func TestNoTokensBelow(t *testing.T) {
	var reaches func(pkg string) bool
	reaches = func(pkg string) bool {
		return pkg == "internal/engine/auth" || slices.ContainsFunc(mayImport[pkg], reaches)
	}
	for _, pkg := range engine("filter", "store", "store/sqlite", "store/mongo", "spec", "copystore", "identity") {
		if reaches(pkg) {
			t.Errorf("%s reaches auth", pkg)
		}
	}
}

// The tag is the folder, the operationId is the method, and its test has its name.
func TestOperations(t *testing.T) {
	methods, tests := map[string]bool{}, map[string]bool{}
	for _, file := range goFiles(t) {
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			place := path.Dir(file.path) + "." + f.Name.Name
			if f.Recv == nil {
				tests[place] = true
			} else if receiver, ok := f.Recv.List[0].Type.(*ast.Ident); ok && receiver.Name == "Handlers" {
				methods[place] = true
			}
		}
	}
	for _, op := range contract(t).Operations() {
		method := strings.ToUpper(op.ID[:1]) + op.ID[1:]
		if place := "internal/" + op.Tag + "."; !methods[place+method] {
			t.Errorf("operation %s: internal/%s has no method %s on Handlers", op.ID, op.Tag, method)
		} else if !tests[place+"Test"+method] {
			t.Errorf("operation %s: internal/%s has no Test%s", op.ID, op.Tag, method)
		}
	}
}

// maxColumns is the longest line of Go, with a tab as 4. The path of the module may make it longer.
const maxColumns = 140

func checkColumns(t *testing.T, file goFile, text string) {
	t.Helper()
	for i, line := range strings.Split(text, "\n") {
		if columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); columns > maxColumns &&
			!strings.Contains(line, module) {
			t.Errorf("%s:%d has %d columns; %d is the limit", file.path, i+1, columns, maxColumns)
		}
	}
}

func TestNamesAndSizes(t *testing.T) {
	for _, file := range goFiles(t) {
		switch file.Name.Name {
		case "util", "utils", "common", "helper", "helpers", "misc", "types", "base":
			t.Errorf("%s: package %s says nothing", file.path, file.Name.Name)
		}
		text, err := os.ReadFile(filepath.Join(root, file.path))
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 400 && !strings.HasSuffix(file.path, ".gen.go") {
			t.Errorf("%s has %d lines; 400 is the limit", file.path, lines)
		}
		if !strings.HasSuffix(file.path, ".gen.go") {
			checkColumns(t, file, string(text))
		}
	}
}

type goFile struct {
	*ast.File
	path string // from the root, with slashes
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (entry.Name() == "node_modules" || isModule(name)) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		files = append(files, goFile{parsed, name})
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

// isModule reports whether a folder is a module of its own.
func isModule(name string) bool {
	_, err := os.Stat(filepath.Join(root, name, "go.mod"))
	return err == nil
}

func contract(t *testing.T) *spec.Contract {
	t.Helper()
	c, err := spec.Load(newsdesk.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// row returns the row of mayImport that speaks of a package.
func row(pkg string, tags []string) string {
	if name, ok := strings.CutPrefix(pkg, "internal/"); ok && slices.Contains(tags, name) {
		return tag
	}
	return pkg
}
