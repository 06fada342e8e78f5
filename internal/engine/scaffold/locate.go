package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// operation is an operation of the contract: a method of a path.
type operation struct{ path, method entry }

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (o operation) id() string { return scalarIn(o.method.value, "operationId") }

// scalarIn returns the value of a scalar member, or an empty string.
func scalarIn(mapping *yaml.Node, name string) string {
	if e := member(mapping, name); e != nil && e.value.Kind == yaml.ScalarNode {
		return e.value.Value
	}
	return ""
}

func (o operation) tag() string {
	if tags := member(o.method.value, "tags"); tags != nil && len(tags.value.Content) > 0 {
		return tags.value.Content[0].Value
	}
	return ""
}

// operations returns all operations, or those of a tag.
func (c *contract) operations(tag string) (found []operation) {
	paths := c.find("paths")
	if paths == nil {
		return nil
	}
	for _, path := range entries(paths.value) {
		for _, method := range entries(path.value) {
			if o := (operation{path, method}); slices.Contains(methods, method.name()) && (tag == "" || o.tag() == tag) {
				found = append(found, o)
			}
		}
	}
	return found
}

// byID returns the operation with that operationId, or nil.
func (c *contract) byID(id string) *operation {
	for _, o := range c.operations("") {
		if o.id() == id {
			return &o
		}
	}
	return nil
}

// references calls yield for each $ref in a node, but for the nodes that skip accepts.
func references(n *yaml.Node, skip func(*yaml.Node) bool, yield func(*yaml.Node)) {
	if skip != nil && skip(n) {
		return
	}
	for _, e := range entries(n) {
		if e.name() == "$ref" && e.value.Kind == yaml.ScalarNode {
			yield(e.value)
		}
	}
	for _, child := range n.Content {
		references(child, skip, yield)
	}
}

const schemaPrefix = "#/components/schemas/"

// collectionOf returns the schema with x-collection that one with that name is, or follows from, or an empty string.
func (c *contract) collectionOf(name string) string { return generate.CollectionOf(c.root, name) }

// schemaOf returns the schema of the resource's collection.
func (c *contract) schemaOf(resource string) (*entry, error) {
	all := c.operations(resource)
	if len(all) == 0 {
		return nil, fmt.Errorf("unknown resource %q; the resources are %s", resource, strings.Join(c.resources(), ", "))
	}
	var found []string
	for _, o := range all {
		references(o.method.value, nil, func(ref *yaml.Node) {
			if x := c.collectionOf(strings.TrimPrefix(ref.Value, schemaPrefix)); x != "" {
				found = append(found, x)
			}
		})
	}
	if len(found) == 0 {
		for _, e := range c.components() {
			if x := member(e.value, "x-collection"); x != nil && scalarIn(x.value, "name") == resource {
				found = append(found, e.name())
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) > 1 { // the one that has the name of the resource
		named := slices.DeleteFunc(slices.Clone(found), func(x string) bool {
			return scalarIn(c.find("components", "schemas", x, "x-collection").value, "name") != resource
		})
		if len(named) == 1 {
			found = named
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the operations tagged %s use no collection; change them in openapi.yaml", resource)
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the operations tagged %s use %d collections %q; this command needs one", resource, len(found), found)
	}
	return c.find("components", "schemas", found[0]), nil
}

// resources returns the tags with operations on a collection.
func (c *contract) resources() (names []string) {
	for _, o := range c.operations("") {
		uses := false
		references(o.method.value, nil, func(ref *yaml.Node) {
			uses = uses || c.collectionOf(strings.TrimPrefix(ref.Value, schemaPrefix)) != ""
		})
		if uses && !slices.Contains(names, o.tag()) {
			names = append(names, o.tag())
		}
	}
	return names
}

// example is an example of a body, a response or a parameter.
type example struct {
	*yaml.Node
	schema string // the one that it is an example of, or that its elements are; empty: a schema without a name
}

// examples returns the examples of the resource: those in its operations, and the components that they refer to. Aliases are left out.
func (c *contract) examples(resource string) (found []example) {
	add := func(n *yaml.Node, schema string) {
		if n.Kind != yaml.AliasNode && !slices.ContainsFunc(found, func(e example) bool { return e.Node == n }) {
			found = append(found, example{n, schema})
		}
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for _, e := range entries(n) {
			switch e.name() {
			case "example":
				add(e.value, schemaIn(n))
			case "examples":
				for _, named := range entries(e.value) {
					name := strings.TrimPrefix(scalarIn(named.value, "$ref"), "#/components/examples/")
					if shared := c.find("components", "examples", name, "value"); name != "" && shared != nil {
						add(shared.value, schemaIn(n))
					} else if own := member(named.value, "value"); own != nil {
						add(own.value, schemaIn(n))
					}
				}
			default:
				walk(e.value)
			}
		}
		if n.Kind == yaml.SequenceNode {
			for _, child := range n.Content {
				walk(child)
			}
		}
	}
	for _, o := range c.operations(resource) {
		walk(o.method.value)
	}
	return found
}

// schemaIn returns the name of the schema of a media type, or of its elements.
func schemaIn(media *yaml.Node) string {
	schema := member(media, "schema")
	if schema == nil {
		return ""
	}
	if items := member(schema.value, "items"); items != nil {
		schema = items
	}
	return strings.TrimPrefix(scalarIn(schema.value, "$ref"), schemaPrefix)
}
