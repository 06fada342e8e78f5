package spec

import (
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Signature is what a typed client needs to know of an operation.
type Signature struct {
	Summary    string
	Path       []string // the path's parameters, in its order
	Parameters bool     // whether there are parameters in the query or the headers
	Filter     *FilterArgument
	Body       string // the schema of the request's body; empty: none, or one without a name
	Answer     string // the schema of the answer's body; empty: none, or one without a name
	List       bool   // whether the answer is an array of Answer
}

// FilterArgument is a query parameter in the filter language.
type FilterArgument struct {
	Name   string // of the parameter: "filter", "where"
	Schema string // that it is about: "News"
	Form   filter.Form
}

// Signature returns the operation's. Its answer is that of the first documented status of success. A schema that is no
// component goes by its type: "string".
func (o *Operation) Signature() Signature {
	s := Signature{Summary: o.route.Operation.Summary, Parameters: len(o.query) > 0}
	for _, match := range pathParameter.FindAllStringSubmatch(o.Path, -1) {
		s.Path = append(s.Path, match[1])
	}
	for _, p := range o.parameters {
		s.Parameters = s.Parameters || p.Value.In == openapi3.ParameterInHeader
	}
	for _, f := range o.filters {
		s.Filter = &FilterArgument{f.name, f.schema.Name(), f.form}
	}
	if o.route.Operation.RequestBody != nil {
		s.Body = typeName(o.route.Operation.RequestBody.Value.Content[jsonType].Schema)
	}
	for _, status := range o.Statuses() {
		media := o.responses.Value(status).Value.Content[jsonType]
		if !strings.HasPrefix(status, "2") || media == nil || media.Schema == nil {
			continue
		}
		schema := media.Schema
		if schema.Ref == "" && schema.Value.Type.Is("array") {
			s.List, schema = true, schema.Value.Items
		}
		s.Answer = typeName(schema)
		break
	}
	return s
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

func typeName(ref *openapi3.SchemaRef) string {
	if ref.Ref != "" {
		return schemaName(ref)
	}
	return strings.Join(ref.Value.Type.Slice(), " ")
}
