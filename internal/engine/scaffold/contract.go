package scaffold

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// contract is the text of openapi.yaml with the tree of its nodes. Its methods change only the lines that they are about; all other bytes
// stay as they are. After each change the text is parsed again, so that nodes must be looked up again.
type contract struct {
	lines   []string // with their line endings
	root    *yaml.Node
	numbers []int // for each line, its number in the file, which also has what go generate adds; nil: the same
}

// number sets the numbers that the lines have in the file. The lines are some of those of the file, in their order.
func (c *contract) number(file []byte) {
	all := strings.Split(string(file), "\n")
	at := 0
	for _, line := range c.lines {
		for at < len(all) && all[at] != strings.TrimSuffix(line, "\n") {
			at++
		}
		at++
		c.numbers = append(c.numbers, at)
	}
}

// placeOf returns the place of a line in the file: openapi.yaml:12.
func (c *contract) placeOf(line int) string {
	if line <= len(c.numbers) {
		line = c.numbers[line-1]
	}
	return fmt.Sprintf("%s:%d", contractFile, line)
}

func parseContract(text []byte) (*contract, error) {
	c := &contract{lines: slices.Collect(strings.Lines(string(text)))}
	return c, c.parse()
}

func (c *contract) parse() error {
	var document yaml.Node
	if err := yaml.Unmarshal(c.text(), &document); err != nil {
		return fmt.Errorf("openapi.yaml: %w", err)
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return fmt.Errorf("openapi.yaml: the document must be a mapping")
	}
	c.root = document.Content[0]
	return nil
}

func (c *contract) text() []byte { return []byte(strings.Join(c.lines, "")) }

// eol returns the line ending of the document.
func (c *contract) eol() string {
	if len(c.lines) > 0 && strings.HasSuffix(c.lines[0], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// entry is a key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

func (e entry) name() string { return e.key.Value }

// entries returns the entries of a mapping; none of a node of another kind.
func entries(mapping *yaml.Node) (found []entry) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		found = append(found, entry{mapping.Content[i], mapping.Content[i+1]})
	}
	return found
}

// member returns the entry of a mapping with that name, or nil.
func member(mapping *yaml.Node, name string) *entry {
	for _, e := range entries(mapping) {
		if e.name() == name {
			return &e
		}
	}
	return nil
}

// find returns the entry at a path of keys, or nil.
func (c *contract) find(path ...string) *entry {
	at := &entry{value: c.root}
	for _, name := range path {
		if at = member(at.value, name); at == nil {
			return nil
		}
	}
	return at
}

// block returns the entry at a path. It returns an error unless it is a mapping or list in block style with at least one element.
func (c *contract) block(kind yaml.Kind, path ...string) (*entry, error) {
	e := c.find(path...)
	if e == nil || e.value.Kind != kind || e.value.Style&yaml.FlowStyle != 0 || len(e.value.Content) == 0 {
		return nil, fmt.Errorf("openapi.yaml: /%s must have at least one element, in a line of its own", strings.Join(path, "/"))
	}
	return e, nil
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

func isCommentLine(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

// extent returns the lines of a mapping's entry, from the one with its key up to the one behind its last.
func (c *contract) extent(e *entry) (from, to int) {
	dashes := e.value.Kind == yaml.SequenceNode && e.value.Column == e.key.Column && e.value.Line > e.key.Line
	return e.key.Line - 1, c.end(e.key.Line-1, e.key.Column-1, dashes)
}

// item returns the lines of an element of a list in block style.
func (c *contract) item(element *yaml.Node) (from, to int) {
	from = element.Line - 1
	return from, c.end(from, indentation(c.lines[from]), false)
}

// end returns the line behind the last that is indented more than the one at from. Comments behind it with less indentation, and blank
// lines, belong to what follows. If dashes is true, a list without indentation belongs to the lines.
func (c *contract) end(from, indent int, dashes bool) int {
	to := from + 1
	for at := to; at < len(c.lines); at++ {
		line := c.lines[at]
		switch {
		case isBlank(line), isCommentLine(line) && indentation(line) <= indent:
			continue
		case indentation(line) > indent, dashes && indentation(line) == indent && strings.HasPrefix(line[indent:], "-"):
			to = at + 1
		default:
			return to
		}
	}
	return to
}

// replace replaces the lines from one up to another. The last line of the document keeps its end: with or without a line break.
func (c *contract) replace(from, to int, lines []string) error {
	open := len(c.lines) > 0 && !strings.HasSuffix(c.lines[len(c.lines)-1], "\n")
	all := slices.Concat(c.lines[:from], lines, c.lines[to:])
	for i := range all {
		text := strings.TrimRight(all[i], "\r\n")
		if i == len(all)-1 && open {
			all[i] = text
		} else if !strings.HasSuffix(all[i], "\n") {
			all[i] = text + c.eol()
		}
	}
	c.lines = all
	if c.numbers != nil {
		inserted := slices.Repeat([]int{c.numbers[max(from-1, 0)]}, len(lines))
		c.numbers = slices.Concat(c.numbers[:from], inserted, c.numbers[to:])
	}
	return c.parse()
}

// insert inserts a text in two-space indentation in front of a line, with the indentation of the document.
func (c *contract) insert(at, indent int, text string) error {
	unit := c.unit()
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if depth := indentation(line); line != "" {
			content := line[depth:]
			if rest, ok := strings.CutPrefix(content, "- "); ok {
				content = "-" + strings.Repeat(" ", unit-1) + rest
			}
			line = strings.Repeat(" ", indent+depth/2*unit) + content
		}
		lines = append(lines, line+c.eol())
	}
	return c.replace(at, at, lines)
}

// unit returns the number of spaces of one level of indentation.
func (c *contract) unit() int {
	for _, name := range []string{"paths", "components", "info"} {
		if e := c.find(name); e != nil && len(entries(e.value)) > 0 && e.value.Style&yaml.FlowStyle == 0 {
			return max(e.value.Column-1, 2)
		}
	}
	return 2
}

// comments returns the first of the comment lines directly above a line, with its indentation.
func (c *contract) comments(at int) int {
	indent := indentation(c.lines[at])
	for at > 0 && isCommentLine(c.lines[at-1]) && indentation(c.lines[at-1]) == indent && !anyBanner.MatchString(c.lines[at-1]) {
		at--
	}
	return at
}

var anyBanner = regexp.MustCompile(`^\s*# ?-{3,} `)

// bannerPattern matches the line that begins the part of a resource, or the one that ends it.
func bannerPattern(name string, end bool) *regexp.Regexp {
	if end {
		name = "end of " + name
	}
	return regexp.MustCompile(`^\s*# ?-{3,} ` + regexp.QuoteMeta(name) + `([ :,].*)?-{3,}\s*$`)
}

// bannerLine returns the text of a banner that ends in column 115, as those of the contract do.
func bannerLine(name string, indent int) string {
	text := "# ---- " + name + " "
	return text + strings.Repeat("-", max(115-indent-len(text), 4))
}

// part is a range of lines between the two banners of a resource, with the banners.
type part struct{ from, to int }

func (c *contract) parts(name string) (found []part) {
	from, first, last := -1, bannerPattern(name, false), bannerPattern(name, true)
	for at, line := range c.lines {
		switch {
		case last.MatchString(line) && from >= 0:
			found = append(found, part{from, at + 1})
			from = -1
		case first.MatchString(line):
			from = at
		}
	}
	return found
}

// offset returns the place of a node in the text.
func (c *contract) offset(n *yaml.Node) int {
	at := 0
	for _, line := range c.lines[:n.Line-1] {
		at += len(line)
	}
	line := c.lines[n.Line-1]
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(line)
		at, line = at+size, line[size:]
	}
	return at
}

// endOf returns the place behind a node in flow style, or behind a scalar in one line of it.
func (c *contract) endOf(n *yaml.Node) int {
	text, at := c.text(), c.offset(n)
	if (text[at] == '&' || text[at] == '!') && n.Kind != yaml.AliasNode {
		at += bytes.IndexByte(text[at:], ' ') + 1
	}
	switch {
	case n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode:
		if len(n.Content) > 0 {
			at = c.endOf(n.Content[len(n.Content)-1])
		}
		return at + bytes.IndexAny(text[at:], "]}") + 1
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for at++; text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		return at + 1
	case n.Style&yaml.SingleQuotedStyle != 0:
		for at++; text[at] != '\'' || at+1 < len(text) && text[at+1] == '\''; at++ {
			if text[at] == '\'' {
				at++
			}
		}
		return at + 1
	}
	for at < len(text) && !bytes.ContainsRune([]byte(",]}\r\n"), rune(text[at])) && !bytes.HasPrefix(text[at:], []byte(" #")) {
		at++
	}
	return len(bytes.TrimRight(text[:at], " "))
}

// splice replaces a range of the text.
func (c *contract) splice(from, to int, text string) error {
	old := string(c.text())
	c.lines = slices.Collect(strings.Lines(old[:from] + text + old[to:]))
	return c.parse()
}
