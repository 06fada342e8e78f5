package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Property is a property of a document, as an argument of the command line describes it.
type Property struct {
	Path     []string // its name, after the names of the objects that contain it
	Type     string   // string, text, integer, number, boolean, date, email, url, uuid or enum
	Array    bool
	Values   []string // of an enum
	Min, Max string   // of numbers, or the lengths of strings; empty: no limit
	Required bool
	Default  string // empty: none
	// The schema and two examples in YAML's flow style, instead of what follows from the other fields but Path and Required.
	Schema   string
	Examples [2]string
}

// PropertySyntax describes what ParseProperty accepts.
const PropertySyntax = "name:type, with the types string (one line, at most 200 characters), text, integer, number, boolean, date, " +
	"email, url, uuid or a list of values such as draft|final; [] after the type means a list, (1..5) limits a number or the length of " +
	"a string, ! means required, =value is the default (=now for a date); place.city:string is a property of an object"

var (
	argumentPattern = regexp.MustCompile(`^([^:]*):([^(\[!=]*)(\[\])?(?:\(([^()]*)\))?(!)?(?:=(.*))?$`)
	valuePattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,59}$`)
	numberPattern   = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$`)
)

var propertyTypes = []string{"string", "text", "integer", "number", "boolean", "date", "email", "url", "uuid"}

// maxDepth is the depth of properties that filters can name.
const maxDepth = 4

// ParseProperty parses an argument such as rating:integer(1..5)!=3.
func ParseProperty(argument string) (Property, error) {
	p := Property{}
	wrong := func(format string, args ...any) (Property, error) {
		return Property{}, fmt.Errorf("property %q: %s", argument, fmt.Sprintf(format, args...))
	}
	match := argumentPattern.FindStringSubmatch(argument)
	if match == nil {
		return wrong("write %s", PropertySyntax)
	}
	p.Path, p.Type, p.Array, p.Required, p.Default = strings.Split(match[1], "."), match[2], match[3] != "", match[5] != "", match[6]
	if len(p.Path) > maxDepth {
		return wrong("objects can be nested %d deep, because filters cannot name properties that are deeper", maxDepth)
	}
	for i, name := range p.Path {
		if err := checkProperty(name, i == 0); err != nil {
			return wrong("%s", err)
		}
	}
	if strings.Contains(p.Type, "|") {
		p.Values, p.Type = strings.Split(p.Type, "|"), "enum"
		for i, value := range p.Values {
			if !valuePattern.MatchString(value) || slices.Contains(p.Values[:i], value) {
				return wrong("invalid or duplicate value %q; use a letter, then letters, digits, _ or -, such as draft|final", value)
			}
		}
	} else if !slices.Contains(propertyTypes, p.Type) {
		return wrong("unknown type %q; the types are %s, and values such as draft|final", p.Type, strings.Join(propertyTypes, ", "))
	}
	if err := p.readRange(match[4], strings.Contains(argument, "(")); err != nil {
		return wrong("%s", err)
	}
	if err := p.checkDefault(strings.Contains(argument, "=")); err != nil {
		return wrong("%s", err)
	}
	return p, nil
}

func (p *Property) isNumber() bool { return p.Type == "integer" || p.Type == "number" }

func (p *Property) isText() bool { return p.Type == "string" || p.Type == "text" }

func (p *Property) readRange(text string, given bool) error {
	if !given {
		return nil
	}
	least, most, ok := strings.Cut(text, "..")
	if !ok || least+most == "" || !p.isNumber() && !p.isText() {
		return fmt.Errorf("(%s) is not a range such as (1..5), (1..) or (..5) of a number or of the length of a string or text", text)
	}
	for _, limit := range []string{least, most} {
		if limit == "" {
			continue
		}
		if !numberPattern.MatchString(limit) || limit == "-0" || p.Type != "number" && strings.Contains(limit, ".") ||
			p.isText() && (limit[0] == '-' || len(limit) > 6) {
			return fmt.Errorf("invalid limit %q", limit)
		}
	}
	if least != "" && most != "" && number(least) > number(most) {
		return fmt.Errorf("%s is greater than %s", least, most)
	}
	if p.isText() && (most == "0" || number(least) > 200) {
		return fmt.Errorf("the minimum length can be at most 200, and the maximum must be at least 1")
	}
	p.Min, p.Max = least, most
	return nil
}

func number(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64) // the pattern allows only numbers
	return n
}

func (p *Property) checkDefault(given bool) error {
	if !given {
		return nil
	}
	value, ok := p.Default, true
	switch {
	case value == "" || p.Array || len(p.Path) > 1:
		return fmt.Errorf("a default needs a value, and a property at the top that is not a list")
	case p.Type == "boolean":
		ok = value == "true" || value == "false"
	case p.isNumber():
		ok = numberPattern.MatchString(value) && value != "-0" && (p.Type == "number" || !strings.Contains(value, ".")) &&
			(p.Min == "" || number(value) >= number(p.Min)) && (p.Max == "" || number(value) <= number(p.Max))
	case p.Type == "enum":
		ok = slices.Contains(p.Values, value)
	case p.Type == "date":
		_, err := time.Parse(time.RFC3339, value)
		ok = value == "now" || err == nil
	case p.isText():
		n := float64(len([]rune(value)))
		ok = !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) && strings.TrimSpace(value) == value &&
			n >= number(p.Min) && (p.Max == "" || n <= number(p.Max)) && (p.Type == "text" || n <= 200)
	default:
		return fmt.Errorf("a property of the type %s has no default", p.Type)
	}
	if !ok && p.Type == "date" {
		return fmt.Errorf("invalid default %q; use now, or a time such as 2026-01-31T08:00:00Z", value)
	}
	if !ok {
		return fmt.Errorf("invalid default %q for the type %s", value, p.Type)
	}
	return nil
}

// name returns the property's name with those of the objects around it.
func (p *Property) name() string { return strings.Join(p.Path, ".") }

// schema returns the schema of the property in YAML's flow style.
func (p *Property) schema() string {
	if p.Schema != "" {
		return p.Schema
	}
	parts := []string{}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+": "+value)
		}
	}
	switch p.Type {
	case "string":
		add("type", "string")
		add("format", "single-line")
		add("minLength", p.Min)
		add("maxLength", orElse(p.Max, "200"))
	case "text":
		add("type", "string")
		add("minLength", p.textMin())
		add("maxLength", orElse(p.Max, "10000"))
		add("pattern", `'^[^\x00]*$'`)
	case "integer":
		add("type", "integer")
		add("format", "int64")
		add("minimum", p.Min)
		add("maximum", p.Max)
	case "number":
		add("type", "number")
		add("minimum", p.Min)
		add("maximum", p.Max)
	case "boolean":
		add("type", "boolean")
	case "date":
		add("type", "string")
		add("format", "date-time")
	case "email":
		add("type", "string")
		add("format", "email")
		add("maxLength", "254")
	case "url":
		add("type", "string")
		add("format", "uri")
		add("maxLength", "1000")
		add("pattern", `'^https?://[^\s\x00]+$'`)
	case "uuid":
		add("type", "string")
		add("format", "uuid")
		add("maxLength", "36")
	case "enum":
		add("type", "string")
		var values []string
		for _, value := range p.Values {
			values = append(values, p.scalar(value))
		}
		add("enum", "["+strings.Join(values, ", ")+"]")
	}
	switch {
	case p.Type == "date" && p.Default == "now":
		add("x-default", "now")
	case p.Default != "":
		add("default", p.scalar(p.Default))
	}
	one := "{" + strings.Join(parts, ", ") + "}"
	if p.Array {
		return "{type: array, maxItems: 100, items: " + one + "}"
	}
	return one
}

// textMin returns the minimum length: a required text must not be empty.
func (p *Property) textMin() string {
	if p.Required && !p.Array {
		return orElse(p.Min, "1")
	}
	return p.Min
}

// plainPattern matches texts that need no quotes in YAML, unless they are in notStrings.
var plainPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*( [A-Za-z]+)*$`)

// scalar returns a value of the property in YAML.
func (p *Property) scalar(value string) string {
	plain := plainPattern.MatchString(value) && !slices.Contains(notStrings, strings.ToLower(value))
	if p.isNumber() || p.Type == "boolean" || p.Type == "email" || plain {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// example returns a valid value of the property in YAML; the second one differs from the first one if the type allows it.
func (p *Property) example(second bool) string {
	switch {
	case p.Schema != "" && second:
		return p.Examples[1]
	case p.Schema != "":
		return p.Examples[0]
	}
	value := p.exampleValue(second)
	if p.Array {
		return "[" + p.scalar(value) + "]"
	}
	return p.scalar(value)
}

func (p *Property) exampleValue(second bool) string {
	choose := func(first, other string) string {
		if second {
			return other
		}
		return first
	}
	if p.Default != "" && p.Default != "now" && !second {
		return p.Default
	}
	switch p.Type {
	case "integer", "number":
		first := orElse(p.Min, orElse(p.Max, "7"))
		other := orElse(p.Max, orElse(p.Min, "8"))
		return choose(first, other)
	case "boolean":
		return choose("true", "false")
	case "date":
		return choose("2026-01-31T08:00:00.000Z", "2026-02-01T08:00:00.000Z")
	case "email":
		return choose("ann@example.com", "bob@example.com")
	case "url":
		return choose("https://example.com/", "https://example.org/")
	case "uuid":
		return choose("0198c5d2-7a30-4cc1-8f0e-6c1f3f1d2a4b", "0198c5d2-7a30-4cc1-8f0e-6c1f3f1d2a4c")
	case "enum":
		return choose(p.Values[0], p.Values[len(p.Values)-1])
	}
	text := phrase(p.Path[len(p.Path)-1])
	if p.Array {
		text = singular(text)
	}
	text = choose(upperFirst(article(text)), "Another "+text)
	most := int(number(orElse(p.Max, "200")))
	if len(text) > most {
		text = strings.Repeat(choose("x", "y"), most)
	}
	if short := int(number(p.Min)) - len(text); short > 0 {
		text += strings.Repeat(choose("x", "y"), short)
	}
	return text
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
