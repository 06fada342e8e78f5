package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Limits of tokens.
const (
	MaxTokenBytes = 8 << 10
	MaxTTL        = 30 * 24 * time.Hour
	MaxLeeway     = time.Minute
)

// rememberedTokens bounds the memory for verified tokens: about 5 MB when all places are taken by usual ones.
const rememberedTokens = 10_000

// TokenConfig says which tokens are issued and accepted.
type TokenConfig struct {
	Issuer   string           // iss, issued and required
	Audience string           // aud, issued and required
	ClientID string           // client_id, issued only: RFC 9068 requires it, and nothing is decided by it
	TTL      time.Duration    // from iat to exp: whole seconds, 1 s to MaxTTL
	Leeway   time.Duration    // for clocks that differ, on exp, nbf and iat: 0 to MaxLeeway
	Clock    func() time.Time // nil means time.Now; must be safe for concurrent use
	// Revoked tells whether a session has ended. Verify asks it at every call, so it must be quick and safe for concurrent
	// use; while it returns an error, nobody is let in. It is required: an access token must not outlive its session.
	Revoked func(sessionID string) (bool, error)
}

// Tokens issues access tokens and verifies them. It is safe for concurrent use.
type Tokens struct {
	keys       *Keys
	config     TokenConfig
	remembered *lru.Cache[[sha256.Size]byte, verified]
}

// verified is what an access token says, and the ID of the key that it was verified with.
type verified struct {
	claims
	keyID string
}

// NewTokens refuses a configuration that is incomplete or beyond the limits; there is no default for keys, issuer,
// audience, client ID, TTL and Revoked.
func NewTokens(keys *Keys, config TokenConfig) (*Tokens, error) {
	switch {
	case keys == nil:
		return nil, errors.New("tokens: a set of keys is required")
	case config.Issuer == "" || config.Audience == "" || config.ClientID == "":
		return nil, errors.New("tokens: issuer, audience and client ID are required")
	case config.TTL < time.Second || config.TTL > MaxTTL || config.TTL%time.Second != 0:
		return nil, fmt.Errorf("tokens: a lifetime of %s is not accepted; use whole seconds, 1s to %s", config.TTL, MaxTTL)
	case config.Leeway < 0 || config.Leeway > MaxLeeway:
		return nil, fmt.Errorf("tokens: a leeway of %s is not accepted; use 0s to %s", config.Leeway, MaxLeeway)
	case config.TTL+config.Leeway > keys.life:
		return nil, fmt.Errorf("tokens: a retired key verifies for %s only, tokens are accepted for %s", keys.life, config.TTL+config.Leeway)
	case config.Revoked == nil:
		return nil, errors.New("tokens: Revoked is required; without it the token of an ended session would still be good")
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	remembered, err := lru.New[[sha256.Size]byte, verified](rememberedTokens)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return &Tokens{keys: keys, config: config, remembered: remembered}, nil
}

// TTL is how long the tokens that Issue makes are in force.
func (t *Tokens) TTL() time.Duration { return t.config.TTL }

// Verify returns the Principal of an access token that is genuine, meant for this audience, in force, and of a session
// that has not ended. While that cannot be told, a genuine token gets a fault of kind Unavailable. Everything else is a
// fault of kind Unauthenticated with LoopBack's text, "Error verifying token : " and one of: jwt malformed (not three parts,
// or above MaxTokenBytes), invalid token, invalid signature, jwt signature is required, jwt not active (nbf or iat
// is in the future), jwt expired, session ended.
//
// Required are the header's alg, typ and kid and no others, and the claims iss, aud, exp, iat, sub, jti and sid with the
// types of RFC 7519 (times in whole seconds); nbf, scope and client_id may be left out, other claims are ignored. A member named
// twice is refused. The key is the one that kid names, and the algorithm the key's, whatever the token says.
func (t *Tokens) Verify(token string) (identity.Principal, error) {
	if len(token) > MaxTokenBytes {
		return identity.Principal{}, refused("jwt malformed", errors.New("token is too long"))
	}
	// A hit is as good as a verification. SHA-256 admits no second text with this digest, so these very bytes have
	// passed under that key and this configuration, which a Tokens never changes; what does change, the keys, the time
	// and the sessions that have ended, is checked on every hit. The digest, and not the text, is kept so that the memory
	// holds no usable tokens.
	digest := sha256.Sum256([]byte(token))
	v, hit := t.remembered.Get(digest)
	if !hit || t.keys.known(v.keyID) == nil {
		var err error
		if v, err = t.authenticate(token); err != nil {
			return identity.Principal{}, err
		}
	}
	if err := t.inForce(v.claims); err != nil {
		return identity.Principal{}, err
	}
	if !hit {
		t.remembered.Add(digest, v)
	}
	if err := t.notRevoked(v.claims); err != nil {
		return identity.Principal{}, err
	}
	return v.principal(), nil
}

// authenticate answers for everything but the time.
func (t *Tokens) authenticate(token string) (verified, error) {
	key, err := checkCompact(token, t.keys)
	if err != nil {
		return verified{}, err
	}
	payload, err := jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(key.algorithm, key.public))
	if err != nil {
		return verified{}, refused("invalid signature", nil)
	}
	c, err := parseClaims(payload)
	switch {
	case err != nil:
		return verified{}, refused("invalid token", err)
	case c.Issuer != t.config.Issuer:
		return verified{}, refused("invalid token", errors.New("claim iss is another issuer"))
	case !slices.Contains(c.Audience, t.config.Audience):
		return verified{}, refused("invalid token", errors.New("claim aud is another audience"))
	}
	return verified{c, key.id}, nil
}

// inForce holds nbf and iat to "not after now" and exp to "after now" (RFC 7519, section 4.1), give or take the leeway.
func (t *Tokens) inForce(c claims) error {
	now := t.config.Clock()
	if now.Add(t.config.Leeway).Before(time.Unix(max(c.NotBefore, c.IssuedAt), 0)) {
		return refused("jwt not active", nil)
	}
	if !now.Add(-t.config.Leeway).Before(time.Unix(c.Expires, 0)) {
		return refused("jwt expired", nil)
	}
	return nil
}

// notRevoked fails closed: what cannot be asked counts as nothing but a reason to come back.
func (t *Tokens) notRevoked(c claims) error {
	ended, err := t.config.Revoked(c.SessionID)
	switch {
	case err != nil:
		return &fault.Error{
			Kind:   fault.Unavailable,
			Code:   "SESSION_CHECK_FAILED",
			Detail: "Whether the session has ended cannot be told at the moment. Try again in a few seconds.",
			Err:    err,
		}
	case ended:
		return refused("session ended", nil)
	}
	return nil
}

// refused is the 401 for a bad token, with LoopBack's prefix.
func refused(text string, cause error) error {
	return unauthenticated("Error verifying token : "+text, challengeInvalidToken, cause)
}
