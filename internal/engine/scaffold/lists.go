package scaffold

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// scopesOf returns the list of the scopes of a role: its value, or scopes in it. It returns nil for a role without scopes.
func (c *contract) scopesOf(role string) *yaml.Node {
	e := c.find("x-roles", role)
	if e != nil && e.value.Kind == yaml.MappingNode {
		e = member(e.value, "scopes")
	}
	if e == nil || e.value.Kind != yaml.SequenceNode {
		return nil
	}
	return e.value
}

// addScopes adds scopes at the end of those of a role.
func (c *contract) addScopes(role string, scopes []string) error {
	list := c.scopesOf(role)
	if list == nil || len(scopes) == 0 {
		return nil
	}
	return c.addElements(list, scopes)
}

// addElements adds elements at the end of a list, in its style.
func (c *contract) addElements(list *yaml.Node, elements []string) error {
	if list.Style&yaml.FlowStyle == 0 {
		from, to := c.item(list.Content[len(list.Content)-1])
		return c.insert(to, indentation(c.lines[from]), "- "+strings.Join(elements, "\n- ")+"\n")
	}
	at, text := c.endOf(list)-1, strings.Join(elements, ", ")
	if len(list.Content) > 0 {
		at, text = c.endOf(list.Content[len(list.Content)-1]), ", "+text
	}
	return c.splice(at, at, text)
}

// removeElements removes the elements of a list that remove accepts. find returns the list again after each change.
func (c *contract) removeElements(find func() *yaml.Node, remove func(*yaml.Node) bool) error {
	for {
		list := find()
		if list == nil {
			return nil
		}
		i := slices.IndexFunc(list.Content, remove)
		if i < 0 {
			return nil
		}
		if err := c.removeElement(list, i); err != nil {
			return err
		}
	}
}

func (c *contract) removeElement(list *yaml.Node, i int) error {
	if list.Style&yaml.FlowStyle == 0 {
		from, to := c.item(list.Content[i])
		return c.replace(from, to, nil)
	}
	return c.removeFlow(list.Content, i, i)
}

// removeMember removes an entry of a mapping.
func (c *contract) removeMember(mapping *yaml.Node, name string) error {
	e := member(mapping, name)
	if e == nil {
		return nil
	}
	if mapping.Style&yaml.FlowStyle == 0 {
		from, to := c.extent(e)
		return c.replace(c.comments(from), to, nil)
	}
	i := slices.Index(mapping.Content, e.key)
	return c.removeFlow(mapping.Content, i, i+1)
}

// removeFlow removes nodes in flow style, from one to another, with the comma before or behind them.
func (c *contract) removeFlow(nodes []*yaml.Node, first, last int) error {
	from, to := c.offset(nodes[first]), c.endOf(nodes[last])
	switch {
	case first > 0:
		from = c.endOf(nodes[first-1])
	case last < len(nodes)-1:
		to = c.offset(nodes[last+1])
	}
	return c.splice(from, to, "")
}
