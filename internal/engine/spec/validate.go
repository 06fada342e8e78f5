package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

// ValidateSchema checks a value against the schema with that name, as the body of a request would be, and returns it in the canonical
// forms of the contract's formats. The error is Invalid, with all that is wrong in its Fields.
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

// stored returns the check of what is about to be stored of a schema; see store.Model.Check. A property by itself cannot be held against a
// rule about several of them, so a schema with one is an error.
func stored(name string, s *openapi3.Schema) (func(json.RawMessage, bool) error, error) {
	if len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 || s.Not != nil || s.MinProps > 0 || s.MaxProps != nil {
		return nil, errors.New("the schema cannot have allOf, oneOf, anyOf, not, minProperties or maxProperties of its own: " +
			"a change of one property could not be checked; put them at its properties")
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
		return errors.Join(told(name, fieldsOf(schema.VisitJSON(value, schemaOptions...)))...)
	}, nil
}

const maxBodyDepth = 64 // nesting of a body's arrays and objects

// decode reads one JSON value strictly (package strictjson), behind a byte order mark or not. Numbers become json.Number.
func decode(data []byte) (any, error) {
	value, err := strictjson.Decode(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), maxBodyDepth)
	if err != nil {
		return nil, &fault.Error{Kind: fault.BadRequest, Name: "SyntaxError", Detail: "The request body is not valid JSON: " + err.Error()}
	}
	return value, nil
}
