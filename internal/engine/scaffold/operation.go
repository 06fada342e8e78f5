package scaffold

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"
)

// ownOperation is an operation that AddOperation writes.
type ownOperation struct {
	Tag, Schema, Module    string
	ID, Method, Path       string
	One, A, Words          string   // the document and the name of the operation in words
	Go, GoCollection       string   // the names of the method, and of the field of Handlers with the collection
	Item                   bool     // whether the path names a document
	Public                 bool     // whether it needs no token
	Scheme                 string   // the security scheme
	Scopes                 []string // that it requires
	CreateID, CreatePath   string   // the operation that creates a document
	Private, Owned, Exists bool
	Example                string // of a document, or its reference
	TestScopes             string // as arguments in Go
}

var pathPattern = regexp.MustCompile(`^(/[a-z][A-Za-z0-9_-]*|/\{id\})+$`)

// AddOperation adds an operation to a resource: POST /news/{id}/publish. It writes the operation into openapi.yaml, with the security and
// scopes of the operations beside it, a handler that changes nothing yet, and a test, and generates the code. It returns an error, and
// changes nothing, if a name is invalid or already used. It writes to out what it has done.
func AddOperation(root, resource, name, method, path string, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	o, err := t.describeOperation(resource, name, strings.ToUpper(method), path)
	if err != nil {
		return err
	}
	if err := o.write(t.contract); err != nil {
		return err
	}
	file := "internal/" + resource + "/" + snake(o.ID)
	for name, kind := range map[string]string{file + ".go": "operation.go.tmpl", file + "_test.go": "operation_test.go.tmpl"} {
		if exists(filepath.Join(root, name)) {
			return fmt.Errorf("%s already exists; use another name for the operation", name)
		}
		source, err := o.execute(kind)
		if err != nil {
			return err
		}
		t.write(name, goSource(source, t.module))
	}
	t.vet = []string{"./client", "./internal/" + resource}
	if err := t.apply(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "added %s %s as %s in openapi.yaml, with a handler that changes nothing yet in %s.go and its test. "+
		"Describe it in the contract, then write the handler.\n", o.Method, o.Path, o.ID, file)
	return err
}

// snake returns publish_news for publishNews.
func snake(id string) string { return strings.ReplaceAll(phrase(id), " ", "_") }

func (t *workspace) describeOperation(resource, name, method, path string) (*ownOperation, error) {
	c := t.contract
	x, err := c.schemaOf(resource)
	if err != nil {
		return nil, err
	}
	o := &ownOperation{Tag: resource, Schema: x.name(), Module: t.module, ID: name, Method: method, Path: path}
	if !regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`).MatchString(name) {
		return nil, fmt.Errorf("invalid name %q; use a lower-case letter, then letters and digits, such as publish", name)
	}
	if strings.ToLower(name) == name {
		o.ID = name + x.name()
	}
	if !slices.Contains(methods[:4], strings.ToLower(method)) && method != "PATCH" {
		return nil, fmt.Errorf("unknown method %q; use GET, POST, PUT, PATCH or DELETE", method)
	}
	if !pathPattern.MatchString(path) || strings.Count(path, "{") > 1 {
		return nil, fmt.Errorf("invalid path %q; use letters, digits, - and _ between slashes, and {id} for the id of a document, such as "+
			"/%s/{id}/publish", path, resource)
	}
	if existing := c.byID(o.ID); existing != nil {
		return nil, c.taken(existing.method.key, "the operationId "+o.ID, "use another name")
	}
	if e := c.find("paths", path); e != nil {
		if o.Exists = true; member(e.value, strings.ToLower(method)) != nil {
			return nil, c.taken(e.key, method+" "+path, "use another path")
		}
	}
	o.Item = strings.Contains(path, "{id}")
	collection := member(x.value, "x-collection").value
	o.Private, o.Owned = scalarIn(collection, "private") == "true", scalarIn(collection, "owner") != ""
	o.One = phrase(o.Schema)
	o.A, o.Words = article(o.One), upperFirst(phrase(o.ID))
	o.Go = upperFirst(o.ID)
	if err := o.secure(c, resource); err != nil {
		return nil, err
	}
	if o.GoCollection, err = t.collectionField(resource, o.Schema); err != nil {
		return nil, err
	}
	return o, nil
}

// secure takes the security and scopes of an operation beside this one: for a change one that changes a document, and else one that reads.
func (o *ownOperation) secure(c *contract, resource string) error {
	reads := o.Method == "GET"
	var beside *operation
	for _, other := range c.operations(resource) {
		if (other.method.name() == "get") == reads && (beside == nil || strings.Contains(other.path.name(), "{id}")) {
			beside = &other
		}
		if other.method.name() == "post" && member(other.method.value, "requestBody") != nil && !strings.Contains(other.path.name(), "{") &&
			o.CreateID == "" {
			o.CreateID, o.CreatePath = other.id(), other.path.name()
		}
	}
	if beside == nil {
		kind := "changes"
		if reads {
			kind = "reads"
		}
		return fmt.Errorf("no operation tagged %s %s documents, so its security is unknown; write it by hand", resource, kind)
	}
	if o.CreateID == "" {
		return fmt.Errorf("no operation tagged %s creates a document for the test; write it by hand", resource)
	}
	if security := member(beside.method.value, "security"); security != nil && len(security.value.Content) > 0 {
		for _, e := range entries(security.value.Content[0]) {
			o.Scheme = e.name()
		}
	}
	o.Public = o.Scheme == ""
	if o.Public && !reads {
		return fmt.Errorf("%s, which is beside the new operation, needs no token; write this one by hand", beside.id())
	}
	if scopes := member(beside.method.value, "x-required-scopes"); scopes != nil {
		for _, scope := range scopes.value.Content {
			o.Scopes = append(o.Scopes, scope.Value)
		}
	}
	all := slices.Clone(o.Scopes)
	if scopes := member(c.byID(o.CreateID).method.value, "x-required-scopes"); scopes != nil {
		for _, scope := range scopes.value.Content {
			all = append(all, scope.Value)
		}
	}
	slices.Sort(all)
	var quoted []string
	for _, scope := range slices.Compact(all) {
		quoted = append(quoted, fmt.Sprintf("%q", scope))
	}
	o.TestScopes = strings.Join(quoted, ", ")
	o.Example = c.exampleOf(resource)
	return nil
}

// exampleOf returns an example of a document of the resource in flow style, from a response, or an empty string.
func (c *contract) exampleOf(resource string) string {
	for _, o := range c.operations(resource) {
		responses := member(o.method.value, "responses")
		if responses == nil {
			continue
		}
		var found string
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			for _, e := range entries(n) {
				switch {
				case found != "":
				case e.name() == "example" && e.value.Kind == yaml.AliasNode:
					found = "*" + e.value.Value
				case e.name() == "example" && e.value.Anchor != "":
					found = "*" + e.value.Anchor
				case e.name() == "examples" && len(entries(e.value)) > 0 && member(entries(e.value)[0].value, "$ref") != nil:
					found = "$ref: '" + scalarIn(entries(e.value)[0].value, "$ref") + "'"
				default:
					walk(e.value)
				}
			}
		}
		walk(responses.value)
		if found != "" {
			return found
		}
	}
	return ""
}

// collectionField returns the name of the field of Handlers that is the collection of the schema.
func (t *workspace) collectionField(resource, schema string) (string, error) {
	files, err := filepath.Glob(filepath.Join(t.root, "internal", resource, "*.go"))
	if err != nil {
		return "", err
	}
	field := regexp.MustCompile(`(\w+)\s+store\.Collection\[api\.` + schema + `\]`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if match := field.FindSubmatch(source); match != nil {
			return string(match[1]), nil
		}
	}
	return "", fmt.Errorf("internal/%s has no field of the type store.Collection[api.%s]; write this operation by hand", resource, schema)
}

// write writes the operation into the contract: into its path or, if that is new, behind the last path of the resource.
func (o *ownOperation) write(c *contract) error {
	source, err := o.execute("operation.yaml.tmpl")
	if err != nil {
		return err
	}
	indent := c.find("paths").value.Column - 1
	if o.Exists {
		_, to := c.extent(c.find("paths", o.Path))
		return c.insert(to, indent, source)
	}
	last := c.operations(o.Tag)
	path := last[len(last)-1].path
	_, to := c.extent(&path)
	return c.insert(to, indent, source)
}

func (o *ownOperation) execute(name string) (string, error) {
	t, err := template.ParseFS(resourceTemplates, "templates/resource/"+name)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, o)
	return out.String(), err
}

// Shared reports whether the example is a component.
func (o *ownOperation) Shared() bool { return strings.HasPrefix(o.Example, "$ref") }

// Lower returns the method in lower case.
func (o *ownOperation) Lower() string { return strings.ToLower(o.Method) }

// Reads reports whether the operation only reads.
func (o *ownOperation) Reads() bool { return o.Method == "GET" }

// ScopeList returns the scopes in YAML.
func (o *ownOperation) ScopeList() string { return strings.Join(o.Scopes, ", ") }

// RemoveOperation removes an operation from openapi.yaml, with its handler and its test, and generates the code. It returns an error, and
// changes nothing, if something else refers to it. It writes to out what it has done.
func RemoveOperation(root, resource, name string, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	id, err := t.contract.removeOperation(resource, name)
	if err != nil {
		return err
	}
	files, err := t.files("internal/" + resource)
	if err != nil {
		return err
	}
	method := upperFirst(id)
	var removed []string
	for _, file := range files {
		if path.Dir(file) != "internal/"+resource || path.Ext(file) != ".go" {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return err
		}
		rest, found := withoutFunction(source, method)
		switch {
		case !found:
			continue
		case rest == nil:
			t.remove(file)
			removed = append(removed, file)
		default:
			t.write(file, rest)
		}
	}
	kept, err := t.keepUncommitted(removed)
	if err != nil {
		return err
	}
	t.vet = []string{"./..."}
	if err := t.apply(); err != nil {
		return err
	}
	note := ""
	if kept != "" {
		note = "files that are not committed are in " + kept + "\n"
	}
	_, err = fmt.Fprintf(out, "removed %s from openapi.yaml, and its handler and its test from internal/%s\n%s", id, resource, note)
	return err
}

// removeOperation removes an operation from the text, and returns its operationId.
func (c *contract) removeOperation(resource, name string) (string, error) {
	x, err := c.schemaOf(resource)
	if err != nil {
		return "", err
	}
	var o *operation
	for _, id := range []string{name, name + x.name()} {
		if found := c.byID(id); found != nil && found.tag() == resource && o == nil {
			o = found
		}
	}
	if o == nil {
		var ids []string
		for _, other := range c.operations(resource) {
			ids = append(ids, other.id())
		}
		return "", fmt.Errorf("unknown operation %q; the operations tagged %s are %s", name, resource, strings.Join(ids, ", "))
	}
	if len(c.operations(resource)) == 1 {
		return "", fmt.Errorf("%s is the only operation tagged %s; use `remove resource %s`", o.id(), resource, resource)
	}
	r := removal{contract: c, resource: resource, nodes: map[*yaml.Node]bool{o.method.value: true}, gone: make([]bool, len(c.lines))}
	if err := r.checkIDs(c.root, map[string]bool{o.id(): true}); err != nil {
		return "", err
	}
	id := o.id()
	r.take(&o.method)
	others := slices.ContainsFunc(entries(o.path.value), func(e entry) bool {
		return slices.Contains(methods, e.name()) && e.key != o.method.key
	})
	if !others {
		r.take(&o.path)
	}
	return id, r.apply()
}
