package auth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// tokenType is the header's typ (RFC 9068, section 2.1). It distinguishes access tokens from ID tokens of the same issuer.
const tokenType = "at+jwt"

// claims are the claims of a token (RFC 7519, section 4.1; RFC 9068, section 2.2; sid: OpenID Connect Front-Channel Logout 1.0, section
// 3). The times are NumericDates in whole seconds.
type claims struct {
	Issuer    string   `json:"iss"`
	Audience  audience `json:"aud"`
	Subject   string   `json:"sub"`
	TokenID   string   `json:"jti"`
	SessionID string   `json:"sid"`
	ClientID  string   `json:"client_id"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf,omitempty"`
	Expires   int64    `json:"exp"`
	Scope     scopes   `json:"scope,omitempty"`
}

// principal returns the Principal. It shares no memory with the claims.
func (c claims) principal() identity.Principal {
	return identity.Principal{
		ID: c.Subject, Scopes: slices.Clone(c.Scope), TokenID: c.TokenID, SessionID: c.SessionID, Expires: time.Unix(c.Expires, 0),
	}
}

// parseClaims parses a payload whose signature was verified. Its errors contain names of claims, but no values.
func parseClaims(payload []byte) (c claims, err error) {
	members, err := parseObject(payload)
	if err != nil {
		return c, err
	}
	err = cmp.Or(
		members.require("iss", &c.Issuer),
		members.require("aud", &c.Audience),
		members.require("sub", &c.Subject),
		members.require("jti", &c.TokenID),
		members.require("sid", &c.SessionID),
		members.require("iat", &c.IssuedAt),
		members.require("exp", &c.Expires),
		members.allow("client_id", &c.ClientID), // earlier versions issued tokens without it
		members.allow("nbf", &c.NotBefore),
		members.allow("scope", &c.Scope),
	)
	switch {
	case err != nil:
		return c, err
	case c.Subject == "" || c.TokenID == "" || c.SessionID == "":
		return c, errors.New("claim sub, jti or sid is empty")
	case c.ClientID == "" && members["client_id"] != nil:
		return c, errors.New("claim client_id is empty")
	case min(c.IssuedAt, c.NotBefore, c.Expires) < 0 || max(c.IssuedAt, c.NotBefore, c.Expires) > maxNumericDate:
		return c, errors.New("claim iat, nbf or exp is not in the years 1970 to 9999")
	}
	return c, nil
}

// maxNumericDate is the end of the year 9999. time.Time overflows on much later times.
const maxNumericDate = 253402300799

// checkCompact checks that a token is in the compact serialization (RFC 7515, section 7.1) with a header as Issue writes it, and
// returns the key that the header names. This leaves nothing for jws to interpret.
func checkCompact(token string, keys *Keys) (*Key, error) {
	if strings.Count(token, ".") != 2 {
		return nil, refused("jwt malformed", nil)
	}
	// Decode skips line breaks, and only Strict refuses a second spelling of the same bytes.
	encoding := base64.RawURLEncoding.Strict()
	parts := strings.Split(token, ".")
	var header []byte
	for i, part := range parts {
		decoded, err := encoding.DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, refused("invalid token", fmt.Errorf("part %d is not base64url without padding", i+1))
		}
		if i == 0 {
			header = decoded
		}
	}
	if parts[2] == "" {
		return nil, refused("jwt signature is required", nil)
	}
	key, err := checkHeader(header, keys)
	if err != nil {
		return nil, refused("invalid token", err)
	}
	return key, nil
}

// checkHeader accepts the members alg, typ and kid, and rejects all others, such as crit, b64, jku, jwk and x5u.
func checkHeader(header []byte, keys *Keys) (*Key, error) {
	members, err := parseObject(header)
	if err != nil {
		return nil, err
	}
	var alg, typ, kid string
	err = cmp.Or(members.require("alg", &alg), members.require("typ", &typ), members.require("kid", &kid))
	switch {
	case err != nil:
		return nil, err
	case len(members) != 3:
		return nil, errors.New("header has members other than alg, typ and kid")
	case typ != tokenType && typ != "application/"+tokenType:
		return nil, errors.New("header typ is not " + tokenType)
	}
	key := keys.find(kid)
	if key == nil {
		return nil, errors.New("header kid is no known key")
	}
	if alg != key.Algorithm() {
		return nil, errors.New("header alg is not the key's algorithm")
	}
	return key, nil
}

// audience is one or more names (RFC 7519, section 4.1.3).
type audience []string

// MarshalJSON encodes the only name as a string.
func (a audience) MarshalJSON() ([]byte, error) { return json.Marshal(a[0]) }

// UnmarshalJSON decodes a string or an array of strings.
func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	if err := json.Unmarshal(data, (*[]string)(a)); err != nil {
		return err
	}
	if slices.Contains(*a, "") { // null too ends up as ""
		return errors.New("an empty audience")
	}
	return nil
}

// scopes is a list in Go and one string, separated by single spaces, in the token (RFC 8693, section 4.2).
type scopes []string

// MarshalJSON encodes the scopes as one string.
func (s scopes) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Join(s, " ")) }

// UnmarshalJSON decodes a string of at least one scope.
func (s *scopes) UnmarshalJSON(data []byte) error {
	var joined string
	if err := json.Unmarshal(data, &joined); err != nil {
		return err
	}
	*s = strings.Split(joined, " ")
	if slices.ContainsFunc(*s, func(scope string) bool { return !validScope(scope) }) {
		return errors.New("not a list of scope-tokens")
	}
	return nil
}

// validScope reports whether a scope is a scope-token (RFC 6749, section 3.3): printable ASCII without space, quote and backslash.
func validScope(scope string) bool {
	return scope != "" && !strings.ContainsFunc(scope, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}
