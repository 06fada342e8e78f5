package spec

import (
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// secretName matches the names of properties that hold secrets.
var secretName = regexp.MustCompile(`(?i)token|secret|password`)

// ReturnsSecrets reports whether a response of the operation can contain a secret: a property at any depth whose name contains token,
// secret or password, or whose format is password. A response that also contains data of an attacker's choice must not be compressed,
// because its length would reveal the secret (BREACH, https://breachattack.com).
func (o *Operation) ReturnsSecrets() bool {
	seen := map[*openapi3.Schema]bool{}
	for _, response := range o.responses.Map() {
		for _, media := range response.Value.Content {
			if hasSecret(media.Schema, seen) {
				return true
			}
		}
	}
	return false
}

// ReturnsHeader reports whether a success of the operation has a header field of that name.
func (o *Operation) ReturnsHeader(name string) bool {
	for status, response := range o.responses.Map() {
		for header := range response.Value.Headers {
			if status[0] == '2' && strings.EqualFold(header, name) {
				return true
			}
		}
	}
	return false
}

func hasSecret(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) bool {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return false
	}
	s := ref.Value
	seen[s] = true
	if s.Format == "password" {
		return true
	}
	for name, property := range s.Properties {
		if secretName.MatchString(name) || hasSecret(property, seen) {
			return true
		}
	}
	for _, refs := range []openapi3.SchemaRefs{s.AllOf, s.OneOf, s.AnyOf, {s.Items, s.AdditionalProperties.Schema}} {
		for _, ref := range refs {
			if hasSecret(ref, seen) {
				return true
			}
		}
	}
	return false
}
