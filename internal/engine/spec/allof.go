package spec

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// mergeable makes the parts of an allOf ones that oapi-codegen can merge: it fails if they differ in what no type in Go depends on, such as
// a default, readOnly, or a format that one of them lacks, and it loses the items of lists and what a part has beside an allOf of its own.
// Only code is generated from the result. mergeable reports whether it has changed the schema.
func mergeable(s *openapi3.Schema) (changed bool) {
	parts := partsOf(s)
	if len(s.AllOf) < 2 && !hasMembers(s) || !slices.ContainsFunc(parts, func(p *openapi3.Schema) bool {
		return p.Format != parts[0].Format || p.Items != nil || p.AdditionalProperties.Schema != nil || !sameInCode(p) ||
			len(p.AllOf) > 0 && hasMembers(p)
	}) {
		return false
	}
	kind := kindOf(s)
	if !isScalar(s) && kind != "array" || slices.ContainsFunc(parts, isUnion) {
		s.AllOf = bare(s).AllOf
		return true
	}
	s.Type, s.AllOf = &openapi3.Types{kind}, nil
	for _, p := range parts {
		if s.Format == "" {
			s.Format = p.Format
		}
		if s.Items == nil {
			s.Items = p.Items
		}
		if s.Enum == nil {
			s.Enum = p.Enum
		} else if p.Enum != nil {
			s.Enum = slices.DeleteFunc(slices.Clone(s.Enum), func(value any) bool { return !slices.Contains(p.Enum, value) })
		}
	}
	return true
}

// sameInCode reports whether bare would not change a schema itself.
func sameInCode(s *openapi3.Schema) bool {
	return s.Default == nil && !s.UniqueItems && !s.ReadOnly && !s.WriteOnly && !s.AllowEmptyValue && !s.ExclusiveMin.IsSet() &&
		!s.ExclusiveMax.IsSet() && (s.Discriminator == nil || isUnion(s))
}

// hasMembers reports whether a schema has members of objects beside its allOf.
func hasMembers(s *openapi3.Schema) bool {
	return len(s.Properties)+len(s.Required) > 0 || isUnion(s) || s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil
}

// partsOf returns the parts of a schema's allOf, each after the parts of its own.
func partsOf(s *openapi3.Schema) (parts []*openapi3.Schema) {
	for _, part := range s.AllOf {
		parts = append(append(parts, partsOf(part.Value)...), part.Value)
	}
	return parts
}

// bare returns a copy of a schema without what its type in Go does not depend on. Its parts have no parts.
func bare(s *openapi3.Schema) *openapi3.Schema {
	c := *s
	c.Default, c.UniqueItems, c.ReadOnly, c.WriteOnly, c.AllowEmptyValue = nil, false, false, false, false
	c.ExclusiveMin, c.ExclusiveMax = openapi3.ExclusiveBound{}, openapi3.ExclusiveBound{}
	if !isUnion(s) {
		c.Discriminator = nil
	}
	c.AllOf = nil
	hasMore := false
	for _, part := range partsOf(s) {
		b := *part
		b.AllOf = nil
		part = bare(&b)
		if hasMore { // it merges one only, and values match all of them
			part.AdditionalProperties.Schema = nil
		}
		hasMore = hasMore || part.AdditionalProperties.Schema != nil
		c.AllOf = append(c.AllOf, openapi3.NewSchemaRef("", part))
	}
	return &c
}
