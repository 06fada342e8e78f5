package generate

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// derivations are the schemas that follow from the schema X of a collection, by their names, in which %s is X.
var derivations = map[string]func(d *deriver, x string) (*yaml.Node, error){
	"%sInput":        (*deriver).input,
	"%sPatch":        (*deriver).patch,
	"Partial%s":      (*deriver).partial,
	"%sFilter":       (*deriver).filter,
	"%sFieldsFilter": (*deriver).fieldsFilter,
	"%sWhere":        (*deriver).where,
	"%sFields":       (*deriver).fields,
	"%sProperty":     (*deriver).property,
	"%sOrder":        (*deriver).order,
	"%sOrderKeys":    (*deriver).orderKeys,
}

// Derived returns the names of the schemas that follow from the schema of a collection, sorted.
func Derived(x string) (names []string) {
	for form := range derivations {
		names = append(names, fmt.Sprintf(form, x))
	}
	slices.Sort(names)
	return names
}

// CollectionOf returns the schema in a document that is a collection and has that name, or that one with that name follows from, or an
// empty string.
func CollectionOf(document *yaml.Node, name string) string {
	d := deriver{schemas: member(document, "components", "schemas")}
	if d.isCollection(name) {
		return name
	}
	x, _ := d.collection(name)
	return x
}

// deriver makes the schemas of collections.
type deriver struct {
	schemas *yaml.Node // that somebody wrote
	common  *yaml.Node // that every contract has
	roles   *yaml.Node // x-roles
}

// isCollection reports whether a schema with that name is a collection.
func (d *deriver) isCollection(name string) bool {
	return member(d.schemas, name, "x-collection") != nil
}

// collection returns the collection X from whose schema one with that name follows, and how.
func (d *deriver) collection(name string) (x, form string) {
	for form := range derivations {
		before, after, _ := strings.Cut(form, "%s")
		x, ok := strings.CutPrefix(name, before)
		if !ok {
			continue
		}
		if x, ok = strings.CutSuffix(x, after); ok && x != "" && d.isCollection(x) {
			return x, form
		}
	}
	return "", ""
}

// isDerived reports whether a name is one of a derived schema, whatever the collections are.
func isDerived(name string) bool {
	for form := range derivations {
		before, after, _ := strings.Cut(form, "%s")
		if strings.HasPrefix(name, before) && strings.HasSuffix(name, after) && len(name) > len(before)+len(after) {
			return true
		}
	}
	return name == roleSchema
}

// roleSchema is the schema of the names in x-roles.
const roleSchema = "Role"

// schema returns the schema with that name if it follows from others, or nil.
func (d *deriver) schema(name string) (*yaml.Node, error) {
	if name == roleSchema {
		return d.role(), nil
	}
	x, form := d.collection(name)
	if x == "" {
		return nil, nil
	}
	schema, err := derivations[form](d, x)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return schema, nil
}

// role returns the schema of the names of roles, or nil without x-roles.
func (d *deriver) role() *yaml.Node {
	if d.roles == nil {
		return nil
	}
	var names []string
	for k := range members(d.roles) {
		names = append(names, k.Value)
	}
	return object("type", "string", "enum", list(names))
}

func (d *deriver) properties(x string) *yaml.Node { return member(d.schemas, x, "properties") }

func (d *deriver) names(x string) (names []string) {
	for k := range members(d.properties(x)) {
		names = append(names, k.Value)
	}
	return names
}

// input is X as clients send it. A readOnly property stays, because a PUT may send its unchanged value. A property is required if X
// requires it, clients set it and it has no default.
func (d *deriver) input(x string) (*yaml.Node, error) {
	var required []string
	properties := object()
	for k, v := range members(d.properties(x)) {
		set(properties, k.Value, withoutFormer(v))
		isSet := isTrue(member(v, "readOnly")) || member(v, "default") != nil || member(v, "x-default") != nil ||
			member(d.follow(v), "default") != nil
		if contains(member(d.schemas, x, "required"), k.Value) && !isSet {
			required = append(required, k.Value)
		}
	}
	s := object("type", "object", "additionalProperties", false)
	if len(required) > 0 {
		set(s, "required", list(required))
	}
	return set(s, "properties", properties), nil
}

// patch is input of which nothing is required and nothing has a default: what is not sent keeps its value.
func (d *deriver) patch(x string) (*yaml.Node, error) {
	s := object("description", "The properties to update; others keep their values", "type", "object", "additionalProperties", false,
		"minProperties", 1)
	properties, err := d.withoutDefaults(x)
	return set(s, "properties", properties), err
}

// partial is X of which a filter's fields have selected properties.
func (d *deriver) partial(x string) (*yaml.Node, error) {
	s := object("description", "The properties selected by the filter's `fields`", "type", "object", "additionalProperties", false)
	properties, err := d.withoutDefaults(x)
	return set(s, "properties", properties), err
}

func (d *deriver) withoutDefaults(x string) (*yaml.Node, error) {
	properties := object()
	for k, v := range members(d.properties(x)) {
		plain, err := d.plain(withoutFormer(v), 0)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", k.Value, err)
		}
		set(properties, k.Value, plain)
	}
	return properties, nil
}

// maxInlined is the depth at which a schema with a default counts as one that contains itself.
const maxInlined = 16

// plain returns a copy of a schema without defaults. A reference to a schema with defaults becomes a copy of that schema.
func (d *deriver) plain(schema *yaml.Node, depth int) (*yaml.Node, error) {
	if depth > maxInlined {
		return nil, fmt.Errorf("a schema that contains itself has a default; write this schema above the banner, without the default")
	}
	if target := d.target(schema); target != nil {
		if !d.hasDefault(target, map[*yaml.Node]bool{}) {
			return clone(schema), nil
		}
		return d.plain(target, depth+1)
	}
	c := clone(schema)
	if c.Kind != yaml.MappingNode {
		return c, nil
	}
	c.Content = nil
	for k, v := range members(schema) {
		value := clone(v)
		var err error
		switch k.Value {
		case "default", "x-default":
			continue
		case "properties":
			value = object()
			for name, property := range members(v) {
				plain, err := d.plain(property, depth+1)
				if err != nil {
					return nil, err
				}
				set(value, name.Value, plain)
			}
		case "items", "additionalProperties", "not":
			value, err = d.plain(v, depth+1)
		case "allOf", "oneOf", "anyOf":
			for i, part := range v.Content {
				if value.Content[i], err = d.plain(part, depth+1); err != nil {
					return nil, err
				}
			}
		}
		if err != nil {
			return nil, err
		}
		c.Content = append(c.Content, clone(k), value)
	}
	return c, nil
}

// hasDefault reports whether a schema, or one in it, has a default.
func (d *deriver) hasDefault(schema *yaml.Node, seen map[*yaml.Node]bool) bool {
	if schema = d.follow(schema); schema == nil || schema.Kind != yaml.MappingNode || seen[schema] {
		return false
	}
	seen[schema] = true
	parts := []*yaml.Node{member(schema, "items"), member(schema, "additionalProperties"), member(schema, "not")}
	for _, v := range members(member(schema, "properties")) {
		parts = append(parts, v)
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		if list := member(schema, key); list != nil {
			parts = append(parts, list.Content...)
		}
	}
	return member(schema, "default") != nil || member(schema, "x-default") != nil ||
		slices.ContainsFunc(parts, func(part *yaml.Node) bool { return d.hasDefault(part, seen) })
}

const schemaReference = "#/components/schemas/"

// target returns the schema that a reference leads to, or nil for something else.
func (d *deriver) target(schema *yaml.Node) *yaml.Node {
	name, ok := strings.CutPrefix(value(member(schema, "$ref")), schemaReference)
	if !ok {
		return nil
	}
	if name == roleSchema && member(d.schemas, name) == nil {
		return d.role()
	}
	return cmp.Or(member(d.schemas, name), member(d.common, name))
}

// follow returns the schema at the end of references.
func (d *deriver) follow(schema *yaml.Node) *yaml.Node {
	schema = resolve(schema)
	for range maxInlined {
		target := d.target(schema)
		if target == nil {
			break
		}
		schema = target
	}
	return schema
}

func (d *deriver) filter(x string) (*yaml.Node, error) {
	page := func(least, most, preset int) *yaml.Node {
		return object("type", "integer", "minimum", least, "maximum", most, "default", preset)
	}
	offset := set(page(0, filter.MaxSkip, 0), "description", scalar("Alias of skip"))
	return object("type", "object", "additionalProperties", false, "properties", object(
		"where", reference(x+"Where"), "fields", reference(x+"Fields"), "order", reference(x+"Order"),
		"limit", page(1, filter.MaxLimit, filter.DefaultLimit), "skip", page(0, filter.MaxSkip, 0), "offset", offset)), nil
}

func (d *deriver) fieldsFilter(x string) (*yaml.Node, error) {
	return object("type", "object", "additionalProperties", false, "properties", object("fields", reference(x+"Fields"))), nil
}

func (d *deriver) where(x string) (*yaml.Node, error) {
	properties := object()
	for _, name := range []string{"and", "or", "nor"} {
		set(properties, name, object("type", "array", "items", reference(x+"Where")))
	}
	for _, c := range d.columns(x) {
		set(properties, c.name, reference(c.condition))
	}
	return object("description", "A condition. It is true if all of its properties are true. At most "+strconv.Itoa(filter.MaxTerms)+
		" comparisons, nested at most "+strconv.Itoa(filter.MaxDepth)+" levels deep.",
		"type", "object", "additionalProperties", false, "properties", properties), nil
}

func (d *deriver) fields(x string) (*yaml.Node, error) {
	flags := object()
	for _, name := range d.names(x) {
		set(flags, name, object("type", "boolean"))
	}
	names := object("type", "array", "uniqueItems", true, "items", reference(x+"Property"))
	return object("description", "The properties to return, as a list of names or as an object with true (include) or false (exclude)",
		"oneOf", sequence(names, object("type", "object", "additionalProperties", false, "properties", flags))), nil
}

func (d *deriver) property(x string) (*yaml.Node, error) {
	return object("type", "string", "enum", list(d.names(x))), nil
}

func (d *deriver) order(x string) (*yaml.Node, error) {
	description := "Properties with ASC or DESC, comma-separated or as an array; at most " + strconv.Itoa(filter.MaxOrder) +
		". Ties are ordered by id."
	var long []string
	for _, c := range d.columns(x) {
		if c.long {
			long = append(long, "`"+c.name+"`")
		}
	}
	switch len(long) {
	case 0:
	case 1:
		description += " " + long[0] + " is not supported, because it may be long."
	default:
		description += " " + strings.Join(long, ", ") + " are not supported, because they may be long."
	}
	keys := reference(x + "OrderKeys")
	return object("description", description, "oneOf", sequence(keys, object("type", "array", "items", keys))), nil
}

func (d *deriver) orderKeys(x string) (*yaml.Node, error) {
	var names []string
	example := "id"
	for _, c := range d.columns(x) {
		if c.array || c.long {
			continue
		}
		names = append(names, regexp.QuoteMeta(c.name))
		if c.condition == "DateCondition" {
			example = c.name
		}
	}
	key := `(` + strings.Join(names, "|") + `)(\s+([Aa][Ss][Cc]|[Dd][Ee][Ss][Cc]))?\s*`
	pattern := scalar(`^\s*(` + key + `(,\s*` + key + `)*)?$`)
	pattern.Style = yaml.SingleQuotedStyle
	return object("type", "string", "pattern", pattern, "example", example+" DESC"), nil
}

// column is a property that a condition can name.
type column struct {
	name, condition string
	array, long     bool // long: no order can name it
}

var conditionOf = map[string]string{"string": "StringCondition", "integer": "IntegerCondition", "number": "NumberCondition",
	"boolean": "BooleanCondition"}

// columns returns the scalars and arrays of scalars, those of nested objects under dotted names, in the order of the contract.
func (d *deriver) columns(x string) (found []column) {
	var collect func(properties *yaml.Node, prefix string, depth int)
	collect = func(properties *yaml.Node, prefix string, depth int) {
		for k, v := range members(properties) {
			c, schema := column{name: prefix + k.Value}, d.follow(v)
			kind := value(member(schema, "type"))
			if kind == "object" && depth < maxNesting {
				collect(member(schema, "properties"), c.name+".", depth+1)
			}
			if c.array = kind == "array"; c.array {
				schema = d.follow(member(schema, "items"))
				kind = value(member(schema, "type"))
			}
			if c.condition = conditionOf[kind]; c.condition == "" {
				continue
			}
			if kind == "string" && value(member(schema, "format")) == "date-time" {
				c.condition = "DateCondition"
			}
			most, err := strconv.Atoi(value(member(schema, "maxLength")))
			c.long = c.condition == "StringCondition" && !c.array && c.name != "id" && member(schema, "enum") == nil &&
				(err != nil || most > filter.MaxOrderLength)
			found = append(found, c)
		}
	}
	collect(d.properties(x), "", 1)
	return found
}

// maxNesting is the depth of nested properties that a filter can name (package spec).
const maxNesting = 4
