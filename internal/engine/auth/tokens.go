package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
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

// rememberedTokens limits the number of verified tokens in memory, which takes about 5 MB for tokens of the usual size.
const rememberedTokens = 10_000

// TokenConfig configures the tokens that are issued and accepted.
type TokenConfig struct {
	Issuer   string           // iss, issued and required
	Audience string           // aud, issued and required
	ClientID string           // client_id, issued but not checked (RFC 9068 requires it)
	TTL      time.Duration    // from iat to exp: whole seconds, 1 s to MaxTTL
	Leeway   time.Duration    // for clocks that differ, on exp, nbf and iat: 0 to MaxLeeway
	Clock    func() time.Time // nil means time.Now; must be safe for concurrent use
	// Revoked reports whether a session has ended. Verify calls it every time, so it must be fast and safe for concurrent use. While it
	// returns an error, nobody is admitted. It is required, because an access token must not outlive its session.
	Revoked func(sessionID string) (bool, error)
}

// Tokens issues and verifies access tokens. It is safe for concurrent use.
type Tokens struct {
	keys       *Keys
	config     TokenConfig
	remembered *lru.Cache[[sha256.Size]byte, verified]
	misses     atomic.Uint64
}

// verified is the content of an access token, and the ID of the key that verified it.
type verified struct {
	claims
	keyID string
}

// NewTokens returns a Tokens. It returns an error if the configuration is incomplete or exceeds the limits. There are no defaults for
// keys, issuer, audience, client ID, TTL and Revoked.
func NewTokens(keys *Keys, config TokenConfig) (*Tokens, error) {
	switch {
	case keys == nil:
		return nil, errors.New("tokens: a set of keys is required")
	case config.Issuer == "" || config.Audience == "" || config.ClientID == "":
		return nil, errors.New("tokens: issuer, audience and client ID are required")
	case config.TTL < time.Second || config.TTL > MaxTTL || config.TTL%time.Second != 0:
		return nil, fmt.Errorf("tokens: invalid lifetime %s: want whole seconds from 1s to %s", config.TTL, MaxTTL)
	case config.Leeway < 0 || config.Leeway > MaxLeeway:
		return nil, fmt.Errorf("tokens: invalid leeway %s: want 0s to %s", config.Leeway, MaxLeeway)
	case config.TTL+config.Leeway > keys.life:
		return nil, fmt.Errorf("tokens: a retired key verifies for %s only, tokens are accepted for %s", keys.life,
			config.TTL+config.Leeway)
	case config.Revoked == nil:
		return nil, errors.New("tokens: Revoked is required; without it the tokens of ended sessions would stay valid")
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

// TTL returns the lifetime of issued tokens.
func (t *Tokens) TTL() time.Duration { return t.config.TTL }

// Stats returns the number of tokens that were verified and are remembered, and how often a token had to be verified because it was not.
func (t *Tokens) Stats() (remembered int, misses uint64) { return t.remembered.Len(), t.misses.Load() }

// Verify returns the Principal of an access token that is authentic, for this audience, not expired, and of a session that has not
// ended. If it cannot determine whether the session has ended, it returns a fault of kind Unavailable for an authentic token. Otherwise
// it returns a fault of kind Unauthenticated with LoopBack's text, "Error verifying token : " and one of: jwt malformed (not three
// parts, or longer than MaxTokenBytes), invalid token, invalid signature, jwt signature is required, jwt not active (nbf or iat is in
// the future), jwt expired, session ended.
//
// The header must contain alg, typ and kid and nothing else. The claims iss, aud, exp, iat, sub, jti and sid are required, with the
// types of RFC 7519 (times in whole seconds); nbf, scope and client_id are optional, and other claims are ignored. Duplicate members
// are rejected. kid selects the key, and the key determines the algorithm, whatever the token says.
func (t *Tokens) Verify(token string) (identity.Principal, error) {
	if len(token) > MaxTokenBytes {
		return identity.Principal{}, refused("jwt malformed", errors.New("token is too long"))
	}
	// A hit is equivalent to a verification: the same bytes have passed with that key and this configuration, which is immutable. What
	// can change (the keys, the time and the ended sessions) is checked for every hit. The cache contains digests, so that the memory
	// contains no usable tokens.
	digest := sha256.Sum256([]byte(token))
	v, hit := t.remembered.Get(digest)
	if !hit || t.keys.known(v.keyID) == nil {
		t.misses.Add(1)
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

// authenticate checks everything but the times.
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

// inForce checks that nbf and iat are not in the future and that exp is (RFC 7519, section 4.1), with the leeway.
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

// notRevoked fails closed: if it cannot determine whether the session has ended, it returns a fault of kind Unavailable.
func (t *Tokens) notRevoked(c claims) error {
	ended, err := t.config.Revoked(c.SessionID)
	switch {
	case err != nil:
		return &fault.Error{
			Kind:   fault.Unavailable,
			Code:   "SESSION_CHECK_FAILED",
			Detail: "The server cannot determine at the moment whether the session has ended. Try again in a few seconds.",
			Err:    err,
		}
	case ended:
		return refused("session ended", nil)
	}
	return nil
}

// refused returns the fault for an invalid token, of kind Unauthenticated, with LoopBack's prefix.
func refused(text string, cause error) error {
	return unauthenticated("Error verifying token : "+text, challengeInvalidToken, cause)
}
