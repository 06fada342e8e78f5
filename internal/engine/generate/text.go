package generate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// text is a YAML document whose lines are edited, so that everything else keeps its form. Lines do not contain LF; they are numbered
// from 1, as in yaml.Node.
type text struct {
	lines []string
	crlf  bool       // whether added lines get a CR
	root  *yaml.Node // a mapping: the document as it was parsed
}

func parse(document []byte) (*text, error) {
	t := &text{crlf: strings.Contains(string(document), "\r\n")}
	t.lines = strings.Split(strings.TrimSuffix(string(document), "\n"), "\n")
	if at := strings.IndexAny(strings.ReplaceAll(string(document), "\r\n", ""), "\r\u0085\u2028\u2029"); at >= 0 {
		return nil, errors.New("contract: it has a line end other than LF or CRLF (U+000D, U+0085, U+2028 or U+2029); write it as an " +
			"escape, such as \"\\u2028\"")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("contract: the document is not a mapping; it starts with `openapi: 3.0.3`")
	}
	t.root = root.Content[0]
	return t, nil
}

// edited returns the document with changes of its lines. Lines that several changes remove, as shared nodes have them, are removed once.
func (t *text) edited(changes []change) []byte {
	slices.SortStableFunc(changes, func(a, b change) int { return a.line - b.line })
	var lines []string
	next := 1
	for _, c := range changes {
		if c.line < next {
			continue
		}
		lines = append(lines, t.lines[next-1:c.line-1]...)
		for _, line := range c.insert {
			if t.crlf {
				line += "\r"
			}
			lines = append(lines, line)
		}
		next = c.line + c.remove
	}
	lines = append(lines, t.lines[next-1:]...)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// change inserts lines before a line, of which it removes a number. Changes do not overlap.
type change struct {
	line, remove int
	insert       []string
}

// end returns the number of the line after the block that contains the line: after the last line that is indented at least as much as it.
// Blank lines and comments to the left belong to the block if it goes on after them.
func (t *text) end(line int) int { return t.endAt(line, indentation(t.lines[line-1])) }

// entryEnd returns the number of the line after the member of a mapping whose key is in the line.
func (t *text) entryEnd(line int) int { return t.endAt(line, indentation(t.lines[line-1])+1) }

func (t *text) endAt(line, indent int) int {
	last := line
	for n := line + 1; n <= len(t.lines); n++ {
		l := t.lines[n-1]
		switch content := strings.TrimSpace(l); {
		case content == "":
		case indentation(l) >= indent:
			last = n
		case !strings.HasPrefix(content, "#"):
			return last + 1
		}
	}
	return last + 1
}

// start returns the number of the first of the comment lines directly above a line that are indented as it is.
func (t *text) start(line int) int {
	for line > 1 {
		above := t.lines[line-2]
		if !strings.HasPrefix(strings.TrimSpace(above), "#") || indentation(above) != indentation(t.lines[line-1]) {
			return line
		}
		line--
	}
	return line
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// indented returns the lines with so many more spaces at the left, or less if indent is negative.
func indented(lines []string, indent int) []string {
	shifted := make([]string, len(lines))
	for i, l := range lines {
		switch {
		case strings.TrimSpace(l) == "":
		case indent < 0:
			shifted[i] = l[min(-indent, indentation(l)):]
		default:
			shifted[i] = strings.Repeat(" ", indent) + l
		}
	}
	return shifted
}

// lineWidth is the width in columns up to which a value is written on one line.
const lineWidth = 140

// render writes a member of a mapping as lines: on one line if it fits into the width that is left at the indentation, else as a block.
func render(key string, node *yaml.Node, indent int) []string {
	name := inline(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key})
	if one := name + ": " + inline(node); len(one)+indent <= lineWidth || len(node.Content) == 0 {
		return []string{one}
	}
	lines := []string{name + ":"}
	if node.Kind == yaml.SequenceNode {
		for _, item := range node.Content {
			lines = append(lines, renderItem(item, indent+2)...)
		}
		return lines
	}
	for k, v := range members(node) {
		lines = append(lines, indented(render(k.Value, v, indent+2), 2)...)
	}
	return lines
}

func renderItem(item *yaml.Node, indent int) []string {
	one := "  - " + inline(item)
	if len(one)+indent-2 <= lineWidth || item.Kind != yaml.MappingNode {
		return []string{one}
	}
	var lines []string
	for k, v := range members(item) {
		lines = append(lines, indented(render(k.Value, v, indent+2), 4)...)
	}
	lines[0] = "  - " + lines[0][4:]
	return lines
}

// inline returns a node on one line.
func inline(node *yaml.Node) string {
	out, err := yaml.Dump(node, yaml.WithLineWidth(-1))
	if err != nil { // no node that was parsed, or made here, is invalid
		panic(err)
	}
	return strings.TrimSuffix(string(out), "\n")
}
