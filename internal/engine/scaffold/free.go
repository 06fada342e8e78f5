package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// checkFree returns an error if the application already has something with a name of the resource.
func (t *workspace) checkFree(d *description) error {
	c := t.contract
	if tags := c.find("tags"); tags != nil {
		for _, tag := range tags.value.Content {
			if name := member(tag, "name"); name != nil && name.value.Value == d.Name {
				return c.taken(name.value, "the tag "+d.Name, "add properties to it with `add property %s`, or remove it first", d.Name)
			}
		}
	}
	if paths := c.find("paths"); paths != nil {
		for _, path := range entries(paths.value) {
			if strings.HasPrefix(path.name()+"/", d.Path+"/") {
				return c.taken(path.key, "the path "+path.name(), "use another name for the resource")
			}
			for _, op := range entries(path.value) {
				if id := member(op.value, "operationId"); id != nil && d.hasID(id.value.Value) {
					return c.taken(id.value, "the operationId "+id.value.Value, "use another schema, with --schema")
				}
			}
		}
	}
	for _, name := range append(generate.Derived(d.Schema), d.Schema) {
		if generate.IsStandard(name) {
			return fmt.Errorf("the schema %s is one that go generate makes; use another name for the schema, with --schema", name)
		}
	}
	if schemas := c.find("components", "schemas"); schemas != nil {
		for _, schema := range entries(schemas.value) {
			if err := d.checkSchema(c, schema); err != nil {
				return err
			}
		}
	}
	if err := t.checkIdentifiers(d.Schema); err != nil {
		return err
	}
	for _, part := range c.parts(d.Name) {
		return fmt.Errorf("%s: there already is a banner %s; use another name, or remove the banner", c.placeOf(part.from+1), d.Name)
	}
	if d.anchored(c.root) {
		return fmt.Errorf("openapi.yaml: there is already an anchor &%s; rename it, or use another name", d.Name)
	}
	if folder := filepath.Join(t.root, "internal", d.Name); exists(folder) {
		return fmt.Errorf("internal/%s already exists; use another name, or remove the folder", d.Name)
	}
	return nil
}

// checkIdentifiers returns an error if a schema, or one that follows from it, would have the name of something else in Go.
func (t *workspace) checkIdentifiers(schema string) error {
	wanted := append(generate.Derived(schema), schema)
	for _, folder := range []string{"client", "gen/client", "gen/api"} {
		names, err := generate.Declared(filepath.Join(t.root, filepath.FromSlash(folder)), true)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(names, func(name string) bool { return slices.Contains(wanted, name) }); i >= 0 {
			return fmt.Errorf("%s already declares %s; use another schema, with --schema", folder, names[i])
		}
	}
	return nil
}

func (c *contract) taken(node *yaml.Node, what, advice string, args ...any) error {
	return fmt.Errorf("%s: %s already exists; %s", c.placeOf(node.Line), what, fmt.Sprintf(advice, args...))
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// hasID reports whether an operation of the resource has the operationId.
func (d *description) hasID(id string) bool {
	for _, operation := range d.Operations {
		name := operation + d.Schema
		if operation == "find" || operation == "count" || operation == "updateAll" {
			name = operation + d.Plural
		}
		if name == id {
			return true
		}
	}
	return false
}

// checkSchema compares the schema with another one: their names, those that follow from them, and the names of their collections.
func (d *description) checkSchema(c *contract, other entry) error {
	const advice = "use another name for the schema, with --schema"
	name := other.name()
	if strings.EqualFold(name, d.Schema) {
		return c.taken(other.key, "the schema "+name, advice)
	}
	x := member(other.value, "x-collection")
	if slices.ContainsFunc(generate.Derived(d.Schema), func(follows string) bool { return strings.EqualFold(follows, name) }) {
		return c.taken(other.key, "the schema "+name+", which would follow from "+d.Schema+",", advice)
	}
	if x != nil && slices.ContainsFunc(generate.Derived(name), func(follows string) bool { return strings.EqualFold(follows, d.Schema) }) {
		return c.taken(other.key, "the schema "+d.Schema+", which follows from "+name+",", advice)
	}
	if x != nil {
		if collection := member(x.value, "name"); collection != nil && strings.EqualFold(collection.value.Value, d.Name) {
			return c.taken(collection.value, "the collection "+d.Name, "use another name for the resource")
		}
	}
	return nil
}

func (d *description) anchored(node *yaml.Node) bool {
	if node.Anchor == d.Name {
		return true
	}
	for _, child := range node.Content {
		if d.anchored(child) {
			return true
		}
	}
	return false
}
