package auth

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// ParseKeys parses private keys, the signing key first: PEM blocks in PKCS #8, SEC 1 or PKCS #1 form, one JWK, or a JWK Set (RFC 7517).
// It skips text around PEM blocks. Each key must be Ed25519, P-256, RSA with MinRSABits to MaxRSABits bits, or (JWK only) a secret of
// at least MinSecretBytes. A JWK's alg and use must match; its kid is ignored. The PEM header Retired and the JWK member "retired"
// contain the time (RFC 3339) at which the key was retired: since then it verifies but does not sign. ParseKeys returns an error for any
// other PEM header, and for a set that NewKeys rejects.
//
// An error is one sentence for the administrator, and never contains a part of the keys.
func ParseKeys(data []byte) ([]*Key, error) {
	if len(data) > MaxKeysBytes {
		return nil, fmt.Errorf("the key file is larger than %d bytes", MaxKeysBytes)
	}
	text := bytes.TrimSpace(data)
	if len(text) == 0 {
		return nil, errors.New("the key is empty")
	}
	parse := parsePEM
	if text[0] == '{' {
		parse = parseJWKs
	}
	keys, err := parse(text)
	if err == nil {
		err = checkSet(keys)
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// MaxKeysBytes is the maximum size of a key file.
const MaxKeysBytes = 128 << 10

// parseEach parses several keys. Its error says which key is invalid.
func parseEach(n int, parse func(i int) (*Key, error)) ([]*Key, error) {
	var keys []*Key
	for i := range n {
		key, err := parse(i)
		if err != nil && n > 1 {
			err = fmt.Errorf("key %d of %d: %w", i+1, n, err)
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// How a PEM block and a JWK say when a key was retired.
const (
	retiredHeader = "Retired"
	retiredMember = "retired"
)

// retiredAt returns the key with the time of retirement in the text.
func (k *Key) retiredAt(text string) (*Key, error) {
	at, err := time.Parse(time.RFC3339, text)
	if year := at.UTC().Year(); err != nil || year < 1970 || year > 9999 {
		return nil, errRetired
	}
	return k.retire(at), nil
}

var (
	errRetired    = errors.New("the time of retirement is not in RFC 3339 format, such as 2026-01-31T08:00:00Z")
	errPublicOnly = errors.New("this is a public key; signing needs the private key")
)
