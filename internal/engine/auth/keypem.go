package auth

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"
)

// parsePEM parses PEM blocks. It returns an error if pem.Decode, which skips what it cannot parse, has skipped a block.
func parsePEM(text []byte) ([]*Key, error) {
	var blocks []*pem.Block
	begun := bytes.Count(text, []byte("-----BEGIN "))
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		begun--
		if block.Type != "EC PARAMETERS" { // openssl ecparam -genkey writes the curve's name first
			blocks = append(blocks, block)
		}
	}
	if len(blocks) == 0 {
		return nil, errors.New("the key is neither a JWK (JSON) nor PEM")
	}
	if begun != 0 {
		return nil, errors.New("a PEM block is damaged or truncated")
	}
	return parseEach(len(blocks), func(i int) (*Key, error) { return parseBlock(blocks[i]) })
}

// parseBlock does not pass on errors of encoding/asn1 and crypto/x509, which may describe the content.
func parseBlock(block *pem.Block) (*Key, error) {
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
		return nil, errors.New("the PEM block does not contain a valid private key of a supported type")
	}
	key, err := newKey(raw)
	if err != nil || len(block.Headers) == 0 {
		return key, err
	}
	retired, ok := block.Headers[retiredHeader]
	if !ok || len(block.Headers) > 1 {
		return nil, errors.New("the PEM block has a header other than " + retiredHeader)
	}
	return key.retiredAt(retired)
}

// encodePEM encodes keys, none of which may be a shared secret.
func encodePEM(keys []*Key) ([]byte, error) {
	var text []byte
	for _, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key.private)
		if err != nil {
			return nil, errors.New("the key cannot be written as PKCS #8")
		}
		block := &pem.Block{Type: "PRIVATE KEY", Bytes: der}
		if !key.retired.IsZero() {
			block.Headers = map[string]string{retiredHeader: key.retired.Format(time.RFC3339)}
		}
		text = append(text, pem.EncodeToMemory(block)...)
	}
	return text, nil
}
