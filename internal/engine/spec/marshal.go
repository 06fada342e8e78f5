package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Wrapped is a JSON response whose type in Go, as oapi-codegen generates it, lacks the MarshalJSON of the type that it is made from, so
// that data would be lost.
type Wrapped struct {
	Status   string
	Response string // the component in /components/responses; empty: none
	Schema   string // the component whose MarshalJSON is lost; empty: none
}

// Wrapped returns the operation's responses of that kind that handlers send, sorted by status.
func (o *Operation) Wrapped() (found []Wrapped) {
	for _, status := range slices.Sorted(maps.Keys(o.responses.Map())) {
		ref := o.responses.Value(status)
		media := ref.Value.Content[jsonType]
		if status >= "4" && !o.isOwnError(status) || media == nil || media.Schema == nil || len(ref.Value.Headers) > 0 {
			continue
		}
		w := Wrapped{Status: status, Response: ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]}
		if s := media.Schema; s.Ref != "" && !isUnion(s.Value) && hasMarshaler(s.Value) {
			w.Schema = schemaName(s)
		}
		if w.Response != "" || w.Schema != "" {
			found = append(found, w)
		}
	}
	return found
}

// hasMarshaler reports whether the type in Go of a schema has a MarshalJSON: for properties that the schema does not name, and for unions.
func hasMarshaler(s *openapi3.Schema) bool {
	more := s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has
	return more && len(s.Properties) > 0 || isUnion(s) || slices.ContainsFunc(s.AllOf, func(part *openapi3.SchemaRef) bool {
		return hasMarshaler(part.Value)
	})
}
