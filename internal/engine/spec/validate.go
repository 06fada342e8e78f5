package spec

import (
	"encoding/json"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
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
