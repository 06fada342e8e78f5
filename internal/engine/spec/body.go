package spec

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const jsonType = "application/json"

// body describes one media type of an operation's request body.
type body struct {
	media  string // in lower case, such as "application/json" or "image/*"
	kind   bodyKind
	schema *openapi3.Schema // nil only if kind is streamBody
	fields fields           // of a form

	nilIfNull bool // null is no body for the handler, because its type in Go has no value for null

	now      []string // the properties whose x-default is now, and which clients may send
	created  []string // the readOnly ones
	defaults bool     // some property has a default

	// For a PUT or PATCH of one document: the top-level readOnly properties, whose values must not change, the collections that the
	// document may belong to, and the schemas of those properties and of the rest of the body.
	kept             []string
	collections      []string
	keptSchema, rest *openapi3.Schema
}

// readDefaults finds the properties with an x-default or a default.
func (b *body) readDefaults() error {
	for name, property := range b.schema.Properties {
		var value string
		has, err := read(property.Value.Extensions, xDefault, &value)
		if err != nil {
			return fmt.Errorf("requestBody: property %s: %w", name, err)
		}
		if !has {
			continue
		}
		if value != "now" || !property.Value.Type.Is("string") || property.Value.Format != "date-time" {
			return fmt.Errorf("requestBody: property %s: %s must be now, on a property of format date-time", name, xDefault)
		}
		if property.Value.ReadOnly {
			b.created = append(b.created, name)
		} else {
			b.now = append(b.now, name)
		}
	}
	b.defaults = hasDefaults(b.schema, map[*openapi3.Schema]bool{})
	return nil
}

func isUnion(s *openapi3.Schema) bool { return len(s.OneOf)+len(s.AnyOf) > 0 }

// of returns the collections that have all the properties of the body. A document with this body may belong to any of them.
func (b *body) of(models []*store.Model) (found []*store.Model) {
	if len(b.schema.Properties) == 0 {
		return nil
	}
	for _, m := range models {
		has := func(name string) bool {
			return slices.ContainsFunc(m.Properties, func(p store.Property) bool { return p.Name == name })
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(b.schema.Properties)), func(name string) bool { return !has(name) }) {
			found = append(found, m)
		}
	}
	return found
}

// keep allows unchanged readOnly properties in the body: those of the collections that have all the properties of the body.
func (b *body) keep(models []*store.Model) {
	for _, m := range b.of(models) {
		b.collections = append(b.collections, m.Schema.Name())
	}
	if len(b.collections) == 0 {
		return
	}
	for name, property := range b.schema.Properties {
		if property.Value.ReadOnly {
			b.kept = append(b.kept, name)
		}
	}
	rest := *b.schema
	rest.MinProps = 0 // a client may also send back a document without other properties
	b.rest = &rest
	b.keptSchema = &openapi3.Schema{Properties: b.schema.Properties}
	b.created = nil // the document exists
}

// takeKept removes the readOnly properties from the body and returns them.
func (b *body) takeKept(value any) (kept map[string]any) {
	object, _ := value.(map[string]any)
	for _, name := range b.kept {
		if member, sent := object[name]; sent {
			if kept == nil {
				kept = map[string]any{}
			}
			kept[name] = member
			delete(object, name)
		}
	}
	return kept
}

// hasDefaults reports whether a property has a default. seen ends the search in a schema that contains itself.
func hasDefaults(s *openapi3.Schema, seen map[*openapi3.Schema]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	parts := slices.Concat(slices.Collect(maps.Values(s.Properties)), s.AllOf, s.OneOf, s.AnyOf,
		openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema})
	return slices.ContainsFunc(parts, func(part *openapi3.SchemaRef) bool {
		return part != nil && (part.Value.Default != nil || hasDefaults(part.Value, seen))
	})
}

// check validates a body and replaces the request's body with the validated value. It returns the readOnly properties, which it removes
// from the value.
func (b *body) check(r *http.Request, data []byte, now func() time.Time) (kept map[string]any, err error) {
	value, err := b.decode(data)
	if err != nil {
		return nil, err
	}
	schema := b.schema
	if kept = b.takeKept(value); kept != nil {
		schema = b.rest
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range b.now {
			if _, sent := object[name]; !sent {
				object[name] = timestamp.Of(now()).String()
			}
		}
	}
	value = inForms(schema, value, maxForms)
	err = schema.VisitJSON(value, bodyOptions...)
	if kept != nil {
		if wrong := b.keptSchema.VisitJSON(kept, schemaOptions...); wrong != nil {
			err = openapi3.MultiError{err, wrong}
		}
	}
	if err == nil && b.defaults {
		err = schema.VisitJSON(value, defaultOptions...)
	}
	if err != nil {
		return nil, invalid(err)
	}
	if fields := inexact(b.schema, value); fields != nil {
		return nil, invalidFields(fields)
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range b.created {
			object[name] = timestamp.Of(now()).String()
		}
	}
	if b.kind != textBody && r.Header.Get("Content-Type") != jsonType {
		r.Header.Set("Content-Type", jsonType) // generated code decodes forms and all kinds of JSON as JSON
	}
	r.Body = checkedBody{&jsonReader{value: value}, value}
	if b.kind == textBody {
		r.Body = checkedBody{bytes.NewReader(data), value}
	}
	return kept, nil
}

const invalidBody = "The request body is invalid. See error object `details` property for more info."

// invalid returns the fault for the errors of a body's validation.
func invalid(err error) *fault.Error { return invalidFields(fieldsOf(err)) }

func invalidFields(fields []fault.Field) *fault.Error {
	return &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED", Fields: fields, Detail: invalidBody}
}

// decode returns the value that a body has in JSON.
func (b *body) decode(data []byte) (any, error) {
	switch b.kind {
	case formBody:
		return b.fields.decode(string(data))
	case textBody:
		if !utf8.Valid(data) {
			return nil, fault.New(fault.BadRequest, "", "The request body is not valid UTF-8.")
		}
		return string(data), nil
	}
	return decode(data)
}

// A body is validated as sent, and gets its defaults afterwards: when kin sets defaults, it treats null as missing.
var (
	bodyOptions    = append(slices.Clip(schemaOptions), openapi3.VisitAsRequest())
	defaultOptions = append(slices.Clip(bodyOptions), openapi3.DefaultsSet(func() {}))
)

// readAll reads the request's body, at most limit bytes of it.
func readAll(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if r.Body == nil {
		return nil, nil
	}
	data := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, readFault(err)
	case n > limit:
		return nil, tooLarge(limit)
	}
	return data.Bytes(), nil
}

// checkedBody is a validated request body. Generated code binds ValidatedValue and, if it cannot, reads the same value.
type checkedBody struct {
	io.Reader
	value any
}

func (b checkedBody) ValidatedValue() any { return b.value }
func (b checkedBody) Close() error        { return nil }

// jsonReader reads a value as JSON.
type jsonReader struct {
	value any
	text  io.Reader // nil before the first call of Read
}

func (j *jsonReader) Read(p []byte) (int, error) {
	if j.text == nil {
		j.text = strings.NewReader(plainJSON(j.value))
	}
	return j.text.Read(p)
}
