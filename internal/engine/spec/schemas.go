package spec

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// placedSchema is a schema of a document and its JSON pointer.
type placedSchema struct {
	*openapi3.Schema
	at string
}

// schemasOf returns all schemas of a document, also those within others.
func schemasOf(doc *openapi3.T) (all []placedSchema) {
	_ = doc.WalkSchemas(func(at string, ref *openapi3.SchemaRef) error { // the function returns no error
		if ref.Value != nil {
			all = append(all, placedSchema{ref.Value, at})
		}
		return nil
	})
	return all
}

// checkSchemas returns an error with all mistakes in schemas that kin accepts or does not place: patterns, enums, discriminators and
// defaults.
func checkSchemas(schemas []placedSchema) error {
	var mistakes []error
	for _, s := range schemas {
		add := func(key string, err error) {
			if err != nil {
				mistakes = append(mistakes, placeError{append(keysOf(s.at), key), err})
			}
		}
		add("pattern", checkPattern(s.Pattern))
		add("enum", checkEnum(s.Schema))
		add("enum", exact(s.Schema, s.Enum...))
		add("default", exact(s.Schema, s.Default))
		add("discriminator", checkDiscriminator(s.Schema))
		if s.Default != nil {
			if wrong := fieldsOf(s.VisitJSON(s.Default, schemaOptions...)); len(wrong) > 0 {
				add("default", fmt.Errorf("it is not a value of the schema: %s; write one that is, or remove default",
					strings.TrimSpace(wrong[0].Path+" "+wrong[0].Message)))
			}
		}
	}
	return errors.Join(mistakes...)
}

// checkCycles returns an error for schemas that consist of themselves: no value could ever be validated.
func checkCycles(schemas []placedSchema) error {
	var mistakes []error
	for _, s := range schemas {
		seen := map[*openapi3.Schema]bool{}
		var isIn func(*openapi3.Schema) bool
		isIn = func(in *openapi3.Schema) bool {
			return slices.ContainsFunc(slices.Concat(in.AllOf, in.OneOf, in.AnyOf, openapi3.SchemaRefs{in.Not}),
				func(part *openapi3.SchemaRef) bool {
					if part == nil || part.Value == nil || seen[part.Value] {
						return false
					}
					seen[part.Value] = true
					return part.Value == s.Schema || isIn(part.Value)
				})
		}
		if isIn(s.Schema) {
			mistakes = append(mistakes, placeError{keysOf(s.at), errors.New("the schema consists of itself, by way of allOf, oneOf, " +
				"anyOf or not; remove the $ref that leads back to it, or write it below a property or items")})
		}
	}
	return errors.Join(mistakes...)
}

// keysOf returns the keys of a JSON pointer.
func keysOf(pointer string) []string {
	keys := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, key := range keys {
		keys[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
	}
	return keys
}

func checkPattern(pattern string) error {
	if pattern == "" {
		return nil
	}
	_, err := compilePattern(pattern)
	if err == nil {
		return nil
	}
	if lookaround.MatchString(pattern) {
		return fmt.Errorf("%q has a lookahead, lookbehind or backreference, which takes exponential time and is not supported; write a "+
			"pattern without it, and check the rest in the handler", pattern)
	}
	return fmt.Errorf("%q is not a regular expression of Go: %s; see https://pkg.go.dev/regexp/syntax", pattern,
		strings.TrimPrefix(err.Error(), "error parsing regexp: "))
}

var lookaround = regexp.MustCompile(`\(\?<?[=!]|\\[1-9]`)

// checkEnum returns an error for values that no value of the schema's type equals, such as the number 1 in an enum of strings.
func checkEnum(s *openapi3.Schema) error {
	if s.Type == nil {
		return nil
	}
	for _, value := range s.Enum {
		if err := (&openapi3.Schema{Type: s.Type, Nullable: s.Nullable}).VisitJSON(value); err != nil {
			wanted := "write one"
			if s.Type.Is("string") && value != nil {
				wanted = fmt.Sprintf("write '%v'", value)
			} else if value == nil {
				wanted = "write nullable: true"
			}
			return fmt.Errorf("%v is not a value of type %s; %s", value, strings.Join(s.Type.Slice(), " "), wanted)
		}
	}
	return nil
}

// maxExact is the largest integer up to which float64 holds all.
const maxExact = 1<<53 - 1

// exact returns an error for integers that kin does not hold, because they are float64 there.
func exact(s *openapi3.Schema, values ...any) error {
	for _, value := range values {
		if n, is := value.(float64); is && kindOf(s) == "integer" && math.Abs(n) > maxExact {
			return fmt.Errorf("an integer beyond %d is not exact here; remove it, and do this in the handler", maxExact)
		}
	}
	return nil
}

// checkDiscriminator returns an error for a discriminator that leads to no alternative.
func checkDiscriminator(s *openapi3.Schema) error {
	alternatives := slices.Concat(s.OneOf, s.AnyOf)
	if s.Discriminator == nil || len(alternatives) == 0 {
		return nil
	}
	if slices.ContainsFunc(alternatives, func(ref *openapi3.SchemaRef) bool { return ref.Ref == "" }) {
		return errors.New("each alternative must be a $ref to a component; write the inline schemas as components")
	}
	for name, target := range s.Discriminator.Mapping {
		ref := mappedRef(target.Ref)
		if !slices.ContainsFunc(alternatives, func(a *openapi3.SchemaRef) bool { return a.Ref == ref }) {
			return fmt.Errorf("the mapping of %q leads to %s, which is not one of the alternatives", name, ref)
		}
	}
	return nil
}

// mappedRef returns the reference that a value in a mapping means: a reference, or the name of a component.
func mappedRef(target string) string {
	if strings.Contains(target, "/") {
		return target
	}
	return "#/components/schemas/" + target
}

// explicit writes the references into the mapping of a discriminator that OpenAPI implies, and reports whether it has changed it.
func explicit(s *openapi3.Schema) (changed bool) {
	alternatives := slices.Concat(s.OneOf, s.AnyOf)
	if s.Discriminator == nil || len(alternatives) == 0 {
		return false
	}
	mapped := map[string]bool{}
	mapping := map[string]openapi3.MappingRef{}
	for name, target := range s.Discriminator.Mapping {
		ref := mappedRef(target.Ref)
		mapping[name], mapped[ref], changed = openapi3.MappingRef{Ref: ref}, true, changed || ref != target.Ref
	}
	for _, a := range alternatives {
		if !mapped[a.Ref] {
			mapping[schemaName(a)], changed = openapi3.MappingRef{Ref: a.Ref}, true
		}
	}
	s.Discriminator.Mapping = mapping
	return changed
}

// allowNull makes a schema of any value accept null, which kin rejects without nullable.
func allowNull(s *openapi3.Schema) {
	if s.Type == nil && len(s.AllOf)+len(s.OneOf)+len(s.AnyOf)+len(s.Enum)+len(s.Properties) == 0 && s.Not == nil {
		s.Nullable = true
	}
}

// inherit gives a schema the readOnly, writeOnly and default of the parts of its allOf: kin uses those of a property itself.
func inherit(s *openapi3.Schema) {
	for _, part := range partsOf(s) {
		s.ReadOnly, s.WriteOnly = s.ReadOnly || part.ReadOnly, s.WriteOnly || part.WriteOnly
		if s.Default == nil {
			s.Default = part.Default
		}
	}
}

// plainEnum removes from a schema with an enum what code cannot be generated for: null among its values, and a format whose type in Go is
// not a string. It reports whether it has changed the schema.
func plainEnum(s *openapi3.Schema) (changed bool) {
	if len(s.Enum) == 0 {
		return false
	}
	values := slices.DeleteFunc(slices.Clone(s.Enum), func(value any) bool { return value == nil })
	changed = len(values) < len(s.Enum)
	s.Enum = values
	if s.Type.Is("string") && !isText(s.Format) {
		s.Format, changed = "", true
	}
	return changed
}

// lacksNull reports whether null matches a schema, but is no value of its type in Go: a scalar, or a struct for its properties.
func lacksNull(s *openapi3.Schema) bool {
	return (isScalar(s) || len(propertiesOf(s)) > 0) && s.VisitJSON(nil, schemaOptions...) == nil
}
