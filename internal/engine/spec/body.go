package spec

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const jsonType = "application/json"

// body describes an operation's request body: JSON with one schema.
type body struct {
	required bool
	schema   *openapi3.Schema
	now      []string // the properties whose x-default is now, and which clients may send
	created  []string // the readOnly ones
	defaults bool     // some property has a default

	// For a PUT or PATCH of one document: the top-level readOnly properties, whose values must not change, the collections that the
	// document may belong to, and the schemas of those properties and of the rest of the body.
	kept             []string
	collections      []string
	keptSchema, rest *openapi3.Schema
}

func readBody(ref *openapi3.RequestBodyRef) (*body, error) {
	if ref == nil {
		return nil, nil
	}
	media := ref.Value.Content[jsonType]
	if len(ref.Value.Content) != 1 || media == nil || media.Schema == nil {
		return nil, fmt.Errorf("requestBody: the content must be %s with a schema and nothing else", jsonType)
	}
	if media.Schema.Ref == "" && isUnion(media.Schema.Value) {
		return nil, fmt.Errorf("requestBody: a schema with oneOf or anyOf must be a component, or handlers would get no data; move it to " +
			"/components/schemas")
	}
	b := &body{required: ref.Value.Required, schema: media.Schema.Value}
	for name, property := range b.schema.Properties {
		var value string
		has, err := read(property.Value.Extensions, xDefault, &value)
		if err != nil {
			return nil, fmt.Errorf("requestBody: property %s: %w", name, err)
		}
		if !has {
			continue
		}
		if value != "now" || !property.Value.Type.Is("string") || property.Value.Format != "date-time" {
			return nil, fmt.Errorf("requestBody: property %s: %s must be now, on a property of format date-time", name, xDefault)
		}
		if property.Value.ReadOnly {
			b.created = append(b.created, name)
		} else {
			b.now = append(b.now, name)
		}
	}
	b.defaults = hasDefaults(b.schema, map[*openapi3.Schema]bool{})
	return b, nil
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

// check validates the data of the request's body and replaces the request's body with the validated value. It returns the readOnly
// properties, which it removes from the value.
func (b *body) check(r *http.Request, data []byte, now func() time.Time) (kept map[string]any, err error) {
	if len(data) == 0 {
		if !b.required {
			return nil, nil
		}
		return nil, &fault.Error{Kind: fault.BadRequest, Code: "MISSING_REQUIRED_PARAMETER", Detail: "Request body is required"}
	}
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	value, err := decode(data)
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
		return nil, &fault.Error{
			Kind: fault.Invalid, Code: "VALIDATION_FAILED", Fields: fieldsOf(err),
			Detail: "The request body is invalid. See error object `details` property for more info.",
		}
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range b.created {
			object[name] = timestamp.Of(now()).String()
		}
	}
	r.Body = checkedBody{bytes.NewReader(data), value}
	return kept, nil
}

// A body is validated as sent, and gets its defaults afterwards: when kin sets defaults, it treats null as missing.
var (
	bodyOptions    = append(slices.Clip(schemaOptions), openapi3.VisitAsRequest())
	defaultOptions = append(slices.Clip(bodyOptions), openapi3.DefaultsSet(func() {}))
)

// readAll reads the request's body, at most limit bytes of it.
func readAll(r *http.Request, limit int64) ([]byte, error) {
	tooLarge := fault.New(fault.TooLarge, "", "request entity too large: this operation takes at most %d bytes", limit)
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	if r.Body == nil {
		return nil, nil
	}
	data := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	n, err := data.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.BadRequest, "", "The request body ended early or its framing is invalid.")
	case n > limit:
		return nil, tooLarge
	}
	return data.Bytes(), nil
}

// checkMediaType returns an error unless the body is uncompressed JSON in UTF-8.
func checkMediaType(h http.Header) error {
	given := h.Get("Content-Type")
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return unsupported("Content-encoding %s is not supported. Send the body as it is.", encoding)
	}
	if given == jsonType {
		return nil
	}
	media, parameters, err := mime.ParseMediaType(given)
	if err != nil || media != jsonType {
		return unsupported("Content-type %s does not match [application/json].", given)
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return unsupported("unsupported charset %q", strings.ToUpper(charset))
	}
	return nil
}

func unsupported(format, given string) error {
	return fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", format, given[:min(len(given), 100)])
}

// checkedBody is a validated request body. runtime.BindJSONBody binds ValidatedValue instead of decoding again.
type checkedBody struct {
	*bytes.Reader
	value any
}

func (b checkedBody) ValidatedValue() any { return b.value }
func (b checkedBody) Close() error        { return nil }
