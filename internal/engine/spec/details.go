package spec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-openapi/jsonpointer"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// maxFields limits how many of a request's errors are reported.
const maxFields = 100

// fieldsOf converts kin's errors to LoopBack's details, with the paths, codes, messages and order of ajv: required first, then
// additionalProperties, then the properties.
func fieldsOf(err error) []fault.Field {
	fields := flatten(nil, err)
	slices.SortStableFunc(fields, func(a, b fault.Field) int { return cmp.Compare(rank(a), rank(b)) })
	return fields[:min(len(fields), maxFields)]
}

func rank(f fault.Field) int {
	switch f.Code {
	case "required":
		return 0
	case "additionalProperties":
		return 1
	}
	return 2
}

func flatten(fields []fault.Field, err error) []fault.Field {
	switch e := err.(type) {
	case nil:
		return fields
	case openapi3.MultiError:
		for _, inner := range e {
			fields = flatten(fields, inner)
		}
		return fields
	case *openapi3.SchemaError:
		if e.SchemaField == "allOf" || e.SchemaField == "oneOf" || e.SchemaField == "anyOf" {
			return flattenParts(fields, e)
		}
		return append(fields, fieldOf(e))
	case *openapi3filter.RequestError:
		if e.Err != nil {
			return flatten(fields, e.Err)
		}
		return append(fields, fault.Field{Code: "invalid", Message: e.Reason, Info: map[string]any{}})
	}
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		return append(fields, fault.Field{Code: "required", Message: "is required", Info: map[string]any{}})
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		return append(fields, fault.Field{Code: "empty", Message: "must NOT be empty", Info: map[string]any{}})
	}
	if parse, ok := errors.AsType[*openapi3filter.ParseError](err); ok {
		return append(fields, fault.Field{Code: "type", Message: parse.Reason, Info: map[string]any{}})
	}
	return append(fields, fault.Field{Code: "invalid", Message: "is not valid", Info: map[string]any{}})
}

// maxAlternatives is how many alternatives of a oneOf or anyOf an error describes.
const maxAlternatives = 5

// flattenParts converts the error of an allOf to those of its parts, and that of a oneOf or anyOf to one that says what each alternative
// expects. An alternative that a discriminator names has its own errors.
func flattenParts(fields []fault.Field, e *openapi3.SchemaError) []fault.Field {
	parts, _ := errors.AsType[openapi3.MultiError](e.Origin)
	if e.SchemaField == "allOf" || len(parts) == 1 {
		return flatten(fields, parts)
	}
	at := pointer(e.JSONPointer())
	if e.SchemaField == "anyOf" { // kin does not tell why
		for _, part := range e.Schema.AnyOf {
			parts = append(parts, part.Value.VisitJSON(e.Value, schemaOptions...))
		}
	}
	var expected []string
	for _, part := range parts[:min(len(parts), maxAlternatives)] {
		for _, f := range fieldsOf(part)[:1] {
			path := f.Path
			if e.SchemaField == "oneOf" {
				path = strings.TrimPrefix(path, at)
			}
			expected = append(expected, strings.TrimSpace(path+" "+f.Message))
		}
	}
	message := "must match exactly one schema in oneOf"
	if e.SchemaField == "anyOf" {
		message = "must match a schema in anyOf"
	}
	if len(expected) > 0 {
		message += ": " + strings.Join(expected, ", or ")
	}
	return append(fields, fault.Field{Path: at, Code: e.SchemaField, Message: message, Info: map[string]any{}})
}

// fieldOf converts one schema error to the message of ajv, which LoopBack uses.
func fieldOf(e *openapi3.SchemaError) fault.Field {
	path, s := e.JSONPointer(), e.Schema
	at := func(f fault.Field) fault.Field {
		f.Path = pointer(path)
		return f
	}
	field := func(message string, info map[string]any) fault.Field {
		return at(fault.Field{Code: e.SchemaField, Message: message, Info: info})
	}
	switch e.SchemaField {
	case "required":
		name := path[len(path)-1]
		path = path[:len(path)-1]
		return field("must have required property '"+name+"'", map[string]any{"missingProperty": name})
	case "properties", "additionalProperties":
		return at(fault.UnknownProperty(quoted(e.Reason)))
	case "readOnly": // in a request, a readOnly property is an unknown property
		name := path[len(path)-1]
		path = path[:len(path)-1]
		return at(fault.UnknownProperty(name))
	case "discriminator":
		d := s.Discriminator
		path = append(path, d.PropertyName)
		message := "must be the name of a schema"
		if names := slices.Sorted(maps.Keys(d.Mapping)); len(names) > 0 {
			message = "must be one of " + strings.Join(names, ", ")
		}
		return field(message, map[string]any{"discriminator": d.PropertyName})
	case "type", "nullable":
		if _, is := e.Value.(outOfRange); is && (s.Type.Is("integer") || s.Type.Is("number")) {
			return field("must be in the range of "+cmp.Or(s.Format, "int64"), map[string]any{"type": strings.Join(s.Type.Slice(), ",")})
		}
		if n, is := e.Value.(json.Number); is && !s.Type.Is("integer") && !isExact(string(n)) {
			return field("must be in the range of float64", map[string]any{"type": "number"})
		}
		return at(fault.WrongType(strings.Join(s.Type.Slice(), ",")))
	case "format":
		format := s.Format
		if format == username {
			format = "email" // as in LoopBack
		}
		f := fault.WrongFormat(format)
		if why, ok := errors.AsType[reason](e.Origin); ok {
			f.Message = why.Error()
		}
		return at(f)
	case "pattern":
		return field(fmt.Sprintf("must match pattern %q", s.Pattern), map[string]any{"pattern": s.Pattern})
	case "enum":
		return at(fault.NotInEnum(s.Enum))
	case "minLength":
		return at(fault.BeyondLimit(e.SchemaField, s.MinLength))
	case "maxLength":
		return at(fault.BeyondLimit(e.SchemaField, *s.MaxLength))
	case "minItems":
		return at(fault.BeyondLimit(e.SchemaField, s.MinItems))
	case "maxItems":
		return at(fault.BeyondLimit(e.SchemaField, *s.MaxItems))
	case "minProperties":
		return at(fault.BeyondLimit(e.SchemaField, s.MinProps))
	case "maxProperties":
		return at(fault.BeyondLimit(e.SchemaField, *s.MaxProps))
	case "uniqueItems":
		return at(fault.DuplicateItems())
	case "minimum":
		return at(fault.BeyondLimit(e.SchemaField, *s.Min))
	case "maximum":
		return at(fault.BeyondLimit(e.SchemaField, *s.Max))
	case "multipleOf":
		return field(fmt.Sprintf("must be multiple of %v", *s.MultipleOf), map[string]any{"multipleOf": *s.MultipleOf})
	}
	return field("must match the schema's "+e.SchemaField, map[string]any{})
}

// pointer joins the parts to a JSON pointer (RFC 6901, section 3).
func pointer(parts []string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(jsonpointer.Escape(part))
	}
	return b.String()
}

// quoted returns the text between the outermost quotes: kin reports the name of an unknown property only in its message.
func quoted(text string) string {
	from, to := strings.IndexByte(text, '"'), strings.LastIndexByte(text, '"')
	if from < 0 || from == to {
		return ""
	}
	name := text[from+1 : to]
	return name[:min(len(name), 64)]
}
