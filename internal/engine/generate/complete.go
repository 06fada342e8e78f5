package generate

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// banner is the comment line above the entries of a section of components that Complete makes.
const banner = "# ---- Below: made by go generate from the schemas above. ----"

// sections are the parts of components to which Complete adds entries, in the order in which it creates them.
var sections = []string{"parameters", "headers", "responses", "schemas"}

// standardText contains the components that every contract can refer to without writing them.
//
//go:embed standard.yaml
var standardText []byte

// Complete returns the document with what follows from it:
//
//   - Responses for errors, in operations: one line per status, which ends with the comment "# made".
//   - Components that something refers to and that nobody wrote: the schemas that follow from a collection, such as XInput, XPatch and
//     XFilter from X, and the responses, headers, parameters and schemas that every contract has. They are at the end of their sections,
//     below a banner.
//
// Everything else stays as it is, byte for byte, and what is written wins over what would be made. Complete removes first what it has made
// before (Strip), so that completing again changes nothing. It returns an error if the document is not YAML, or has flow style ({…})
// where lines must be added; the error names the line.
func Complete(document []byte) ([]byte, error) {
	stripped, err := Strip(document)
	if err != nil {
		return nil, err
	}
	t, err := parse(stripped)
	if err != nil {
		return nil, err
	}
	standard, err := parse(standardText)
	if err != nil {
		return nil, err
	}
	c := completer{text: t, standard: standard, made: map[string]map[string][]string{}, referred: map[string]bool{},
		shared: map[*yaml.Node][]string{}, deriver: deriver{
			schemas: member(t.root, "components", "schemas"), common: member(standard.root, "components", "schemas"),
			roles: member(t.root, "x-roles")}}
	if err := c.addResponses(); err != nil {
		return nil, err
	}
	if err := c.addComponents(t.root); err != nil {
		return nil, err
	}
	if err := c.insert(); err != nil {
		return nil, err
	}
	completed := t.edited(c.changes)
	if back, err := Strip(completed); err != nil || !bytes.Equal(back, stripped) {
		return nil, errors.New("contract: the lines to add do not fit between those of the document; write one document in block style, " +
			"one entry per line, without --- or ... after it")
	}
	return completed, nil
}

// IsStandard reports whether a schema with that name is one that Complete makes for every contract that refers to it.
func IsStandard(schema string) bool {
	standard, err := parse(standardText)
	return err == nil && (schema == roleSchema || member(standard.root, "components", "schemas", schema) != nil)
}

// completer collects what is missing in a document.
type completer struct {
	*text
	deriver
	standard *text
	changes  []change
	made     map[string]map[string][]string // the lines of an entry, without indentation, by section and name
	referred map[string]bool                // the references that were followed
	shared   map[*yaml.Node][]string        // the statuses that were added to the responses of an operation
}

// addComponents makes the components that the node refers to, and those that they refer to.
func (c *completer) addComponents(node *yaml.Node) error {
	if node == nil {
		return nil
	}
	for k, v := range members(node) {
		if k.Value == "$ref" && v.Kind == yaml.ScalarNode {
			if err := c.addComponent(v.Value); err != nil {
				return err
			}
		}
	}
	for _, child := range node.Content {
		if err := c.addComponents(child); err != nil {
			return err
		}
	}
	return nil
}

func (c *completer) addComponent(ref string) error {
	section, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	if !ok || c.referred[ref] || !slices.Contains(sections, section) || member(c.root, "components", section, name) != nil {
		return nil
	}
	c.referred[ref] = true
	indent := c.entryIndent(section)
	if k, v := entry(member(c.standard.root, "components", section), name); k != nil {
		lines := indented(c.standard.lines[k.Line-1:c.standard.entryEnd(k.Line)-1], -(k.Column - 1))
		if section == "responses" && c.hasOwnError() {
			lines = withOwnError(lines)
			if err := c.addComponents(member(v, "headers")); err != nil {
				return err
			}
			c.make(section, name, lines)
			return nil
		}
		if name == errorCodes {
			c.addCodes(lines, v)
		}
		c.make(section, name, lines)
		return c.addComponents(v)
	}
	if section != "schemas" {
		return nil
	}
	schema, err := c.schema(name)
	if schema == nil || err != nil {
		return err // spec.Load reports a reference to nothing
	}
	c.make(section, name, render(name, schema, indent))
	return c.addComponents(schema)
}

// errorCodes is the schema of the codes in errors.
const errorCodes = "ErrorCode"

// addCodes adds the codes of the operations' own errors to the lines of the schema.
func (c *completer) addCodes(lines []string, schema *yaml.Node) {
	const key = "x-extensible-enum"
	codes := values(member(schema, key))
	for _, op := range operations(c.root) {
		codes = append(codes, values(member(op.node, "x-error-codes"))...)
	}
	slices.Sort(codes)
	for i, line := range lines {
		if before, _, found := strings.Cut(line, key+": ["); found {
			lines[i] = before + key + ": " + inline(list(slices.Compact(codes)))
		}
	}
}

// hasOwnError reports whether the contract has a schema Error that is not the server's. It is then the body of all errors.
func (c *completer) hasOwnError() bool {
	own := member(c.schemas, "Error")
	return own != nil && member(own, "properties", "statusCode") == nil && member(c.schemas, "ErrorEnvelope") == nil
}

// withOwnError returns the lines of an error response with the schema Error as its body.
func withOwnError(lines []string) []string {
	for i, line := range lines {
		if strings.TrimSpace(line) == "content:" {
			indent := line[:len(line)-len("content:")]
			return append(slices.Clip(lines[:i+1]), indent+"  application/json:", indent+"    schema: {$ref: '#/components/schemas/Error'}")
		}
	}
	return lines
}

func (c *completer) make(section, name string, lines []string) {
	if c.made[section] == nil {
		c.made[section] = map[string][]string{}
	}
	c.made[section][name] = lines
}

// insert adds the made entries at the end of their sections, which it creates if they are missing.
func (c *completer) insert() error {
	key, components := entry(c.root, "components")
	line := len(c.lines) + 1
	var created []string
	if key != nil {
		line = c.entryEnd(key.Line)
	}
	for _, section := range sections {
		if c.made[section] == nil {
			continue
		}
		if key != nil && components.Kind == yaml.ScalarNode {
			return fmt.Errorf("contract: line %d: components has no value; write one, or remove the line", key.Line)
		}
		if key != nil && (components.Kind != yaml.MappingNode || components.Style&yaml.FlowStyle != 0) {
			return flowError(components, "components")
		}
		k, v := entry(components, section)
		if k == nil {
			indent := c.sectionIndent()
			created = append(created, strings.Repeat(" ", indent)+section+":")
			created = append(created, c.entries(section, indent+2)...)
			continue
		}
		if v.Kind != yaml.MappingNode || v.Style&yaml.FlowStyle != 0 {
			return flowError(k, "components."+section)
		}
		first := v.Content[0].Line
		c.changes = append(c.changes, change{line: c.end(first), insert: c.entries(section, v.Content[0].Column-1)})
	}
	if created != nil && key == nil {
		created = append([]string{"components:", "  " + banner}, created...)
	}
	c.changes = append(c.changes, change{line: line, insert: created})
	return nil
}

func (c *completer) sectionIndent() int {
	if components := member(c.root, "components"); components != nil && len(components.Content) > 0 {
		return components.Content[0].Column - 1
	}
	return 2
}

func (c *completer) entryIndent(section string) int {
	if v := member(c.root, "components", section); v != nil && len(v.Content) > 0 {
		return v.Content[0].Column - 1
	}
	return c.sectionIndent() + 2
}

// entries returns the made lines of a section: the banner, and the entries sorted by name.
func (c *completer) entries(section string, indent int) []string {
	lines := []string{banner}
	for _, name := range slices.Sorted(maps.Keys(c.made[section])) {
		lines = append(lines, c.made[section][name]...)
	}
	return indented(lines, indent)
}

func flowError(node *yaml.Node, what string) error {
	return fmt.Errorf("contract: line %d: %s is in braces, so that nothing can be added; write one entry per line", node.Line, what)
}

// Strip returns the document without what Complete has added. It returns an error if something below a banner is not made, so that nothing
// that somebody wrote there is lost.
func Strip(document []byte) ([]byte, error) {
	t, err := parse(document)
	if err != nil {
		return nil, err
	}
	standard, err := parse(standardText)
	if err != nil {
		return nil, err
	}
	var changes []change
	components := member(t.root, "components")
	for section, entries := range members(components) {
		if section.Line < len(t.lines) && strings.TrimSpace(t.lines[section.Line]) == banner { // the whole section is made
			if err := checkMade(entries, section.Value, section.Line, standard); err != nil {
				return nil, err
			}
			changes = append(changes, change{line: section.Line, remove: t.entryEnd(section.Line) - section.Line})
			continue
		}
		if len(entries.Content) == 0 {
			continue
		}
		first, end := entries.Content[0].Line, t.end(entries.Content[0].Line)
		for line := first; line < end; line++ {
			if strings.TrimSpace(t.lines[line-1]) != banner || indentation(t.lines[line-1]) != entries.Content[0].Column-1 {
				continue
			}
			if err := checkMade(entries, section.Value, line, standard); err != nil {
				return nil, err
			}
			changes = append(changes, change{line: line, remove: end - line})
			break
		}
	}
	if key, _ := entry(t.root, "components"); key != nil && key.Line < len(t.lines) && strings.TrimSpace(t.lines[key.Line]) == banner {
		changes = []change{{line: key.Line, remove: t.entryEnd(key.Line) - key.Line}} // all components are made
	}
	for _, op := range operations(t.root) {
		for k := range members(op.responses) {
			if strings.HasSuffix(strings.TrimSuffix(t.lines[k.Line-1], "\r"), madeMark) {
				changes = append(changes, change{line: k.Line, remove: 1})
			}
		}
	}
	return t.edited(changes), nil
}

// checkMade returns an error for an entry of a section that is below a line and that Complete never makes.
func checkMade(entries *yaml.Node, section string, line int, standard *text) error {
	for k := range members(entries) {
		if k.Line > line && member(standard.root, "components", section, k.Value) == nil && (section != "schemas" || !isDerived(k.Value)) {
			return fmt.Errorf("contract: line %d: %s.%s was not made by go generate; move it above the line %q", k.Line, section, k.Value,
				banner)
		}
	}
	return nil
}
