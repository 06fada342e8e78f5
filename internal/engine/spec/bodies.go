package spec

import (
	"context"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// bodyKind says how a body is read and what the handler gets.
type bodyKind int

const (
	jsonBody      bodyKind = iota // application/json and +json: a value
	formBody                      // application/x-www-form-urlencoded: the value that it has in JSON
	textBody                      // text/plain: a string
	multipartBody                 // multipart/form-data: a stream of parts
	streamBody                    // any other media type: a stream of bytes
)

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
	textType      = "text/plain"
)

// bodies are the request bodies that an operation accepts.
type bodies struct {
	required bool
	types    []*body // sorted by media type; at most one of kind formBody, multipartBody and textBody
}

// readBodies returns nil if the operation has no body.
func readBodies(ref *openapi3.RequestBodyRef) (*bodies, error) {
	if ref == nil {
		return nil, nil
	}
	all := &bodies{required: ref.Value.Required}
	for _, name := range slices.Sorted(maps.Keys(ref.Value.Content)) {
		b, err := readBody(name, ref.Value.Content[name])
		if err != nil {
			return nil, err
		}
		all.types = append(all.types, b)
	}
	if len(all.types) == 0 {
		return nil, fmt.Errorf("requestBody: content has no media type; write one, such as %s", jsonType)
	}
	return all, all.checkAlternatives()
}

func readBody(name string, media *openapi3.MediaType) (*body, error) {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("requestBody: content %s: %s", name, fmt.Sprintf(format, args...))
	}
	parsed, parameters, err := mime.ParseMediaType(name)
	if err != nil || len(parameters) > 0 || parsed != name || !strings.Contains(name, "/") {
		return nil, wrong("want a media type in lower case without parameters, such as %s", jsonType)
	}
	b := &body{media: name}
	if media.Schema != nil {
		b.schema = media.Schema.Value
	}
	switch {
	case isJSON(name):
		b.kind = jsonBody
	case name == formType:
		b.kind = formBody
	case name == multipartType:
		b.kind = multipartBody
	case name == textType:
		b.kind = textBody
	case strings.HasPrefix(name, "multipart/"):
		return nil, wrong("not supported; use %s", multipartType)
	default:
		b.kind = streamBody
		if s := b.schema; s != nil && !isPlainBinary(s) {
			return nil, wrong("the server does not validate it, so the schema must be {type: string, format: binary} without limits " +
				"(x-limits.body limits the size); write that, or remove this media type")
		}
		return b, nil
	}
	switch {
	case b.schema == nil:
		return nil, wrong("schema is missing")
	case b.kind == textBody && (!b.schema.Type.Is("string") || !isText(b.schema.Format)):
		return nil, wrong("the schema must have type string, without a format such as date that is not text in Go")
	case b.kind == formBody || b.kind == multipartBody:
		if b.fields, err = readFields(b.schema, media.Encoding, b.kind == multipartBody); err != nil {
			return nil, wrong("%v", err)
		}
	}
	if at, has := binaryIn(b.schema); has && b.kind != multipartBody {
		return nil, wrong("%s", notInJSON(media.Schema, at))
	}
	b.nilIfNull = b.kind == jsonBody && lacksNull(b.schema)
	if err := b.readDefaults(); err != nil {
		return nil, err
	}
	if b.kind == multipartBody && (b.defaults || len(b.now)+len(b.created) > 0) {
		return nil, wrong("default and %s are not supported, because parts are passed on as they are sent; remove them", xDefault)
	}
	return b, nil
}

// isPlainBinary reports whether a schema has no rule that only validation could enforce.
func isPlainBinary(s *openapi3.Schema) bool {
	return (s.Type == nil || s.Type.Is("string")) && (s.Format == "" || s.Format == "binary") && !isUnion(s) && len(s.AllOf) == 0 &&
		s.Not == nil && len(s.Enum) == 0 && s.MinLength == 0 && s.MaxLength == nil && s.Pattern == ""
}

// binaryIn returns the pointer to a property of format binary.
func binaryIn(s *openapi3.Schema) (pointer string, has bool) {
	return findIn(s, "", func(s *openapi3.Schema) bool { return s.Format == "binary" }, map[*openapi3.Schema]bool{})
}

// findIn returns the pointer to a schema in s, or s itself, for which is reports true.
func findIn(s *openapi3.Schema, at string, is func(*openapi3.Schema) bool, seen map[*openapi3.Schema]bool) (pointer string, has bool) {
	if seen[s] {
		return "", false
	}
	seen[s] = true
	if is(s) {
		return at, true
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if found, has := findIn(s.Properties[name].Value, at+"/properties/"+name, is, seen); has {
			return found, true
		}
	}
	for _, part := range slices.Concat(s.AllOf, s.OneOf, s.AnyOf, openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema}) {
		if part == nil {
			continue
		}
		if found, has := findIn(part.Value, at, is, seen); has {
			return found, true
		}
	}
	return "", false
}

func notInJSON(ref *openapi3.SchemaRef, at string) string {
	return fmt.Sprintf("%s%s: format binary is not possible in JSON; use format byte, which is base64", strings.TrimPrefix(ref.Ref, "#"),
		at)
}

// isText reports whether strings of that format are strings in Go.
func isText(format string) bool {
	return !slices.Contains([]string{"binary", "byte", "date", "date-time", "json"}, format)
}

// checkAlternatives returns an error for media types that generated code cannot tell apart.
func (a *bodies) checkAlternatives() error {
	var value *body
	for _, b := range a.types {
		if b.kind == jsonBody || b.kind == formBody {
			if value != nil && value.schema != b.schema && !reflect.DeepEqual(value.schema, b.schema) {
				return fmt.Errorf("requestBody: %s and %s must have the same schema, because the handler gets one value; use the same "+
					"$ref for both, or two operations", value.media, b.media)
			}
			value = b
		}
		for _, other := range a.types {
			if other.generated() != b.generated() && strings.HasPrefix(other.generated(), b.generated()) && !a.onlyBytes() {
				return fmt.Errorf("requestBody: %s and %s: generated code cannot tell them apart; remove one, or use two operations",
					b.media, other.media)
			}
		}
	}
	streams := 0
	for _, b := range a.types {
		if b.kind == streamBody && !a.onlyBytes() {
			streams++
		}
		if streams > 1 || streams == 1 && strings.Contains(b.media, "*") {
			return fmt.Errorf("requestBody: %s beside a body that is not a stream of bytes must be the only such media type, without *",
				b.media)
		}
	}
	return nil
}

// generated returns the media type in generated code.
func (b *body) generated() string {
	if b.kind == jsonBody || b.kind == formBody {
		return jsonType
	}
	return b.media
}

// onlyBytes reports whether every body is a stream of bytes. The handler then gets its media type.
func (a *bodies) onlyBytes() bool {
	return !slices.ContainsFunc(a.types, func(b *body) bool { return b.kind != streamBody })
}

// value returns the body that the handler gets as a value, or nil.
func (a *bodies) value() *body {
	for _, b := range a.types {
		if b.kind == jsonBody {
			return b
		}
	}
	for _, b := range a.types {
		if b.kind == formBody {
			return b
		}
	}
	return nil
}

// keep allows unchanged readOnly properties in values; see body.keep.
func (a *bodies) keep(models []*store.Model) {
	for _, b := range a.types {
		if b.kind == jsonBody || b.kind == formBody {
			b.keep(models)
		}
	}
}

// hasStream reports whether the handler can get a stream.
func (a *bodies) hasStream() bool {
	return a != nil && slices.ContainsFunc(a.types, func(b *body) bool { return b.kind == streamBody || b.kind == multipartBody })
}

// hasDefaults reports whether a property of a value has a default.
func (a *bodies) hasDefaults() bool {
	return slices.ContainsFunc(a.types, func(b *body) bool { return b.defaults || len(b.now)+len(b.created) > 0 })
}

// of returns the body with a media type, or an error if the operation has no such body, or if it is compressed or not in UTF-8.
func (a *bodies) of(h http.Header) (*body, error) {
	given := h.Get("Content-Type")
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, unsupported("Content-encoding %s is not supported. Send the body as it is.", encoding)
	}
	if first := a.types[0]; given == first.media {
		return first, nil
	}
	media, parameters, err := mime.ParseMediaType(given)
	if err != nil {
		return nil, a.unsupported(given)
	}
	kind, _, _ := strings.Cut(media, "/")
	i := slices.IndexFunc(a.types, func(b *body) bool { return b.media == media || b.media == kind+"/*" || b.media == "*/*" })
	if i < 0 {
		return nil, a.unsupported(given)
	}
	b := a.types[i]
	if charset := parameters["charset"]; charset != "" && b.kind != streamBody && !strings.EqualFold(charset, "utf-8") {
		return nil, unsupported("unsupported charset %q", strings.ToUpper(charset))
	}
	return b, nil
}

func (a *bodies) unsupported(given string) error {
	names := make([]string, len(a.types))
	for i, b := range a.types {
		names[i] = b.media
	}
	return unsupported("Content-type %s does not match ["+strings.Join(names, ",")+"].", given)
}

func unsupported(format, given string) error {
	return fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", format, given[:min(len(given), 100)])
}

// checkBody reads and validates the body, or replaces it with a stream that is validated while the handler reads it. A large body waits
// for its turn after it has been read. The returned context is ctx, or has the readOnly properties that the body carries.
func (c Check) checkBody(ctx context.Context, r *http.Request) (context.Context, error) {
	b, wrongType := c.body.of(r.Header)
	if b != nil && (b.kind == streamBody || b.kind == multipartBody) {
		return ctx, c.body.stream(b, r, c.Limits.Body)
	}
	data, err := readAll(r, c.Limits.Body)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return ctx, c.body.missing(r)
	}
	if wrongType != nil {
		return nil, wrongType
	}
	if n := int64(len(data)); n >= largeBody {
		release, err := c.bodies.Acquire(ctx, identity.CallerKey(ctx), n)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	kept, err := b.check(r, data, c.now)
	if checked, is := r.Body.(checkedBody); is && err == nil && b.nilIfNull && checked.value == nil {
		c.body.remove(r)
	}
	if kept != nil {
		ctx = store.WithKept(ctx, b.collections, kept)
	}
	return ctx, err
}

// missing returns an error if a request must have a body.
func (a *bodies) missing(r *http.Request) error {
	if a.required {
		return &fault.Error{Kind: fault.BadRequest, Code: "MISSING_REQUIRED_PARAMETER", Detail: "Request body is required"}
	}
	a.remove(r)
	return nil
}

// remove makes the request one that generated code takes for one without body.
func (a *bodies) remove(r *http.Request) {
	r.Body, r.ContentLength = http.NoBody, 0
	switch {
	case len(a.types) > 1:
		r.Header.Del("Content-Type")
	case a.types[0].kind == multipartBody:
		r.Body = noParts(r.Header)
	case a.value() != nil:
		r.ContentLength = -1 // Echo decodes it, and generated code takes io.EOF for no body
		r.Header.Set("Content-Type", jsonType)
	}
}
