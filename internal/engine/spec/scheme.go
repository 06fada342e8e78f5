package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Scheme is a security scheme of the contract.
type Scheme struct {
	Name      string
	HTTP      string // the authentication scheme of the Authorization header in lower case: bearer, basic, …; empty for an API key
	In        string // of an API key: header, query or cookie
	Parameter string // of an API key: the name of the header, parameter or cookie
}

// Key reports whether the scheme is an API key.
func (s Scheme) Key() bool { return s.HTTP == "" }

// place names the part of the request that has the credentials.
func (s Scheme) place() string {
	if s.Key() {
		return s.In + " " + strings.ToLower(s.Parameter)
	}
	return "header authorization"
}

// Schemes returns the security schemes that operations require, sorted by name.
func (c *Contract) Schemes() []Scheme {
	found := map[string]Scheme{}
	for _, op := range c.operations {
		for _, s := range op.Schemes() {
			found[s.Name] = s
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Scheme) int { return strings.Compare(a.Name, b.Name) })
}

// AccountScheme returns the name of the security scheme that the tokens of the accounts are for: the one with x-token or, without any, the
// only one of type http with the scheme bearer. It returns "" if no scheme fits.
func (c *Contract) AccountScheme() string { return c.accountScheme }

func (c *Contract) readSchemes() error {
	var bearers []string
	var mistakes []error
	c.schemes = map[string]Scheme{}
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.SecuritySchemes)) {
		s := c.doc.Components.SecuritySchemes[name].Value
		scheme := Scheme{Name: name, HTTP: "bearer"} // that of oauth2 and openIdConnect (RFC 6750)
		switch s.Type {
		case "apiKey":
			scheme = Scheme{Name: name, In: s.In, Parameter: s.Name}
		case "http":
			scheme.HTTP = strings.ToLower(s.Scheme)
			if slices.Contains(handshakes, scheme.HTTP) {
				mistakes = append(mistakes, placeError{[]string{"components", "securitySchemes", name}, fmt.Errorf(
					"the scheme %s needs a handshake, which is not supported; use bearer, basic or type apiKey", s.Scheme)})
			}
			if scheme.HTTP == "bearer" {
				bearers = append(bearers, name)
			}
			if s.Extensions[xToken] != nil {
				c.accountScheme = name
			}
		}
		c.schemes[name] = scheme
	}
	if c.accountScheme == "" && len(bearers) == 1 {
		c.accountScheme = bearers[0]
	}
	return errors.Join(mistakes...)
}

// handshakes are the schemes whose credentials are the answer to a challenge.
var handshakes = []string{"digest", "hoba", "mutual", "negotiate", "ntlm", "scram-sha-1", "scram-sha-256"}

// requirement is one alternative of an operation's security: every scheme of it is required, in the order of their names.
type requirement []required

type required struct {
	Scheme
	scopes []string // that this scheme's credentials must have
}

// readRequirement reads an alternative. Only oauth2 and openIdConnect have scopes: OpenAPI 3.0 does not define them for other types.
func (c *Contract) readRequirement(id string, said openapi3.SecurityRequirement) (requirement, error) {
	var all requirement
	places := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		scheme, known := c.schemes[name]
		if !known {
			continue // kin reports it
		}
		if err := c.checkScopes(id, name, said[name]); err != nil {
			return nil, err
		}
		if other := places[scheme.place()]; other != "" {
			return nil, fmt.Errorf("%s: no request can meet both %s and %s, whose credentials are in the same place (%s); make them "+
				"alternatives: `security: [{%s: []}, {%[3]s: []}]`", id, other, name, scheme.place(), other)
		}
		places[scheme.place()] = name
		all = append(all, required{scheme, said[name]})
	}
	return all, nil
}

func (c *Contract) checkScopes(id, name string, scopes []string) error {
	s := c.doc.Components.SecuritySchemes[name].Value
	if len(scopes) > 0 && s.Type != "oauth2" && s.Type != "openIdConnect" {
		return fmt.Errorf("%s: scopes in security are not supported for a scheme of type %s; write `security: [{%s: []}]` and `%s: [%s]`",
			id, s.Type, name, xScopes, strings.Join(scopes, ", "))
	}
	for _, scope := range scopes {
		if !scopePattern.MatchString(scope) {
			return fmt.Errorf("%s: invalid scope %q of %s (RFC 6749, section 3.3)", id, scope, name)
		}
		if s.Type == "oauth2" && !defines(s.Flows, scope) {
			return fmt.Errorf("%s: unknown scope %s; no flow of /components/securitySchemes/%s defines it", id, scope, name)
		}
	}
	return nil
}

func defines(flows *openapi3.OAuthFlows, scope string) bool {
	for _, flow := range []*openapi3.OAuthFlow{flows.Implicit, flows.Password, flows.ClientCredentials, flows.AuthorizationCode} {
		if flow == nil {
			continue
		}
		if _, has := flow.Scopes[scope]; has {
			return true
		}
	}
	return false
}

// Schemes returns the security schemes of the operation, in the order in which its alternatives name them, without duplicates.
func (o *Operation) Schemes() (all []Scheme) {
	for _, alternative := range o.security {
		for _, r := range alternative {
			if !slices.Contains(all, r.Scheme) {
				all = append(all, r.Scheme)
			}
		}
	}
	return all
}

// Accepts reports whether the operation accepts requests with credentials of one scheme only, or without credentials.
func (o *Operation) Accepts(scheme string) bool {
	return o.Anonymous() || slices.ContainsFunc(o.security, func(r requirement) bool { return len(r) == 1 && r[0].Name == scheme })
}

// Authorize adds a token to a request as credentials: as a key, as the token, or as the password of basic authentication, for each of the
// schemes that Credentials returns. It is for tests and tools. Without such schemes, it is a bearer token.
func (o *Operation) Authorize(r *http.Request, token, prefer string) {
	schemes, _ := o.Credentials(prefer)
	if len(schemes) == 0 {
		schemes = []Scheme{{HTTP: "bearer"}}
	}
	for _, s := range schemes {
		switch {
		case s.HTTP == "basic":
			r.SetBasicAuth("", token)
		case !s.Key():
			r.Header.Set("Authorization", strings.ToUpper(s.HTTP[:1])+s.HTTP[1:]+" "+token)
		case s.In == "query":
			query := url.Values{s.Parameter: {token}}.Encode()
			if r.URL.RawQuery != "" {
				query = r.URL.RawQuery + "&" + query
			}
			r.URL.RawQuery = query
		case s.In == "cookie":
			r.AddCookie(&http.Cookie{Name: s.Parameter, Value: token})
		default:
			r.Header.Set(s.Parameter, token)
		}
	}
}

// Credentials returns the schemes that a request must carry credentials for: those of an alternative that requires only the scheme called
// prefer or, without such an alternative, those of the first one that requires any. scopes are what these schemes require.
func (o *Operation) Credentials(prefer string) (schemes []Scheme, scopes []string) {
	var chosen requirement
	for _, alternative := range o.security {
		if len(chosen) == 0 || len(alternative) == 1 && alternative[0].Name == prefer {
			chosen = alternative
		}
	}
	for _, r := range chosen {
		schemes, scopes = append(schemes, r.Scheme), append(scopes, r.scopes...)
	}
	return schemes, scopes
}
