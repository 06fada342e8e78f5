package scaffold

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// AddProperty adds a property to the schema and the examples of a resource's collection, and generates the code. It returns an error, and
// changes nothing, if there is such a property, or if stored documents would lack a required one. It writes to out what it has done.
func AddProperty(root, resource string, p Property, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	x, err := t.contract.addProperty(resource, p)
	if err != nil {
		return err
	}
	t.vet = []string{"./client", "./internal/" + resource}
	if err := t.apply(); err != nil {
		return err
	}
	for _, name := range t.contract.handWritten(x) {
		if _, err := fmt.Fprintf(out, "the schema %s is written by hand and does not have %s; add it there if it belongs there\n", name,
			p.name()); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "added %s to the schema %s and to the examples in openapi.yaml. Run the tests: go test ./...\n", p.name(), x)
	return err
}

// addProperty adds a property to the text, and returns the name of the schema.
func (c *contract) addProperty(resource string, p Property) (string, error) {
	x, err := c.schemaOf(resource)
	if err != nil {
		return "", err
	}
	if p.Required && p.Default == "" {
		return "", fmt.Errorf("property %s: it is required and has no default, so the server would not start with stored documents, which "+
			"lack it; leave out the !, or give it a default with =value", p.name())
	}
	schema := x.value
	for depth, name := range p.Path {
		properties := member(schema, "properties")
		if properties == nil || properties.value.Style&yaml.FlowStyle != 0 || len(properties.value.Content) == 0 {
			return "", fmt.Errorf("%s: %s has no properties in lines of their own; write one property per line", c.placeOf(schema.Line),
				strings.Join(append([]string{x.name()}, p.Path[:depth]...), "."))
		}
		existing := similar(properties.value, name)
		if existing != nil && (depth == len(p.Path)-1 || existing.name() != name) {
			return "", c.taken(existing.key, "the property "+strings.Join(append(slices.Clone(p.Path[:depth]), existing.name()), "."),
				"use another name")
		}
		if existing != nil {
			schema = existing.value
			continue
		}
		rest := p
		rest.Path = p.Path[depth:]
		at, indent := c.place(properties.value), properties.value.Column-1
		if err := c.insert(at, indent, propertyLines([]Property{rest}, 0)); err != nil {
			return "", err
		}
		break
	}
	if err := c.addToExamples(resource, x.name(), p); err != nil || !p.Required {
		return x.name(), err
	}
	required := c.find("components", "schemas", x.name(), "required")
	if required == nil {
		return "", fmt.Errorf("openapi.yaml: the schema %s has no list of required properties", x.name())
	}
	return x.name(), c.addElements(required.value, []string{p.Path[0]})
}

// addToExamples adds a value of the property to the examples of documents, and of bodies that create or replace one.
func (c *contract) addToExamples(resource, x string, p Property) error {
	for {
		changed, err := false, error(nil)
		for _, e := range c.examples(resource) {
			if !slices.Contains([]string{x, "Partial" + x, x + "Input"}, e.schema) {
				continue
			}
			documents := []*yaml.Node{e.Node}
			if e.Kind == yaml.SequenceNode {
				documents = e.Content
			}
			for _, document := range documents {
				if changed, err = c.addToExample(document, p); changed || err != nil {
					break
				}
			}
			if changed || err != nil {
				break
			}
		}
		if err != nil || !changed {
			return err
		}
	}
}

// addToExample adds a value of the property to a document that does not have it, and reports whether it did.
func (c *contract) addToExample(document *yaml.Node, p Property) (bool, error) {
	for depth, name := range p.Path {
		if document.Kind != yaml.MappingNode || len(document.Content) == 0 {
			return false, nil
		}
		e := member(document, name)
		if e == nil {
			rest := p
			rest.Path = p.Path[depth:]
			return true, c.addMember(document, exampleOf([]Property{rest}, false))
		}
		document = e.value
	}
	return false, nil
}

// addMember adds a member at the end of a mapping that is not empty, in its style.
func (c *contract) addMember(mapping *yaml.Node, member string) error {
	all := entries(mapping)
	last := all[len(all)-1]
	if mapping.Style&yaml.FlowStyle == 0 {
		_, to := c.extent(&last)
		return c.insert(to, mapping.Column-1, member+"\n")
	}
	at := c.endOf(last.value)
	return c.splice(at, at, ", "+member)
}

// similar returns the entry whose name is the same to Go or SQL, or nil.
func similar(mapping *yaml.Node, name string) *entry {
	for _, e := range entries(mapping) {
		if plainName(e.name()) == plainName(name) {
			return &e
		}
	}
	return nil
}

// place returns the line for a new property: behind the last one that clients set, in front of what the server sets.
func (c *contract) place(properties *yaml.Node) int {
	all := entries(properties)
	for _, e := range slices.Backward(all) {
		if scalarIn(e.value, "readOnly") != "true" && scalarIn(e.value, "x-default") == "" || e.name() == "id" {
			_, to := c.extent(&e)
			return to
		}
	}
	_, to := c.extent(&all[len(all)-1])
	return to
}

// handWritten returns the schemas that usually follow from X, but were written by hand.
func (c *contract) handWritten(x string) (names []string) {
	for _, name := range generate.Derived(x) {
		if c.find("components", "schemas", name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// checkHandWritten returns an error if a schema that usually follows from X, but was written by hand, mentions the property.
func (c *contract) checkHandWritten(x, property string) error {
	for _, name := range c.handWritten(x) {
		if e := c.find("components", "schemas", name); mentions(e.value, property) {
			return fmt.Errorf("%s: the schema %s is written by hand and names %s; change it first, or remove it, so that "+
				"go generate makes it from %s", c.placeOf(e.key.Line), name, property, x)
		}
	}
	return nil
}

func mentions(n *yaml.Node, property string) bool {
	return n.Value == property || slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return mentions(child, property) })
}
