package spec

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

var loadForeign = sync.OnceValues(func() (*Contract, error) {
	text, err := os.ReadFile("../foreignapp/openapi.yaml")
	if err != nil {
		return nil, err
	}
	return Load(text)
})

// fuzzBody sends a body to an operation of foreignapp, and returns what the handler gets.
func fuzzBody(t *testing.T, operation, contentType, text string) (*http.Request, error) {
	t.Helper()
	c, err := loadForeign()
	if err != nil {
		t.Fatal(err)
	}
	op := c.Checks(nil, nil)[operation]
	r := httptest.NewRequest(op.Method, op.Path, strings.NewReader(text))
	r.Header.Set("Content-Type", contentType)
	return op.ValidateRequest(t.Context(), r, nil, nil, nil)
}

// A form is rejected with a 4xx, or its value is valid as JSON too.
func FuzzForm(f *testing.F) {
	for _, text := range []string{"name=a&tags=1&tags[]=2&codes=a,b", "name=a&address[city]=x&address[numbers][]=1", "name=%zz",
		"a[=1&[]=2&[a]=3&=4",
		"name=a&extra=%7B%22a%22:1e400%7D", "name=a&address=1&address[city]=2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := fuzzBody(t, "createFeedback", formType, text)
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.BadRequest && kind != fault.Invalid && kind != fault.TooLarge {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		c, _ := loadForeign()
		value := r.Body.(interface{ ValidatedValue() any }).ValidatedValue()
		if err := fits(c.ByID("createFeedback").body.value().schema, value); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// A multipart form is rejected with a 4xx, or it can be read to its end.
func FuzzMultipart(f *testing.F) {
	const part = "--B\r\nContent-Disposition: form-data; name="
	for _, text := range []string{part + "title\r\n\r\nT\r\n" + part + "file; filename=a\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--",
		part, "--B--",
		part + "\"title\"\r\n\r\n" + part + "title\r\n\r\n--B--", part + "meta\r\n\r\n{\"public\":true}\r\n--B\r\n\r\n\r\n--B--"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := fuzzBody(t, "upload", multipartType+"; boundary=B", text)
		var reader *multipart.Reader
		if err == nil {
			reader, err = r.MultipartReader()
		}
		for err == nil {
			var part *multipart.Part
			if part, err = reader.NextPart(); err == nil {
				_, err = io.Copy(io.Discard, part)
			}
		}
		if kind := fault.KindOf(err); err != io.EOF && kind != fault.BadRequest && kind != fault.Invalid && kind != fault.TooLarge {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// A handler that reads an upload gets an empty one from a request without a body, if the body is optional.
func TestOptionalUpload(t *testing.T) {
	t.Parallel()
	check := only(t, small(t, "security: []", "requestBody: {content: {multipart/form-data: {schema: {type: object}}}}"))
	r, err := check.ValidateRequest(t.Context(), httptest.NewRequest("POST", "/things", nil), nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := r.MultipartReader()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.NextPart(); err != io.EOF {
		t.Errorf("%v, want the end", err)
	}
}

// Properties that a form's schema does not name have the type of its additionalProperties.
func TestFormOfAnyNames(t *testing.T) {
	t.Parallel()
	const member = "requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, additionalProperties: {type: " +
		"integer}}}}}"
	if e := bodyFault(t, member, "a=1&b=2", "Content-Type", formType); e != nil {
		t.Error(e)
	}
	if e := bodyFault(t, member, "a=x", "Content-Type", formType); e == nil || e.Fields[0].Path != "/a" {
		t.Errorf("%v", e)
	}
}
