package spec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// checkCodes returns an error if the schema rejects a value of its own x-extensible-enum.
func checkCodes(s *openapi3.Schema) error {
	var known []string
	has, err := read(s.Extensions, xCodes, &known)
	if err != nil || !has {
		return err
	}
	for _, code := range known {
		if s.VisitJSON(code, schemaOptions...) != nil {
			return fmt.Errorf("%s: %q does not match the schema", xCodes, code)
		}
	}
	if len(known) == 0 || !s.Type.Is("string") {
		return fmt.Errorf("%s: it must be a list of at least one string, on a schema of type string", xCodes)
	}
	return nil
}

// checkErrorCodes returns an error unless the schema ErrorCode lists the codes of an operation.
func (c *Contract) checkErrorCodes(extensions map[string]any) error {
	var own, listed []string
	if _, err := read(extensions, xErrorCodes, &own); err != nil {
		return err
	}
	if c.doc.Components != nil && c.doc.Components.Schemas["ErrorCode"] != nil {
		listed = codes(c.doc.Components.Schemas["ErrorCode"].Value)
	}
	for _, code := range own {
		if !slices.Contains(listed, code) {
			return fmt.Errorf("%s: the schema ErrorCode does not list %q; add it there, or remove that schema so that go generate makes it",
				xErrorCodes, code)
		}
	}
	return nil
}

// unlisted returns the strings in a value that are not in the x-extensible-enum of their schema.
func unlisted(ref *openapi3.SchemaRef, path string, value any) (wrong []fault.Field) {
	if ref == nil {
		return nil
	}
	switch v := value.(type) {
	case string:
		if known := codes(ref.Value); known != nil && !slices.Contains(known, v) {
			wrong = append(wrong, fault.Field{Path: path, Code: xCodes, Message: "must be one of the contract's " + xCodes})
		}
	case []any:
		for i, element := range v {
			wrong = append(wrong, unlisted(ref.Value.Items, path+"/"+strconv.Itoa(i), element)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(ref.Value.Properties)) {
			if member, has := v[name]; has {
				wrong = append(wrong, unlisted(ref.Value.Properties[name], path+"/"+name, member)...)
			}
		}
	}
	return wrong
}

// codes returns the values of x-extensible-enum, which checkCodes has validated, or nil without one.
func codes(s *openapi3.Schema) []string {
	var known []string
	_, _ = read(s.Extensions, xCodes, &known)
	return known
}
