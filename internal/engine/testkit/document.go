package testkit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// document is the contract as the access matrix parses it. It does not use internal/engine/spec, so that it can detect defects
// there.
type document struct {
	Roles      map[string]role                       `json:"x-roles"`
	Paths      map[string]map[string]json.RawMessage // by path, then method
	Security   []map[string][]string                 // of operations without their own
	Components struct {
		Schemas         map[string]schema
		Parameters      map[string]parameter
		SecuritySchemes map[string]struct {
			Type, Scheme string
			Token        any `json:"x-token"`
		}
	}

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
	model        string      // the schema of its documents
	collection   *collection // nil: the contract declares no collection for them
	body         schema      // without properties if there is no body
	filters      []parameter // those in the filter language
}

type parameter struct {
	Ref     string `json:"$ref"`
	Name    string
	In      string
	Content map[string]media
	Example any
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
	Indexes []struct {
		Fields []string
		Unique bool
	}
}

func readDocument(t testing.TB, text []byte) *document {
	t.Helper()
	d := &document{}
	must(t, json.Unmarshal(text, d))
	for path, item := range d.Paths {
		var ofPath []parameter
		if text := item["parameters"]; text != nil {
			must(t, json.Unmarshal(text, &ofPath))
		}
		for method, text := range item {
			if method == "parameters" {
				continue
			}
			op := &operation{method: strings.ToUpper(method), path: path}
			must(t, json.Unmarshal(text, op))
			if op.Security == nil {
				op.Security = d.Security
			}
			for _, scopes := range op.requirement(d.accountScheme()) {
				op.Scopes = append(op.Scopes, scopes...)
			}
			op.Parameters = append(op.Parameters, ofPath...)
			for i, p := range op.Parameters {
				if p.Ref != "" {
					op.Parameters[i] = d.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
				}
			}
			op.body = d.resolve(op.RequestBody.Content["application/json"].Schema)
			for _, p := range op.Parameters {
				if len(p.Content) > 0 && d.named(p.schema()) != "" {
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

// modelOf returns the schema of an operation's documents: the one in its filters or responses, or otherwise that of the operation
// whose path has the most in common with its own.
func (d *document) modelOf(op *operation) string {
	model, most := "", 0
	for _, other := range d.operations {
		common := shared(op.path, other.path)
		if other == op {
			common++
		}
		if common <= most {
			continue
		}
		names := []string{d.named(other.response())}
		for _, f := range other.filters {
			names = append(names, d.named(f.schema()))
		}
		if i := slices.IndexFunc(names, func(name string) bool { return name != "" }); i >= 0 {
			model, most = names[i], common
		}
	}
	return model
}

// shared returns how many segments two paths have in common.
func shared(a, b string) (n int) {
	others := strings.Split(b, "/")[1:]
	for i, segment := range strings.Split(a, "/")[1:] {
		if i == len(others) || others[i] != segment {
			break
		}
		n++
	}
	return n
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

// scopes returns all scopes, sorted.
func (d *document) scopes() []string {
	var all []string
	for _, role := range d.Roles {
		all = append(all, role.Scopes...)
	}
	for _, op := range d.operations {
		all = append(all, op.Scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// accountScheme returns the security scheme of the tokens of the accounts: that with x-token, or the only one for bearer tokens.
func (d *document) accountScheme() string {
	var bearers []string
	for name, s := range d.Components.SecuritySchemes {
		if s.Token != nil {
			return name
		}
		if s.Type == "http" && strings.EqualFold(s.Scheme, "bearer") {
			bearers = append(bearers, name)
		}
	}
	if len(bearers) == 1 {
		return bearers[0]
	}
	return ""
}

// requirement returns the alternative that requests of the tests meet: that which requires only the given scheme, or the first.
func (o *operation) requirement(scheme string) map[string][]string {
	var chosen map[string][]string
	for _, r := range o.Security {
		if _, has := r[scheme]; len(chosen) == 0 || has && len(r) == 1 {
			chosen = r
		}
	}
	return chosen
}

func (o *operation) public() bool { return !slices.ContainsFunc(o.Security, asks) }

// anonymous reports whether a request without a token is allowed.
func (o *operation) anonymous() bool {
	return o.public() || slices.ContainsFunc(o.Security, func(r map[string][]string) bool { return !asks(r) })
}

// asks reports whether a security requirement requires credentials.
func asks(requirement map[string][]string) bool { return len(requirement) > 0 }

func (o *operation) item() bool    { return strings.Contains(o.path, "{") }
func (o *operation) changes() bool { return o.method != "GET" }

// where returns a condition in the first parameter that accepts one, or an empty string.
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

// confirmation returns the query parameter that an empty condition may require. All callers send it, also those without access.
func (o *operation) confirmation() string {
	if slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "all" }) {
		return "&all=true"
	}
	return ""
}

// response returns the schema of a success.
func (o *operation) response() schema { return o.Responses["200"].Content["application/json"].Schema }

// credentials reports whether the body contains credentials.
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
