package scaffold

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// converted is a schema, with two valid values. They differ if the schema allows it.
type converted struct {
	schema *yaml.Node
	values [2]*yaml.Node
}

// place is where a schema is: the name of its property, a JSON pointer, and its depth.
type place struct {
	name, pointer string
	required      bool
	depth         int
}

// carried are the keywords of a type that are carried over as they are; neutral are those that change nothing.
var (
	carried = map[string][]string{
		"string":  {"minLength", "maxLength", "pattern", "enum"},
		"integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
		"number":  {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
		"boolean": {}, "array": {"minItems", "maxItems", "uniqueItems"}, "object": {},
	}
	neutral = regexp.MustCompile(`^(\$ref|type|title|description|default|examples?|nullable|items|properties|required|` +
		`additionalProperties|x-.*)$`)
	formats = []string{"date-time", "date", "email", "uri", "uuid", "int32", "int64", "float", "double"}
)

// convert converts the schema of a property. It notes what it leaves out, and returns an error if nothing can be carried over.
func (l *loopBack) convert(n *yaml.Node, p place) (c converted, err error) {
	if strings.HasSuffix(scalarIn(n, "$ref"), "WithRelations") {
		return c, errors.New("a relation; clients can get the other documents with a filter")
	}
	if p.depth > maxDepth {
		return c, fmt.Errorf("it contains itself, or is nested more than %d deep; write a resource of its own", maxDepth)
	}
	n = l.resolve(n)
	kind := scalarIn(n, "type")
	keys, known := carried[kind]
	if !known {
		return c, fmt.Errorf("it has no type, or an unknown one; write the property in openapi.yaml")
	}
	c.schema = mapping("type", textNode(kind))
	for _, e := range entries(n) {
		switch name := e.name(); {
		case slices.Contains(keys, name), name == "nullable" && e.value.Value == "true",
			name == "format" && slices.Contains(formats, e.value.Value),
			name == "description" && len(e.value.Value) <= 300 && !strings.HasPrefix(e.value.Value, "{"):
			set(c.schema, name, e.value)
		case !neutral.MatchString(name):
			l.note(p.pointer+pointer(name), "not carried over; write it in openapi.yaml")
		}
	}
	switch kind {
	case "array":
		err = l.array(&c, n, p)
	case "object":
		err = l.object(&c, n, p)
	case "string":
		err = l.string(&c, n, p)
	default:
		candidates := []*yaml.Node{plain("7"), plain("8"), plain("1"), plain("0"), plain("0.5"), plain("true"), plain("false")}
		for _, name := range []string{"minimum", "maximum", "multipleOf", "example"} {
			candidates = append(candidates, valueOf(n, name))
		}
		err = c.choose(candidates)
	}
	if err != nil {
		return c, err
	}
	valid, err := c.check()
	if value := valueOf(n, "default"); err == nil && value != nil {
		if p.depth == 1 && valid(value) {
			set(c.schema, "default", value)
		} else {
			l.note(p.pointer+"/default", "not carried over; write it in openapi.yaml, or x-default: now for the time")
		}
	}
	return c, err
}

// check returns a function that reports whether the schema accepts a scalar.
func (c *converted) check() (func(*yaml.Node) bool, error) {
	valid, err := spec.CompileSchema([]byte(flowText(c.schema, quotedJSON)))
	if err != nil {
		return nil, fmt.Errorf("it is invalid (%w); write the property in openapi.yaml", err)
	}
	return func(n *yaml.Node) bool {
		return n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" && valid(json.RawMessage(flowText(n, quotedJSON))) == nil
	}, nil
}

// choose sets the values to the first two of the candidates that the schema accepts.
func (c *converted) choose(candidates []*yaml.Node) error {
	check, err := c.check()
	if err != nil {
		return err
	}
	var valid []*yaml.Node
	for _, n := range candidates {
		if check(n) && (len(valid) == 0 || n.Value != valid[0].Value) {
			valid = append(valid, n)
		}
	}
	if len(valid) == 0 {
		return errors.New("no valid value is known; add an example to the model, or write the property in openapi.yaml")
	}
	c.values = [2]*yaml.Node{valid[0], valid[min(1, len(valid)-1)]}
	return nil
}

// longText matches the names of properties that can be long.
var longText = regexp.MustCompile(`(?i)(body|text|content|description|comments?|message|summary|notes?|html|markdown|bio|details)$`)

// maxSorted is the length of strings that documents can be sorted by.
const maxSorted = "1000"

// noNUL is the pattern of strings without another one: no store can store U+0000.
const noNUL = `^[^\x00]*$`

// maxLengths are the maximum lengths of strings by their formats.
var maxLengths = map[string]string{"date-time": "", "date": "10", "email": "254", "uri": maxSorted, "uuid": "36"}

func (l *loopBack) string(c *converted, n *yaml.Node, p place) error {
	format, candidates := scalarIn(c.schema, "format"), []*yaml.Node{valueOf(n, "example")}
	if enum := valueOf(c.schema, "enum"); enum != nil {
		texts := *enum
		texts.Content = slices.DeleteFunc(slices.Clone(enum.Content), func(n *yaml.Node) bool { return n.Tag != "!!str" })
		if len(texts.Content) < len(enum.Content) {
			l.note(p.pointer+"/enum", "values that are not strings were left out")
		}
		set(c.schema, "enum", &texts)
		return c.choose(append(candidates, texts.Content...))
	}
	if p.required && format == "" && valueOf(n, "minLength") == nil {
		set(c.schema, "minLength", plain("1")) // LoopBack rejects an empty string, too: "can't be blank"
	}
	most, formatted := maxLengths[format]
	if !formatted && !longText.MatchString(p.name) {
		most = maxSorted
	}
	if most != "" && valueOf(n, "maxLength") == nil {
		set(c.schema, "maxLength", plain(most))
	}
	least, _ := strconv.Atoi(scalarIn(n, "minLength"))
	for _, text := range exampleTexts(p.name) {
		candidates = append(candidates, textNode(text+strings.Repeat("x", min(max(least-len(text), 0), 1000))))
	}
	if valueOf(n, "pattern") == nil {
		if !formatted {
			set(c.schema, "pattern", textNode(noNUL))
		}
		return c.choose(candidates)
	}
	if c.choose(candidates) == nil {
		return nil
	}
	l.note(p.pointer+"/pattern", "not carried over, because no valid value is known; add an example to the model")
	set(c.schema, "pattern", textNode(noNUL))
	return c.choose(candidates)
}

// exampleTexts returns texts of many forms.
func exampleTexts(name string) []string {
	return []string{upperFirst(article(phrase(name))), "Another " + phrase(name), "2026-01-31T08:00:00.000Z", "2026-02-01T08:00:00.000Z",
		"2026-01-31", "2026-02-01", "ann@example.com", "bob@example.com", "https://example.com/", "https://example.org/",
		"0198c5d2-7a30-4cc1-8f0e-6c1f3f1d2a4b", "0198c5d2-7a30-4cc1-8f0e-6c1f3f1d2a4c", "abc", "def", "ABC", "DEF", "DE", "FR", "de-DE",
		"en-GB", "1", "2", "12345", "54321", "a1", "b2", "A1", "B2", "+4930123456", "+4930123457", "12:30", "#a0b1c2",
		"1.0.0", "x", "y", ""}
}

func (l *loopBack) array(c *converted, n *yaml.Node, p place) error {
	items, err := l.convert(valueOf(n, "items"), place{p.name, p.pointer + "/items", false, p.depth + 1})
	if err != nil {
		return err
	}
	least, _ := strconv.Atoi(scalarIn(n, "minItems"))
	if least > 2 || scalarIn(n, "maxItems") == "0" || least == 2 && items.values[0] == items.values[1] {
		return errors.New("minItems and maxItems are not carried over; write the property in openapi.yaml")
	}
	for i := range c.values {
		c.values[i] = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{items.values[i], items.values[1-i]}[:max(least, 1)]}
	}
	set(c.schema, "items", items.schema)
	return nil
}

func (l *loopBack) object(c *converted, n *yaml.Node, p place) error {
	properties, required := mapping(), &yaml.Node{Kind: yaml.SequenceNode}
	c.values = [2]*yaml.Node{mapping(), mapping()}
	open := valueOf(n, "additionalProperties")
	if len(entries(valueOf(n, "properties"))) == 0 {
		if len(entries(open)) == 0 {
			set(c.schema, "additionalProperties", plain("true"))
			return nil
		}
		value, err := l.convert(open, place{p.name, p.pointer + "/additionalProperties", false, p.depth + 1})
		set(c.schema, "additionalProperties", value.schema)
		for i := range c.values {
			set(c.values[i], "key", value.values[i])
		}
		return err
	}
	for _, e := range l.properties(n, p.pointer) {
		at := place{e.name(), p.pointer + pointer("properties", e.name()), isRequired(n, e.name()), p.depth + 1}
		value, err := l.convert(e.value, at)
		if err != nil {
			l.note(at.pointer, "%v", err)
			continue
		}
		set(properties, e.name(), value.schema)
		for i := range c.values {
			set(c.values[i], e.name(), value.values[i])
		}
		if at.required {
			required.Content = append(required.Content, textNode(e.name()))
		}
	}
	if len(properties.Content) == 0 {
		return errors.New("none of its properties can be carried over; write it in openapi.yaml")
	}
	l.noteOpen(n, p.pointer)
	set(c.schema, "additionalProperties", plain("false"))
	if len(required.Content) > 0 {
		set(c.schema, "required", required)
	}
	set(c.schema, "properties", properties)
	return nil
}

// mapping returns a mapping with members: names and nodes.
func mapping(members ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(members); i += 2 {
		set(n, members[i].(string), members[i+1].(*yaml.Node))
	}
	return n
}

func set(n *yaml.Node, name string, value *yaml.Node) {
	if e := member(n, name); e != nil {
		*e.value = *value
		return
	}
	n.Content = append(n.Content, textNode(name), value)
}

func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// plain returns a number or a boolean.
func plain(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// flowText returns a value in YAML's flow style, which is JSON if quote returns JSON.
func flowText(n *yaml.Node, quote func(string) string) string {
	var list []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, e := range entries(n) {
			list = append(list, quote(e.name())+": "+flowText(e.value, quote))
		}
		return "{" + strings.Join(list, ", ") + "}"
	case yaml.SequenceNode:
		for _, element := range n.Content {
			list = append(list, flowText(element, quote))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	if n.Tag == "!!str" {
		return quote(n.Value)
	}
	return n.Value
}

func quotedJSON(text string) string {
	quoted, _ := json.Marshal(text) // no string fails
	return string(quoted)
}

// quotedYAML returns a text as a YAML scalar.
func quotedYAML(text string) string {
	if plainPattern.MatchString(text) && !slices.Contains(notStrings, strings.ToLower(text)) {
		return text
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return strconv.Quote(text) // its escapes are those of YAML, too
}
