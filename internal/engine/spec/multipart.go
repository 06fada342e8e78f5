package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Limits of a multipart form.
const (
	maxParts      = 1000
	maxPartHeader = 16 << 10 // bytes of the headers of one part, and of what is skipped before it
	maxFormText   = 1 << 20  // bytes of all parts that are not files
)

// parts is a multipart form that is validated while it is read. It repeats the parts with a boundary of its own: those that are not files
// after they have been validated, files as they arrive, and the end after the whole form has been validated.
type parts struct {
	body   *body
	limit  *headerLimit
	source *multipart.Reader
	writer *multipart.Writer
	out    bytes.Buffer // of writer
	file   io.Reader    // the part that is being passed on; nil: none
	object map[string]any
	count  int
	text   int64 // bytes of parts that are not files
	err    error
}

// newParts returns the form in a body and sets the header that it is read with.
func newParts(b *body, source io.Reader, h http.Header) (*parts, error) {
	_, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" || len(parameters["boundary"]) > 70 { // RFC 2046, section 5.1.1
		return nil, fault.New(fault.BadRequest, "", "The Content-Type %s needs a boundary of 1 to 70 characters.", multipartType)
	}
	p := &parts{body: b, limit: &headerLimit{source: source}, object: map[string]any{}}
	p.source = multipart.NewReader(p.limit, parameters["boundary"])
	p.writer = multipart.NewWriter(&p.out)
	h.Set("Content-Type", p.writer.FormDataContentType())
	return p, nil
}

// noParts returns a form without parts and sets its header.
func noParts(h http.Header) io.ReadCloser {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	h.Set("Content-Type", w.FormDataContentType())
	_, _ = fmt.Fprintf(&out, "--%s--\r\n", w.Boundary()) // a bytes.Buffer returns no error
	return io.NopCloser(&out)
}

// Read implements io.Reader. Its errors are io.EOF and faults.
func (p *parts) Read(to []byte) (int, error) {
	for p.out.Len() == 0 && p.err == nil {
		if p.file == nil {
			p.err = p.next()
			continue
		}
		n, err := p.file.Read(to)
		if err == io.EOF { //nolint:errorlint // package multipart wraps io.EOF if the end is missing
			p.file, err = nil, nil
		}
		if err != nil {
			p.err = formFault(err)
		}
		if n > 0 || len(to) == 0 {
			return n, nil
		}
	}
	if p.out.Len() > 0 {
		return p.out.Read(to)
	}
	return 0, p.err
}

// next reads the next part, up to the content of a file. After the last one, it returns io.EOF.
func (p *parts) next() error {
	p.limit.left = maxPartHeader
	part, err := p.source.NextRawPart()
	p.limit.left = -1
	if err == io.EOF { //nolint:errorlint // as above
		return p.end()
	}
	if err != nil {
		return formFault(err)
	}
	if p.count++; p.count > maxParts {
		return fault.New(fault.TooLarge, "", "The form has more than %d parts.", maxParts)
	}
	name := part.FormName()
	if name == "" {
		return fault.New(fault.BadRequest, "", "Invalid form: a part has no Content-Disposition: form-data with a name.")
	}
	f, contentType := p.field(name), part.Header.Get("Content-Type")
	if encoding := part.Header.Get("Content-Transfer-Encoding"); encoding != "" && !isIdentity(encoding) {
		return fault.New(fault.BadRequest, "", "Invalid form: Content-Transfer-Encoding is not supported (RFC 7578, section 4.7).")
	}
	if f == nil {
		return p.unknown(name, part)
	}
	if _, twice := p.object[name]; twice && !f.array {
		return invalidField(name, "conflict", "must be given once")
	}
	if !f.accepts(contentType) {
		wanted := strings.Join(f.types, ", ")
		if f.json {
			wanted = jsonType
		}
		return invalidField(name, "contentType", "must have the content type "+wanted)
	}
	header := textproto.MIMEHeader{"Content-Disposition": {disposition(name, part.FileName())}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	if f.file {
		p.put(name, f, "")
		p.file = part
		_, err = p.writer.CreatePart(header)
		return err
	}
	data, err := io.ReadAll(io.LimitReader(part, maxFormText-p.text+1))
	if err != nil {
		return formFault(err)
	}
	if p.text += int64(len(data)); p.text > maxFormText {
		return fault.New(fault.TooLarge, "", "The fields of the form that are not files have more than %d bytes.", maxFormText)
	}
	return p.pass(name, f, header, data)
}

// pass validates a part that is not a file, and passes it on.
func (p *parts) pass(name string, f *field, header textproto.MIMEHeader, data []byte) error {
	value, err := f.text(name, data)
	if err != nil {
		return err
	}
	form := inForms(f.item, value, maxForms)
	if text, is := form.(string); is && !f.json {
		data = []byte(text)
	}
	p.put(name, f, form)
	if err := f.item.VisitJSON(form, bodyOptions...); err != nil {
		f := invalid(err)
		for i := range f.Fields {
			f.Fields[i].Path = pointer([]string{name}) + f.Fields[i].Path
		}
		return f
	}
	w, err := p.writer.CreatePart(header)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

func (p *parts) put(name string, f *field, value any) {
	if f.array {
		before, _ := p.object[name].([]any)
		value = append(before, value)
	}
	p.object[name] = value
}

// field returns the field with that name, or nil. A form that allows properties of a schema has fields of any name.
func (p *parts) field(name string) *field {
	if f := p.body.fields[name]; f != nil {
		return f
	}
	if more := p.body.schema.AdditionalProperties.Schema; more != nil {
		f, err := readField(more.Value, nil, true)
		if err == nil {
			return f
		}
	}
	return nil
}

// unknown skips a part that the schema does not name, as unknown properties in JSON are, or rejects it.
func (p *parts) unknown(name string, part io.Reader) error {
	p.object[name] = ""
	err := p.body.schema.VisitJSON(map[string]any{name: ""}, bodyOptions...)
	for _, f := range fieldsOf(err) {
		if f.Code == "additionalProperties" {
			return &fault.Error{Kind: fault.Invalid, Code: "VALIDATION_FAILED", Fields: []fault.Field{f}, Detail: invalidBody}
		}
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return formFault(err)
	}
	return nil
}

// end validates the whole form, with empty strings for files, and then ends what is passed on.
func (p *parts) end() error {
	if err := p.body.schema.VisitJSON(p.object, bodyOptions...); err != nil {
		return invalid(err)
	}
	if p.count == 0 {
		_, _ = fmt.Fprintf(&p.out, "--%s--\r\n", p.writer.Boundary())
	} else if err := p.writer.Close(); err != nil {
		return err
	}
	return io.EOF
}

// disposition returns the Content-Disposition of a part.
func disposition(name, file string) string {
	quote := strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "%0D", "\n", "%0A").Replace
	text := `form-data; name="` + quote(name) + `"`
	if file != "" {
		text += `; filename="` + quote(file) + `"`
	}
	return text
}

func isIdentity(encoding string) bool {
	return strings.EqualFold(encoding, "binary") || strings.EqualFold(encoding, "8bit") || strings.EqualFold(encoding, "7bit")
}

// formFault returns the fault in an error of a multipart.Reader, or one that says that the form is invalid.
func formFault(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	// It does not wrap the error: a handler that compares it with io.EOF would take it for the end of the form.
	return fault.New(fault.BadRequest, "",
		"Invalid form: it has no end, another boundary than its Content-Type says, or an invalid header.")
}

// headerLimit limits how much is read for the headers of a part.
type headerLimit struct {
	source io.Reader
	left   int64 // negative: any number
}

func (l *headerLimit) Read(p []byte) (int, error) {
	if l.left < 0 {
		return l.source.Read(p)
	}
	if l.left == 0 {
		return 0, fault.New(fault.BadRequest, "", "Invalid form: the header of a part has more than %d bytes, or there is no part.",
			maxPartHeader)
	}
	n, err := l.source.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
