package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// errorText returns the body of an error response and its media type.
func (s *Server) errorText(f *fault.Error, name string, status int, asProblem bool) (contentType string, text []byte, err error) {
	var body any
	if s.errorBody != nil {
		public := *f
		public.Name, public.Err = name, nil
		contentType, body = s.errorBody(&public, status)
		if plain, is := body.(string); is && contentType != "" && !strings.Contains(contentType, "json") {
			return contentType, []byte(plain), nil
		}
	}
	switch {
	case contentType != "":
	case asProblem:
		contentType = problemType
		body = problem{Type: "about:blank", Title: name, Status: status, Detail: f.Detail, Code: f.Code, Errors: details(f)}
	default:
		var e envelope
		e.Error.StatusCode, e.Error.Name, e.Error.Message, e.Error.Code, e.Error.Details = status, name, f.Detail, f.Code, details(f)
		contentType, body = envelopeType, e
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // people read "must be >= 1"
	err = encoder.Encode(body)
	return contentType, bytes.TrimSpace(out.Bytes()), err
}

// checkErrorBodies returns an error if the contract documents another body than the server sends for an error that the server finds itself.
func (s *Server) checkErrorBodies(contract *spec.Contract) error {
	for kind, of := range statuses {
		example := fault.New(kind, "", "An example of an error.")
		if kind == fault.Invalid {
			example.Fields = []fault.Field{{Path: "/name", Code: "required", Message: "is required", Info: map[string]any{}}}
		}
		contentType, text, err := s.errorText(example, of.name, of.status, false)
		if err != nil {
			return fmt.Errorf("server: the body of an error %d: %w", of.status, err)
		}
		for _, op := range contract.Operations() {
			if s.errorBody == nil && !op.MayFail(of.status) {
				continue // only a handler can cause it
			}
			if err := op.ValidateErrorBody(of.status, contentType, text); err != nil {
				return fmt.Errorf("server: %w; the server sends %s %s for such an error: document that, or set ErrorBody in cli.App to "+
					"a function that returns the documented body", err, contentType, text)
			}
		}
	}
	return nil
}
