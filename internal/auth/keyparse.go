package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// ParseKey reads one private key, either a JWK as JSON (RFC 7517) or PEM in the PKCS #8, SEC 1 or PKCS #1 form;
// text before and after the PEM block is skipped. It must be Ed25519, P-256, RSA of MinRSABits to MaxRSABits bits, or
// (JWK only) a secret of at least MinSecretBytes. A JWK's alg and use must agree with that; its kid is not used.
//
// An error is one sentence for whoever installs the key and never holds a part of it.
func ParseKey(data []byte) (*Key, error) {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return nil, errors.New("the key is empty")
	case len(text) > MaxKeyBytes:
		return nil, fmt.Errorf("the key is larger than %d bytes", MaxKeyBytes)
	case text[0] == '{':
		return parseJWK(text)
	default:
		return parsePEM(text)
	}
}

// MaxKeyBytes is the largest text that is read as a key.
const MaxKeyBytes = 16 << 10

// parseJWK does not pass on jwx's errors, they may quote the text.
func parseJWK(text []byte) (*Key, error) {
	members, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("the JWK is not one JSON object: %w", err)
	}
	if _, ok := members["keys"]; ok {
		return nil, errors.New("this is a set of keys; give one JWK")
	}
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return nil, errors.New("the JWK cannot be read; it needs kty and that kind's members (RFC 7518, section 6)")
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
		return nil, errors.New("the JWK's members do not make a valid private key of its kind")
	}
	key, err := newKey(raw)
	if err != nil {
		return nil, err
	}
	if alg := parsed.Algorithm().String(); alg != "" && alg != key.Algorithm() {
		return nil, fmt.Errorf("the JWK's alg contradicts its kind; leave it out or say %s", key.Algorithm())
	}
	if use := parsed.KeyUsage(); use != "" && use != "sig" {
		return nil, errors.New("the JWK's use does not allow signatures; leave it out or say sig")
	}
	return key, nil
}

// checkedPrivate rebuilds the key from its secret: jwx takes a JWK's public members as they are.
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

// parsePEM does not pass on the errors of encoding/asn1 and crypto/x509, they may describe the content.
func parsePEM(text []byte) (*Key, error) {
	block, rest := pem.Decode(text)
	if block != nil && block.Type == "EC PARAMETERS" { // openssl ecparam -genkey writes the curve's name first
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("the key is neither a JWK (JSON) nor PEM")
	}
	if another, _ := pem.Decode(rest); another != nil {
		return nil, errors.New("the PEM text holds more than one block; keep the private key only")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the PEM key is encrypted; decrypt it first: openssl pkey -in encrypted.pem -out key.pem")
	}
	var raw any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		raw, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		raw, err = x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		raw, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		if strings.HasSuffix(block.Type, "PUBLIC KEY") || block.Type == "CERTIFICATE" {
			return nil, errPublicOnly
		}
		return nil, errors.New("the PEM block is not PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY")
	}
	if err != nil {
		return nil, errors.New("the PEM block does not hold a valid private key of an accepted kind")
	}
	return newKey(raw)
}

var errPublicOnly = errors.New("this is only a public key; signing needs the private one")
