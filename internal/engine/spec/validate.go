package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

// ValidateSchema validates a value against the named schema, in the same way as a request body, and returns it with strings in canonical
// form. If the value is invalid, it returns a fault of kind Invalid whose Fields list everything that is wrong.
func (c *Contract) ValidateSchema(schema string, value any) (json.RawMessage, error) {
	s := c.doc.Components.Schemas[schema]
	if s == nil {
		return nil, fmt.Errorf("contract: unknown schema %q", schema)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("contract: %s: %w", schema, err)
	}
	decoded, err := decode(text)
	if err != nil {
		return nil, err
	}
	canonical := inForms(s.Value, decoded, maxForms)
	if err := s.Value.VisitJSON(canonical, bodyOptions...); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED", Fields: fieldsOf(err), Detail: schema + " is invalid."}
	}
	return json.Marshal(canonical)
}

// stored returns the validation of a schema's values before they are stored; see store.Model.Check. A change of one property cannot be
// validated against a rule about several properties, so a schema with such a rule is an error.
func stored(name string, s *openapi3.Schema) (func(json.RawMessage, bool) error, error) {
	if len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 || s.Not != nil || s.MinProps > 0 || s.MaxProps != nil {
		return nil, errors.New("the schema must not have allOf, oneOf, anyOf, not, minProperties or maxProperties at its top level: " +
			"a change of one property could not be validated; use them in its properties")
	}
	part := *s
	part.Required = nil
	return func(text json.RawMessage, whole bool) error {
		value, err := decode(text)
		if err != nil {
			return err
		}
		schema := &part
		if whole {
			schema = s
		}
		return errors.Join(errorsAt(name, fieldsOf(schema.VisitJSON(value, schemaOptions...)))...)
	}, nil
}

const maxBodyDepth = 64 // of nested arrays and objects in a body

// decode decodes one JSON value strictly (package strictjson); a leading byte order mark is allowed. Numbers become json.Number.
func decode(data []byte) (any, error) {
	value, err := strictjson.Decode(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), maxBodyDepth)
	if err != nil {
		return nil, &fault.Error{Kind: fault.BadRequest, Name: "SyntaxError", Detail: "The request body is not valid JSON: " + err.Error()}
	}
	return value, nil
}

// CompileSchema returns a function that validates a value, in its JSON encoding, against a schema in JSON without references. It returns an
// error if the schema is invalid.
func CompileSchema(text []byte) (func(value any) error, error) {
	var s openapi3.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	if err := s.Validate(context.Background()); err != nil {
		return nil, err
	}
	return func(value any) error { return fits(&s, value) }, nil
}
