package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
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
	lists      []string        // header parameters that are arrays
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
	var mistakes []error
	add := func(err error) { mistakes = append(mistakes, err) }
	if o.ID == "" {
		add(fmt.Errorf("operationId is missing"))
	}
	switch {
	case len(op.Tags) != 1:
		add(fmt.Errorf("%s has %d tags; it must have exactly one, the name of its folder", o.ID, len(op.Tags)))
	case len(c.doc.Tags) > 0 && c.doc.Tags.Get(op.Tags[0]) == nil:
		add(fmt.Errorf("%s: unknown tag %s; add it to the document's tags", o.ID, op.Tags[0]))
	default:
		o.Tag = op.Tags[0]
	}
	for _, status := range op.Responses.Keys() {
		if !statusPattern.MatchString(status) {
			add(fmt.Errorf("responses: %q is not a status; write three digits, a range such as 4XX, or default", status))
		}
	}
	add(checkPath(c.basePath, path))
	o.readPath()
	add(c.readSecurity(o, op.Security))
	add(o.readLimits(op.Extensions, base))
	add(c.checkErrorCodes(op.Extensions))
	for _, ref := range merged(item.Parameters, op.Parameters) {
		var at []string
		if i := slices.Index(op.Parameters, ref); i >= 0 {
			at = []string{"parameters", strconv.Itoa(i)}
		}
		add(inPart(c.readParameter(o, ref), at...))
	}
	var err error
	if o.body, err = readBodies(op.RequestBody); err == nil {
		err = o.checkBody(c.models)
	}
	add(inPart(err, "requestBody"))
	for status, ref := range op.Responses.Map() {
		if err := checkResponse(status, ref); err != nil {
			add(inPart(fmt.Errorf("response %s: %w", status, err), "responses", status))
		}
	}
	unsecured := *op
	unsecured.Security = openapi3.NewSecurityRequirements() // only authenticate checks it
	o.route = &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: method, Operation: &unsecured}
	return o, errors.Join(mistakes...)
}

// readLimits reads the limits of the operation, and the scopes that it requires.
func (o *Operation) readLimits(extensions map[string]any, base Limits) (err error) {
	if o.Limits, err = readLimits(extensions, base); err != nil {
		return err
	}
	if o.Limits.Body == 0 || o.Limits.Deadline == 0 {
		return fmt.Errorf("missing %s: set body and deadline at the root of the document", xLimits)
	}
	if o.Limits.Deadline >= MaxDeadline {
		return fmt.Errorf("%s.deadline is %s; it must be shorter than %s, when the connection is closed", xLimits, o.Limits.Deadline,
			MaxDeadline)
	}
	if o.Scopes, err = readScopes(extensions); err != nil {
		return err
	}
	if len(o.Scopes) > 0 && o.Anonymous() {
		return fmt.Errorf("%s is set, but security allows requests without a token", xScopes)
	}
	return o.checkLimits()
}

// checkBody returns an error for a body that does not fit the operation.
func (o *Operation) checkBody(models []*store.Model) error {
	if o.Limits.Endless && (!o.streams() || o.body.hasStream()) {
		return fmt.Errorf("%s.deadline: none is for an operation whose success response is a stream of bytes, such as "+
			"text/event-stream, "+
			"and whose request body is not one; set a duration such as 10s", xLimits)
	}
	if o.body != nil && o.Method == http.MethodPatch && o.body.hasDefaults() {
		return fmt.Errorf("requestBody: the body of a PATCH has a default, which would overwrite the stored value of a property that "+
			"is not sent; remove default and %s from its schema", xDefault)
	}
	if o.body != nil && (o.Method == http.MethodPut || o.Method == http.MethodPatch) && len(o.filters) == 0 {
		o.body.keep(models)
	}
	return nil
}

// checkResponse returns an error for JSON that generated code would lose, or has no type for.
func checkResponse(status string, ref *openapi3.ResponseRef) error {
	if len(ref.Value.Content) > 0 && (strings.HasPrefix(status, "1") || status == "204" || status == "304") {
		return fmt.Errorf("a response %s has no body (RFC 9110, section 6.4.1); remove content, or use another status", status)
	}
	names := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(ref.Value.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		if other := names[canonical]; other != "" {
			return fmt.Errorf("headers %s and %s are the same, because their case does not matter; remove one", other, name)
		}
		names[canonical] = name
	}
	for name, header := range ref.Value.Headers {
		if h := header.Value; h.Schema == nil || isUnion(h.Schema.Value) || !isHeader(h.Schema.Value) {
			return fmt.Errorf("header %s: a header of a response must have a schema of type string, integer, number or boolean, or an "+
				"array of one of them; use type string for others", name)
		}
	}
	for name, media := range ref.Value.Content {
		if !isJSON(name) || media.Schema == nil {
			continue
		}
		if at, has := binaryIn(media.Schema.Value); has {
			return errors.New(notInJSON(media.Schema, at))
		}
	}
	return nil
}

// isHeader reports whether the value of a header can have the schema: a scalar, or a list of scalars.
func isHeader(s *openapi3.Schema) bool {
	if kindOf(s) == "array" && s.Items != nil && !isUnion(s.Items.Value) {
		s = s.Items.Value
	}
	return isScalar(s)
}

// merged returns the parameters of an operation: its own override those of its path with the same name and location.
func merged(path, own openapi3.Parameters) openapi3.Parameters {
	inherited := slices.DeleteFunc(slices.Clone(path), func(p *openapi3.ParameterRef) bool {
		return own.GetByInAndName(p.Value.In, p.Value.Name) != nil
	})
	return append(inherited, own...)
}

func (c *Contract) readParameter(o *Operation, ref *openapi3.ParameterRef) error {
	p := ref.Value
	if _, twice := o.query[p.Name]; twice && p.In == openapi3.ParameterInQuery {
		return fmt.Errorf("the query parameter %s is also a property of an object; use style deepObject for that", p.Name)
	}
	if p.In == openapi3.ParameterInQuery {
		o.query[p.Name] = p.Schema != nil && kindOf(p.Schema.Value) == "array" && isExploded(p)
	}
	var err error
	switch {
	case !isValue(p):
		plain := *p
		o.parameters = append(o.parameters, &openapi3.ParameterRef{Ref: ref.Ref, Value: &plain})
		err = o.checkPlain(&plain)
	case !c.isFilter(p):
		err = o.addValue(p)
	default:
		err = c.addFilter(o, p)
	}
	if err != nil {
		return fmt.Errorf("parameter %s: %w", p.Name, err)
	}
	return nil
}

func (c *Contract) addFilter(o *Operation, p *openapi3.Parameter) error {
	f, err := c.filterParameter(p)
	if err != nil {
		return err
	}
	f.changes = !o.Safe()
	if f.changes && f.form == filter.WhereForm && !p.Required {
		return fmt.Errorf("set `required: true`; otherwise a request without a condition would change every document")
	}
	o.filters = append(o.filters, f)
	return nil
}

// isExploded reports whether each item of a list in the query is a parameter of its own.
func isExploded(p *openapi3.Parameter) bool {
	if p.Explode != nil {
		return *p.Explode
	}
	return p.Style == "" || p.Style == openapi3.SerializationForm
}

// checkPlain returns an error for a parameter that generated code and validation would read differently.
func (o *Operation) checkPlain(p *openapi3.Parameter) error {
	s := p.Schema.Value
	kind := kindOf(s)
	if kind == "" {
		return fmt.Errorf("the schema has no type; write one, such as type: string")
	}
	if slices.ContainsFunc(append(partsOf(s), s), func(part *openapi3.Schema) bool { return part.Not != nil }) {
		return fmt.Errorf("not is not supported in parameters; check the value in the handler")
	}
	if style := cmp.Or(p.Style, "form"); p.In == openapi3.ParameterInQuery && kind != "array" && style != "form" {
		return fmt.Errorf("style %s is not defined for type %s; remove it", style, kind)
	}
	typeParts(s, kind, itemsOfParts(s))
	limitNumbers(s)
	if before := map[string]string{"label": ".", "matrix": ";" + p.Name + "="}[p.Style]; before != "" && len(s.Enum) == 0 {
		// Generated code takes the value for a list, and would reject a comma, or a dot in an exploded label.
		isExploded := p.Explode != nil && *p.Explode
		if kindOf(s) == "string" || kindOf(s) == "number" && p.Style == openapi3.SerializationLabel && isExploded {
			return fmt.Errorf("style %s is not supported for type %s; remove style and explode, and write %s{%s} into the path", p.Style,
				kindOf(s), before, p.Name)
		}
	}
	if p.AllowEmptyValue && kindOf(s) != "string" {
		return fmt.Errorf("allowEmptyValue is supported for type string only; remove it")
	}
	if items := itemsOfParts(s); kind == "array" {
		if p.In == openapi3.ParameterInCookie {
			return fmt.Errorf("an array in a cookie is not supported; use the query")
		}
		if p.Style == openapi3.SerializationDeepObject {
			return fmt.Errorf("style deepObject is defined for objects only; remove the style, and for name[]=value call the parameter " +
				"name[]")
		}
		if items != nil {
			limitNumbers(items.Value)
		}
		// kin takes name= for no value, but it is a list of an empty string (RFC 6570, section 3.2.8).
		p.AllowEmptyValue = p.In == openapi3.ParameterInQuery && s.VisitJSON([]any{""}, schemaOptions...) == nil
		if p.In == openapi3.ParameterInHeader {
			o.lists = append(o.lists, http.CanonicalHeaderKey(p.Name))
		}
		switch {
		case items == nil:
		case isUnion(items.Value) || !isScalar(items.Value):
			return fmt.Errorf("an array must have items of type string, integer, number or boolean; use content %s", jsonType)
		case items.Value.Format == "byte":
			return fmt.Errorf("an array of items of format byte is not supported; use content %s", jsonType)
		}
	}
	return nil
}

// typeParts gives the parts of an allOf its type and items. kin decodes a parameter as the last one.
func typeParts(s *openapi3.Schema, kind string, items *openapi3.SchemaRef) {
	for i, part := range s.AllOf {
		if isUnion(part.Value) {
			continue
		}
		typed := *part.Value
		typed.AllOf = slices.Clone(typed.AllOf)
		typeParts(&typed, kind, items)
		if len(typed.AllOf) == 0 {
			typed.Type = &openapi3.Types{kind}
		}
		if typed.Items == nil {
			typed.Items = items
		}
		s.AllOf[i] = openapi3.NewSchemaRef("", &typed)
	}
}

// itemsOfParts returns the items of a schema or of a part of its allOf.
func itemsOfParts(s *openapi3.Schema) *openapi3.SchemaRef {
	for _, part := range append([]*openapi3.Schema{s}, partsOf(s)...) {
		if part.Items != nil {
			return part.Items
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
	v.nilIfNull = lacksNull(v.schema)
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
