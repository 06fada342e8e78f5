package spec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// ValidateResponse validates a response against the contract: its status must be documented, its header fields, media type and body
// must match their schemas, and its error code must be known. An error that is documented without content may have a body in JSON. r is the
// request; the response to HEAD may lack the body. The error lists
// every violation with its location and the rule, and never quotes a value.
func (o *Operation) ValidateResponse(r *http.Request, status int, header http.Header, body []byte) error {
	_, documented := o.response(status)
	if documented == nil {
		return fmt.Errorf("%s: status %d is not documented; documented statuses: %s", o.ID, status, strings.Join(o.Statuses(), ", "))
	}
	wrong := wrongHeaders(documented.Value.Headers, header)
	plainError := status >= 400 && len(documented.Value.Content) == 0 && isJSON(header.Get("Content-Type")) // as the server sends it
	if !plainError && (len(body) > 0 || r.Method != http.MethodHead) {
		wrong = append(wrong, wrongBody(documented.Value.Content, header.Get("Content-Type"), body)...)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: status %d: %w", o.ID, status, errors.Join(wrong...))
	}
	return nil
}

// response returns the documented response for a status and its key: the status, or a range such as 4XX, or default.
func (o *Operation) response(status int) (key string, documented *openapi3.ResponseRef) {
	for _, key := range []string{strconv.Itoa(status), strconv.Itoa(status/100) + "XX", "default"} {
		if documented := o.responses.Value(key); documented != nil {
			return key, documented
		}
	}
	return "", nil
}

func wrongHeaders(documented openapi3.Headers, header http.Header) (wrong []error) {
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		h := documented[name].Value
		text := header.Values(name)
		switch {
		case len(text) == 0 && h.Required:
			wrong = append(wrong, fmt.Errorf("header %s: is required", name))
		case len(text) > 0 && h.Schema != nil:
			err := h.Schema.Value.VisitJSON(plain(h.Schema.Value, text), responseOptions...)
			wrong = append(wrong, errorsAt("header "+name, fieldsOf(err))...)
		}
	}
	return wrong
}

// plain converts a header field's value to the type of its schema. A value that cannot be converted stays a string, which is invalid.
func plain(s *openapi3.Schema, texts []string) any {
	switch kind := kindOf(s); {
	case kind == "array" && s.Items != nil:
		items := []any{}
		for _, text := range itemsOf(texts) {
			items = append(items, plain(s.Items.Value, []string{text}))
		}
		return items
	case kind == "boolean" || kind == "integer" || kind == "number":
		return scalar(s, texts[0])
	}
	return texts[0]
}

// itemsOf returns the items of a list in header fields (RFC 9110, section 5.6.1).
func itemsOf(texts []string) (items []string) {
	for item := range strings.SplitSeq(strings.Join(texts, ","), ",") {
		if item = strings.Trim(item, " \t"); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func wrongBody(documented openapi3.Content, contentType string, body []byte) []error {
	if len(documented) == 0 {
		if len(body) > 0 {
			return []error{errors.New("body: must be empty")}
		}
		return nil
	}
	media := documented.Get(contentType)
	if media == nil {
		return []error{fmt.Errorf("header Content-Type: is not documented; documented types: %s",
			strings.Join(slices.Sorted(maps.Keys(documented)), ", "))}
	}
	if media.Schema == nil {
		return nil
	}
	if !isJSON(contentType) {
		if s := media.Schema.Value; s.Type.Is("string") && s.Format != "binary" {
			return errorsAt("body", fieldsOf(s.VisitJSON(string(body), responseOptions...)))
		}
		return nil
	}
	value, err := decode(body)
	if err != nil {
		return []error{errors.New("body: is not valid JSON")}
	}
	return errorsAt("body", append(fieldsOf(media.Schema.Value.VisitJSON(value, responseOptions...)), unlisted(media.Schema, "", value)...))
}

// isJSON reports whether a media type is application/json or ends with +json (RFC 6839, section 3.1).
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == jsonType || strings.HasSuffix(media, "+json"))
}

var responseOptions = append(slices.Clip(schemaOptions), openapi3.VisitAsResponse(), openapi3.WithStringFormatValidators(responseFormats))

// errorsAt returns the fields as errors at a location.
func errorsAt(place string, fields []fault.Field) (wrong []error) {
	for _, f := range fields {
		message := f.Message
		if f.Code == "additionalProperties" {
			message += fmt.Sprintf(": %q", f.Info["additionalProperty"])
		}
		wrong = append(wrong, errors.New(strings.TrimSuffix(place+" "+f.Path, " ")+": "+message))
	}
	return wrong
}

// Operation returns the operation of a method and an escaped path, which includes the base path, or nil. HEAD returns that of GET, unless
// the path has one of its own. Operation compares the path with all operations, so it is for tests and tools, not for serving requests. As
// in the server, a trailing slash matters for DELETE only.
func (c *Contract) Operation(method, path string) *Operation {
	path, below := strings.CutPrefix(path, c.basePath)
	if method != http.MethodDelete && len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	var found *Operation
	for _, op := range c.operations {
		isMeant := op.Method == method || method == http.MethodHead && op.Method == http.MethodGet
		if !isMeant || !below || !op.pattern.MatchString(cmp.Or(path, "/")) {
			continue
		}
		if found == nil || op.Precedes(found) || op.Path == found.Path && op.Method == method {
			found = op
		}
	}
	return found
}

// Example returns the contract's example of the request body in JSON, or nil if the operation has no such body or no example.
func (o *Operation) Example() []byte {
	if o.body == nil || o.body.value() == nil || o.body.value().kind != jsonBody {
		return nil
	}
	text, err := json.Marshal(o.route.Operation.RequestBody.Value.Content[o.body.value().media].Example)
	if err != nil || string(text) == "null" {
		return nil
	}
	return text
}
