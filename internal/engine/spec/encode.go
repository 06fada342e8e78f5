package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// exampleOf returns a copy of the example of a media type or, without one, a value that follows from its schema.
func exampleOf(media *openapi3.MediaType) any {
	example := media.Example
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		if example == nil {
			example = media.Examples[name].Value.Value
		}
	}
	var value any
	if text, err := json.Marshal(example); example == nil || err != nil || json.Unmarshal(text, &value) != nil {
		return sample(media.Schema.Value, 0)
	}
	return value
}

// encode returns a value as a request body. It sets the header of a multipart form, which names a boundary.
func (b *body) encode(value any, h http.Header) []byte {
	switch b.kind {
	case textBody:
		return []byte(fmt.Sprint(value))
	case formBody:
		return []byte(b.fields.encode(value).Encode())
	case multipartBody:
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		h.Set("Content-Type", w.FormDataContentType())
		object := asObject(value)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			b.writeParts(w, name, object[name])
		}
		_ = w.Close() // a bytes.Buffer returns no error
		return out.Bytes()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil // the value was decoded from JSON
	}
	return text
}

func (b *body) writeParts(w *multipart.Writer, name string, value any) {
	f := b.fields[name]
	items, isList := value.([]any)
	if !isList || f == nil || !f.array {
		items = []any{value}
	}
	for _, item := range items {
		header := textproto.MIMEHeader{"Content-Disposition": {disposition(name, "")}}
		if f != nil && f.file {
			header.Set("Content-Disposition", disposition(name, "file"))
			header.Set("Content-Type", "application/octet-stream")
			if len(f.types) > 0 {
				header.Set("Content-Type", f.types[0])
			}
		}
		part, err := w.CreatePart(header)
		if err == nil {
			_, _ = part.Write([]byte(plainText(item)))
		}
	}
}

// encode returns an object as a urlencoded form.
func (f fields) encode(value any) url.Values {
	values := url.Values{}
	for name, member := range asObject(value) {
		known := f[name]
		items, isList := member.([]any)
		switch {
		case known != nil && known.deep != nil:
			for inner, items := range known.deep.encode(member) {
				values[name+"["+inner+"]"] = items
			}
		case known != nil && known.array && isList:
			for _, item := range items {
				values.Add(name, plainText(item))
			}
			if known.separator != "" {
				values.Set(name, strings.Join(values[name], known.separator))
			}
		default:
			values.Set(name, plainText(member))
		}
	}
	return values
}

// plainText returns a string as it is, null as an empty string, and any other value in JSON.
func plainText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
