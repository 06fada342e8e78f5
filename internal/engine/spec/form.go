package spec

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// fields are the properties of a form's schema, by name.
type fields map[string]*field

// anyName is the name of the field that stands for the properties that a schema does not name, if it has a schema for them.
const anyName = "\x00"

// additional returns the field of a property that the schema does not name. Without a schema for it, it has no type, for validation to
// reject
// or accept.
func (f fields) additional(texts []string) *field {
	if known := f[anyName]; known != nil {
		return known
	}
	return &field{item: &openapi3.Schema{}, array: len(texts) > 1}
}

// field says how a property is written in a form.
type field struct {
	schema    *openapi3.Schema
	array     bool
	item      *openapi3.Schema // of the array, or the schema
	separator string           // of the items; empty: each has a field of its own
	file      bool             // a part that is passed on as it is
	json      bool
	deep      fields   // of an object whose properties are written name[property]
	types     []string // the media types that a part may have; empty: any
}

// readFields returns the fields of a form, which is an object whose properties are scalars, arrays of scalars, and objects in JSON or
// deepObject style; in a multipart form also files.
func readFields(s *openapi3.Schema, encoding map[string]*openapi3.Encoding, multipart bool) (fields, error) {
	if kindOf(s) != "object" || isUnion(s) {
		return nil, fmt.Errorf("the schema of a form must have type object, without oneOf and anyOf")
	}
	found := fields{}
	properties := propertiesOf(s)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		f, err := readField(properties[name], encoding[name], multipart)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", name, err)
		}
		found[name] = f
	}
	if more := s.AdditionalProperties.Schema; more != nil && !multipart { // parts.field has those of a multipart form
		f, err := readField(more.Value, nil, false)
		if err != nil {
			return nil, fmt.Errorf("additionalProperties: %w", err)
		}
		found[anyName] = f
	}
	for _, name := range slices.Sorted(maps.Keys(encoding)) {
		if found[name] == nil {
			return nil, fmt.Errorf("encoding %s: the schema has no such property", name)
		}
	}
	return found, nil
}

func readField(s *openapi3.Schema, encoding *openapi3.Encoding, multipart bool) (*field, error) {
	f := &field{schema: s, item: s}
	style, explode, contentType := "form", true, ""
	if encoding != nil {
		if len(encoding.Headers) > 0 {
			return nil, fmt.Errorf("encoding with headers is not supported")
		}
		contentType = encoding.ContentType
		if encoding.Style != "" {
			style, explode = encoding.Style, encoding.Style == "form"
		}
		if encoding.Explode != nil {
			explode = *encoding.Explode
		}
	}
	if contentType == jsonType {
		f.json = true
		return f, nil
	}
	if kindOf(s) == "array" {
		if s.Items == nil {
			return nil, fmt.Errorf("items is missing")
		}
		f.array, f.item = true, s.Items.Value
		if !explode && !multipart {
			f.separator = map[string]string{"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}[style]
		}
	}
	for name := range strings.SplitSeq(contentType, ",") {
		if name = strings.TrimSpace(name); name != "" {
			f.types = append(f.types, strings.ToLower(name))
		}
	}
	switch kindOf(f.item) {
	case "string", "integer", "number", "boolean":
		f.file = multipart && f.item.Format == "binary"
		if f.item.Format == "binary" && !multipart {
			return nil, fmt.Errorf("files need %s", multipartType)
		}
		if f.file && (!isPlainBinary(f.item) || s.UniqueItems) {
			return nil, fmt.Errorf("a file is passed on without validation, so its schema must be {type: string, format: binary} without " +
				"limits; x-limits.body limits the size of the form")
		}
		if len(f.types) > 0 && !f.file {
			return nil, fmt.Errorf("encoding.contentType is supported for files, and as %s", jsonType)
		}
		return f, nil
	case "object":
		if multipart {
			f.json = true // the default of OpenAPI 3.0.3, section 4.7.15.1
			return f, nil
		}
		if style == "deepObject" && !f.array {
			var err error
			f.deep, err = readDeep(s)
			return f, err
		}
		return nil, fmt.Errorf("an object in a form needs `encoding: {style: deepObject}` or `encoding: {contentType: %s}`", jsonType)
	}
	return nil, fmt.Errorf("the schema must have a type: string, integer, number, boolean, or an array of one of them; oneOf, anyOf and " +
		"arrays of arrays are not supported in forms")
}

// readDeep returns the properties of an object in deepObject style.
func readDeep(s *openapi3.Schema) (fields, error) {
	found, properties := fields{}, propertiesOf(s)
	if more := s.AdditionalProperties.Schema; more != nil {
		properties[anyName] = more.Value
	}
	for name, property := range properties {
		f := &field{schema: property, item: property}
		if kindOf(property) == "array" && property.Items != nil {
			f.array, f.item = true, property.Items.Value
		}
		if !slices.Contains([]string{"string", "integer", "number", "boolean"}, kindOf(f.item)) {
			return nil, fmt.Errorf("property %q: deepObject is defined for scalars and arrays of scalars only; use content %s", name,
				jsonType)
		}
		found[name] = f
	}
	return found, nil
}

// kindOf returns the type of a schema, or of the first part of its allOf that has one.
func kindOf(s *openapi3.Schema) string {
	if s.Type != nil && len(s.Type.Slice()) == 1 {
		return s.Type.Slice()[0]
	}
	for _, part := range s.AllOf {
		if kind := kindOf(part.Value); kind != "" {
			return kind
		}
	}
	if s.Type == nil && len(s.Properties) > 0 {
		return "object"
	}
	return ""
}

// propertiesOf returns the properties of an object and of the parts of its allOf.
func propertiesOf(s *openapi3.Schema) map[string]*openapi3.Schema {
	found := map[string]*openapi3.Schema{}
	for _, part := range s.AllOf {
		maps.Copy(found, propertiesOf(part.Value))
	}
	for name, property := range s.Properties {
		found[name] = property.Value
	}
	return found
}

// decode returns the value of a urlencoded form in JSON. Values that do not have the type of their field stay strings, which validation
// rejects.
func (f fields) decode(text string) (any, error) {
	values, err := url.ParseQuery(text)
	if err != nil || !readable(text, values) {
		return nil, fault.New(fault.BadRequest, "",
			"Invalid form. It must be UTF-8, with every character except letters, digits and -._~ percent-encoded.")
	}
	return f.object(values)
}

// object returns the value of fields in JSON.
func (f fields) object(values url.Values) (map[string]any, error) {
	object := map[string]any{}
	byLength := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) } // a[b][9] before a[b][10]
	for _, name := range slices.SortedFunc(maps.Keys(values), byLength) {
		texts := values[name]
		known := f[name]
		if known == nil {
			if list := f[itemSuffix.ReplaceAllString(name, "")]; list != nil && list.array && list.separator == "" { // as PHP writes it
				name = itemSuffix.ReplaceAllString(name, "")
				before, _ := object[name].([]any)
				more, err := list.value(name, texts)
				if err != nil {
					return nil, err
				}
				object[name] = append(before, more.([]any)...)
				continue
			} else if outer, inner, ok := deepName(name); ok && f[outer] != nil && f[outer].deep != nil {
				if err := f[outer].put(object, outer, inner, texts); err != nil {
					return nil, err
				}
				continue
			} else {
				known = f.additional(texts)
			}
		}
		value, err := known.value(name, texts)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	return object, nil
}

// itemSuffix is the end of the name of an item of a list.
var itemSuffix = regexp.MustCompile(`\[[0-9]{0,6}\]$`)

var deepPattern = regexp.MustCompile(`^([^\[\]]+)\[([^\[\]]+)\](\[[0-9]{0,6}\])?$`)

// deepName splits "filter[name]", and with an item of a list "filter[name][]" or "filter[name][0]", into its names.
func deepName(name string) (outer, inner string, ok bool) {
	parts := deepPattern.FindStringSubmatch(name)
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// put adds a property of an object in deepObject style.
func (f *field) put(object map[string]any, outer, inner string, texts []string) error {
	members, _ := object[outer].(map[string]any)
	if members == nil {
		members = map[string]any{}
		object[outer] = members
	}
	property := f.deep[inner]
	if property == nil {
		property = f.deep.additional(texts)
	}
	if before, twice := members[inner].([]any); twice && property.array { // a[b] and a[b][]
		more, err := property.value(inner, texts)
		members[inner] = append(before, more.([]any)...)
		return err
	}
	if _, twice := members[inner]; twice { // a[b] and a[b][0]
		return invalidField(outer+"/"+inner, "conflict", "must be given once")
	}
	value, err := property.value(outer+"/"+inner, texts)
	members[inner] = value
	return err
}

func (f *field) value(path string, texts []string) (any, error) {
	if f.separator != "" && len(texts) == 1 {
		if texts[0] == "" {
			return []any{}, nil
		}
		texts = strings.Split(texts[0], f.separator)
	} else if len(texts) > 1 && !f.array || f.separator != "" {
		return nil, invalidField(path, "conflict", "must be given once")
	}
	items := make([]any, len(texts))
	for i, text := range texts {
		value, err := f.one(path, text)
		if err != nil {
			return nil, err
		}
		items[i] = value
	}
	if f.array {
		return items, nil
	}
	return items[0], nil
}

// one returns one value of a field.
func (f *field) one(path, text string) (any, error) {
	if f.json {
		value, err := decode([]byte(text))
		if err != nil {
			return nil, invalidField(path, "type", "must be valid JSON")
		}
		return value, nil
	}
	return scalar(f.item, text), nil
}

// number is a number in JSON (RFC 8259, section 6).
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// scalar returns the text as a value of the schema's type. Text that has another type stays a string, for validation to reject.
func scalar(s *openapi3.Schema, text string) any {
	kind := kindOf(s)
	switch {
	case kind == "boolean" && (text == "true" || text == "false"):
		return text == "true"
	case (kind == "integer" || kind == "number") && number.MatchString(text):
		return json.Number(text)
	case text == "" && s.Nullable && kind != "string":
		return nil
	}
	return text
}

func invalidField(path, code, message string) error {
	return invalidFields([]fault.Field{{Path: pointer(strings.Split(path, "/")), Code: code, Message: message}})
}

// accepts reports whether a part may have that media type; empty means none.
func (f *field) accepts(contentType string) bool {
	if f.json && contentType != "" {
		return isJSON(contentType)
	}
	if len(f.types) == 0 {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	kind, _, _ := strings.Cut(media, "/")
	return slices.ContainsFunc(f.types, func(t string) bool { return t == media || t == kind+"/*" || t == "*/*" })
}

// text returns the value of a part that is not a file.
func (f *field) text(path string, data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, invalidField(path, "type", "must be valid UTF-8")
	}
	return f.one(path, string(data))
}
