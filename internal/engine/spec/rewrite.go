package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// ContentChange is a change of a request body's content for the generation of code, which has no types for forms and for some kinds of
// JSON: they all become application/json, since the handler gets their value. Several types of bytes become */*.
type ContentChange struct {
	Body     string   // a JSONPath (RFC 9535) to the request body
	Remove   []string // media types
	Add      string   // a media type; empty: none
	Schema   string   // its schema, in JSON
	Optional bool     // because null is no body
}

// BodyChanges returns the changes of all request bodies, sorted.
func (c *Contract) BodyChanges() (changes []ContentChange, err error) {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.RequestBodies)) {
		changes, err = appendChange(changes, "$.components.requestBodies["+pathQuote(name)+"]", c.doc.Components.RequestBodies[name], err)
	}
	for _, op := range c.operations {
		ref := op.route.Operation.RequestBody
		if ref == nil || ref.Ref != "" {
			continue
		}
		changes, err = appendChange(changes, OperationPath(op)+".requestBody", ref, err)
	}
	return changes, err
}

func appendChange(changes []ContentChange, path string, ref *openapi3.RequestBodyRef, err error) ([]ContentChange, error) {
	if err != nil || ref.Ref != "" {
		return changes, err
	}
	all, err := readBodies(ref)
	if err != nil { // no operation has it: theirs have been read
		return changes, nil
	}
	change := ContentChange{Body: path}
	for _, b := range all.types {
		if b.generated() != b.media || all.onlyBytes() && len(all.types) > 1 {
			change.Remove = append(change.Remove, b.media)
		}
		change.Optional = change.Optional || b.nilIfNull
	}
	switch {
	case len(change.Remove) == 0 && !change.Optional:
		return changes, nil
	case len(change.Remove) == 0:
	case all.onlyBytes():
		change.Add, change.Schema = "*/*", `{"type":"string","format":"binary"}`
	case ref.Value.Content[jsonType] == nil:
		text, err := json.Marshal(ref.Value.Content[change.Remove[0]].Schema)
		if err != nil {
			return nil, err
		}
		change.Add, change.Schema = jsonType, string(text)
	}
	return append(changes, change), nil
}

// ParameterChange is a change of a parameter for the generation of the server's code, which reads values as JSON.
type ParameterChange struct {
	Parameter string // a JSONPath
	Schema    string // in JSON
}

// ParameterChanges returns the changes of all parameters, in the order of the components and operations.
func (c *Contract) ParameterChanges() (changes []ParameterChange, err error) {
	c.eachParameter(func(at string, p *openapi3.Parameter) {
		if !isValue(p) || p.Content != nil {
			return
		}
		text, wrong := json.Marshal(p.Schema)
		err = errors.Join(err, wrong)
		changes = append(changes, ParameterChange{at, string(text)})
	})
	return changes, err
}

// PathLists returns the JSONPaths of the path parameters that are lists.
func (c *Contract) PathLists() (found []string) {
	c.eachParameter(func(at string, p *openapi3.Parameter) {
		if p.In == openapi3.ParameterInPath && p.Schema != nil && p.Schema.Value.Type.Is("array") {
			found = append(found, at)
		}
	})
	return found
}

// eachParameter calls f with each parameter that is not a reference, and its JSONPath.
func (c *Contract) eachParameter(f func(at string, p *openapi3.Parameter)) {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Parameters)) {
		if ref := c.doc.Components.Parameters[name]; ref.Ref == "" {
			f("$.components.parameters["+pathQuote(name)+"]", ref.Value)
		}
	}
	list := func(at string, parameters openapi3.Parameters) {
		for _, ref := range parameters {
			if p := ref.Value; ref.Ref == "" {
				f(fmt.Sprintf("%s.parameters[?(@.name == %s && @.in == '%s')]", at, pathQuote(p.Name), p.In), p)
			}
		}
	}
	seen := map[string]bool{}
	for _, op := range c.operations {
		if !seen[op.Path] {
			seen[op.Path] = true
			list("$.paths["+pathQuote(op.Path)+"]", op.route.PathItem.Parameters)
		}
		list(OperationPath(op), op.route.Operation.Parameters)
	}
}

// OperationPath returns the JSONPath of an operation in the document.
func OperationPath(op *Operation) string {
	return fmt.Sprintf("$.paths[%s].%s", pathQuote(op.Path), strings.ToLower(op.Method))
}

// pathQuote returns a name in the quotes of JSONPath.
func pathQuote(name string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "'"
}
