package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
)

// Sizes of keys that are accepted.
const (
	MinRSABits     = 2048
	MaxRSABits     = 8192
	MinSecretBytes = 32
)

// Key signs and verifies tokens. Its type determines the algorithm (RFC 8725, section 3.1): EdDSA for Ed25519, ES256 for P-256, RS256
// for RSA, HS256 for a shared secret. A Key is immutable and safe for concurrent use. Printing or logging it shows only its algorithm
// and ID.
type Key struct {
	id        string
	algorithm jwa.SignatureAlgorithm
	private   any             // what jws signs with: a crypto.Signer or, for HS256, []byte
	public    any             // what jws verifies with
	published json.RawMessage // the public JWK; nil for a secret, so that there is nothing to publish by mistake
	retired   time.Time
}

// GenerateKey returns a new Ed25519 key.
func GenerateKey() (*Key, error) { return GenerateKeyFor(jwa.EdDSA.String()) }

// GenerateKeyFor returns a new key for a JWS algorithm: Ed25519 for EdDSA, P-256 for ES256, RSA with 3072 bits for RS256. It returns an
// error for any other algorithm.
func GenerateKeyFor(algorithm string) (*Key, error) {
	switch jwa.SignatureAlgorithm(algorithm) {
	case jwa.EdDSA:
		_, private, err := ed25519.GenerateKey(nil)
		return generated(private, err)
	case jwa.ES256:
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return generated(private, err)
	case jwa.RS256:
		private, err := rsa.GenerateKey(rand.Reader, 3072)
		return generated(private, err)
	}
	return nil, fmt.Errorf("unknown algorithm %q; expected EdDSA, ES256 or RS256", algorithm)
}

func generated(private any, err error) (*Key, error) {
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	return newKey(private)
}

// ID returns the key's RFC 7638 thumbprint (SHA-256, base64url), which is the kid of its tokens. It is not secret.
func (k *Key) ID() string { return k.id }

// Algorithm returns the name (RFC 7518, section 3.1) of the only algorithm that the key is used with.
func (k *Key) Algorithm() string { return k.algorithm.String() }

// Retired returns when another key replaced this one, in whole seconds. It returns the zero time for a key that is not retired.
func (k *Key) Retired() time.Time { return k.retired }

// Format prints algorithm and ID for every verb, so that %v or %d cannot log a key.
func (k *Key) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s key %s", k.algorithm, k.id)
}

// another returns a new key of the same type and size.
func (k *Key) another() (*Key, error) {
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		next, err := rsa.GenerateKey(rand.Reader, private.N.BitLen())
		return generated(next, err)
	case []byte:
		secret := make([]byte, len(private))
		rand.Read(secret) // never fails
		return newKey(secret)
	}
	return GenerateKeyFor(k.Algorithm())
}

// retire returns the key with its time of retirement set.
func (k *Key) retire(at time.Time) *Key {
	retired := *k
	retired.retired = at.UTC().Truncate(time.Second)
	return &retired
}

// newKey is the only way to create a Key. It determines the algorithm and rejects weak keys.
func newKey(raw any) (*Key, error) {
	k := &Key{private: raw}
	switch raw := raw.(type) {
	case ed25519.PrivateKey:
		k.algorithm, k.public = jwa.EdDSA, raw.Public()
	case *ecdsa.PrivateKey:
		if raw.Curve != elliptic.P256() {
			return nil, errors.New("unsupported curve; use P-256 or Ed25519")
		}
		k.algorithm, k.public = jwa.ES256, raw.Public()
	case *rsa.PrivateKey:
		if bits := raw.N.BitLen(); bits < MinRSABits || bits > MaxRSABits {
			return nil, fmt.Errorf("the RSA key has %d bits; use %d to %d", bits, MinRSABits, MaxRSABits)
		}
		k.algorithm, k.public = jwa.RS256, raw.Public()
	case []byte:
		if len(raw) < MinSecretBytes {
			return nil, fmt.Errorf("the secret has %d bytes; use at least %d random ones", len(raw), MinSecretBytes)
		}
		k.algorithm, k.public = jwa.HS256, raw
	default:
		return nil, errors.New("unsupported type of key; use Ed25519, P-256, RSA or, as a JWK, a shared secret")
	}
	public, err := jwk.FromRaw(k.public)
	if err != nil {
		return nil, errors.New("the key's public half cannot be read")
	}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, errors.New("the key has no thumbprint")
	}
	k.id = base64.RawURLEncoding.EncodeToString(thumbprint)
	if k.algorithm == jwa.HS256 {
		return k, nil
	}
	err = errors.Join(public.Set(jwk.KeyIDKey, k.id), public.Set(jwk.AlgorithmKey, k.algorithm),
		public.Set(jwk.KeyUsageKey, jwk.ForSignature))
	if err == nil {
		k.published, err = json.Marshal(public)
	}
	if err != nil {
		return nil, errors.New("the key's public half cannot be written as a JWK")
	}
	return k, nil
}
