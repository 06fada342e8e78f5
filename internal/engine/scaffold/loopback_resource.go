package scaffold

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// creationDates are names of properties with the time of creation.
var creationDates = []string{"date_created", "created_at", "createdAt", "dateCreated"}

var (
	importedPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)
	notInNames      = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// resource returns the resource of a model and its operations.
func (l *loopBack) resource(base, model string, operations map[string]crudOperation) imported {
	at := pointer("components", "schemas", model)
	last := base[strings.LastIndexByte(base, '/')+1:]
	r := imported{Resource{Name: strings.Map(lowerOnly, last), Path: base, Undated: true}, at}
	for _, word := range notInNames.Split(model, -1) {
		if word != "" {
			r.Schema += upperFirst(word)
		}
	}
	if checkTag(r.Name) != nil {
		r.Name = strings.Map(lowerOnly, model)
	}
	if r.Name != last {
		l.note(pointer("paths", base), "the tag, the package and the collection are called %s, because of Go's rules", r.Name)
	}
	if r.Schema != model {
		l.note(at, "the schema is called %s here; messages of errors contain that name", r.Schema)
	}
	for _, kind := range Operations {
		o, ok := operations[kind]
		if !ok {
			continue
		}
		r.Operations = append(r.Operations, kind)
		l.noteParameters(o)
		if security := valueOf(o.method.value, "security"); security != nil && len(security.Content) == 0 {
			l.note(o.pointer(), "needs no token in LoopBack, but here; write security: [] in openapi.yaml, without x-required-scopes")
		}
	}
	l.readModel(&r, l.schema(model))
	if create, ok := operations["create"]; ok {
		l.noteExcluded(r, l.resolve(mediaSchema(l.resolve(valueOf(create.method.value, "requestBody")))))
	}
	return r
}

func (l *loopBack) noteParameters(o crudOperation) {
	var all []*yaml.Node
	for _, n := range []*yaml.Node{valueOf(o.path.value, "parameters"), valueOf(o.method.value, "parameters")} {
		if n != nil {
			all = append(all, n.Content...)
		}
	}
	for _, n := range all {
		n = l.resolve(n)
		if name, in := scalarIn(n, "name"), scalarIn(n, "in"); in != "path" && name != "filter" && name != "where" {
			l.note(o.pointer(), "the %s parameter %s is not carried over; write it in openapi.yaml and read it in the handler", in, name)
		}
	}
}

// noteExcluded notes the properties that LoopBack does not accept when a document is created.
func (l *loopBack) noteExcluded(r imported, body *yaml.Node) {
	for _, p := range r.Properties {
		if name := p.Path[0]; valueOf(body, "properties") != nil && valueOf(valueOf(body, "properties"), name) == nil {
			l.note(r.pointer+pointer("properties", name), "LoopBack's POST does not accept it, but here it does; write readOnly: true, "+
				"and set it in the handler")
		}
	}
}

// readModel reads the properties and indexes of the model.
func (l *loopBack) readModel(r *imported, schema *yaml.Node) {
	l.noteOpen(schema, r.pointer)
	all := map[string]converted{}
	for _, e := range l.properties(schema, r.pointer) {
		name, at, required := e.name(), r.pointer+pointer("properties", e.name()), isRequired(schema, e.name())
		if name == "id" {
			if kind := scalarIn(l.resolve(e.value), "type"); kind != "string" {
				l.note(at, "ids are strings here, not of the type %s; change the clients", kind)
			}
			continue
		}
		if r.Undated && slices.Contains(creationDates, name) && scalarIn(l.resolve(e.value), "format") == "date-time" {
			r.Undated, r.Created = false, name
			l.note(at, "x-default: now is added; LoopBack's document does not contain such a default")
			continue
		}
		c, err := l.convert(e.value, place{name, at, required, 1})
		if err != nil {
			l.note(at, "%v", err)
			continue
		}
		r.Properties = append(r.Properties, Property{Path: []string{name}, Required: required, Schema: flowText(c.schema, quotedYAML),
			Examples: [2]string{flowText(c.values[0], quotedYAML), flowText(c.values[1], quotedYAML)}})
		all[name] = c
	}
	if valueOf(valueOf(schema, "properties"), "id") == nil {
		l.note(r.pointer, "it has no property id; documents get one here, which is the id in paths")
	}
	l.readIndexes(r, scalarIn(schema, "description"), all)
}

// noteOpen notes that an object may have other properties in LoopBack.
func (l *loopBack) noteOpen(schema *yaml.Node, at string) {
	if open := valueOf(schema, "additionalProperties"); open == nil || open.Value != "false" {
		l.note(at, "it allows properties that it does not name (strict: false); here they are rejected, so write those that clients send")
	}
}

// properties returns the properties of a schema whose names are allowed here.
func (l *loopBack) properties(schema *yaml.Node, at string) (found []entry) {
	names := map[string]bool{}
	for _, e := range entries(valueOf(schema, "properties")) {
		plain := plainName(e.name())
		if names[plain] || !importedPattern.MatchString(e.name()) || slices.Contains(notProperties, e.name()) ||
			e.name() != "id" && plain == "id" {
			l.note(at+pointer("properties", e.name()), "rename it: a name is a letter, then letters, digits and _, is not one of %s, and "+
				"differs from the others in more than case and _", strings.Join(notProperties, ", "))
			continue
		}
		names[plain] = true
		found = append(found, e)
	}
	return found
}

// notProperties are names that have a meaning in filters or YAML.
var notProperties = []string{"and", "or", "nor", "true", "false", "null"}

func isRequired(schema *yaml.Node, name string) bool {
	required := valueOf(schema, "required")
	return required != nil && slices.ContainsFunc(required.Content, func(n *yaml.Node) bool { return n.Value == name })
}

// readIndexes reads the indexes in a description such as {"indexInfo":{"email":{"unique":true}}}.
func (l *loopBack) readIndexes(r *imported, description string, all map[string]converted) {
	var d struct {
		IndexInfo map[string]json.RawMessage `json:"indexInfo"`
	}
	begin := strings.IndexByte(description, '{')
	if begin < 0 || json.Unmarshal([]byte(description[begin:]), &d) != nil {
		return
	}
	for _, p := range r.Properties {
		raw, ok := d.IndexInfo[p.Path[0]]
		if !ok || string(raw) == "false" || string(raw) == "null" {
			continue
		}
		var options struct{ Unique bool }
		_ = json.Unmarshal(raw, &options) // something else is an index that is not unique
		schema := all[p.Path[0]].schema
		format, own := scalarIn(schema, "format"), scalarIn(schema, "pattern") != noNUL || valueOf(schema, "enum") != nil
		switch {
		case all[p.Path[0]].values[0].Kind != yaml.ScalarNode:
			l.note(r.pointer, "the index on %s is not carried over, because it is not a scalar", p.Path[0])
		case !options.Unique:
			r.Indexed = append(r.Indexed, p.Path[0])
		case format == "email" || format == "" && !own:
			r.Unique = append(r.Unique, p.Path[0])
		default:
			l.note(r.pointer, "the unique index on %s is not carried over, because tests cannot make values for it; write it in "+
				"x-collection.indexes, and a test of your own", p.Path[0])
		}
	}
}
