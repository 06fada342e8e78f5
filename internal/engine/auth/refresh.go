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

// RefreshTokenLength is the length of the text of a refresh token.
const RefreshTokenLength = 86

// RefreshToken is exchanged for the next access token (RFC 6749, section 1.5). Its text is opaque to clients: the session's id (16
// bytes), the family (16 bytes, constant during the session; only the keys can compute it) and the secret (32 bytes, different for each
// use), as base64url without padding. A store keeps only hashes.
//
// Printing or logging a RefreshToken shows only its session.
type RefreshToken struct {
	session [16]byte
	family  [16]byte
	secret  [32]byte
}

// NewRefreshToken returns the first refresh token of a session of an account. The session's id must be a UUID in the usual form (RFC
// 9562, section 4); otherwise NewRefreshToken returns a plain error, because it is a defect of the calling code.
func (k *Keys) NewRefreshToken(sessionID, account string) (RefreshToken, error) {
	session, err := uuid.Parse(sessionID)
	if err != nil || session.String() != sessionID {
		return RefreshToken{}, errors.New("make a refresh token: the session's id is not a UUID in lower case, such as " +
			"0198c5d2-0000-7000-8000-000000000000")
	}
	t := RefreshToken{session: session}
	if t.family, err = k.Current().family(session, account); err != nil {
		return t, err
	}
	rand.Read(t.secret[:]) // never fails
	return t, nil
}

// Issued reports whether NewRefreshToken has created the token, or an earlier one of its session, for that account with a key that
// still verifies. This proves an earlier sign-in, but the session may have ended since.
func (k *Keys) Issued(t RefreshToken, account string) bool {
	for _, key := range *k.set.Load() {
		family, err := key.family(t.session, account)
		if err == nil && k.verifies(key) && subtle.ConstantTimeCompare(family[:], t.family[:]) == 1 {
			return true
		}
	}
	return false
}

// refreshPurpose is part of the refresh tokens of open sessions and must not change, in any application.
const refreshPurpose = "newsdesk refresh"

// family returns the part that all refresh tokens of an account's session have in common.
func (k *Key) family(session [16]byte, account string) (family [16]byte, err error) {
	mac, err := k.mac(refreshPurpose + " family")
	if err != nil {
		return family, err
	}
	mac.Write(session[:])
	mac.Write([]byte(account))
	copy(family[:], mac.Sum(nil))
	return family, nil
}

// mac returns a MAC for one purpose, with a key derived from k (RFC 5869): the signing key itself is used only for signatures.
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

// ParseRefreshToken parses the result of Text. It returns a fault of kind Unauthenticated for anything else, including another encoding
// of the same bytes. It does not verify the token: compare its hashes with those in the store.
func ParseRefreshToken(text string) (RefreshToken, error) {
	var t RefreshToken
	if len(text) != RefreshTokenLength {
		return t, RefusedRefresh(fmt.Errorf("it does not have %d characters", RefreshTokenLength))
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

// Text returns the token for the client, with RefreshTokenLength characters. It is a secret.
func (t RefreshToken) Text() string {
	return base64.RawURLEncoding.EncodeToString(slices.Concat(t.session[:], t.family[:], t.secret[:]))
}

// SessionID returns the id of the session, a UUID in the usual form.
func (t RefreshToken) SessionID() string { return uuid.UUID(t.session).String() }

// FamilyHash returns the SHA-256 of the family in base64url, 43 characters, which may be stored.
func (t RefreshToken) FamilyHash() string { return hashText(t.family[:]) }

// SecretHash returns the SHA-256 of the secret in base64url, 43 characters, which may be stored.
func (t RefreshToken) SecretHash() string { return hashText(t.secret[:]) }

// Format prints the session for every verb, so that %v or %x cannot log a token.
func (t RefreshToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "refresh token of session %s", t.SessionID())
}

// Successor returns the token that follows t in its session, and the ID of the key from which it was derived. An empty
// keyID means the current signing key. To get the same successor again, for a client that has not received it, pass the returned ID: the
// result is then the same in every process, also after the key was retired. Successor returns a fault of kind Unauthenticated for a key
// that no longer verifies or is unknown.
func (k *Keys) Successor(t RefreshToken, keyID string) (next RefreshToken, usedKeyID string, err error) {
	key := k.Current()
	if keyID != "" {
		if key = k.find(keyID); key == nil {
			return next, "", RefusedRefresh(errors.New("the key of its successor was removed"))
		}
	}
	mac, err := key.mac(refreshPurpose)
	if err != nil {
		return next, "", err
	}
	mac.Write(slices.Concat(t.session[:], t.secret[:]))
	next = t
	mac.Sum(next.secret[:0])
	return next, key.id, nil
}

// secret returns the private part of the key, which is the same for every format of the key.
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

// RefusedRefresh returns the fault for any invalid refresh token, of kind Unauthenticated. The cause is logged and must not contain any
// part of the token; it may be nil.
func RefusedRefresh(cause error) error {
	e := fault.Wrap(cause, fault.Unauthenticated, "INVALID_REFRESH_TOKEN", "The refresh token is invalid or has expired. Sign in again.")
	e.Challenge = challengeInvalidToken
	return e
}
