package spec

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Named returns the document in JSON in which the schemas that code can only be generated for as components are components: those of
// JSON bodies, responses and parameters that are written inline and whose types in Go have methods (hasMarshaler). Their names follow from
// the operationId, such as createPetBody and createPet200Body. The mappings of discriminators are explicit, enums have no null, and path
// parameters whose names code uses otherwise have an x-go-name. The names of components start with a letter. Callbacks, which are
// documentation, are left out. Named returns nil if nothing changes.
func (c *Contract) Named() ([]byte, error) {
	doc, err := openapi3.NewLoader().LoadFromData(c.document)
	if err != nil {
		return nil, err
	}
	if doc.Components == nil {
		doc.Components = &openapi3.Components{}
	}
	n := namer{schemas: doc.Components.Schemas}
	_ = doc.WalkSchemas(func(_ string, ref *openapi3.SchemaRef) error { // the function returns no error
		isExplicit, isPlain, isMerged := explicit(ref.Value), plainEnum(ref.Value), mergeable(ref.Value)
		n.changed = n.changed || isExplicit || isPlain || isMerged
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(doc.Components.RequestBodies)) {
		n.body(name, doc.Components.RequestBodies[name])
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Responses)) {
		n.response(name, doc.Components.Responses[name], true)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Parameters)) {
		n.parameter("", doc.Components.Parameters[name])
	}
	for _, o := range c.operations {
		item := doc.Paths.Value(o.Path)
		op := item.GetOperation(o.Method)
		if op.Security == nil { // kin does not write an empty list at the root
			op.Security = &c.doc.Security
		}
		n.changed, op.Callbacks = n.changed || len(op.Callbacks) > 0, nil
		n.body(o.ID, op.RequestBody)
		for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
			n.direct(op.Responses.Value(status), doc.Components.Responses)
			n.response(o.ID+status, op.Responses.Value(status), false)
		}
		for _, p := range slices.Concat(item.Parameters, op.Parameters) {
			n.parameter(o.ID, p)
		}
	}
	n.changed, doc.Components.Callbacks = n.changed || len(doc.Components.Callbacks) > 0, nil
	renamed := n.startWithLetter()
	if !n.changed {
		return nil, nil
	}
	doc.Components.Schemas = n.schemas
	text, err := doc.MarshalJSON()
	for before, after := range renamed {
		text = bytes.ReplaceAll(text, []byte(`"#/components/schemas/`+before+`"`), []byte(`"#/components/schemas/`+after+`"`))
	}
	return text, err
}

// startWithLetter gives schemas whose names start with a digit the N that the names of their types in Go have; the types of their parts
// would have none. It returns the new names.
func (n *namer) startWithLetter() map[string]string {
	renamed := map[string]string{}
	for name := range n.schemas {
		if _, taken := n.schemas["N"+name]; !taken && name != "" && '0' <= name[0] && name[0] <= '9' {
			renamed[name] = "N" + name
		}
	}
	for before, after := range renamed {
		n.schemas[after], n.changed = n.schemas[before], true
		delete(n.schemas, before)
	}
	return renamed
}

// namer moves inline schemas to components.
type namer struct {
	schemas openapi3.Schemas
	changed bool
}

func (n *namer) body(name string, ref *openapi3.RequestBodyRef) {
	if ref == nil || ref.Ref != "" {
		return
	}
	for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
		if isJSON(media) {
			ref.Value.Content[media].Schema = n.named(name+"Body", ref.Value.Content[media].Schema, false)
		}
	}
}

// response moves the schemas of a response. Those in a schema of a component have no types in generated code, unless it is moved.
func (n *namer) response(name string, ref *openapi3.ResponseRef, component bool) {
	if ref.Ref != "" {
		return
	}
	for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
		if isJSON(media) {
			if schema := ref.Value.Content[media].Schema; schema != nil && schema.Ref == "" && schema.Value.Nullable {
				s := *schema.Value // a pointer has no methods
				s.Nullable, n.changed = false, true
				ref.Value.Content[media].Schema = openapi3.NewSchemaRef("", &s)
			}
			ref.Value.Content[media].Schema = n.named(name+"Body", ref.Value.Content[media].Schema, component)
		}
	}
}

// direct makes a reference to a component that is a reference itself one to what that leads to: only that has a type in the Go client.
func (n *namer) direct(ref *openapi3.ResponseRef, components openapi3.ResponseBodies) {
	for {
		to := components[strings.TrimPrefix(ref.Ref, "#/components/responses/")]
		if ref.Ref == "" || to == nil || to.Ref == "" {
			return
		}
		ref.Ref, n.changed = to.Ref, true
	}
}

func (n *namer) parameter(operation string, ref *openapi3.ParameterRef) {
	p := ref.Value
	if _, has := p.Extensions[xGoName]; ref.Ref == "" && p.In == openapi3.ParameterInPath && !has && isVariable.MatchString(p.Name) {
		p.Extensions = maps.Clone(p.Extensions)
		if p.Extensions == nil {
			p.Extensions = map[string]any{}
		}
		p.Extensions[xGoName], n.changed = p.Name+"_parameter", true
	}
	if ref.Ref == "" && p.Explode == nil && strings.HasSuffix(p.Style, "Delimited") { // oapi-codegen takes it for true
		p.Explode, n.changed = new(bool), true
	}
	if ref.Ref != "" || !isValue(p) {
		return
	}
	name := strings.Trim(operation+"-"+ref.Value.Name, "-") + "-parameter"
	if media := ref.Value.Content[jsonType]; media != nil {
		media.Schema = n.named(name, media.Schema, false)
	} else if ref.Value.Schema != nil {
		ref.Value.Schema = n.named(name, ref.Value.Schema, false)
	}
}

const xGoName = "x-go-name"

// isVariable matches the path parameters whose variables would hide what generated code uses.
var isVariable = regexp.MustCompile(`(?i)^(string|error|nil|len|append|bool|err|ctx|w|c|sh|req|echo|http|fmt|io|json|bytes|strings|` +
	`errors|runtime|url|server|server_?url|query_?url|operation_?path|path_?param\d+|params|body|body_?reader|content_?type|` +
	`req_?editors|headers|request|response|handler)$`)

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// named returns a reference to a new component with the schema if it must be one, and otherwise the schema. If deep is true, it must also
// be one if a schema in it has methods.
func (n *namer) named(name string, ref *openapi3.SchemaRef, deep bool) *openapi3.SchemaRef {
	if ref == nil || ref.Ref != "" || !hasMarshaler(ref.Value) && !(deep && containsMarshaler(ref)) {
		return ref
	}
	base := notInNames.ReplaceAllString(name, "-")
	name = base
	for i := 2; slices.ContainsFunc(slices.Collect(maps.Keys(n.schemas)), func(taken string) bool { return sameInGo(taken, name) }); i++ {
		name = fmt.Sprint(base, i)
	}
	if n.schemas == nil {
		n.schemas = openapi3.Schemas{}
	}
	n.schemas[name], n.changed = ref, true
	return openapi3.NewSchemaRef("#/components/schemas/"+name, ref.Value)
}

// sameInGo reports whether two names of schemas can have the same name in Go.
func sameInGo(a, b string) bool {
	letters := func(name string) string { return strings.NewReplacer("-", "", "_", "", ".", "").Replace(name) }
	return strings.EqualFold(letters(a), letters(b))
}

// containsMarshaler reports whether an inline schema, or one in it, has methods in Go.
func containsMarshaler(ref *openapi3.SchemaRef) bool {
	if ref == nil || ref.Ref != "" {
		return false
	}
	s := ref.Value
	return hasMarshaler(s) || slices.ContainsFunc(slices.Concat(slices.Collect(maps.Values(s.Properties)), s.AllOf,
		openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema}), containsMarshaler)
}

// hasMarshaler reports whether the type in Go of a schema has a MarshalJSON: for properties that the schema does not name, and for unions.
func hasMarshaler(s *openapi3.Schema) bool { return marshals(s, map[*openapi3.Schema]bool{}) }

func marshals(s *openapi3.Schema, seen map[*openapi3.Schema]bool) bool {
	if seen[s] {
		return false
	}
	seen[s] = true
	more := s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has
	return more && len(s.Properties) > 0 || isUnion(s) ||
		slices.ContainsFunc(s.AllOf, func(part *openapi3.SchemaRef) bool { return marshals(part.Value, seen) })
}
