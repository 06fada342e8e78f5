package spec

import (
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// hideExamples removes the examples that need not be values of their schemas, such as XML and those in other documents, and returns a
// function that puts them back.
func hideExamples(doc *openapi3.T) (restore func()) {
	type examples struct {
		one  any
		more openapi3.Examples
	}
	hidden := map[*openapi3.MediaType]examples{}
	hide := func(content openapi3.Content) {
		for name, media := range content {
			if _, seen := hidden[media]; seen || media == nil {
				continue
			}
			isValue := isJSON(name) || name == formType || name == multipartType || name == textType
			hidden[media] = examples{media.Example, media.Examples}
			media.Examples = maps.Clone(media.Examples)
			maps.DeleteFunc(media.Examples, func(_ string, e *openapi3.ExampleRef) bool {
				return !isValue || e.Value != nil && e.Value.ExternalValue != ""
			})
			if !isValue {
				media.Example = nil
			}
		}
	}
	body := func(ref *openapi3.RequestBodyRef) {
		if ref != nil && ref.Value != nil {
			hide(ref.Value.Content)
		}
	}
	response := func(ref *openapi3.ResponseRef) {
		if ref != nil && ref.Value != nil {
			hide(ref.Value.Content)
		}
	}
	for _, ref := range doc.Components.RequestBodies {
		body(ref)
	}
	for _, ref := range doc.Components.Responses {
		response(ref)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			body(op.RequestBody)
			for _, ref := range op.Responses.Map() {
				response(ref)
			}
		}
	}
	return func() {
		for media, was := range hidden {
			media.Example, media.Examples = was.one, was.more
		}
	}
}
