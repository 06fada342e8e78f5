package scaffold

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// accountTags are the tags of the operations that every application has.
var accountTags = []string{"audit", "keys", "sessions", "system", "users"}

// accounts returns a contract, without what go generate adds, without the operations of other tags and what only they use: components,
// scopes, tags and banners. The other lines stay as they are.
func accounts(document []byte) ([]byte, error) {
	c, err := parseContract(document)
	if err != nil {
		return nil, err
	}
	kept, others, tags := newUse(), newUse(), []string{}
	for _, o := range c.operations("") {
		use := kept
		if !slices.Contains(accountTags, o.tag()) {
			use, tags = others, append(tags, o.tag())
		}
		c.follow(o.method.value, use)
		if shared := member(o.path.value, "parameters"); shared != nil {
			c.follow(shared.value, use)
		}
	}
	onlyOthers := func(e component) bool {
		reference := componentPrefix + e.section + "/" + e.name()
		return others.references[reference] && !kept.references[reference]
	}
	for _, e := range c.components() { // a component that nothing refers to stays
		if !onlyOthers(e) {
			c.follow(e.value, kept)
		}
	}
	if roles := c.find("x-roles"); roles != nil {
		for _, role := range entries(roles.value) {
			err := c.removeElements(func() *yaml.Node { return c.scopesOf(role.name()) }, func(scope *yaml.Node) bool {
				return others.scopes[scope.Value] && !kept.scopes[scope.Value]
			})
			if err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(tags)
	for _, tag := range slices.Compact(tags) {
		r := removal{contract: c, resource: tag, nodes: map[*yaml.Node]bool{}, gone: make([]bool, len(c.lines))}
		for _, e := range c.components() {
			r.nodes[e.value] = onlyOthers(e)
		}
		for _, o := range c.operations(tag) {
			r.nodes[o.method.value] = true
		}
		r.mark()
		if err := r.apply(); err != nil {
			return nil, err
		}
	}
	return c.text(), nil
}

const componentPrefix = "#/components/"

// use is what operations use, directly or through components.
type use struct{ references, scopes map[string]bool }

func newUse() use { return use{map[string]bool{}, map[string]bool{}} }

// follow adds what a node uses: scopes, components, and the collections that these schemas follow from.
func (c *contract) follow(n *yaml.Node, u use) {
	if scopes := member(n, "x-required-scopes"); scopes != nil {
		for _, scope := range scopes.value.Content {
			u.scopes[scope.Value] = true
		}
	}
	if collection := member(n, "x-collection"); collection != nil {
		u.scopes[scalarIn(collection.value, "admin")] = true
	}
	references(n, nil, func(ref *yaml.Node) {
		c.followReference(ref.Value, u)
		if name, ok := strings.CutPrefix(ref.Value, schemaPrefix); ok && c.collectionOf(name) != "" {
			c.followReference(schemaPrefix+c.collectionOf(name), u)
		}
	})
}

func (c *contract) followReference(reference string, u use) {
	path, ok := strings.CutPrefix(reference, componentPrefix)
	if !ok || u.references[reference] {
		return
	}
	u.references[reference] = true
	if e := c.find(append([]string{"components"}, strings.Split(path, "/")...)...); e != nil {
		c.follow(e.value, u)
	}
}
