package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"slices"

	"github.com/google/uuid"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// RefreshTokenLength is the length of a refresh token's text.
const RefreshTokenLength = 86

// RefreshToken is what a client shows to get its next access token (RFC 6749, section 1.5). Its text says nothing to the
// client: base64url without padding of the session's id (16 bytes), the family (16 bytes, the same during the
// session, that only the keys can make) and the secret (32 bytes, another one at each use). A store keeps the hashes, never the text.
//
// However a RefreshToken is printed or logged, only its session shows.
type RefreshToken struct {
	session [16]byte
	family  [16]byte
	secret  [32]byte
}

// NewRefreshToken makes the first refresh token of a session, whose id is a UUID in its usual form (RFC 9562, section 4), of an account, which
// may have any name; another id is the calling code's defect: a plain error.
func (k *Keys) NewRefreshToken(sessionID, account string) (RefreshToken, error) {
	session, err := uuid.Parse(sessionID)
	if err != nil || session.String() != sessionID {
		return RefreshToken{}, errors.New("make a refresh token: the session's id is not a UUID in lower case, such as 0198c5d2-0000-7000-8000-000000000000")
	}
	t := RefreshToken{session: session}
	if t.family, err = k.Current().family(session, account); err != nil {
		return t, err
	}
	rand.Read(t.secret[:]) // never fails
	return t, nil
}

// Issued reports whether the token, or one of its session before it, was made by NewRefreshToken for that account with a key that still verifies.
// That proves an earlier sign-in and nothing else: the session may have ended since.
func (k *Keys) Issued(t RefreshToken, account string) bool {
	for _, key := range *k.set.Load() {
		family, err := key.family(t.session, account)
		if err == nil && k.verifies(key) && subtle.ConstantTimeCompare(family[:], t.family[:]) == 1 {
			return true
		}
	}
	return false
}

// family is what the refresh tokens of an account's session have in common.
func (k *Key) family(session [16]byte, account string) (family [16]byte, err error) {
	mac, err := k.mac("newsdesk refresh family")
	if err != nil {
		return family, err
	}
	mac.Write(session[:])
	mac.Write([]byte(account))
	copy(family[:], mac.Sum(nil))
	return family, nil
}

// mac returns a MAC for one purpose. Its key is derived from k: what signs tokens is used for nothing else (RFC 5869, section 3.2).
func (k *Key) mac(purpose string) (hash.Hash, error) {
	secret, err := k.secret()
	if err != nil {
		return nil, fmt.Errorf("derive a refresh token: %w", err)
	}
	derived, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a refresh token: %w", err)
	}
	return hmac.New(sha256.New, derived), nil
}

// ParseRefreshToken reads what Text has written. Everything else, and a second spelling of the same bytes too, is a fault
// of kind Unauthenticated. The token is not checked: only the hashes in the store say what it is worth.
func ParseRefreshToken(text string) (RefreshToken, error) {
	var t RefreshToken
	if len(text) != RefreshTokenLength {
		return t, RefusedRefresh(fmt.Errorf("it has not %d characters", RefreshTokenLength))
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != 64 { // Decode skips line breaks
		return t, RefusedRefresh(errors.New("it is not base64url without padding"))
	}
	copy(t.session[:], data)
	copy(t.family[:], data[16:])
	copy(t.secret[:], data[32:])
	return t, nil
}

// Text is the token as the client gets it: RefreshTokenLength characters. It is a secret.
func (t RefreshToken) Text() string {
	return base64.RawURLEncoding.EncodeToString(slices.Concat(t.session[:], t.family[:], t.secret[:]))
}

// SessionID is the id of the session, a UUID in its usual form.
func (t RefreshToken) SessionID() string { return uuid.UUID(t.session).String() }

// FamilyHash is SHA-256 of the family, base64url: 43 characters that a store may keep.
func (t RefreshToken) FamilyHash() string { return hashText(t.family[:]) }

// SecretHash is SHA-256 of the secret, base64url: 43 characters that a store may keep.
func (t RefreshToken) SecretHash() string { return hashText(t.secret[:]) }

// Format prints the session for every verb, so that no token reaches a log by way of %v or %x.
func (t RefreshToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "refresh token of session %s", t.SessionID())
}

// Successor returns the token that follows t in its session, and the ID of the key that it was derived with. The same t and
// key give the same successor, in every process that has the key and after it was retired too, so a client whose
// answer was lost can be answered again: keyID is empty the first time, and what was returned then when it is repeated.
// A key that no longer verifies, or never was one, is a fault of kind Unauthenticated.
func (k *Keys) Successor(t RefreshToken, keyID string) (next RefreshToken, usedKeyID string, err error) {
	key := k.Current()
	if keyID != "" {
		if key = k.find(keyID); key == nil {
			return next, "", RefusedRefresh(errors.New("the key of its successor is no longer there"))
		}
	}
	mac, err := key.mac("newsdesk refresh")
	if err != nil {
		return next, "", err
	}
	mac.Write(slices.Concat(t.session[:], t.secret[:]))
	next = t
	mac.Sum(next.secret[:0])
	return next, key.id, nil
}

// secret is the private part of the key alone, the same whatever form the key was read from.
func (k *Key) secret() ([]byte, error) {
	switch private := k.private.(type) {
	case ed25519.PrivateKey:
		return private.Seed(), nil
	case *ecdsa.PrivateKey:
		return private.Bytes()
	case *rsa.PrivateKey:
		return private.D.Bytes(), nil
	default:
		return private.([]byte), nil
	}
}

func hashText(secret []byte) string {
	sum := sha256.Sum256(secret)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// RefusedRefresh is the answer to a refresh token that is not good, whatever is wrong with it: a fault of kind Unauthenticated.
// The cause is for the log and must hold nothing of the token; nil is fine.
func RefusedRefresh(cause error) error {
	e := fault.Wrap(cause, fault.Unauthenticated, "INVALID_REFRESH_TOKEN", "The refresh token is not good, or not any more. Sign in again.")
	e.Challenge = challengeInvalidToken
	return e
}
