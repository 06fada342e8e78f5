package scaffold

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// RemoveProperty removes a property, which may be nested (place.city), from the schema and the examples of a resource's collection, and
// generates the code. It returns an error, and changes nothing, if an index, the owner or other code needs it. It writes to out what it has
// done, and where the package of the resource still mentions the property.
func RemoveProperty(root, resource, property string, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	x, err := t.contract.removeProperty(resource, strings.Split(property, "."))
	if err != nil {
		return err
	}
	t.vet = []string{"./..."}
	if err := t.apply(); err != nil {
		return err
	}
	mentioned, err := t.mentions(resource, property)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "removed %s from the schema %s in openapi.yaml.\n%s%s", property, x, storedNote(x, property), mentioned)
	return err
}

// storedNote says what the change means for stored documents.
func storedNote(x, property string) string {
	if strings.Contains(property, ".") { // the store compares only the properties at the top
		return fmt.Sprintf("Stored documents keep %s, and no longer match the schema %s: `migrate` lists them. Change them before you "+
			"deploy this.\n", property, x)
	}
	return fmt.Sprintf("Stored documents keep %s. If there are any, the server does not start: \"%s: the property %q is not in the "+
		"contract, but documents have it\". Nothing is lost; change the documents before you deploy this, or, in development, start with "+
		"an empty data directory.\n", property, x, property)
}

// removeProperty removes a property from the text, and returns the name of the schema.
func (c *contract) removeProperty(resource string, path []string) (string, error) {
	x, err := c.schemaOf(resource)
	if err != nil {
		return "", err
	}
	name := strings.Join(path, ".")
	if err := c.checkNamed(x, name); err != nil {
		return "", err
	}
	if err := c.checkHandWritten(x.name(), path[0]); err != nil {
		return "", err
	}
	object, err := c.objectOf(x, path)
	if err != nil {
		return "", err
	}
	if len(entries(member(object, "properties").value)) == 1 {
		return "", fmt.Errorf("%s is the only property of its object; remove the object", name)
	}
	if err := c.removeMember(member(object, "properties").value, path[len(path)-1]); err != nil {
		return "", err
	}
	required := func() *yaml.Node {
		object, err := c.objectAt(x.name(), path)
		if list := member(object, "required"); err == nil && list != nil {
			return list.value
		}
		return nil
	}
	if err := c.removeElements(required, func(n *yaml.Node) bool { return n.Value == path[len(path)-1] }); err != nil {
		return "", err
	}
	return x.name(), c.removeFromExamples(resource, path)
}

// checkNamed returns an error if the property is one that every document has, or if x-collection names it.
func (c *contract) checkNamed(x *entry, name string) error {
	collection := member(x.value, "x-collection")
	switch {
	case name == "id":
		return fmt.Errorf("every document has an id; it cannot be removed or renamed")
	case scalarIn(collection.value, "owner") == name:
		return fmt.Errorf("%s: %s is the owner in x-collection; change that first", c.placeOf(collection.key.Line), name)
	}
	if indexes := member(collection.value, "indexes"); indexes != nil {
		for _, index := range indexes.value.Content {
			if fields := member(index, "fields"); fields != nil && slices.ContainsFunc(fields.value.Content, func(n *yaml.Node) bool {
				return n.Value == name || strings.HasPrefix(n.Value, name+".")
			}) {
				return fmt.Errorf("%s: an index in x-collection names %s; remove the index first", c.placeOf(index.Line), name)
			}
		}
	}
	return nil
}

// objectOf returns the schema that has the property at a path. It returns an error if there is no such property.
func (c *contract) objectOf(x *entry, path []string) (*yaml.Node, error) {
	schema := x.value
	for i, name := range path {
		properties := member(schema, "properties")
		var e *entry
		if properties != nil {
			e = member(properties.value, name)
		}
		if e == nil {
			return nil, fmt.Errorf("%s: the schema %s has no property %s", c.placeOf(x.key.Line), x.name(), strings.Join(path[:i+1], "."))
		}
		if i == len(path)-1 {
			break
		}
		schema = e.value
	}
	return schema, nil
}

// objectAt is objectOf for a property that may be gone.
func (c *contract) objectAt(x string, path []string) (*yaml.Node, error) {
	at := []string{"components", "schemas", x}
	for _, name := range path[:len(path)-1] {
		at = append(at, "properties", name)
	}
	e := c.find(at...)
	if e == nil {
		return nil, fmt.Errorf("openapi.yaml: %s is missing", strings.Join(at, "/"))
	}
	return e.value, nil
}

// removeFromExamples removes a property from all examples of a resource: from documents, conditions, lists of fields and orders. Where
// nothing would be left, it puts the first property of another example.
func (c *contract) removeFromExamples(resource string, path []string) error {
	for {
		changed, err := false, error(nil)
		for _, example := range c.examples(resource) {
			if changed, err = c.removeFromExample(resource, example.Node, path); changed || err != nil {
				break
			}
		}
		if err != nil || !changed {
			return err
		}
	}
}

// removeFromExample makes one change at most, and reports whether it did.
func (c *contract) removeFromExample(resource string, n *yaml.Node, path []string) (changed bool, err error) {
	if n.Kind == yaml.SequenceNode {
		for _, element := range n.Content {
			if changed, err := c.removeFromExample(resource, element, path); changed || err != nil {
				return changed, err
			}
		}
		return false, nil
	}
	full := strings.Join(path, ".")
	for _, e := range entries(n) {
		switch name := e.name(); {
		case name == full, name == path[0] && len(path) == 1:
			return true, c.removeOrReplace(resource, n, name)
		case name == path[0] && e.value.Kind == yaml.MappingNode:
			return c.removeFromExample(resource, e.value, path[1:])
		case name == "where", name == "and", name == "or", name == "nor":
			if changed, err := c.removeFromExample(resource, e.value, path); changed || err != nil {
				return changed, err
			}
		case name == "fields" && e.value.Kind == yaml.SequenceNode:
			i := slices.IndexFunc(e.value.Content, func(field *yaml.Node) bool { return field.Value == path[0] && len(path) == 1 })
			if i >= 0 && len(e.value.Content) > 1 {
				return true, c.removeElement(e.value, i)
			} else if i >= 0 {
				return true, c.removeMember(n, name)
			}
		case name == "order" && orders(e.value, full):
			return true, c.removeMember(n, name)
		}
	}
	return false, nil
}

// orders reports whether an order names the property.
func orders(n *yaml.Node, property string) bool {
	for key := range strings.SplitSeq(n.Value, ",") {
		if first, _, _ := strings.Cut(strings.TrimSpace(key), " "); first == property {
			return true
		}
	}
	return slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return orders(child, property) })
}

// removeOrReplace removes a member of an example. If it is the only one, another member of an example of the resource takes its place.
func (c *contract) removeOrReplace(resource string, n *yaml.Node, name string) error {
	if len(entries(n)) > 1 {
		return c.removeMember(n, name)
	}
	for _, other := range c.examples(resource) {
		for _, e := range entries(other.Node) {
			if e.name() == name || e.name() == "id" || e.value.Kind != yaml.ScalarNode || len(entries(other.Node)) == 1 {
				continue
			}
			only := entries(n)[0]
			pair := string(c.text()[c.offset(e.key):c.endOf(e.value)])
			return c.splice(c.offset(only.key), c.endOf(only.value), pair)
		}
	}
	return fmt.Errorf("%s: the example would be empty; change it first", c.placeOf(n.Line))
}

// mentions returns a text with the lines of the resource's package that contain the property as a word in quotes or as a field.
func (t *workspace) mentions(resource, property string) (string, error) {
	files, err := t.files("internal/" + resource)
	if err != nil {
		return "", err
	}
	name := property[strings.LastIndexByte(property, '.')+1:]
	var found []string
	for _, file := range files {
		source, err := os.ReadFile(filepath.Join(t.root, file))
		if err != nil {
			return "", err
		}
		at := 0
		for line := range strings.Lines(string(source)) {
			if at++; strings.Contains(line, `"`+name+`"`) || strings.Contains(line, "["+name+"]") || strings.Contains(line, property+" ") &&
				strings.Contains(line, "order") {
				found = append(found, fmt.Sprintf("  %s:%d", file, at))
			}
		}
	}
	if found == nil {
		return "", nil
	}
	return fmt.Sprintf("These lines mention %s; change them:\n%s\n", name, strings.Join(found, "\n")), nil
}
