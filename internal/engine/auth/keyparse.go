package auth

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// ParseKeys reads private keys, the one that signs first: PEM blocks in the PKCS #8, SEC 1 or PKCS #1 form, one JWK, or a JWK
// Set (RFC 7517); text around the PEM blocks is skipped. Each must be Ed25519, P-256, RSA of MinRSABits to MaxRSABits bits,
// or (JWK only) a secret of at least MinSecretBytes. A JWK's alg and use must agree with that; its kid is not used. The
// PEM header Retired and the JWK's member "retired" say since when (RFC 3339) a key other than the first only verifies what
// it has signed before. Other PEM headers are refused, and so is what NewKeys refuses.
//
// An error is one sentence for whoever installs the keys and never holds a part of them.
func ParseKeys(data []byte) ([]*Key, error) {
	if len(data) > MaxKeysBytes {
		return nil, fmt.Errorf("the text of the keys is larger than %d bytes", MaxKeysBytes)
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

// MaxKeysBytes is the largest text that is read as keys.
const MaxKeysBytes = 128 << 10

// parseEach says in an error which of several keys it is about.
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

// retiredAt reads when a key was retired.
func (k *Key) retiredAt(text string) (*Key, error) {
	at, err := time.Parse(time.RFC3339, text)
	if year := at.UTC().Year(); err != nil || year < 1970 || year > 9999 {
		return nil, errRetired
	}
	return k.retire(at), nil
}

var (
	errRetired    = errors.New("when the key was retired is not a time of RFC 3339, such as 2026-01-31T08:00:00Z")
	errPublicOnly = errors.New("this is only a public key; signing needs the private one")
)
