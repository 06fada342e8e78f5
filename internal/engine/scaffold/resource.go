package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"
)

//go:embed templates/resource
var resourceTemplates embed.FS

// Operations are the operations that AddResource can write, in the order of the contract.
var Operations = []string{"create", "find", "updateAll", "count", "get", "update", "replace", "delete"}

// Resource describes a collection and its operations.
type Resource struct {
	Name       string   // its tag, which is also the name of its package and its collection
	Path       string   // empty: / and Name
	Schema     string   // empty: the singular of Name
	Owner      string   // the property with the id of the user who created a document; empty: documents have no owner
	Private    bool     // only the owner can read a document
	Public     bool     // everybody can read documents, without a token
	Operations []string // some of Operations; empty: all of them
	Properties []Property
	Created    string   // the property with the time of creation; empty: date_created
	Undated    bool     // documents have no such property
	Unique     []string // properties that differ in all documents
	Indexed    []string // properties with an index
}

// AddResource writes the resource into openapi.yaml, creates its package with handlers and tests in internal, and generates the code. It
// returns an error, and changes nothing, if a name is invalid or already used. It writes to out what it has done.
func AddResource(root string, r Resource, out io.Writer) error {
	t, err := open(root)
	if err != nil {
		return err
	}
	d, err := t.describe(r)
	if err != nil {
		return err
	}
	if err := t.add(d); err != nil {
		return err
	}
	if err := t.apply(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "added %s: the tag, the operations and the schema %s in openapi.yaml, and internal/%s. "+
		"Run the tests: go test ./...\n", d.Name, d.Schema, d.Name)
	return err
}

// add writes a resource into the contract, and adds its package to the changes.
func (t *workspace) add(d *description) error {
	if err := d.write(t.contract); err != nil {
		return err
	}
	files := map[string]string{"handlers.go.tmpl": ".go", "handlers_test.go.tmpl": "_test.go"}
	if len(d.Unique) > 0 {
		files["unique_test.go.tmpl"] = "_unique_test.go"
	}
	for name, ending := range files {
		text, err := d.execute(name)
		if err != nil {
			return err
		}
		t.write("internal/"+d.Name+"/"+d.Name+ending, goSource(text, d.Module))
	}
	t.vet = append(t.vet, "./client", "./internal/"+d.Name)
	return nil
}

// description is a resource with all that the templates need.
type description struct {
	Resource
	Module, Scheme string
	Plural         string // in operationIds: Reviews
	One, A, Many   string // in words: review, a review, reviews
	OwnerWord      string
	Rule           string // who may do what
	Banner, End    string
	Input, Patch   string // examples of bodies
	Example        string // of a document: the first one with an anchor, the others aliases of it
	Required       string

	shown bool // whether the example was written
}

// Has reports whether the resource has the operation.
func (d *description) Has(operation string) bool { return slices.Contains(d.Operations, operation) }

// Any reports whether the resource has one of the operations.
func (d *description) Any(operations ...string) bool { return slices.ContainsFunc(operations, d.Has) }

func (d *description) reads() bool { return d.Any("find", "count", "get") && !d.Public }

// Scopes returns the scopes of the operations as arguments in Go.
func (d *description) Scopes() string {
	var scopes []string
	if d.reads() {
		scopes = append(scopes, fmt.Sprintf("%q", d.Name+":read"))
	}
	return strings.Join(append(scopes, fmt.Sprintf("%q", d.Name+":write")), ", ")
}

// Reader returns the token of a caller that reads, in Go.
func (d *description) Reader(name string) string {
	if d.Public {
		return `""`
	}
	return "token(a, " + name + ")"
}

// describe completes and checks the resource.
func (t *workspace) describe(r Resource) (*description, error) {
	if err := checkTag(r.Name); err != nil {
		return nil, err
	}
	d := &description{Resource: r, Module: t.module}
	if d.Schema == "" {
		d.Schema = upperFirst(singular(r.Name))
	}
	if !schemaPattern.MatchString(d.Schema) || isYAMLWord(d.Schema) {
		return nil, fmt.Errorf("invalid schema name %q; use an upper-case letter, then at most 29 letters and digits, such as %s", d.Schema,
			upperFirst(singular(r.Name)))
	}
	d.One, d.Many, d.Plural = phrase(d.Schema), r.Name, upperFirst(r.Name)
	if ending, ok := strings.CutPrefix(r.Name, strings.ToLower(d.Schema)); ok {
		d.Many, d.Plural = d.One+ending, d.Schema+ending
	}
	d.A = article(d.One)
	d.Path, d.Created = orElse(d.Path, "/"+d.Name), orElse(d.Created, "date_created")
	if len(d.Operations) == 0 {
		d.Operations = Operations
	}
	for _, operation := range d.Operations {
		if !slices.Contains(Operations, operation) {
			return nil, fmt.Errorf("unknown operation %q; the operations are %s, and crud for all of them", operation,
				strings.Join(Operations, ", "))
		}
	}
	if !d.Has("create") {
		return nil, fmt.Errorf("the operations of %s must include create, or it would have no documents", d.Name)
	}
	if d.Private && (d.Public || d.Owner == "") {
		return nil, fmt.Errorf("a private resource needs an owner and cannot be public; leave out --private, or set --owner")
	}
	if err := d.checkProperties(); err != nil {
		return nil, err
	}
	if err := t.checkFree(d); err != nil {
		return nil, err
	}
	return d, d.say(t.contract)
}

func (d *description) checkProperties() error {
	if len(d.Properties) == 0 {
		return fmt.Errorf("%s has no properties; write at least one, as %s", d.Name, PropertySyntax)
	}
	if err := checkProperty(d.Owner, true); d.Owner != "" && err != nil {
		return fmt.Errorf("the owner is a property, such as author: %w", err)
	}
	names := map[string]string{"id": "id"}
	if !d.Undated {
		names[plainName(d.Created)] = d.Created
	}
	if d.Owner != "" {
		if names[plainName(d.Owner)] != "" {
			return fmt.Errorf("the owner cannot be %s; use another property, such as author", d.Owner)
		}
		names[plainName(d.Owner)] = d.Owner
	}
	kinds := map[string]bool{} // whether the name is of an object
	for _, p := range d.Properties {
		for i := range p.Path {
			name, object := strings.Join(p.Path[:i+1], "."), i < len(p.Path)-1
			other, taken := names[plainName(name)]
			was, seen := kinds[name]
			if taken && (other != name || !seen || !was || !object) {
				return fmt.Errorf("property %s: there is already a property %s; leave it out, or use another name", name, other)
			}
			names[plainName(name)], kinds[name] = name, object
		}
	}
	return nil
}

// plainName returns the name as Go and SQL compare it: without case and underscores.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// say sets the texts of the description.
func (d *description) say(c *contract) error {
	schemes := c.find("components", "securitySchemes")
	if schemes != nil {
		for _, e := range entries(schemes.value) {
			if scheme := member(e.value, "scheme"); scheme != nil && scheme.value.Value == "bearer" && d.Scheme == "" {
				d.Scheme = e.name()
			}
		}
	}
	if d.Scheme == "" {
		return fmt.Errorf("openapi.yaml: /components/securitySchemes has no bearer scheme; add one: " +
			"bearerAuth: {type: http, scheme: bearer}")
	}
	if d.Owner != "" {
		d.OwnerWord = phrase(d.Owner)
	}
	reader := "Every user with the scope " + d.Name + ":read can read"
	if d.Public {
		reader = "Everybody can read, without a token"
	}
	switch {
	case d.Private:
		d.Rule = "Only the " + d.OwnerWord + " can read, update and delete."
	case d.Owner != "":
		d.Rule = reader + "; only the " + d.OwnerWord + " can update and delete."
	default:
		d.Rule = reader + "; every user with the scope " + d.Name + ":write can update and delete."
	}
	required := []string{"id"}
	for _, p := range d.Properties {
		if p.Required && !slices.Contains(required, p.Path[0]) {
			required = append(required, p.Path[0])
		}
	}
	const id, user = "0198c5d2-7a30-7cc1-8f0e-6c1f3f1d2a4b", "0198c5d2-7000-7cc1-8f0e-6c1f3f1d2a4b"
	example := exampleOf(d.Properties, false)
	d.Input, d.Patch = "{"+example+"}", "{"+exampleOf(d.patched(), true)+"}"
	d.Example = "{id: " + id + ", " + example
	if !d.Undated {
		required = append(required, d.Created)
		d.Example += ", " + d.Created + ": '2026-01-31T08:00:00.000Z'"
	}
	if d.Owner != "" {
		required = append(required, d.Owner)
		d.Example += ", " + d.Owner + ": " + user
	}
	d.Required = strings.Join(required, ", ")
	d.Example += "}"
	return nil
}

// patched returns the property that the example of an update changes: the first one, with all properties of its object.
func (d *description) patched() []Property {
	return slices.DeleteFunc(slices.Clone(d.Properties), func(p Property) bool { return p.Path[0] != d.Properties[0].Path[0] })
}

// write writes the resource into the contract.
func (d *description) write(c *contract) error {
	if err := d.addTag(c); err != nil {
		return err
	}
	if err := d.addScopes(c); err != nil {
		return err
	}
	paths, err := c.block(yaml.MappingNode, "paths")
	if err != nil {
		return err
	}
	if err := d.append(c, paths, "paths.yaml.tmpl"); err != nil {
		return err
	}
	schemas, err := c.block(yaml.MappingNode, "components", "schemas")
	if err != nil {
		return err
	}
	return d.append(c, schemas, "schema.yaml.tmpl")
}

// append writes a template behind the last entry of a mapping, after a blank line.
func (d *description) append(c *contract, section *entry, name string) error {
	_, to := c.extent(section)
	indent := section.value.Column - 1
	d.Banner, d.End = bannerLine(d.Name, indent), bannerLine("end of "+d.Name, indent)
	text, err := d.execute(name)
	if err != nil {
		return err
	}
	return c.insert(to, indent, "\n"+text)
}

// addTag writes the tag behind the last one, in its style.
func (d *description) addTag(c *contract) error {
	tags, err := c.block(yaml.SequenceNode, "tags")
	if err != nil {
		return err
	}
	last := tags.value.Content[len(tags.value.Content)-1]
	from, _ := c.item(last)
	_, to := c.extent(tags)
	words := upperFirst(d.Many)
	text := "- name: " + d.Name + "\n  description: " + words + "\n"
	if last.Style&yaml.FlowStyle != 0 {
		text = "- {name: " + d.Name + ", description: " + words + "}\n"
	}
	return c.insert(to, indentation(c.lines[from]), text)
}

// scopes returns the scopes that a role gets: all roles may read; the role of new accounts, and roles that may write something, may write.
func (d *description) scopes(writer bool) (scopes []string) {
	if d.reads() {
		scopes = append(scopes, d.Name+":read")
	}
	if writer {
		scopes = append(scopes, d.Name+":write")
	}
	return scopes
}

func (d *description) addScopes(c *contract) error {
	roles := c.find("x-roles")
	if roles == nil || len(entries(roles.value)) == 0 {
		return fmt.Errorf("openapi.yaml: /x-roles is missing; add the roles that can get the scopes %s:read and %s:write", d.Name, d.Name)
	}
	written := false
	for _, role := range entries(roles.value) {
		list, isDefault := role.value, false
		if list.Kind == yaml.MappingNode {
			if e := member(list, "default"); e != nil {
				isDefault = e.value.Value == "true"
			}
			if e := member(list, "scopes"); e != nil {
				list = e.value
			}
		}
		writer := isDefault || slices.ContainsFunc(list.Content, func(n *yaml.Node) bool { return strings.HasSuffix(n.Value, ":write") })
		written = written || writer
		if err := c.addScopes(role.name(), d.scopes(writer)); err != nil {
			return err
		}
	}
	if !written {
		return fmt.Errorf("openapi.yaml: /x-roles has no role for new accounts, and none that may write; mark one with default: true")
	}
	return nil
}

// execute returns the text of a template.
func (d *description) execute(name string) (string, error) {
	t, err := template.ParseFS(resourceTemplates, "templates/resource/"+name)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, d)
	return out.String(), err
}

// PropertyLines returns the schemas of the properties, without a line break at the end.
func (d *description) PropertyLines() string {
	lines := propertyLines(d.Properties, 4)
	if !d.Undated {
		lines += "    " + d.Created + ": {type: string, format: date-time, x-default: now}"
	}
	return strings.TrimSuffix(lines, "\n")
}

// Anchored returns the example of a document; all but the first one are aliases.
func (d *description) Anchored() string {
	if d.shown {
		return "*" + d.Name
	}
	d.shown = true
	return "&" + d.Name + " " + d.Example
}
