package spec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Request holds the parameters, header fields and body of a request to an operation.
type Request struct {
	Path   map[string]string // the path parameters
	Query  url.Values
	Header http.Header
	Body   []byte // nil: no body
}

// Case is a request that differs from a valid one in one change, and whose validity follows from the contract.
type Case struct {
	Request
	Name  string // the change: "body /title: 501 characters"
	Valid bool   // it matches the schemas; rules that schemas cannot express may still reject it
}

// Limits of Cases.
const (
	maxCases     = 150     // per operation
	maxProbe     = 1 << 20 // bytes of a body, characters of a string
	maxItems     = 2000    // elements of an array
	maxParameter = 4 << 10 // bytes of a parameter; proxies in front of a server must accept it
)

// Safe reports whether the operation is safe, so that it changes nothing (RFC 9110, section 9.2.1).
func (o *Operation) Safe() bool { return o.Method == http.MethodGet }

// Sample returns a valid request made from the examples of the contract or, without an example, from the schemas. formats maps formats
// of strings, such as email, to values that replace those of the example. It returns an error if it finds no valid body.
func (o *Operation) Sample(formats map[string]string) (Request, error) {
	r := Request{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}}
	for _, p := range o.documented() {
		switch {
		case p.In == openapi3.ParameterInPath:
			r.Path[p.Name] = cmp.Or(parameterText(p, parameterSample(p)), "1")
		case !p.Required:
		case o.valueOf(p) != nil:
			o.valueOf(p).write(&r, parameterSample(p))
		case p.In == openapi3.ParameterInCookie:
			r.Header.Add("Cookie", p.Name+"="+parameterText(p, parameterSample(p)))
		case p.In == openapi3.ParameterInHeader:
			r.Header.Set(p.Name, parameterText(p, parameterSample(p)))
		default:
			r.Query[p.Name] = parameterTexts(p, parameterSample(p))
		}
	}
	if o.body == nil {
		return r, nil
	}
	b := o.body.value()
	if b == nil {
		b = o.body.types[0]
	}
	if b.media != jsonType {
		r.Header.Set("Content-Type", strings.ReplaceAll(b.media, "*", "octet-stream"))
	}
	if b.kind == streamBody {
		r.Body = []byte("x")
		return r, nil
	}
	value := exampleOf(o.route.Operation.RequestBody.Value.Content[b.media])
	value = withFormats(b.schema, value, formats)
	if err := fits(b.schema, value); err != nil {
		return r, fmt.Errorf("%s: no valid body follows from the contract: %w; add an example", o.ID, errorsAt("body", fieldsOf(err))[0])
	}
	r.Body = b.encode(value, r.Header)
	return r, nil
}

// PathAllows reports whether the schema of the path parameter name accepts value.
func (o *Operation) PathAllows(name, value string) bool {
	return slices.ContainsFunc(o.documented(), func(p *openapi3.Parameter) bool {
		return p.In == openapi3.ParameterInPath && p.Name == name && fits(p.Schema.Value, value) == nil
	})
}

// Cases returns boundary and invalid variants of a valid request: values that the schemas of the operation's parameters and body
// accept or reject, and requests that the operation rejects otherwise: unknown parameters, other media types, invalid JSON, and a body
// larger than x-limits.
//
// If the operation changes data, no case affects more documents than the given request: the path is the same or invalid, and a query
// parameter keeps all its conditions.
func (o *Operation) Cases(valid Request) []Case {
	cases := []Case{{valid, "valid request", true}}
	for _, p := range o.documented() {
		cases = append(cases, o.parameterCases(valid, p)...)
	}
	if len(o.query) == 0 || o.Safe() {
		unknown := change(valid, "an unknown query parameter", false, func(r *Request) { r.Query.Set("no_such_parameter", "1") })
		cases = append(cases, unknown, change(unknown.Request, unknown.Name+", error as problem+json", false, func(r *Request) {
			r.Header.Set("Accept", "application/problem+json")
		}))
	}
	if o.body != nil {
		cases = append(cases, o.bodyCases(valid)...)
	}
	return cases[:min(len(cases), maxCases)]
}

func (o *Operation) parameterCases(valid Request, p *openapi3.Parameter) (cases []Case) {
	schema, base := parameterSchema(p), parameterSample(p)
	if p.In == openapi3.ParameterInQuery && valid.Query.Has(p.Name) && p.Content != nil {
		_ = json.Unmarshal([]byte(valid.Query.Get(p.Name)), &base)
	}
	name := p.In + " " + p.Name
	if value := o.valueOf(p); value != nil {
		if p.Required && o.Safe() {
			cases = append(cases, change(valid, name+": missing", false, func(r *Request) { value.remove(r) }))
		}
		return cases
	}
	for _, v := range variants(schema, base, 0) {
		text := parameterText(p, v.value)
		if p.Content == nil && v.retyped || v.value == nil && v.path == "" || text == "" || len(text) > maxParameter {
			continue // a plain parameter is always text, and null or an empty value may count as missing
		}
		switch {
		case p.In == openapi3.ParameterInQuery && (o.Safe() || keeps(base, v.value)):
			cases = append(cases, change(valid, v.name(name), v.valid(schema), func(r *Request) {
				r.Query[p.Name] = parameterTexts(p, v.value)
			}))
		case p.In == openapi3.ParameterInHeader && printable(text):
			cases = append(cases, change(valid, v.name(name), v.valid(schema), func(r *Request) { r.Header.Set(p.Name, text) }))
		case p.In == openapi3.ParameterInPath && !v.valid(schema) && printable(text):
			cases = append(cases, change(valid, v.name(name), false, func(r *Request) { r.Path[p.Name] = text }))
		}
	}
	if p.Required && p.In != openapi3.ParameterInPath && p.In != openapi3.ParameterInCookie && o.Safe() {
		cases = append(cases, change(valid, name+": missing", false, func(r *Request) { r.Query.Del(p.Name); r.Header.Del(p.Name) }))
	}
	if p.Content != nil && o.Safe() {
		cases = append(cases, change(valid, name+": invalid JSON", false, func(r *Request) { r.Query.Set(p.Name, "{") }))
	}
	return cases
}

func (o *Operation) bodyCases(valid Request) (cases []Case) {
	body := func(name string, ok bool, text []byte) {
		cases = append(cases, change(valid, name, ok, func(r *Request) { r.Body = text }))
	}
	var base any
	if b := o.body.value(); b != nil && b.kind == jsonBody && json.Unmarshal(valid.Body, &base) == nil {
		for _, v := range variants(b.schema, base, 0) {
			text, err := json.Marshal(v.value)
			if err != nil || int64(len(text)) > o.Limits.Body {
				continue
			}
			body(v.name("body"), v.valid(b.schema), text)
		}
		body("body: invalid JSON", false, []byte("{"))
		body("body: trailing data", false, slices.Concat(valid.Body, []byte(" {}")))
	}
	body("body: missing", !o.body.required, nil)
	for _, other := range []string{textType, "text/x-unknown"} {
		if len(valid.Body) == 0 && !o.body.required {
			break // no body, of no type
		}
		if _, err := o.body.of(http.Header{"Content-Type": {other}}); err != nil {
			cases = append(cases, change(valid, "body: "+other, false, func(r *Request) { r.Header.Set("Content-Type", other) }))
			break
		}
	}
	if o.Limits.Body <= maxProbe {
		body("body: more than x-limits allows", false, bytes.Repeat([]byte(" "), int(o.Limits.Body)+1))
	}
	return cases
}

func change(valid Request, name string, ok bool, do func(*Request)) Case {
	query := url.Values{}
	for name, values := range valid.Query {
		query[name] = slices.Clone(values)
	}
	r := Request{maps.Clone(valid.Path), query, valid.Header.Clone(), valid.Body}
	do(&r)
	return Case{r, name, ok}
}

// keeps reports whether value is an object with all members of base, unchanged.
func keeps(base, value any) bool {
	members, isObject := value.(map[string]any)
	for name, member := range asObject(base) {
		if !isObject || fmt.Sprint(members[name]) != fmt.Sprint(member) {
			return false
		}
	}
	return isObject && len(asObject(base)) > 0
}

func asObject(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

// printable reports whether the text can be used in a header field or a path segment without encoding.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`%?#/`, r) })
}

func parameterSchema(p *openapi3.Parameter) *openapi3.Schema {
	if media := p.Content[jsonType]; media != nil {
		return media.Schema.Value
	}
	return p.Schema.Value
}

// valueOf returns the parameter as one that generated code reads as JSON, or nil.
func (o *Operation) valueOf(p *openapi3.Parameter) *valueParameter {
	i := slices.IndexFunc(o.values, func(v *valueParameter) bool { return v.name == p.Name && v.in == p.In })
	if i < 0 {
		return nil
	}
	return o.values[i]
}

func parameterSample(p *openapi3.Parameter) any {
	if media := p.Content[jsonType]; media != nil {
		if media.Schema.Value.Type.Is("object") && len(media.Schema.Value.Required) == 0 && media.Example == nil {
			return map[string]any{}
		}
		return exampleOf(media)
	}
	if p.Example != nil {
		return p.Example
	}
	return sample(p.Schema.Value, 0)
}

// parameterText returns the value in the encoding of the parameter: JSON or plain text, with a separator between the items of a list.
func parameterText(p *openapi3.Parameter, value any) string {
	items, isList := value.([]any)
	if p.Content != nil {
		return plainJSON(value)
	}
	if !isList {
		return plainText(value)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = plainText(item)
	}
	return strings.Join(texts, cmp.Or(map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[p.Style], ","))
}

// parameterTexts returns the values of a query parameter: several for a list that is not written as one text.
func parameterTexts(p *openapi3.Parameter, value any) (texts []string) {
	items, isList := value.([]any)
	if p.Content != nil || !isList || p.Explode != nil && !*p.Explode || p.Explode == nil && p.Style != "" && p.Style != "form" {
		return []string{parameterText(p, value)}
	}
	for _, item := range items {
		texts = append(texts, plainText(item))
	}
	return texts
}
