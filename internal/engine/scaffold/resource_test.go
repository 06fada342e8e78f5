package scaffold

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// all are properties of every type.
var all = []string{
	"title:string!", "slug:string(3..40)", "text:text", "summary:text!", "rating:integer(1..5)!=3", "stock:integer", "price:number(0.5..)",
	"published:boolean=false", "due:date", "seen:date=now", "contact:email", "site:url", "key:uuid", "status:draft|final=draft",
	"tags:string[]", "scores:integer[]", "dates:date[]", "colours:red|green[]", "place.city:string!", "place.zip:integer",
	"place.point.x:number", "order:string", "group:string",
}

func TestAddResource(t *testing.T) {
	t.Parallel()
	for name, text := range contracts(t) {
		for _, r := range []Resource{
			{Name: "reviews", Owner: "author"}, {Name: "categories", Owner: "owner", Private: true}, {Name: "people", Public: true},
			{Name: "blogposts", Schema: "BlogPost", Owner: "created_by", Public: true, Operations: []string{"create", "find", "get"}},
			{Name: "sheep", Operations: []string{"create"}},
		} {
			r.Properties = properties(t, all...)
			tree := treeWith(t, text)
			d, err := tree.describe(r)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, r.Name, err)
			}
			if err := d.write(tree.contract); err != nil {
				t.Fatalf("%s, %s: %v", name, r.Name, err)
			}
			added := string(tree.contract.text())
			if name == "small" || r.Name == "reviews" {
				loads(t, added)
			}
			if strings.Contains(strings.ReplaceAll(added, "\r\n", ""), "\n") == strings.Contains(text, "\r\n") {
				t.Errorf("%s, %s: mixed line endings", name, r.Name)
			}
			onlyAdded(t, text, added)
			for _, file := range []string{"handlers.go.tmpl", "handlers_test.go.tmpl"} {
				checkSource(t, d, file)
			}
			left, err := tree.contract.removeResource(r.Name)
			if got := string(tree.contract.text()); err != nil || left != nil || got != text {
				t.Errorf("%s, %s: removed: %v, %q, and the text has %d bytes, want %d", name, r.Name, err, left, len(got), len(text))
			}
		}
	}
}

// onlyAdded checks that the old text is the new one without parts of it.
func onlyAdded(t *testing.T, old, text string) {
	t.Helper()
	rest := text
	for line := range strings.Lines(old) {
		if _, after, found := strings.Cut(rest, strings.TrimRight(line, "\r\n")); found {
			rest = after
		} else if !strings.Contains(line, "[") { // of a role
			t.Errorf("the line %q has changed", line)
		}
	}
}

func checkSource(t *testing.T, d *description, file string) {
	t.Helper()
	text, err := d.execute(file)
	if err != nil {
		t.Fatal(err)
	}
	source := string(goSource(text, d.Module))
	if _, err := parser.ParseFile(token.NewFileSet(), file, source, parser.AllErrors); err != nil {
		t.Errorf("%v in\n%s", err, source)
	}
	for line := range strings.Lines(source) {
		if columns := len(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")); columns > 140 {
			t.Errorf("%s: %d columns: %s", d.Name, columns, line)
		}
	}
}

// Adding and removing anything leaves the text as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	texts := contracts(t)
	maps.DeleteFunc(texts, func(name, _ string) bool { return strings.HasPrefix(name, "testapp") }) // they would take too long
	rapid.Check(t, func(rt *rapid.T) {
		text := texts[rapid.SampledFrom(slices.Sorted(maps.Keys(texts))).Draw(rt, "contract")]
		r := Resource{Name: rapid.StringMatching(`[a-z][a-z0-9]{2,12}s`).Draw(rt, "name"), Public: rapid.Bool().Draw(rt, "public")}
		if rapid.Bool().Draw(rt, "owned") {
			r.Owner, r.Private = "owner", !r.Public && rapid.Bool().Draw(rt, "private")
		}
		r.Operations = append(rapid.SliceOfNDistinct(rapid.SampledFrom(Operations[1:]), 0, 7, rapid.ID).Draw(rt, "operations"), "create")
		for _, argument := range rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 6, rapid.ID).Draw(rt, "properties") {
			p, err := ParseProperty(argument)
			if err != nil {
				rt.Fatal(err)
			}
			r.Properties = append(r.Properties, p)
		}
		tree := treeWith(t, text)
		d, err := tree.describe(r)
		if err != nil {
			rt.Skip(err)
		}
		if err := d.write(tree.contract); err != nil {
			rt.Fatal(err)
		}
		added := string(tree.contract.text())
		load := rapid.IntRange(0, 4).Draw(rt, "load") == 0 // it takes longer than all the rest
		if load {
			loads(rt, added)
		}
		p := rapid.SampledFrom([]string{"extra:integer!=7", "extra:string", "extra.inner:date", "extra:a|b[]"}).Draw(rt, "property")
		property, err := ParseProperty(p)
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := tree.contract.addProperty(r.Name, property); err != nil {
			rt.Fatal(err)
		}
		if load {
			loads(rt, string(tree.contract.text()))
		}
		if _, err := tree.contract.removeProperty(r.Name, []string{"extra"}); err != nil || string(tree.contract.text()) != added {
			rt.Fatalf("%v, or another text after the property was removed:\n%s", err, tree.contract.text())
		}
		left, err := tree.contract.removeResource(r.Name)
		if got := string(tree.contract.text()); err != nil || left != nil || got != text {
			rt.Fatalf("%v, %q, or another text after the removal:\n%s", err, left, got)
		}
	})
}

func TestAddResourceErrors(t *testing.T) {
	t.Parallel()
	title := properties(t, "title:string")
	for _, tt := range []struct {
		r    Resource
		want string
	}{
		{Resource{Name: "Reviews"}, `invalid resource name "Reviews": it becomes a Go package; use a lower-case letter, then those`},
		{Resource{Name: "blog-posts"}, "such as blogposts"},
		{Resource{Name: ""}, "such as reviews"},
		{Resource{Name: "type"}, "the resource name type has a meaning in Go or YAML"},
		{Resource{Name: "context"}, "the resource name context has a meaning"},
		{Resource{Name: "null"}, "the resource name null has a meaning in Go or YAML"},
		{Resource{Name: "reviews", Schema: "True"}, `invalid schema name "True"`},
		{Resource{Name: "problems"}, "the schema Problem is one that go generate makes; use another name for the schema, with --schema"},
		{Resource{Name: "reviews", Schema: "Role"}, "the schema Role is one that go generate makes"},
		{Resource{Name: "posts"}, "openapi.yaml:19: the tag posts already exists"},
		{Resource{Name: "signup"}, "the path /signup already exists"},
		{Resource{Name: "pings", Schema: "Ping"}, "the schema Ping already exists; use another name for the schema, with --schema"},
		{Resource{Name: "filters", Schema: "NoteFilter"}, "NoteFilter"},
		{Resource{Name: "partials", Schema: "PartialPost"}, "PartialPost"},
		{Resource{Name: "reviews", Schema: "review"}, `invalid schema name "review"`},
		{Resource{Name: "reviews", Operations: []string{"drop"}}, `unknown operation "drop"`},
		{Resource{Name: "reviews", Operations: []string{"find"}}, "must include create"},
		{Resource{Name: "reviews", Private: true}, "a private resource needs an owner"},
		{Resource{Name: "reviews", Private: true, Public: true, Owner: "owner"}, "cannot be public"},
		{Resource{Name: "reviews", Owner: "title"}, "property title: there is already a property title"},
		{Resource{Name: "reviews", Owner: "id"}, "the owner is a property, such as author: the name id has a meaning"},
		{Resource{Name: "reviews", Owner: "Author"}, `the owner is a property, such as author: invalid name "Author"`},
		{Resource{Name: "reviews", Properties: properties(t, "a:string", "a:text")}, "there is already a property a"},
		{Resource{Name: "reviews", Properties: properties(t, "a_b:string", "aB:text")}, "property aB: there is already a property a_b"},
		{Resource{Name: "reviews", Properties: properties(t, "a:string", "a.b:text")}, "there is already a property a"},
		{Resource{Name: "reviews", Properties: properties(t, "a.b:string", "a:text")}, "there is already a property a"},
		{Resource{Name: "reviews", Properties: properties(t, "dateCreated:date")}, "there is already a property date_created"},
		{Resource{Name: "reviews", Properties: []Property{}}, "reviews has no properties"},
	} {
		tree := treeWith(t, testapp(t))
		if tt.r.Properties == nil {
			tt.r.Properties = title
		}
		_, err := tree.describe(tt.r)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.r, err, tt.want)
		}
		if got := string(tree.contract.text()); got != testapp(t) {
			t.Errorf("%+v: the contract has changed", tt.r)
		}
	}
	tree := treeWith(t, testapp(t))
	tree.sourceIn(t, "internal/reviews/mine.go", "package reviews")
	_, err := tree.describe(Resource{Name: "reviews", Properties: title})
	if err == nil || !strings.Contains(err.Error(), "internal/reviews already exists") {
		t.Errorf("with a folder: %v", err)
	}
}

func TestSingular(t *testing.T) {
	t.Parallel()
	for plural, want := range map[string]string{
		"reviews": "review", "categories": "category", "news": "news", "people": "person", "addresses": "address", "boxes": "box",
		"houses": "house", "movies": "movie", "sheep": "sheep", "status": "status", "statuses": "status", "branches": "branch",
		"heroes": "hero", "databases": "database", "salespeople": "salesperson", "series": "series", "as": "as", "bus": "bus",
	} {
		if got := singular(plural); got != want {
			t.Errorf("%s: %s, want %s", plural, got, want)
		}
	}
	for name, want := range map[string]string{"BlogPost": "a blog post", "Order": "an order", "User": "a user", "due_date": "a due date"} {
		if got := article(phrase(name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := fmt.Sprint(snake("publishNews")); got != "publish_news" {
		t.Error(got)
	}
}
