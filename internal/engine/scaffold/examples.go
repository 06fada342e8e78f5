package scaffold

import (
	"slices"
	"strings"
)

// node is a property, or an object with properties.
type node struct {
	name     string
	property *Property // nil: an object
	members  []*node
}

// treeOf returns the properties in the order of their first mention, with those of an object together.
func treeOf(properties []Property) []*node {
	root := &node{}
	for i := range properties {
		at := root
		for depth, name := range properties[i].Path {
			k := slices.IndexFunc(at.members, func(n *node) bool { return n.name == name })
			if k < 0 {
				k, at.members = len(at.members), append(at.members, &node{name: name})
			}
			at = at.members[k]
			if depth == len(properties[i].Path)-1 {
				at.property = &properties[i]
			}
		}
	}
	return root.members
}

// required reports whether the property, or one in the object, is required.
func (n *node) required() bool {
	if n.property != nil {
		return n.property.Required
	}
	return slices.ContainsFunc(n.members, (*node).required)
}

// propertyLines returns the schemas of properties as lines in two-space indentation.
func propertyLines(properties []Property, indent int) string {
	var b strings.Builder
	writeLines(&b, treeOf(properties), strings.Repeat(" ", indent))
	return b.String()
}

func writeLines(b *strings.Builder, nodes []*node, indent string) {
	for _, n := range nodes {
		if n.property != nil {
			b.WriteString(indent + n.name + ": " + n.property.schema() + "\n")
			continue
		}
		b.WriteString(indent + n.name + ":\n" + indent + "  type: object\n" + indent + "  additionalProperties: false\n")
		var required []string
		for _, m := range n.members {
			if m.required() {
				required = append(required, m.name)
			}
		}
		if required != nil {
			b.WriteString(indent + "  required: [" + strings.Join(required, ", ") + "]\n")
		}
		b.WriteString(indent + "  properties:\n")
		writeLines(b, n.members, indent+"    ")
	}
}

// exampleOf returns values of all properties in YAML's flow style, without the braces.
func exampleOf(properties []Property, second bool) string { return flow(treeOf(properties), second) }

func flow(nodes []*node, second bool) string {
	var parts []string
	for _, n := range nodes {
		value := ""
		if n.property != nil {
			value = n.property.example(second)
		} else {
			value = "{" + flow(n.members, second) + "}"
		}
		parts = append(parts, n.name+": "+value)
	}
	return strings.Join(parts, ", ")
}
