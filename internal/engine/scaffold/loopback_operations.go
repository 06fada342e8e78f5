package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// loopBack is the OpenAPI document of a LoopBack 4 application.
type loopBack struct {
	root   *yaml.Node
	served []string // operations that the application already has
	notes  []string // what is not carried over, or to be checked
}

func (l *loopBack) note(pointer, format string, args ...any) {
	l.notes = append(l.notes, pointer+": "+fmt.Sprintf(format, args...))
}

// pointer returns a JSON pointer.
func pointer(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String()
}

// crudOperation is an operation with the path and the method of one of a CrudRestController.
type crudOperation struct {
	operation
	base string // the path of the collection
	kind string // as in Operations
}

func (o crudOperation) pointer() string { return pointer("paths", o.path.name(), o.method.name()) }

// imported is a resource with the pointer to its model.
type imported struct {
	Resource
	pointer string
}

// resources returns the resources of the document. ours is the contract that they are for.
func (l *loopBack) resources(ours *contract) (found []imported) {
	var bases []string
	groups, rest := map[string][]crudOperation{}, []crudOperation{}
	document := contract{root: l.root}
	for _, o := range document.operations("") {
		c := crudOperation{operation: o}
		c.base, c.kind = shape(o.path.name(), o.method.name())
		switch {
		case served(ours, o):
			l.served = append(l.served, strings.ToUpper(o.method.name())+" "+o.path.name())
		case accountNames.MatchString(lastWord(c)):
			l.note(c.pointer(), "use the operations that every application has: POST /signup, POST /signin, GET /whoami, GET /ping; "+
				"change the clients, or the paths in openapi.yaml")
		case c.kind == "":
			rest = append(rest, c)
		default:
			if groups[c.base] == nil {
				bases = append(bases, c.base)
			}
			groups[c.base] = append(groups[c.base], c)
		}
	}
	for _, base := range bases {
		model := l.modelOf(groups[base])
		operations := map[string]crudOperation{}
		for _, o := range groups[base] {
			if of := l.model(o); model == "" || of != model && of != anyModel || o.kind == "create" && l.body(o) != model {
				rest = append(rest, o)
			} else {
				operations[o.kind] = o
			}
		}
		if len(operations) > 0 {
			found = append(found, l.resource(base, model, operations))
		}
	}
	for _, o := range rest {
		l.noteOther(o, found)
	}
	return found
}

var basePattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// shape returns the path of the collection, and which of its operations one with that path and method is, or nothing.
func shape(path, method string) (base, kind string) {
	head, item := path, regexp.MustCompile(`/\{[^{}/]+\}$`).FindString(path)
	switch {
	case item != "":
		head = strings.TrimSuffix(path, item)
		kind = map[string]string{"get": "get", "patch": "update", "put": "replace", "delete": "delete"}[method]
	case method == "get" && strings.HasSuffix(path, "/count"):
		head, kind = strings.TrimSuffix(path, "/count"), "count"
	default:
		kind = map[string]string{"post": "create", "get": "find", "patch": "updateAll"}[method]
	}
	if !basePattern.MatchString(head) {
		return "", ""
	}
	return head, kind
}

// accountNames are names of operations of accounts, in lower case.
var accountNames = regexp.MustCompile(`^(sign-?(in|up|out)|log-?(in|out)|register|who-?am-?i|me|ping|refresh(-?login|-?token)?)$`)

func lastWord(o crudOperation) string {
	if name := scalarIn(o.method.value, "x-operation-name"); accountNames.MatchString(strings.ToLower(name)) {
		return strings.ToLower(name)
	}
	path := o.path.name()
	return strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
}

var parameterPattern = regexp.MustCompile(`\{[^{}/]*\}`)

// served reports whether a contract has an operation with the method and path.
func served(c *contract, o operation) bool {
	return slices.ContainsFunc(c.operations(""), func(other operation) bool {
		return other.method.name() == o.method.name() &&
			parameterPattern.ReplaceAllString(other.path.name(), "{}") == parameterPattern.ReplaceAllString(o.path.name(), "{}")
	})
}

// noteOther notes an operation that is not carried over.
func (l *loopBack) noteOther(o crudOperation, resources []imported) {
	path, method := o.path.name(), strings.ToUpper(o.method.name())
	for _, r := range resources {
		if _, tail, nested := strings.Cut(path, "}/"); nested && tail == r.Path[strings.LastIndexByte(r.Path, '/')+1:] {
			l.note(o.pointer(), "a relation; clients can use the foreign key instead: GET %s?filter={\"where\":{KEY:ID}}", r.Path)
			return
		}
	}
	for _, r := range resources {
		if tail, ok := strings.CutPrefix(path, r.Path+"/"); ok {
			name := strings.Trim(parameterPattern.ReplaceAllString(tail, ""), "/")
			l.note(o.pointer(), "not an operation of a CrudRestController; write it: go run ./cmd/scaffold add operation %s %s %s %s",
				r.Name, orElse(name, "NAME"), method, parameterPattern.ReplaceAllString(path, "{id}"))
			return
		}
	}
	l.note(o.pointer(), "not an operation of a CrudRestController on a model of components/schemas; write it in openapi.yaml, and its "+
		"handler in internal/TAG")
}

// anyModel stands for the model of an operation that has none in its request or response.
const anyModel = "*"

// modelOf returns the model of the operations on a collection, or an empty string.
func (l *loopBack) modelOf(operations []crudOperation) string {
	for _, kind := range Operations {
		for _, o := range operations {
			if m := l.model(o); o.kind == kind && m != "" && m != anyModel {
				return m
			}
		}
	}
	return ""
}

// model returns the model of a CRUD operation: of its response, or of its body if the response has none.
func (l *loopBack) model(o crudOperation) string {
	schema := (*yaml.Node)(nil)
	switch o.kind {
	case "count", "delete":
		return anyModel
	case "update", "updateAll", "replace":
		return l.body(o)
	}
	for _, response := range entries(valueOf(o.method.value, "responses")) {
		if strings.HasPrefix(response.name(), "2") && schema == nil {
			schema = mediaSchema(l.resolve(response.value))
		}
	}
	if o.kind == "find" {
		schema = valueOf(l.resolve(schema), "items")
	}
	return l.plainModel(schema)
}

// body returns the model of the request body.
func (l *loopBack) body(o crudOperation) string {
	return l.plainModel(mediaSchema(l.resolve(valueOf(o.method.value, "requestBody"))))
}

func mediaSchema(n *yaml.Node) *yaml.Node {
	return valueOf(valueOf(valueOf(n, "content"), "application/json"), "schema")
}

// variants match the names of schemas that LoopBack derives from a model.
var variants = regexp.MustCompile(`^(.+?)(Partial|WithRelations|Excluding_.*|Optional_.*)+$`)

// plainModel returns the name of the model that a reference leads to: NewsModel for NewsModelPartial and NewNewsModel, too.
func (l *loopBack) plainModel(schema *yaml.Node) string {
	name, ok := strings.CutPrefix(scalarIn(schema, "$ref"), schemaPrefix)
	if !ok || l.schema(name) == nil {
		return ""
	}
	if match := variants.FindStringSubmatch(name); match != nil && l.schema(match[1]) != nil {
		name = match[1]
	}
	if plain, ok := strings.CutPrefix(name, "New"); ok && l.schema(plain) != nil {
		name = plain
	}
	return name
}

func (l *loopBack) schema(name string) *yaml.Node {
	return valueOf(valueOf(valueOf(l.root, "components"), "schemas"), name)
}

// resolve follows references.
func (l *loopBack) resolve(n *yaml.Node) *yaml.Node {
	for range 10 {
		ref := scalarIn(n, "$ref")
		if ref == "" {
			return n
		}
		n = l.root
		for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			n = valueOf(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
	}
	return nil
}

// valueOf returns the value of a member, or nil.
func valueOf(mapping *yaml.Node, name string) *yaml.Node {
	if e := member(mapping, name); e != nil {
		return e.value
	}
	return nil
}
