package scaffold

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func loopBackFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/loopback/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// importInto imports a document into a contract, and returns the new contract, what was added and what is noted.
func importInto(t testing.TB, contract, owner string, text []byte) (string, []string, []string) {
	t.Helper()
	document, err := parseLoopBack(text)
	if err != nil {
		t.Fatal(err)
	}
	w := treeWith(t, contract)
	added, err := w.addLoopBack(document, owner)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.contract.text()), added, document.notes
}

func TestImportLoopBackSchema(t *testing.T) {
	t.Parallel()
	text, added, _ := importInto(t, small, "owner", loopBackFile(t, "shop.json"))
	loads(t, text)
	if customer := string(loopBackFile(t, "customer.yaml")); !strings.Contains(text, "\n"+customer) {
		_, got, _ := strings.Cut(text, "\n        Customer:")
		t.Errorf("the schema of Customer is\n        Customer:%s\nwant\n%s", got, customer)
	}
	for _, want := range []string{
		"                addresses: {type: array, items: {type: object, additionalProperties: false, required: [street], ",
		"                preferences: {type: object, additionalProperties: true}\n",
		"                labels: {type: object, additionalProperties: {type: string, maxLength: 1000, pattern: '^[^\\x00]*$'}}\n",
		"                accountId: ", "                createdAt: {type: string, format: date-time, x-default: now}\n",
		"    /blog-posts/{id}:\n", "            operationId: findBlogPosts\n",
		"            required: [id, slug]\n", // no id, no date and no owner of its own
	} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, "[id, slug]", "[id, slug, owner]")) {
			t.Errorf("the contract lacks %q", want)
		}
	}
	wantAdded := []string{
		"customers: the schema Customer, and create, find, updateAll, count, get, update, replace, delete of /customers",
		"blogposts: the schema BlogPost, and create, find, count, get, update, delete of /blog-posts",
	}
	if !slices.Equal(added, wantAdded) {
		t.Errorf("added %q, want %q", added, wantAdded)
	}
}

func TestImportLoopBackNotes(t *testing.T) {
	t.Parallel()
	_, _, notes := importInto(t, testapp(t), "", loopBackFile(t, "shop.json"))
	for _, want := range []string{
		"/paths/~1users~1login/post: use the operations that every application has",
		"/paths/~1customers/get: the query parameter verbose is not carried over",
		"/components/schemas/Customer: it allows properties that it does not name",
		"/components/schemas/Customer/properties/$type: rename it", "/components/schemas/Customer/properties/E_Mail: rename it",
		"/components/schemas/Customer/properties/null: rename it",
		"/components/schemas/Customer/properties/id: ids are strings here, not of the type number",
		"/components/schemas/Customer/properties/secret/pattern: not carried over, because no valid value is known",
		"/components/schemas/Customer/properties/createdAt: x-default: now is added",
		"/components/schemas/Customer/properties/anything: it has no type",
		"/components/schemas/Customer/properties/either: it has no type",
		"/components/schemas/Customer/properties/tree/properties/next/properties/next/properties/next: none of its properties",
		"/components/schemas/Customer/properties/file/format: not carried over",
		"/components/schemas/Customer/properties/rank/enum: not carried over",
		"/components/schemas/Customer: the index on tags is not carried over",
		"/components/schemas/Customer/properties/accountId: LoopBack's POST does not accept it",
		"/paths/~1shop~1orders/get: needs no token in LoopBack, but here",
		"/paths/~1blog-posts: the tag, the package and the collection are called blogposts",
		"/components/schemas/blog-post: the schema is called BlogPost here", "/components/schemas/blog-post: it has no property id",
		"/paths/~1customers~1{id}~1orders/get: a relation", "/paths/~1customers~1{id}~1orders/post: a relation",
		"/paths/~1customers~1{id}~1activate/post: not an operation of a CrudRestController; write it: " +
			"go run ./cmd/scaffold add operation customers activate POST /customers/{id}/activate",
		"/paths/~1report/get: not an operation of a CrudRestController on a model",
	} {
		if i := slices.IndexFunc(notes, func(note string) bool { return strings.HasPrefix(note, want) }); i < 0 {
			t.Errorf("no note begins with %q", want)
		} else {
			notes = slices.Delete(notes, i, i+1)
		}
	}
	for _, note := range notes {
		if !strings.Contains(note, "nested more than 4 deep") {
			t.Errorf("another note: %s", note)
		}
	}
}

// The models and operations that an application already has are skipped.
func TestImportLoopBackTwice(t *testing.T) {
	t.Parallel()
	document := loopBackFile(t, "tutorial.json")
	once, added, _ := importInto(t, testapp(t), "author", document)
	loads(t, once)
	if len(added) != 1 || !strings.Contains(once, " author: {type: string, maxLength: 64, readOnly: true") {
		t.Errorf("added %q", added)
	}
	for _, part := range []string{"", "  /news/count:\n"} { // with and without one of the operations
		twice, again, _ := importInto(t, strings.Replace(once, part, "", 1), "author", document)
		if len(again) != 0 || part == "" && twice != once {
			t.Errorf("the second import adds %q", again)
		}
	}
}

func TestImportLoopBackReport(t *testing.T) {
	t.Parallel()
	w := treeWith(t, small)
	w.sourceIn(t, "go.mod", "module x.test/shop\n")
	w.sourceIn(t, "openapi.yaml", small)
	var out strings.Builder
	file := filepath.Join("testdata", "loopback", "tutorial.json")
	if err := ImportLoopBack(w.root, LoopBack{Source: file, DryRun: true}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Would add news: the schema NewsModel, and create, find,", "/paths/~1signin/post: use the operations", "--owner=owner",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if text, err := os.ReadFile(filepath.Join(w.root, "openapi.yaml")); err != nil || string(text) != small {
		t.Errorf("a dry run changes openapi.yaml, or %v", err)
	}
}

func TestReadLoopBackErrors(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/openapi.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"openapi":"3.0.0"}`)) })
	mux.Handle("/moved", http.RedirectHandler("/openapi.json", http.StatusFound))
	mux.Handle("/elsewhere", http.RedirectHandler(other.URL+"/openapi.json", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxDocument+1)) })
	server := httptest.NewServer(mux)
	defer server.Close()
	folder := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for source, want := range map[string]string{
		server.URL + "/openapi.json":                  "",
		server.URL + "/moved":                         "",
		server.URL + "/elsewhere":                     "it redirects to " + other.URL + "/openapi.json; name that URL if you trust it",
		server.URL + "/loop":                          "it redirects to",
		server.URL + "/nothing":                       "the status is 404 Not Found; LoopBack has the document at /openapi.json",
		server.URL + "/large":                         "the document has more than 16 MiB",
		"http://127.0.0.1:1/":                         "connection refused",
		"http://%":                                    "invalid URL escape",
		filepath.Join(folder, "none"):                 "no such file",
		folder:                                        "is a directory",
		file("openapi.yaml", "openapi: 3.0.0\n"):      "it is not JSON; save LoopBack's /openapi.json",
		file("swagger.json", `{"swagger":"2.0"}`):     "it is not an OpenAPI 3.0 document",
		file("three-one.json", `{"openapi":"3.1.0"}`): "it is not an OpenAPI 3.0 document",
		file("list.json", `[]`):                       "it is not an OpenAPI 3.0 document",
		file("deep.json", strings.Repeat("[", 200)+strings.Repeat("]", 200)): "it is nested more than 100 deep",
	} {
		text, err := readDocument(source)
		if err == nil {
			_, err = parseLoopBack(text)
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
}

// modelDocument returns a document with one model that has a property.
func modelDocument(path, model, property, schema string) []byte {
	body := `"content":{"application/json":{"schema":{"$ref":` + quotedJSON("#/components/schemas/"+model) + `}}}`
	return []byte(`{"openapi":"3.0.0","paths":{` + quotedJSON(path) + `:{"post":{"requestBody":{` + body + `},"responses":{"200":{` + body +
		`}}}}},"components":{"schemas":{` + quotedJSON(model) +
		`:{"required":["p"],"description":"{\"indexInfo\":{\"p\":{\"unique\":true}}}",` +
		`"properties":{"p":{"type":"string"},` + quotedJSON(property) + ":" + schema + `}}}}}`)
}

// importAny imports a document into a small contract. It returns an empty text if nothing is imported.
func importAny(t testing.TB, fail func(string, ...any), text []byte) string {
	t.Helper()
	document, err := parseLoopBack(text)
	if err != nil {
		return ""
	}
	w := treeWith(t, small)
	added, err := w.addLoopBack(document, "")
	if err != nil {
		fail("%v", err)
	}
	if len(added) == 0 {
		return ""
	}
	return string(w.contract.text())
}

// What is imported makes a valid contract.
func TestImportLoopBackAnySchema(t *testing.T) {
	t.Parallel()
	values := []any{0, 1, -1, 2.5, 1e30, 3, "", "a", "a b", "'", "\"\\\n\u00a0\U0001F600\x7f", "null", "2026-01-31", "^a+$", "(", true,
		false, nil,
		[]any{}, []any{"a", "a", "b: c", 1, nil}, map[string]any{}, map[string]any{"$ref": "#/components/schemas/Thing"}}
	keys := []string{"format", "enum", "default", "description", "nullable", "minLength", "maxLength", "pattern", "minimum", "maximum",
		"exclusiveMinimum", "multipleOf", "minItems", "maxItems", "uniqueItems", "required", "additionalProperties", "example", "$ref",
		"x-y"}
	names := []string{"p", "name", "and", "true", "yes", "createdAt", "id", "a_b", "aB", "type", "owner", "order", "", "é"}
	types := []string{"string", "string", "number", "integer", "boolean", "array", "object"}
	paths := []string{"/things", "/a/b-c", "/Things", "/type", "/orders", "/9", "/things/count"}
	models := []string{"Thing", "thing", "NewThing", "Order", "9", "Thing-a", "ThingInput", "String"}
	var schema func(rt *rapid.T, depth int) map[string]any
	schema = func(rt *rapid.T, depth int) map[string]any {
		s := map[string]any{"type": rapid.SampledFrom(types).Draw(rt, "type")}
		for _, key := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 4).Draw(rt, "keys") {
			s[key] = rapid.SampledFrom(values).Draw(rt, key)
		}
		if key := rapid.SampledFrom([]string{"", "items", "additionalProperties"}).Draw(rt, "inner"); key != "" && depth < 4 {
			s[key] = schema(rt, depth+1)
		}
		properties := map[string]any{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(rt, "properties") {
			if depth < 4 {
				properties[name] = schema(rt, depth+1)
			}
		}
		if len(properties) > 0 {
			s["properties"] = properties
		}
		return s
	}
	rapid.Check(t, func(rt *rapid.T) {
		text, err := json.Marshal(schema(rt, 0))
		if err != nil {
			rt.Fatal(err)
		}
		path := rapid.SampledFrom(paths).Draw(rt, "path")
		model := rapid.SampledFrom(models).Draw(rt, "model")
		property := rapid.SampledFrom(names).Draw(rt, "property")
		if imported := importAny(t, rt.Fatalf, modelDocument(path, model, property, string(text))); imported != "" {
			loads(rt, imported)
		}
	})
}

// Any document is imported or refused.
func FuzzImportLoopBack(f *testing.F) {
	for _, schema := range []string{
		`{"type":"string","pattern":"^[a-z]+$","minLength":3,"default":"abc"}`, `{"type":"integer","multipleOf":5,"maximum":-3}`,
		`{"type":"string","enum":["a","b c"],"nullable":true}`, `{"type":"array","items":{"type":"string","format":"email"},"minItems":2}`,
		`{"type":"object","properties":{"x":{"$ref":"#/components/schemas/M"}}}`,
		`{"type":"object","additionalProperties":{"type":"number"}}`,
	} {
		f.Add("/m-s", "M", "q", schema)
	}
	f.Fuzz(func(t *testing.T, path, model, property, schema string) {
		importAny(t, t.Fatalf, []byte(schema))
		importAny(t, t.Fatalf, modelDocument(path, model, property, schema))
	})
}
