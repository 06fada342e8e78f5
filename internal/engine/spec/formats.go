package spec

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
	"github.com/newsdesk-api/newsdesk/internal/engine/commonpassword"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// String formats in addition to those of OpenAPI.
const (
	// a password that is being chosen, as in HTML's autocomplete; a password at sign-in (format password) is not checked
	newPassword = "new-password"
	// the e-mail address of an account, as entered to sign in; that of an old account may not match the format email
	username   = "username"
	singleLine = "single-line" // text that people compare visually, such as a name
)

// forms maps the formats whose strings have a canonical form to the function that returns it. Bodies are validated and passed on in
// canonical form, and filters compare with it.
var forms = map[string]func(string) (string, error){
	"email":     canonical.Email,
	singleLine:  canonical.Line,
	newPassword: func(text string) (string, error) { return canonical.Password(text), nil },
}

// formats are the string formats that are checked in requests, in addition to date. Those of JSON Schema are defined by the RFCs
// that its validation vocabulary names (draft Wright-00, section 7.3; draft 2020-12, section 7.3 for time).
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
	"byte": valid(func(text string) bool { _, err := base64.StdEncoding.DecodeString(text); return err == nil }),
	"ipv4": valid(func(text string) bool { ip, err := netip.ParseAddr(text); return err == nil && ip.Is4() }),
	"ipv6": valid(func(text string) bool {
		ip, err := netip.ParseAddr(text)
		return err == nil && ip.Is6() && ip.Zone() == ""
	}),
	"hostname":      valid(func(text string) bool { return len(text) <= 253 && hostname.MatchString(text) }),
	"uri":           valid(func(text string) bool { u, err := url.Parse(text); return err == nil && u.IsAbs() }),
	"uri-reference": valid(func(text string) bool { _, err := url.Parse(text); return err == nil }),
	"time": valid(func(text string) bool {
		_, err := time.Parse("15:04:05Z07:00", strings.ToUpper(text))
		return err == nil
	}),
	newPassword: openapi3.NewCallbackValidator(func(text string) error {
		if commonpassword.Is(text) {
			return reason{errors.New("must NOT be one of the most common passwords; choose another one")}
		}
		return nil
	}),
}

// hostname is a name of labels (RFC 1123, section 2.1).
var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// valid returns a validator for the strings of which is reports true.
func valid(is func(string) bool) openapi3.StringFormatValidator {
	return openapi3.NewCallbackValidator(func(text string) error {
		if !is(text) {
			return errors.New("invalid")
		}
		return nil
	})
}

// responseFormats are those of responses, which may contain strings that were stored before canonical forms existed.
var responseFormats = map[string]openapi3.StringFormatValidator{
	"email": storedEmail, "uuid": formats["uuid"], "date-time": formats["date-time"],
}

// storedEmail accepts the e-mail addresses that were valid before canonical forms existed.
var storedEmail = openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForEmail)

// reason is an error whose text is shown to callers.
type reason struct{ error }

// inForm returns a validator that accepts only strings in canonical form. Parameters, for example, are not converted to it.
func inForm(format string) openapi3.StringFormatValidator {
	return openapi3.NewCallbackValidator(func(text string) error {
		form, err := forms[format](text)
		if err == nil && form != text {
			err = errors.New("must be in canonical form, for example without leading or trailing spaces")
		}
		if err != nil {
			return reason{err}
		}
		return nil
	})
}

// inForms returns the value with its strings in the canonical form of their format, and with plain numbers. Strings without a canonical
// form are left for validation to reject.
func inForms(s *openapi3.Schema, value any, depth int) any {
	if depth == 0 {
		return value
	}
	for _, part := range s.AllOf {
		value = inForms(part.Value, value, depth-1)
	}
	if isUnion(s) {
		value = inUnion(s, value, depth)
	}
	switch v := value.(type) {
	case json.Number:
		return plainNumber(s, v)
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

// maxForms limits the depth of inForms: bodies are not deeper, but schemas can be recursive.
const maxForms = 2 * maxBodyDepth
