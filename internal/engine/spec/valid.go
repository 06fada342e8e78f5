package spec

import (
	"encoding/json"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Valid holds a value against the schema with that name, as the body of a request would be. The error is Invalid, with all that is
// wrong in its Fields.
func (c *Contract) Valid(schema string, value any) error {
	s := c.doc.Components.Schemas[schema]
	if s == nil {
		return fmt.Errorf("contract: it has no schema %s", schema)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("contract: %s: %w", schema, err)
	}
	decoded, err := decode(text)
	if err != nil {
		return err
	}
	if err := s.Value.VisitJSON(inForms(s.Value, decoded, maxForms), bodyOptions...); err != nil {
		return &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED", Fields: fieldsOf(err), Detail: schema + " is invalid."}
	}
	return nil
}
