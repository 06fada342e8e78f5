package generate

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// member returns the value of a key in a mapping, or nil. An alias is replaced by what it stands for.
func member(node *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		_, node = entry(node, key)
	}
	return node
}

// entry returns the key and the value of a member.
func entry(node *yaml.Node, key string) (k, v *yaml.Node) {
	for k, v := range members(node) {
		if k.Value == key {
			return k, v
		}
	}
	return nil, nil
}

// members returns the keys and values of a mapping, and those that its merge keys (<<) add.
func members(node *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		eachMember(resolve(node), map[*yaml.Node]bool{}, map[string]bool{}, yield)
	}
}

// eachMember calls yield with the members of a mapping whose keys are not in seen, until it returns false. A mapping in merged has been
// visited: its keys are in seen, or it merges this one.
func eachMember(node *yaml.Node, merged map[*yaml.Node]bool, seen map[string]bool, yield func(k, v *yaml.Node) bool) bool {
	if node == nil || node.Kind != yaml.MappingNode || merged[node] {
		return true
	}
	var sources []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], resolve(node.Content[i+1])
		switch {
		case key.Tag == "!!merge" && value.Kind == yaml.SequenceNode:
			sources = append(sources, value.Content...)
		case key.Tag == "!!merge":
			sources = append(sources, value)
		case !seen[key.Value] && !yield(key, value):
			return false
		}
	}
	if sources == nil {
		return true
	}
	for i := 0; i < len(node.Content); i += 2 {
		seen[node.Content[i].Value] = true
	}
	merged[node] = true
	for _, from := range sources {
		from = resolve(from)
		if !eachMember(from, merged, seen, yield) {
			return false
		}
		for i := 0; i < len(from.Content) && from.Kind == yaml.MappingNode; i += 2 {
			seen[from.Content[i].Value] = true
		}
	}
	return true
}

func resolve(node *yaml.Node) *yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func value(node *yaml.Node) string {
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return node.Value
}

func isTrue(node *yaml.Node) bool { return value(node) == "true" }

// contains reports whether a sequence has the string.
func contains(list *yaml.Node, item string) bool {
	list = resolve(list)
	return list != nil && slices.ContainsFunc(list.Content, func(n *yaml.Node) bool { return resolve(n).Value == item })
}

// content returns the nodes in a list or, for a single value, the value.
func content(node *yaml.Node) []*yaml.Node {
	if node = resolve(node); node == nil || node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return nil
	}
	if node.Kind == yaml.ScalarNode {
		return []*yaml.Node{node}
	}
	return node.Content
}

// values returns the scalars in a list.
func values(list *yaml.Node) (found []string) {
	for _, n := range content(list) {
		found = append(found, value(resolve(n)))
	}
	return found
}

// clone returns a copy of a node without comments, anchors and aliases, for one line.
func clone(node *yaml.Node) *yaml.Node {
	node = resolve(node)
	c := &yaml.Node{Kind: node.Kind, Tag: node.Tag, Value: node.Value, Style: node.Style}
	if node.Kind != yaml.ScalarNode {
		c.Style = yaml.FlowStyle
	} else if c.Style == yaml.LiteralStyle || c.Style == yaml.FoldedStyle {
		c.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range node.Content {
		c.Content = append(c.Content, clone(child))
	}
	return c
}

func scalar(value any) *yaml.Node {
	n := &yaml.Node{}
	if err := n.Encode(value); err != nil {
		panic(err)
	}
	return n
}

// object returns a mapping of keys and values, in turn.
func object(keysAndValues ...any) *yaml.Node {
	o := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for i := 0; i < len(keysAndValues); i += 2 {
		v, ok := keysAndValues[i+1].(*yaml.Node)
		if !ok {
			v = scalar(keysAndValues[i+1])
		}
		set(o, keysAndValues[i].(string), v)
	}
	return o
}

func set(o *yaml.Node, key string, v *yaml.Node) *yaml.Node {
	o.Content = append(o.Content, scalar(key), v)
	return o
}

func sequence(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: items}
}

func list(items []string) *yaml.Node {
	l := sequence()
	for _, item := range items {
		l.Content = append(l.Content, scalar(item))
	}
	return l
}

func reference(schema string) *yaml.Node { return object("$ref", schemaReference+schema) }

// withoutFormer returns a copy of a property's schema without its former name, which is of use to the collection only.
func withoutFormer(schema *yaml.Node) *yaml.Node {
	c := clone(schema)
	if c.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(c.Content); i += 2 {
			if c.Content[i].Value == "x-was" {
				c.Content = slices.Delete(c.Content, i, i+2)
				break
			}
		}
	}
	return c
}
