package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Operation is one method of one path.
type Operation struct {
	ID     string
	Method string // GET, POST, …
	Path   string // as in the contract: /news/{id}
	Tag    string
	Scopes []string // that the caller's token must have
	Public bool     // credentials are neither required nor read
	Limits Limits

	pattern    *regexp.Regexp      // of its path
	names      []string            // the parameters that the pattern matches
	security   []requirement       // alternatives
	extern     bool                // whether a scheme is not that of the accounts
	keys       []string            // query parameters that hold API keys
	parameters openapi3.Parameters // without the filters
	filters    []filterParameter
	values     []*valueParameter
	query      map[string]bool // the query parameters, and whether each may be repeated
	body       *bodies         // nil: no body allowed
	route      *routers.Route  // for kin's validation; it has no security
	responses  *openapi3.Responses
}

// Statuses returns the documented statuses, sorted: "200", "404".
func (o *Operation) Statuses() []string { return slices.Sorted(maps.Keys(o.responses.Map())) }

// HasBody reports whether a request may carry a body.
func (o *Operation) HasBody() bool { return o.body != nil }

// Streams reports whether the handler may get the request body as a stream.
func (o *Operation) Streams() bool { return o.body.hasStream() }

// TakesJSON reports whether a request may carry a body of type application/json.
func (o *Operation) TakesJSON() bool {
	return o.body != nil && slices.ContainsFunc(o.body.types, func(b *body) bool { return b.media == jsonType })
}

// Requires reports whether a request must have the query parameter called name.
func (o *Operation) Requires(name string) bool {
	return slices.ContainsFunc(o.filters, func(f filterParameter) bool { return f.name == name && f.required })
}

// Takes reports whether a request may have the query parameter called name.
func (o *Operation) Takes(name string) bool {
	_, known := o.query[name]
	return known
}

var statusPattern = regexp.MustCompile(`^([1-5]\d\d|[1-5]XX|default)$`)

func (c *Contract) operation(method, path string, item *openapi3.PathItem, op *openapi3.Operation, base Limits) (*Operation, error) {
	o := &Operation{ID: op.OperationID, Method: method, Path: path, responses: op.Responses, query: map[string]bool{}}
	switch {
	case o.ID == "":
		return nil, fmt.Errorf("operationId is missing")
	case len(op.Tags) != 1:
		return nil, fmt.Errorf("%s has %d tags; it must have exactly one, the name of its folder", o.ID, len(op.Tags))
	case len(c.doc.Tags) > 0 && c.doc.Tags.Get(op.Tags[0]) == nil:
		return nil, fmt.Errorf("%s: unknown tag %s; add it to the document's tags", o.ID, op.Tags[0])
	}
	for _, status := range op.Responses.Keys() {
		if !statusPattern.MatchString(status) {
			return nil, fmt.Errorf("responses: %q is not a status; write three digits, a range such as 4XX, or default", status)
		}
	}
	o.Tag = op.Tags[0]
	if err := checkPath(c.basePath, path); err != nil {
		return nil, err
	}
	o.readPath()
	err := c.readSecurity(o, op.Security)
	if err != nil {
		return nil, err
	}
	if o.Limits, err = readLimits(op.Extensions, base); err != nil {
		return nil, err
	}
	if o.Limits.Body == 0 || o.Limits.Deadline == 0 {
		return nil, fmt.Errorf("missing %s: set body and deadline at the root of the document", xLimits)
	}
	if o.Limits.Deadline >= MaxDeadline {
		return nil, fmt.Errorf("%s.deadline is %s; it must be shorter than %s, when the connection is closed", xLimits, o.Limits.Deadline,
			MaxDeadline)
	}
	if o.Scopes, err = readScopes(op.Extensions); err != nil {
		return nil, err
	}
	if len(o.Scopes) > 0 && o.Anonymous() {
		return nil, fmt.Errorf("%s is set, but security allows requests without a token", xScopes)
	}
	if err := c.checkErrorCodes(op.Extensions); err != nil {
		return nil, err
	}
	if err := o.checkLimits(); err != nil {
		return nil, err
	}
	if err := c.readParameters(o, merged(item.Parameters, op.Parameters)); err != nil {
		return nil, err
	}
	if o.body, err = readBodies(op.RequestBody); err != nil {
		return nil, err
	}
	if o.Limits.Endless && (!o.streams() || o.body.hasStream()) {
		return nil, fmt.Errorf("%s.deadline: none is for an operation whose success response is a stream of bytes, such as "+
			"text/event-stream, "+
			"and whose request body is not one; set a duration such as 10s", xLimits)
	}
	if o.body != nil && method == http.MethodPatch && o.body.hasDefaults() {
		return nil, fmt.Errorf("requestBody: the body of a PATCH has a default, which would overwrite the stored value of a property that "+
			"is not sent; remove default and %s from its schema", xDefault)
	}
	if o.body != nil && (method == http.MethodPut || method == http.MethodPatch) && len(o.filters) == 0 {
		o.body.keep(c.models)
	}
	for status, ref := range op.Responses.Map() {
		if err := checkResponse(ref); err != nil {
			return nil, fmt.Errorf("response %s: %w", status, err)
		}
	}
	unsecured := *op
	unsecured.Security = openapi3.NewSecurityRequirements() // only authenticate checks it
	o.route = &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: &unsecured}
	return o, nil
}

// checkResponse returns an error for JSON that generated code would lose, or has no type for.
func checkResponse(ref *openapi3.ResponseRef) error {
	for name, media := range ref.Value.Content {
		if !isJSON(name) || media.Schema == nil {
			continue
		}
		if at, has := binaryIn(media.Schema.Value, "", map[*openapi3.Schema]bool{}); has {
			return errors.New(notInJSON(media.Schema, at))
		}
	}
	return nil
}

// merged returns the parameters of an operation: its own override those of its path with the same name and location.
func merged(path, own openapi3.Parameters) openapi3.Parameters {
	inherited := slices.DeleteFunc(slices.Clone(path), func(p *openapi3.ParameterRef) bool {
		return own.GetByInAndName(p.Value.In, p.Value.Name) != nil
	})
	return append(inherited, own...)
}

func (c *Contract) readParameters(o *Operation, parameters openapi3.Parameters) error {
	for _, ref := range parameters {
		p := ref.Value
		if p.In == openapi3.ParameterInQuery {
			if _, twice := o.query[p.Name]; twice {
				return fmt.Errorf("the query parameter %s is also a property of an object; use style deepObject for that", p.Name)
			}
			o.query[p.Name] = p.Schema != nil && p.Schema.Value.Type.Is("array")
		}
		if !isValue(p) {
			if err := checkPlain(p); err != nil {
				return fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			o.parameters = append(o.parameters, ref)
			continue
		}
		if !c.isFilter(p) {
			if err := o.addValue(p); err != nil {
				return fmt.Errorf("parameter %s: %w", p.Name, err)
			}
			continue
		}
		f, err := c.filterParameter(p)
		if err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		f.changes = !o.Safe()
		if f.changes && f.form == filter.WhereForm && !p.Required {
			return fmt.Errorf("parameter %s: set `required: true`; otherwise a request without a condition would change every "+
				"document", p.Name)
		}
		o.filters = append(o.filters, f)
	}
	return nil
}

// checkPlain returns an error for a parameter that generated code and validation would read differently.
func checkPlain(p *openapi3.Parameter) error {
	s := p.Schema.Value
	if kindOf(s) == "array" {
		if p.In == openapi3.ParameterInCookie {
			return fmt.Errorf("an array in a cookie is not supported; use the query")
		}
		if s.Items != nil && (isUnion(s.Items.Value) || !isScalar(s.Items.Value)) {
			return fmt.Errorf("an array must have items of type string, integer, number or boolean; use content %s", jsonType)
		}
	}
	return nil
}

// addValue adds a parameter that generated code reads as JSON.
func (o *Operation) addValue(p *openapi3.Parameter) error {
	v, err := readValue(p)
	if err != nil {
		return err
	}
	if p.In == openapi3.ParameterInQuery {
		delete(o.query, p.Name)
		for name, repeatable := range v.names() {
			if _, twice := o.query[name]; twice {
				return fmt.Errorf("the query parameter %s is also a property of this object or another one; use style deepObject", name)
			}
			o.query[name] = repeatable
		}
	}
	o.values = append(o.values, v)
	return nil
}

// schemaName returns the last part of a reference to a component: "NewsFilter".
func schemaName(ref *openapi3.SchemaRef) string {
	return ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]
}
