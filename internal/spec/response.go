package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// Operation returns the operation that a method and an escaped path lead to, or nil. HEAD leads to GET's. It looks at all
// of them: for tests and tools, not for the path of a request.
func (c *Contract) Operation(method, path string) *Operation {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var found *Operation
	for _, op := range c.operations {
		if op.Method == method && leadsTo(op.Path, path) && (found == nil || strings.Count(op.Path, "{") < strings.Count(found.Path, "{")) {
			found = op
		}
	}
	return found
}

func leadsTo(template, path string) bool {
	want, have := strings.Split(template, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && (!strings.HasPrefix(want[i], "{") || have[i] == "") {
			return false
		}
	}
	return true
}

// Response holds an answer against the contract: its status is documented, its headers are there, its media type and body
// fit. r is the request that was answered.
func (o *Operation) Response(r *http.Request, status int, header http.Header, body []byte) error {
	documented := o.responses.Value(fmt.Sprint(status))
	if documented == nil {
		return fmt.Errorf("%s: status %d is not documented", o.ID, status)
	}
	if len(documented.Value.Content) == 0 && len(body) > 0 {
		return fmt.Errorf("%s: status %d is documented without a body and has one", o.ID, status)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: o.route},
		Status:                 status,
		Header:                 header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("%s: status %d: %w", o.ID, status, err)
	}
	return nil
}

// Example returns a body for the operation's requests, from the contract: JSON, or nil when it takes none or has no example.
func (o *Operation) Example() []byte {
	if o.body == nil {
		return nil
	}
	text, err := json.Marshal(o.route.Operation.RequestBody.Value.Content[jsonType].Example)
	if err != nil || string(text) == "null" {
		return nil
	}
	return text
}
