package spec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// valueParameter is a parameter that generated code reads as JSON: an object, a oneOf or anyOf of scalars, or one with JSON content.
type valueParameter struct {
	name, in  string
	required  bool
	schema    *openapi3.Schema
	nilIfNull bool   // as in body
	form      string // jsonForm, deepForm, explodedForm, flatForm or unionForm
	deep      fields // of an object
}

// The ways in which a value is written.
const (
	jsonForm     = "json"           // name={"a":1}
	deepForm     = "deepObject"     // name[a]=1
	explodedForm = "form, exploded" // a=1
	flatForm     = "form"           // name=a,1
	unionForm    = "union"          // name=1
)

// isValue reports whether a parameter is one that generated code reads as JSON.
func isValue(p *openapi3.Parameter) bool {
	return p.Content != nil || p.Schema != nil && (isUnion(p.Schema.Value) || kindOf(p.Schema.Value) == "object")
}

func readValue(p *openapi3.Parameter) (*valueParameter, error) {
	v := &valueParameter{name: p.Name, in: p.In, required: p.Required, form: jsonForm}
	if p.In != openapi3.ParameterInQuery && p.In != openapi3.ParameterInHeader {
		return nil, fmt.Errorf("an object, a union or JSON is supported in query and header only; use a parameter for each property")
	}
	if p.Content != nil {
		media := p.Content[jsonType]
		if media == nil || media.Schema == nil {
			return nil, fmt.Errorf("the content must be %s with a schema", jsonType)
		}
		v.schema = media.Schema.Value
		if p.Required && lacksNull(v.schema) {
			return nil, fmt.Errorf("a required parameter cannot be null; remove nullable from its schema, or required")
		}
		return v, nil
	}
	v.schema = p.Schema.Value
	style := cmp.Or(p.Style, "form")
	explode := style == "form"
	if p.Explode != nil {
		explode = *p.Explode
	}
	var err error
	switch {
	case isUnion(v.schema):
		v.form = unionForm
		for _, part := range slices.Concat(v.schema.OneOf, v.schema.AnyOf) {
			if !isScalar(part.Value) {
				return nil, fmt.Errorf("oneOf and anyOf are supported for scalars only; use content %s", jsonType)
			}
		}
		return v, nil
	case p.In != openapi3.ParameterInQuery:
		return nil, fmt.Errorf("objects are supported in query only; use content %s", jsonType)
	case style == "deepObject":
		v.form = deepForm
	case style == "form" && explode:
		v.form = explodedForm
	case style == "form":
		v.form = flatForm
	default:
		return nil, fmt.Errorf("style %s is not supported for objects; use deepObject", style)
	}
	v.deep, err = readDeep(v.schema)
	for name, f := range v.deep {
		if f.array && v.form != deepForm {
			return nil, fmt.Errorf("property %q: a list in an object of style form is not supported; use deepObject", name)
		}
	}
	switch {
	case err != nil:
	case len(v.deep) == 0:
		err = fmt.Errorf("an object without properties is not supported; use content %s", jsonType)
	case v.form == explodedForm && v.deep[anyName] != nil:
		err = fmt.Errorf("additionalProperties would be parameters of any name; use style deepObject")
	}
	return v, err
}

func isScalar(s *openapi3.Schema) bool {
	return slices.Contains([]string{"string", "integer", "number", "boolean"}, kindOf(s))
}

// names returns the query parameters that the value is written as, and whether each may be repeated, apart from those with brackets.
func (v *valueParameter) names() map[string]bool {
	if v.form != explodedForm {
		return map[string]bool{v.name: false}
	}
	names := map[string]bool{}
	for name, f := range v.deep {
		names[name] = f.array
	}
	return names
}

// fold replaces a value in the query, however it is written, with JSON.
func (v *valueParameter) fold(query url.Values) error {
	if v.in != openapi3.ParameterInQuery || v.form == jsonForm {
		return nil
	}
	written := url.Values{}
	for name, texts := range query {
		outer, _, isDeep := deepName(name)
		if v.form == deepForm && isDeep && outer == v.name || v.form == explodedForm && v.deep[name] != nil {
			written[name] = texts
		}
	}
	plain, sent := query[v.name]
	var value any
	var err error
	switch {
	case v.form == explodedForm && len(written) > 0 && !sent:
		value, err = v.deep.object(written)
	case v.form == deepForm && len(written) > 0:
		var object map[string]any
		object, err = fields{v.name: {deep: v.deep}}.object(written)
		value = object[v.name]
	case v.form == flatForm && len(plain) == 1:
		parts := strings.Split(plain[0], ",")
		if len(parts)%2 != 0 {
			return v.wrong("type", "must be written as name,value,name,value")
		}
		members := url.Values{}
		for i := 0; i < len(parts); i += 2 {
			members.Add(parts[i], parts[i+1])
		}
		value, err = v.deep.object(members)
	case v.form == unionForm && len(plain) == 1:
		value = v.ofUnion(plain[0])
	case sent && v.form == explodedForm:
		return v.wrong("type", "must be written as a query parameter for each property: "+
			strings.Join(slices.Sorted(maps.Keys(v.deep)), ", "))
	case sent && v.form == deepForm:
		return v.wrong("type", fmt.Sprintf("must be written as %s[property]=value", v.name))
	default:
		return nil
	}
	if f, is := errors.AsType[*fault.Error](err); is {
		var wrong parameterFaults
		for i := range f.Fields {
			f.Fields[i].Path = strings.TrimPrefix(f.Fields[i].Path, "/"+v.name)
		}
		wrong.add(v.name, &fault.Error{Kind: fault.BadRequest, Fields: f.Fields})
		return wrong.err()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	for name := range written {
		delete(query, name)
	}
	query[v.name] = []string{string(text)}
	return nil
}

// ofUnion returns the text as the first type that the schema accepts.
func (v *valueParameter) ofUnion(text string) any {
	for _, part := range slices.Concat(v.schema.OneOf, v.schema.AnyOf) {
		if value := scalar(part.Value, text); v.schema.VisitJSON(value, schemaOptions...) == nil {
			return value
		}
	}
	return text
}

func (v *valueParameter) wrong(code, message string) error {
	e := fault.New(fault.BadRequest, "", "invalid")
	e.Fields = []fault.Field{{Code: code, Message: message}}
	var wrong parameterFaults
	wrong.add(v.name, e)
	return wrong.err()
}

// check validates the value and replaces it with what the handler gets.
func (v *valueParameter) check(r *http.Request, query url.Values) error {
	text, sent := query.Get(v.name), query.Has(v.name)
	if v.in == openapi3.ParameterInHeader {
		text = r.Header.Get(v.name)
		if sent = text != ""; sent && v.form == unionForm {
			text = plainJSON(v.ofUnion(text))
		}
	}
	switch {
	case !sent && v.schema.Default != nil:
		text = plainJSON(v.schema.Default)
	case !sent && !v.required:
		return nil
	case !sent:
		return &fault.Error{Kind: fault.BadRequest, Fields: []fault.Field{{Code: "required", Message: "is required"}}}
	}
	value, err := decode([]byte(text))
	if err != nil {
		return &fault.Error{Kind: fault.BadRequest, Fields: []fault.Field{{Code: "type", Message: "must be valid JSON"}}}
	}
	value = inForms(v.schema, value, maxForms)
	if err := v.schema.VisitJSON(value, bodyOptions...); err != nil {
		return err
	}
	if fields := inexact(v.schema, value); fields != nil {
		return &fault.Error{Kind: fault.BadRequest, Fields: fields}
	}
	if hasDefaults(v.schema, map[*openapi3.Schema]bool{}) {
		if err := v.schema.VisitJSON(value, defaultOptions...); err != nil {
			return err
		}
	}
	isHeader := v.in == openapi3.ParameterInHeader
	switch isNil := value == nil && v.nilIfNull; {
	case isNil && isHeader:
		r.Header.Del(v.name)
	case isNil:
		delete(query, v.name)
	case isHeader:
		r.Header.Set(v.name, plainJSON(value))
	default:
		query[v.name] = []string{plainJSON(value)}
	}
	return nil
}

// plainJSON returns a value that was decoded from JSON as JSON.
func plainJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}

// write adds a value to a request as the parameter is written.
func (v *valueParameter) write(r *Request, value any) {
	texts := url.Values{}
	switch v.form {
	case explodedForm:
		texts = v.deep.encode(value)
	case deepForm:
		texts = fields{v.name: {deep: v.deep}}.encode(map[string]any{v.name: value})
	case flatForm:
		var parts []string
		for name, items := range v.deep.encode(value) {
			parts = append(parts, name, items[0])
		}
		texts.Set(v.name, strings.Join(parts, ","))
	case unionForm:
		texts.Set(v.name, plainText(value))
	default:
		texts.Set(v.name, plainJSON(value))
	}
	for name, items := range texts {
		if v.in == openapi3.ParameterInHeader {
			r.Header.Set(name, items[0])
		} else {
			r.Query[name] = items
		}
	}
}

// remove deletes the parameter from a request.
func (v *valueParameter) remove(r *Request) {
	r.Header.Del(v.name)
	for name := range r.Query {
		outer, _, _ := deepName(name)
		if name == v.name || outer == v.name || v.form == explodedForm && v.deep[name] != nil {
			delete(r.Query, name)
		}
	}
}
