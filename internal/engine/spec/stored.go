package spec

import (
	"encoding/json"
	"errors"

	"github.com/getkin/kin-openapi/openapi3"
)

// stored returns the check of what is about to be stored of a schema; see store.Model.Check. A property by itself cannot be held against a rule about
// several of them, so a schema with one is an error.
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
