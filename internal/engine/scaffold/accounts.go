package scaffold

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// accountTags are the tags of the operations that every application has.
var accountTags = []string{"audit", "keys", "sessions", "system", "users"}

// accounts returns the contract without the operations of other tags, and without what only they use: components, scopes, tags and
// banners. The other lines stay as they are, with the line ending LF.
func accounts(document []byte) ([]byte, error) {
	document = bytes.ReplaceAll(document, []byte("\r\n"), []byte("\n"))
	c := &text{lines: strings.Split(string(document), "\n"), gone: map[int]bool{}}
	var tree yaml.Node
	if err := yaml.Unmarshal(document, &tree); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if len(tree.Content) != 1 {
		return nil, fmt.Errorf("openapi.yaml: it is empty")
	}
	root := tree.Content[0]
	components := newComponents(value(root, "components"))
	kept, removed, tags := map[string]bool{}, map[string]bool{}, map[string]bool{}
	keptScopes, removedScopes := map[string]bool{}, map[string]bool{}
	for _, path := range pairs(value(root, "paths")) {
		var others []pair
		operations := 0
		for _, operation := range pairs(path.value) {
			tag := value(operation.value, "tags")
			if tag == nil || len(tag.Content) == 0 {
				continue // parameters and the like
			}
			operations++
			if slices.Contains(accountTags, tag.Content[0].Value) {
				components.reach(operation.value, kept)
				scopesOf(operation.value, keptScopes)
				continue
			}
			others = append(others, operation)
			tags[tag.Content[0].Value] = true
			components.reach(operation.value, removed)
			scopesOf(operation.value, removedScopes)
		}
		if operations == len(others) {
			c.remove(path.key)
			components.reach(path.value, removed)
			continue
		}
		components.reach(value(path.value, "parameters"), kept)
		for _, operation := range others {
			c.remove(operation.key)
		}
	}
	for _, section := range pairs(value(root, "components")) {
		c.removeComponents(section, func(name string) bool {
			reference := section.key.Value + "/" + name
			if removed[reference] && !kept[reference] {
				scopesOf(components.nodes[reference], removedScopes)
				return true
			}
			scopesOf(components.nodes[reference], keptScopes)
			return false
		})
	}
	if declared := value(root, "tags"); declared != nil {
		for _, tag := range declared.Content {
			if name := value(tag, "name"); name != nil && tags[name.Value] {
				c.remove(tag)
			}
		}
	}
	maps.DeleteFunc(removedScopes, func(scope string, _ bool) bool { return keptScopes[scope] })
	if err := c.removeScopes(value(root, "x-roles"), removedScopes); err != nil {
		return nil, err
	}
	return c.result(tags), nil
}

// components are the components of a contract by their references, such as schemas/User.
type components struct {
	nodes       map[string]*yaml.Node
	collections []string // schemas with x-collection
}

func newComponents(node *yaml.Node) components {
	c := components{nodes: map[string]*yaml.Node{}}
	for _, section := range pairs(node) {
		for _, entry := range pairs(section.value) {
			c.nodes[section.key.Value+"/"+entry.key.Value] = entry.value
			if section.key.Value == "schemas" && value(entry.value, "x-collection") != nil {
				c.collections = append(c.collections, entry.key.Value)
			}
		}
	}
	return c
}

// reach adds to found what a node refers to, and the collections that these schemas are derived from.
func (c components) reach(node *yaml.Node, found map[string]bool) {
	if node == nil {
		return
	}
	if node.Kind == yaml.MappingNode {
		if ref := value(node, "$ref"); ref != nil {
			c.reachReference(strings.TrimPrefix(ref.Value, "#/components/"), found)
		}
	}
	for _, child := range node.Content {
		c.reach(child, found)
	}
}

func (c components) reachReference(reference string, found map[string]bool) {
	if found[reference] {
		return
	}
	found[reference] = true
	c.reach(c.nodes[reference], found)
	for _, collection := range c.collections {
		if name, ok := strings.CutPrefix(reference, "schemas/"); ok && isDerived(name, collection) {
			c.reachReference("schemas/"+collection, found)
		}
	}
}

var derived = regexp.MustCompile(`^(Input|Patch|Filter|FieldsFilter|Where|Fields|Property|Order|OrderKeys)$`)

// isDerived reports whether a schema's name is made from that of a collection.
func isDerived(name, collection string) bool {
	rest, ok := strings.CutPrefix(name, collection)
	return name == "Partial"+collection || ok && derived.MatchString(rest)
}

// scopesOf adds the scopes that an operation or a schema names.
func scopesOf(node *yaml.Node, found map[string]bool) {
	if required := value(node, "x-required-scopes"); required != nil {
		for _, scope := range required.Content {
			found[scope.Value] = true
		}
	}
	if admin := value(value(node, "x-collection"), "admin"); admin != nil {
		found[admin.Value] = true
	}
}

// pair is an entry of a mapping.
type pair struct{ key, value *yaml.Node }

func pairs(mapping *yaml.Node) (found []pair) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		found = append(found, pair{mapping.Content[i], mapping.Content[i+1]})
	}
	return found
}

func value(mapping *yaml.Node, key string) *yaml.Node {
	for _, entry := range pairs(mapping) {
		if entry.key.Value == key {
			return entry.value
		}
	}
	return nil
}

// text is a document of which lines can be removed.
type text struct {
	lines []string
	gone  map[int]bool // indexes of lines
}

// remove removes the entry with that key, or the element of a list in block style, and the comment directly above it.
func (c *text) remove(key *yaml.Node) {
	first := key.Line - 1
	last := c.last(first)
	for first > 0 && isComment(c.lines[first-1]) {
		first--
	}
	for i := first; i <= last; i++ {
		c.gone[i] = true
	}
}

// last returns the last line of the entry in a line: later ones are indented more. Comments and empty lines at the end are of what
// follows.
func (c *text) last(first int) int {
	last, indent := first, indentOf(c.lines[first])
	for i := first + 1; i < len(c.lines); i++ {
		switch line := c.lines[i]; {
		case strings.TrimSpace(line) == "":
		case indentOf(line) > indent:
			last = i
		case !isComment(line):
			return last
		}
	}
	return last
}

func (c *text) removeComponents(section pair, drop func(name string) bool) {
	entries, dropped := pairs(section.value), 0
	for _, entry := range entries {
		if drop(entry.key.Value) {
			dropped++
			c.remove(entry.key)
		}
	}
	if dropped > 0 && dropped == len(entries) {
		c.remove(section.key)
	}
}

// removeScopes removes scopes from the lists in x-roles.
func (c *text) removeScopes(node *yaml.Node, scopes map[string]bool) error {
	if node == nil {
		return nil
	}
	for _, child := range node.Content {
		if err := c.removeScopes(child, scopes); err != nil {
			return err
		}
	}
	inList := func(n *yaml.Node) bool { return scopes[n.Value] }
	if node.Kind != yaml.SequenceNode || !slices.ContainsFunc(node.Content, inList) {
		return nil
	}
	last := node.Content[len(node.Content)-1]
	if node.Style&yaml.FlowStyle == 0 || last.Line != node.Line {
		return fmt.Errorf("openapi.yaml:%d: write the scopes of a role in one line: [a, b]", node.Line)
	}
	var names []string
	for _, scope := range node.Content {
		if !inList(scope) {
			names = append(names, scope.Value)
		}
	}
	line := c.lines[node.Line-1]
	start := node.Column - 1
	end := strings.IndexByte(line[start:], ']')
	if end < 0 {
		return fmt.Errorf("openapi.yaml:%d: write the scopes of a role in one line: [a, b]", node.Line)
	}
	c.lines[node.Line-1] = line[:start] + "[" + strings.Join(names, ", ") + line[start+end:]
	return nil
}

// result returns the lines that are left, without the banners of removed tags.
func (c *text) result(tags map[string]bool) []byte {
	var out bytes.Buffer
	empty := false
	for i, line := range c.lines {
		if name := banner.FindStringSubmatch(line); c.gone[i] || name != nil && tags[name[1]] {
			continue
		}
		if line == "" && empty {
			continue
		}
		empty = line == ""
		out.WriteString(line + "\n")
	}
	return append(bytes.TrimRight(out.Bytes(), "\n"), '\n')
}

var banner = regexp.MustCompile(`^ *# -+ (?:end of )?(\S+) -*$`)

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func isComment(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "#") }
