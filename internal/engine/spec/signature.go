package spec

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Signature describes an operation for a typed client.
type Signature struct {
	Summary    string
	Path       []PathParameter // in order
	Parameters bool            // whether there are query, header or cookie parameters
	Others     bool            // whether some of them are neither filters nor what clients set otherwise (isSetOtherwise)
	Filter     *FilterArgument
	Body       string // the schema of the request body; empty: no body, a schema without a name, or no value
	Media      string // the media type of the request body that a client sends, or a range; empty: no body
	BodyType   BodyType
	Nullable   bool              // whether the request body may be null, but its type in Go cannot
	Encodings  map[string]string // of a form: the fields that are written in JSON ("json"), and the separators of lists in one field
	Answer     string            // the schema of the response body; empty: no body, or a schema without a name
	List       bool              // whether the response is an array of Answer
	Stream     bool              // whether the response is not JSON
}

// isSetOtherwise reports whether typed clients have functions for a parameter. They do not need the total, because they count or read all
// pages.
func (o *Operation) isSetOtherwise(p *openapi3.Parameter) bool {
	confirms := p.Name == "all" && slices.ContainsFunc(o.filters, func(f filterParameter) bool { return f.form == filter.WhereForm })
	counts := p.Name == "total" && o.ReturnsHeader("X-Total-Count")
	return p.In == openapi3.ParameterInQuery && (confirms || counts) || p.In == openapi3.ParameterInHeader &&
		(strings.EqualFold(p.Name, "If-Match") || strings.EqualFold(p.Name, "If-None-Match"))
}

// BodyType says what a typed client takes as a request body.
type BodyType string

// The types of bodies.
const (
	BodyJSON   BodyType = "JSON"   // a value, sent in JSON
	BodyForm   BodyType = "form"   // a value, sent as a urlencoded form
	BodyText   BodyType = "text"   // a string
	BodyStream BodyType = "stream" // a stream of bytes, such as a multipart form
)

// describe adds the body that a client sends.
func (a *bodies) describe(s *Signature, content openapi3.Content) {
	b := a.value()
	if b == nil {
		b = a.types[0]
	}
	s.Media, s.BodyType, s.Nullable = b.media, BodyStream, b.nilIfNull
	switch b.kind {
	case jsonBody:
		s.BodyType, s.Body = BodyJSON, typeName(content[b.media].Schema)
	case formBody:
		s.BodyType, s.Body, s.Encodings = BodyForm, typeName(content[b.media].Schema), map[string]string{}
		for name, f := range b.fields {
			if name == anyName {
				continue
			}
			if f.json {
				s.Encodings[name] = "json"
			} else if f.separator != "" {
				s.Encodings[name] = f.separator
			}
		}
	case textBody:
		s.BodyType = BodyText
	case streamBody:
		if len(a.types) > 1 && a.onlyBytes() {
			s.Media = "*/*" // the client says which
		}
	}
}

// PathParameter is a parameter in the path.
type PathParameter struct {
	Name      string
	Type      string // of its schema, such as "string", or of the items of a list
	Separator string // of the items of a list; empty: it is not a list
	GoName    string // from x-go-name
}

func pathParameterOf(p *openapi3.Parameter) PathParameter {
	goName, _ := p.Extensions[xGoName].(string)
	found := PathParameter{Name: p.Name, GoName: goName, Type: typeName(&openapi3.SchemaRef{Value: p.Schema.Value})}
	if found.Type == "array" {
		found.Type, found.Separator = typeName(&openapi3.SchemaRef{Value: p.Schema.Value.Items.Value}), ","
		if separator := map[string]string{"label": ".", "matrix": ";"}[p.Style]; separator != "" && p.Explode != nil && *p.Explode {
			found.Separator = separator
		}
	}
	return found
}

// FilterArgument is a query parameter in the filter language.
type FilterArgument struct {
	Name   string // of the parameter: "filter", "where"
	Schema string // of the collection: "News"
	Form   filter.Form
}

// Signature returns the operation's signature. Answer is the schema of the first documented success status. A schema that is not a
// component is named by its type: "string".
func (o *Operation) Signature() Signature {
	s := Signature{Summary: o.route.Operation.Summary, Parameters: len(o.query) > 0}
	for _, match := range pathParameter.FindAllStringSubmatch(o.Path, -1) {
		p := PathParameter{Name: match[1]}
		for _, ref := range o.parameters {
			if ref.Value.In == openapi3.ParameterInPath && ref.Value.Name == p.Name && ref.Value.Schema != nil {
				p = pathParameterOf(ref.Value)
			}
		}
		s.Path = append(s.Path, p)
	}
	for _, p := range o.parameters {
		s.Parameters = s.Parameters || p.Value.In != openapi3.ParameterInPath
		s.Others = s.Others || p.Value.In != openapi3.ParameterInPath && !o.isSetOtherwise(p.Value)
	}
	if len(o.values) > 0 {
		s.Parameters, s.Others = true, true
	}
	for _, f := range o.filters {
		s.Filter = &FilterArgument{f.name, f.schema.Name(), f.form}
	}
	if o.body != nil {
		o.body.describe(&s, o.route.Operation.RequestBody.Value.Content)
	}
	successes := slices.DeleteFunc(o.Statuses(), func(status string) bool { return status[0] != '2' })
	if len(successes) == 0 && o.responses.Value("default") != nil && o.isOwnError("default") {
		successes = []string{"default"}
	}
	for _, status := range successes {
		content := o.responses.Value(status).Value.Content
		media := content[jsonType]
		s.Stream = s.Stream || len(content) > 0 && media == nil
		if media == nil || media.Schema == nil {
			continue
		}
		schema := media.Schema
		if schema.Ref == "" && schema.Value.Type.Is("array") {
			s.List, schema = true, schema.Value.Items
		}
		s.Answer = cmp.Or(typeName(schema), "object") // without a type, it is any value
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
