package testkit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// document is the contract as the access matrix reads it: by itself, so that a defect of internal/engine/spec cannot hide behind its own reading.
type document struct {
	Roles      map[string]role                       `json:"x-roles"`
	Paths      map[string]map[string]json.RawMessage // by path, then method
	Components struct{ Schemas map[string]schema }

	operations []*operation
}

type operation struct {
	ID          string `json:"operationId"`
	Security    []map[string][]string
	Scopes      []string `json:"x-required-scopes"`
	Parameters  []parameter
	RequestBody struct{ Content map[string]media }
	Responses   map[string]struct{ Content map[string]media }

	method, path string
	model        string      // the schema of the documents that it is about
	collection   *collection // of those documents; nil: none that the contract declares
	body         schema      // none: without properties
	filters      []parameter // those in the filter language
}

type parameter struct {
	Name    string
	Content map[string]media
}

type media struct {
	Schema  schema
	Example json.RawMessage
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Format     string
	Enum       []any
	Items      *schema
	Properties map[string]schema
	Required   []string
	ReadOnly   bool
	Collection *collection `json:"x-collection"`
}

// collection is the value of x-collection.
type collection struct {
	Owner   string
	Private bool
	Admin   string
}

func read(t testing.TB, text []byte) *document {
	t.Helper()
	d := &document{}
	must(t, json.Unmarshal(text, d))
	for path, item := range d.Paths {
		for method, text := range item {
			if method == "parameters" {
				continue
			}
			op := &operation{method: strings.ToUpper(method), path: path}
			must(t, json.Unmarshal(text, op))
			op.body = d.resolve(op.RequestBody.Content["application/json"].Schema)
			for _, p := range op.Parameters {
				if len(p.Content) > 0 {
					op.filters = append(op.filters, p)
				}
			}
			d.operations = append(d.operations, op)
		}
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	for _, op := range d.operations {
		op.model = d.modelOf(op)
		op.collection = d.Components.Schemas[op.model].Collection
	}
	return d
}

// modelOf returns the schema that an operation's documents have: the one that filters or answers under the same first part of the path name.
func (d *document) modelOf(op *operation) string {
	for _, other := range d.operations {
		if resource(other.path) != resource(op.path) {
			continue
		}
		names := []string{d.named(other.answer())}
		for _, f := range other.filters {
			names = append(names, d.named(f.schema()))
		}
		for _, name := range names {
			if name != "" {
				return name
			}
		}
	}
	return ""
}

// named returns the collection's schema that a schema is or was made from: News of PartialNews, NewsFilter, NewsWhere and lists of them.
func (d *document) named(s schema) string {
	if s.Items != nil {
		s = *s.Items
	}
	name := strings.TrimPrefix(reference(s), "Partial")
	for _, suffix := range []string{"FieldsFilter", "Filter", "Where"} {
		name = strings.TrimSuffix(name, suffix)
	}
	if d.Components.Schemas[name].Collection == nil {
		return ""
	}
	return name
}

func (d *document) resolve(s schema) schema {
	if s.Ref != "" {
		return d.Components.Schemas[reference(s)]
	}
	return s
}

func (d *document) operation(method, path string) *operation {
	for _, op := range d.operations {
		if op.method == method && op.path == path {
			return op
		}
	}
	return nil
}

// scopes returns every scope that there is, sorted.
func (d *document) scopes() []string {
	var all []string
	for _, role := range d.Roles {
		all = append(all, role.Scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (o *operation) public() bool { return !slices.ContainsFunc(o.Security, asks) }

// anonymous says whether a request without a token is let in.
func (o *operation) anonymous() bool {
	return o.public() || slices.ContainsFunc(o.Security, func(r map[string][]string) bool { return !asks(r) })
}

// asks says whether a requirement of security asks for anything.
func asks(requirement map[string][]string) bool { return len(requirement) > 0 }

func (o *operation) item() bool    { return strings.Contains(o.path, "{id}") }
func (o *operation) changes() bool { return o.method != "GET" }

// parent is the path of the collection that {id} or a filter chooses from.
func (o *operation) parent() string {
	if parent, _, ok := strings.Cut(o.path, "/{id}"); ok {
		return parent
	}
	return "/" + resource(o.path)
}

// where wraps a condition in the first parameter that takes one, or is empty.
func (o *operation) where(condition string) string {
	for _, f := range o.filters {
		switch name := reference(f.schema()); {
		case strings.HasSuffix(name, "Where"):
			return "?" + f.Name + "=" + condition + o.confirmation()
		case strings.HasSuffix(name, "Filter") && !strings.HasSuffix(name, "FieldsFilter"):
			return "?" + f.Name + `={"where":` + condition + "}"
		}
	}
	return ""
}

// confirmation is the word that an empty condition may need; everybody says it, and whom it opens nothing to is the matrix's question.
func (o *operation) confirmation() string {
	if slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "all" }) {
		return "&all=true"
	}
	return ""
}

// answer is the schema of a success.
func (o *operation) answer() schema { return o.Responses["200"].Content["application/json"].Schema }

// credentials says whether the body proves who sends it.
func (o *operation) credentials() bool {
	for _, p := range o.body.Properties {
		if p.Format == "password" {
			return true
		}
	}
	return false
}

func (p parameter) schema() schema { return p.Content["application/json"].Schema }

func reference(s schema) string { return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:] }

func resource(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}
