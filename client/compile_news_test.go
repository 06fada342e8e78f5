package client_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/newsdesk-api/newsdesk/"

// Meaningless filters do not compile. The test uses the type checker of the standard library.
func TestWrongFiltersDoNotCompile(t *testing.T) {
	t.Parallel()
	checker := newChecker(t)
	for _, tt := range []struct{ expression, want string }{ // in the error; empty: it compiles
		{`client.NewsWhere.Title.ILike("%go%")`, ""},
		{`client.And(client.NewsWhere.Title.Eq("Go"), client.NewsWhere.DateCreated.Gt(time.Now()))`, ""},
		{`client.NewsFilter{Where: client.NewsWhere.Author.Inq("a", "b"), Order: ` +
			`client.NewsOrder.DateCreated.Desc().Then(client.NewsOrder.Title.Asc())}`, ""},
		{`client.UserWhere.Disabled.Eq(true)`, ""},

		{`client.NewsWhere.DateCreated.ILike("%go%")`, "ILike undefined"},
		{`client.UserWhere.Disabled.Gt(true)`, "Gt undefined"},
		{`client.UserWhere.Disabled.Inq(true)`, "Inq undefined"},
		{`client.NewsWhere.DateCreated.Gt("2026-01-31")`, "as time.Time value"},
		{`client.NewsWhere.Title.Eq(7)`, "as string value"},
		{`client.NewsWhere.Title.Eq(nil)`, "as string value"},
		{`client.NewsWhere.Title.Between("a")`, "not enough arguments"},
		{`client.NewsWhere.Titel.Eq("Go")`, "Titel undefined"},
		{`client.NewsWhere.Email.Eq("ann@example.com")`, "Email undefined"},
		{`client.And(client.NewsWhere.Title.Eq("Go"), client.UserWhere.Name.Eq("Ann"))`, "does not match inferred type"},
		{`client.NewsFilter{Where: client.UserWhere.Name.Eq("Ann")}`, "as client.Where[client.News] value"},
		{`client.NewsFilter{Order: client.UserOrder.Name.Asc()}`, "as client.Sorting[client.News] value"},
		{`client.NewsOrder.Title.Asc().Then(client.UserOrder.Name.Asc())`, "as client.Sorting[client.News] value"},
		{`client.Where[client.News](client.UserWhere.Name.Eq("Ann"))`, "cannot convert"},
		{`client.Sorting[client.News](client.UserOrder.Name.Asc())`, "cannot convert"},
		{`client.UserOrder.Roles.Asc()`, "Roles undefined"},
		{`client.NewsFilter{Order: client.NewsOrder.Title}`, "as client.Sorting[client.News] value"},
		{`(*client.Client)(nil).FindNews(nil, client.UserFilter{})`, "as client.NewsFilter value"},
		{`client.NewsFilter{Where: "title = 'Go'"}`, "as client.Where[client.News] value"},
	} {
		source := "package p\nimport (\"time\"; \"" + module + "client\")\nvar _ = time.Now\nvar _ = " + tt.expression
		_, err := checker.check("p", checker.parse(t, "snippet.go", source))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.expression, err)
		case tt.want != "" && (err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `"`+module+`client".`, "client."), tt.want)):
			t.Errorf("%s: %v; want an error with %q", tt.expression, err, tt.want)
		}
	}
}

// checker checks types with this package and gen/client, which it reads from source. It knows no other packages except the parts of
// time that this package uses, and ignores the resulting errors.
type checker struct {
	files    *token.FileSet
	packages map[string]*types.Package
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	c := &checker{token.NewFileSet(), map[string]*types.Package{}}
	standIn := c.parse(t, "time.go", "package time\ntype Time struct{}\ntype Duration int64\nfunc Now() Time")
	for _, of := range []struct {
		path  string
		files []*ast.File
	}{{"time", []*ast.File{standIn}}, {module + "gen/client", c.parseFolder(t, "../gen/client")},
		{module + "client", c.parseFolder(t, ".")}} {
		c.packages[of.path], _ = c.check(of.path, of.files...)
	}
	return c
}

// check returns a package and its type errors.
func (c *checker) check(name string, files ...*ast.File) (*types.Package, error) {
	config := types.Config{Importer: c, IgnoreFuncBodies: true}
	var errs []error
	config.Error = func(err error) { errs = append(errs, err) }
	checked, _ := config.Check(name, c.files, files, nil)
	return checked, errors.Join(errs...)
}

// Import implements types.Importer.
func (c *checker) Import(name string) (*types.Package, error) {
	if c.packages[name] == nil {
		unknown := types.NewPackage(name, path.Base(name))
		unknown.MarkComplete()
		c.packages[name] = unknown
	}
	return c.packages[name], nil
}

func (c *checker) parseFolder(t *testing.T, folder string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, c.parse(t, name, nil))
		}
	}
	return files
}

func (c *checker) parse(t *testing.T, name string, source any) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(c.files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
