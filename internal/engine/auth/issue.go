package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// TokenRequest contains the claims of a token to issue.
type TokenRequest struct {
	Subject string   // sub: the user's id, not empty
	Session string   // sid: the id of the session, not empty
	Scopes  []string // scope-tokens of RFC 6749, section 3.3
}

// Issue issues an access token (RFC 9068), and returns it with the Principal that Verify will return for it. The claim scope follows
// RFC 8693, section 4.2, and is omitted if there are no scopes. Issue returns a plain error if the request is incomplete, a scope is
// invalid, or the token would exceed MaxTokenBytes; all of these are defects of the calling code.
func (t *Tokens) Issue(g TokenRequest) (token string, p identity.Principal, err error) {
	if g.Subject == "" || g.Session == "" {
		return "", p, errors.New("issue a token: subject and session are required")
	}
	if i := slices.IndexFunc(g.Scopes, func(s string) bool { return !validScope(s) }); i >= 0 {
		return "", p, fmt.Errorf("issue a token: scope %d of %d is not a scope-token (RFC 6749, section 3.3)", i+1, len(g.Scopes))
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", p, fmt.Errorf("issue a token: %w", err)
	}
	now := t.config.Clock()
	c := claims{
		Issuer:    t.config.Issuer,
		Audience:  audience{t.config.Audience},
		Subject:   g.Subject,
		TokenID:   id.String(),
		SessionID: g.Session,
		ClientID:  t.config.ClientID,
		IssuedAt:  now.Unix(),
		Expires:   now.Add(t.config.TTL).Unix(),
		Scope:     g.Scopes,
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", p, fmt.Errorf("issue a token: %w", err)
	}
	key := t.keys.Current()
	header := jws.NewHeaders()
	err = errors.Join(header.Set(jws.TypeKey, tokenType), header.Set(jws.KeyIDKey, key.id))
	if err != nil {
		return "", p, fmt.Errorf("issue a token: %w", err)
	}
	signed, err := jws.Sign(payload, jws.WithKey(key.algorithm, key.private, jws.WithProtectedHeaders(header)))
	if err != nil {
		return "", p, fmt.Errorf("issue a token: %w", err)
	}
	if len(signed) > MaxTokenBytes {
		return "", p, fmt.Errorf("issue a token: it has %d bytes, at most %d are accepted back", len(signed), MaxTokenBytes)
	}
	return string(signed), c.principal(), nil
}
