package auth

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

func parseJWKs(text []byte) ([]*Key, error) {
	members, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("the JWK is not one JSON object: %w", err)
	}
	if _, ok := members["keys"]; !ok {
		key, err := parseJWK(text)
		return []*Key{key}, err
	}
	var set []json.RawMessage
	if err := members.require("keys", &set); err != nil {
		return nil, errors.New("the member keys of the JWK Set is not a list")
	}
	return parseEach(len(set), func(i int) (*Key, error) { return parseJWK(set[i]) })
}

// parseJWK does not pass on errors of jwx, which may quote the text.
func parseJWK(text []byte) (*Key, error) {
	members, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("the JWK is not one JSON object: %w", err)
	}
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errors.New("invalid JWK: it needs kty and the members for that type (RFC 7518, section 6)")
	}
	var raw any
	switch parsed.(type) {
	case jwk.OKPPrivateKey, jwk.ECDSAPrivateKey, jwk.RSAPrivateKey, jwk.SymmetricKey:
		err = parsed.Raw(&raw)
	default:
		return nil, errPublicOnly
	}
	if err == nil {
		raw, err = checkedPrivate(raw)
	}
	if err != nil {
		return nil, errors.New("the JWK's members are not a valid private key of its type")
	}
	key, err := newKey(raw)
	if err != nil {
		return nil, err
	}
	if alg := parsed.Algorithm().String(); alg != "" && alg != key.Algorithm() {
		return nil, fmt.Errorf("the JWK's alg does not match its type; omit it or use %s", key.Algorithm())
	}
	if use := parsed.KeyUsage(); use != "" && use != "sig" {
		return nil, errors.New("the JWK's use does not allow signatures; omit it or use sig")
	}
	if _, ok := members[retiredMember]; !ok {
		return key, nil
	}
	var retired string
	if err := members.require(retiredMember, &retired); err != nil {
		return nil, errRetired
	}
	return key.retiredAt(retired)
}

// encodeJWKs encodes a JWK Set.
func encodeJWKs(keys []*Key) ([]byte, error) {
	set := jwk.NewSet()
	for _, key := range keys {
		private, err := jwk.FromRaw(key.private)
		if err == nil {
			err = errors.Join(private.Set(jwk.KeyIDKey, key.id), private.Set(jwk.AlgorithmKey, key.algorithm))
		}
		if err == nil && !key.retired.IsZero() {
			err = private.Set(retiredMember, key.retired.Format(time.RFC3339))
		}
		if err == nil {
			err = set.AddKey(private)
		}
		if err != nil {
			return nil, errors.New("the key cannot be written as a JWK")
		}
	}
	return json.MarshalIndent(set, "", "  ")
}

// checkedPrivate derives the key again from its secret, because jwx accepts a JWK's public members without a check.
func checkedPrivate(raw any) (any, error) {
	switch raw := raw.(type) {
	case *ecdsa.PrivateKey:
		secret, err := raw.Bytes()
		if err != nil {
			return nil, err
		}
		rebuilt, err := ecdsa.ParseRawPrivateKey(raw.Curve, secret)
		if err != nil || !rebuilt.PublicKey.Equal(&raw.PublicKey) {
			return nil, errors.New("x and y do not belong to d")
		}
		return rebuilt, nil
	case *rsa.PrivateKey:
		rebuilt := &rsa.PrivateKey{PublicKey: raw.PublicKey, D: raw.D, Primes: raw.Primes}
		if rebuilt.N.BitLen() > MaxRSABits {
			return rebuilt, nil // newKey refuses it; validating it would take long
		}
		return rebuilt, rebuilt.Validate()
	default:
		return raw, nil
	}
}
