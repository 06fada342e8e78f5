package spec

import (
	"errors"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/commonpassword"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Formats of strings beside those of OpenAPI.
const (
	// a password that is being chosen, as HTML's autocomplete calls it; nothing is asked of one that is presented (password)
	newPassword = "new-password"
	// the e-mail address of an account, as it is typed to sign in; an account from before can have one that is no email
	username   = "username"
	singleLine = "single-line" // what people compare by eye, such as a name
)

// forms are the formats whose strings have a canonical form. A body is checked and handed on in it, and filters compare with it.
var forms = map[string]func(string) (string, error){
	"email":     canonical.Email,
	singleLine:  canonical.Line,
	newPassword: func(text string) (string, error) { return canonical.Password(text), nil },
}

// formats are the string formats that are checked in requests, beside byte and date.
var formats = map[string]openapi3.StringFormatValidator{
	"email":    inForm("email"),
	singleLine: inForm(singleLine),
	username: openapi3.NewCallbackValidator(func(text string) error {
		return storedEmail.Validate(strings.TrimSpace(text))
	}),
	"uuid": openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562),
	"date-time": openapi3.NewCallbackValidator(func(text string) error {
		_, err := timestamp.Parse(text)
		return err
	}),
	newPassword: openapi3.NewCallbackValidator(func(text string) error {
		if commonpassword.Is(text) {
			return reason{errors.New("must NOT be one of the most common passwords; choose another one")}
		}
		return nil
	}),
}

// responseFormats are those of responses, which have what was stored before it had a canonical form.
var responseFormats = map[string]openapi3.StringFormatValidator{
	"email": storedEmail, "uuid": formats["uuid"], "date-time": formats["date-time"],
}

// storedEmail takes what was an e-mail address before addresses had a canonical form.
var storedEmail = openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForEmail)

// reason is an error that says to callers what is wrong with a string.
type reason struct{ error }

// inForm refuses what has no canonical form, and what is in another one where nothing brings it into it, such as a parameter.
func inForm(format string) openapi3.StringFormatValidator {
	return openapi3.NewCallbackValidator(func(text string) error {
		form, err := forms[format](text)
		if err == nil && form != text {
			err = errors.New("must be in its canonical form, without spaces at the ends and the like")
		}
		if err != nil {
			return reason{err}
		}
		return nil
	})
}

// inForms returns a value with its strings in the canonical form of their format. What has none stays as it is, for the check to refuse.
func inForms(s *openapi3.Schema, value any, depth int) any {
	if depth == 0 {
		return value
	}
	for _, part := range s.AllOf {
		value = inForms(part.Value, value, depth-1)
	}
	switch v := value.(type) {
	case string:
		if form := forms[s.Format]; form != nil && s.Type.Is("string") {
			if text, err := form(v); err == nil {
				return text
			}
		}
	case []any:
		if s.Items != nil {
			for i, element := range v {
				v[i] = inForms(s.Items.Value, element, depth-1)
			}
		}
	case map[string]any:
		for name, member := range v {
			property := s.Properties[name]
			if property == nil {
				property = s.AdditionalProperties.Schema
			}
			if property != nil {
				v[name] = inForms(property.Value, member, depth-1)
			}
		}
	}
	return value
}

// maxForms bounds how deep inForms looks: a body is not deeper, but a schema can contain itself.
const maxForms = 2 * maxBodyDepth
