package server

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Verifiers returns the verifiers that Verify has added, by the names of their security schemes.
func (r Router) Verifiers() map[string]identity.Verifier { return maps.Clone(r.verifiers) }

// Verify adds the verifiers of security schemes, by their names in the contract, and replaces those of the same names. Tokens of the
// accounts need none: one with that scheme's name replaces the engine's.
func (r Router) Verify(verifiers map[string]identity.Verifier) { maps.Copy(r.verifiers, verifiers) }

// bearer returns the verifier of the tokens of the accounts.
func bearer(tokens *auth.Tokens) spec.Verifier {
	return func(r *http.Request) (identity.Principal, error) {
		token, err := auth.BearerToken(r.Header)
		if err != nil {
			return identity.Principal{}, err
		}
		return tokens.Verify(token)
	}
}

// addVerifiers adds the verifiers of an application to those of the engine, and returns an error if one is missing or of no scheme.
func (s *Server) addVerifiers(contract *spec.Contract, all map[string]spec.Verifier, own map[string]identity.Verifier) error {
	schemes := map[string]spec.Scheme{}
	for _, scheme := range contract.Schemes() {
		schemes[scheme.Name] = scheme
	}
	for name, verify := range own {
		if verify != nil {
			all[name] = s.verifier(schemes[name], verify)
		}
	}
	if err := contract.CheckVerifiers(all); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// verifier returns the verifier of a security scheme that reads the credentials of a request and passes them to verify.
func (s *Server) verifier(scheme spec.Scheme, verify identity.Verifier) spec.Verifier {
	return func(r *http.Request) (identity.Principal, error) {
		c, err := credentialsOf(scheme, r)
		if err != nil {
			return identity.Principal{}, err
		}
		if scheme.In == "cookie" {
			if err := s.crossOrigin.Check(r); err != nil {
				return identity.Principal{}, fault.Wrap(err, fault.Forbidden, "",
					"A page of another origin sent the cookie %s. Changes by cookie are allowed from this server's own pages only.",
					scheme.Parameter)
			}
		}
		p, err := verify(r.Context(), c)
		if err != nil {
			return identity.Principal{}, rejected(scheme, err)
		}
		if p.TokenID == "" {
			p.TokenID = p.ID // rates per token are per caller
		}
		return p, nil
	}
}

// rejected returns the error of a verifier. Unknown and invalid credentials look the same to the caller.
func rejected(scheme spec.Scheme, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && f.Kind == fault.NotFound:
		return invalid(scheme, err, "The credentials are not valid.")
	case ok && f.Kind == fault.Unauthenticated:
		return invalid(scheme, f.Err, f.Detail)
	}
	return err
}

func invalid(scheme spec.Scheme, cause error, text string) error {
	f := &fault.Error{Kind: fault.Unauthenticated, Detail: text, Err: errors.Join(spec.ErrInvalidCredentials, cause)}
	if scheme.HTTP == "bearer" {
		f.Challenge = `error="invalid_token"` // RFC 6750, section 3.1
	}
	return f
}

// credentialsOf returns the credentials of a request. Its error is a fault of kind Unauthenticated.
func credentialsOf(scheme spec.Scheme, r *http.Request) (identity.Credentials, error) {
	c := identity.Credentials{Scheme: scheme.Name}
	var values []string
	switch {
	case scheme.HTTP == "bearer":
		token, err := auth.BearerToken(r.Header)
		c.Secret = token
		return c, err
	case scheme.In == "query":
		values = r.URL.Query()[scheme.Parameter]
	case scheme.In == "cookie":
		for _, cookie := range r.CookiesNamed(scheme.Parameter) {
			values = append(values, cookie.Value)
		}
	case scheme.Key():
		values = r.Header.Values(scheme.Parameter)
	default:
		values = r.Header.Values("Authorization")
	}
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return c, missing(scheme)
	case len(values) > 1:
		return c, invalid(scheme, nil, "The credentials must be sent once.")
	case scheme.Key():
		c.Secret = values[0]
		return c, nil
	}
	name, rest, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(name, scheme.HTTP) {
		return c, missing(scheme)
	}
	ok := true
	if c.Secret = strings.TrimLeft(rest, " "); scheme.HTTP == "basic" {
		c.User, c.Secret, ok = r.BasicAuth()
	}
	if !ok || c.Secret == "" {
		return c, invalid(scheme, nil, "The Authorization header has no valid credentials.")
	}
	return c, nil
}

func missing(scheme spec.Scheme) error {
	text := "The Authorization header with credentials for " + scheme.HTTP + " is missing."
	if scheme.Key() {
		text = "The " + map[string]string{"header": "header", "query": "query parameter", "cookie": "cookie"}[scheme.In] + " " +
			scheme.Parameter + " with the key is missing."
	}
	return &fault.Error{Kind: fault.Unauthenticated, Detail: text}
}

// challenges sets WWW-Authenticate to a challenge for each scheme that the operation of a request accepts (RFC 9110, section 11.6.1). A
// response other than 401 has those of bearer tokens only (RFC 6750, section 3).
func (s *Server) challenges(h http.Header, schemes []spec.Scheme, f *fault.Error) {
	h.Del("WWW-Authenticate")
	if len(schemes) == 0 {
		schemes = []spec.Scheme{{HTTP: "bearer"}}
	}
	seen := map[string]bool{}
	for _, scheme := range schemes {
		var text string
		switch {
		case f.Kind != fault.Unauthenticated && scheme.HTTP != "bearer":
			continue
		case scheme.HTTP == "bearer":
			text = "Bearer " + s.realm
			if f.Challenge != "" {
				text += ", " + f.Challenge
			}
		case scheme.HTTP == "basic":
			text = "Basic " + s.realm + `, charset="UTF-8"` // RFC 7617, section 2.1
		case scheme.Key():
			text = "ApiKey " + s.realm + `, in="` + scheme.In + `", name=` + quoted(scheme.Parameter) // not registered
		default:
			text = scheme.HTTP + " " + s.realm
		}
		if !seen[text] {
			seen[text] = true
			h.Add("WWW-Authenticate", text)
		}
	}
}

// quoted returns a quoted-string (RFC 9110, section 5.6.4).
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// newCrossOrigin returns the protection of cookies against requests that other sites' pages send (CSRF).
func newCrossOrigin(config Config) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	if config.PublicURL == "" {
		return p, nil
	}
	scheme, rest, _ := strings.Cut(config.PublicURL, "://")
	host, _, _ := strings.Cut(rest, "/")
	return p, p.AddTrustedOrigin(scheme + "://" + host) // a proxy may change the Host field
}
