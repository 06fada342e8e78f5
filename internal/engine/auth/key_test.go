package auth

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

func TestParseKeys(t *testing.T) {
	t.Parallel()
	pkcs8 := func(k *Key) string { return pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(k.private))) }
	sec1 := pemText("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecKey().private.(*ecdsa.PrivateKey))))
	pkcs1 := pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey().private.(*rsa.PrivateKey)))
	for name, tt := range map[string]struct {
		text, algorithm string
		same            *Key
	}{
		"Ed25519, PKCS #8":       {pkcs8(edKey()), "EdDSA", edKey()},
		"Ed25519, JWK":           {privateJWK(edKey()), "EdDSA", edKey()},
		"P-256, PKCS #8":         {pkcs8(ecKey()), "ES256", ecKey()},
		"P-256, SEC 1":           {sec1, "ES256", ecKey()},
		"P-256, openssl ecparam": {pemText("EC PARAMETERS", []byte("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07")) + sec1, "ES256", ecKey()},
		"P-256, JWK":             {privateJWK(ecKey()), "ES256", ecKey()},
		"RSA, PKCS #8":           {pkcs8(rsaKey()), "RS256", rsaKey()},
		"RSA, PKCS #1":           {pkcs1, "RS256", rsaKey()},
		"RSA, JWK":               {privateJWK(rsaKey()), "RS256", rsaKey()},
		"secret, JWK":            {privateJWK(secretKey()), "HS256", secretKey()},
		"comments around":        {"# our key\nsubject=x\n\n" + pkcs8(edKey()) + "\n# end\n", "EdDSA", edKey()},
		"white space around":     {"\n \t" + privateJWK(edKey()) + "\r\n", "EdDSA", edKey()},
		"Windows line ends":      {strings.ReplaceAll(pkcs8(edKey()), "\n", "\r\n"), "EdDSA", edKey()},
		"JWK with its alg":       {with(edKey(), `"alg":"EdDSA","use":"sig","kid":"mine"`), "EdDSA", edKey()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := ParseKeys([]byte(tt.text))
			if err != nil || len(keys) != 1 {
				t.Fatal(keys, err)
			}
			if k := keys[0]; k.Algorithm() != tt.algorithm || k.ID() != tt.same.ID() {
				t.Errorf("got %v, want %v", k, tt.same)
			}
			if _, err := atNoon(tt.same).Verify(forge(keys[0], goodHeader(keys[0]), goodClaims)); err != nil {
				t.Errorf("signs another way than the original: %v", err)
			}
		})
	}
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	pkcs8 := func(key any) string { return pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))) }
	pkix := func(k *Key) string { return pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(k.public))) }
	secret := func(n int) string {
		return `{"kty":"oct","k":"` + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte("k"), n)) + `"}`
	}
	good := pkcs8(edKey().private)
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	weak := must(rsa.GenerateKey(rand.Reader, 1024))
	d := func(raw any) string {
		return base64.RawURLEncoding.EncodeToString(must(raw.(*ecdsa.PrivateKey).Bytes()))
	}
	mixed := swap(t, privateJWK(ecKey()), d(ecKey().private), d(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))))
	for name, tt := range map[string]struct{ text, says string }{
		"nothing":               {"", "empty"},
		"white space":           {" \n", "empty"},
		"a pass phrase":         {"myjwts3cr3t", "neither"},
		"a long pass phrase":    {strings.Repeat("correct horse ", 8), "neither"},
		"DER":                   {string(must(x509.MarshalPKCS8PrivateKey(edKey().private))), "neither"},
		"larger than the limit": {good + strings.Repeat("#", MaxKeysBytes), "larger"},
		"Ed25519, public JWK":   {publicJWK(t, edKey()), "public"},
		"P-256, public JWK":     {publicJWK(t, ecKey()), "public"},
		"RSA, public JWK":       {publicJWK(t, rsaKey()), "public"},
		"Ed25519, public PEM":   {pkix(edKey()), "public"},
		"RSA, public PEM":       {pkix(rsaKey()), "public"},
		"certificate":           {pemText("CERTIFICATE", []byte("x")), "public"},
		"P-384, PEM":            {pkcs8(p384), "curve"},
		"P-384, JWK":            {rawJWK(p384), "curve"},
		"P-521, SEC 1": {pemText("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(
			must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))))), "curve"},
		"X25519":                {pkcs8(must(ecdh.X25519().GenerateKey(rand.Reader))), "type of key"},
		"RSA of 1024 bits, PEM": {pkcs8(weak), "1024 bits"},
		"RSA of 1024 bits, JWK": {rawJWK(weak), "1024 bits"},
		"secret of 0 bytes":     {secret(0), "0 bytes"},
		"secret of 31 bytes":    {secret(31), "31 bytes"},
		"encrypted PKCS #8":     {pemText("ENCRYPTED PRIVATE KEY", []byte("x")), "encrypted"},
		"encrypted PKCS #1": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END " +
			"RSA PRIVATE KEY-----\n", "encrypted"},
		"OpenSSH":              {pemText("OPENSSH PRIVATE KEY", []byte("x")), "not PRIVATE KEY"},
		"key and certificate":  {good + pemText("CERTIFICATE", []byte("x")), "key 2 of 2: this is a public key"},
		"an array":             {"[" + privateJWK(edKey()) + "]", "neither"},
		"two JWKs":             {privateJWK(edKey()) + privateJWK(edKey()), "one JSON object"},
		"a member twice":       {with(edKey(), `"d":"x"`), "one JSON object"},
		"cut JWK":              {privateJWK(edKey())[:40], "one JSON object"},
		"no kind":              {"{}", "kty"},
		"unknown kind":         {`{"kty":"none"}`, "kty"},
		"d without x":          {`{"kty":"OKP","crv":"Ed25519","d":"` + strings.Repeat("A", 43) + `"}`, "JWK"},
		"d of another key":     {mixed, "are not a valid private key"},
		"P-256 named as P-384": {swap(t, privateJWK(ecKey()), "P-256", "P-384"), "JWK"},
		"RSA without p and q": {`{"kty":"RSA","n":"` + strings.Repeat("y", 342) + `","e":"AQAB","d":"` + strings.Repeat("A", 342) + `"}`,
			"JWK"},
		"Ed25519 for HS256":     {with(edKey(), `"alg":"HS256"`), "does not match its type"},
		"RSA for RS512":         {with(rsaKey(), `"alg":"RS512"`), "does not match its type"},
		"secret for none":       {with(secretKey(), `"alg":"none"`), "does not match its type"},
		"secret for HS512":      {with(secretKey(), `"alg":"HS512"`), "does not match its type"},
		"for encryption":        {with(edKey(), `"use":"enc"`), "use"},
		"PEM of another form":   {strings.ReplaceAll(good, "PRIVATE KEY", "EC PRIVATE KEY"), "valid"},
		"PEM cut":               {good[:len(good)-30], "neither"},
		"PEM of nothing":        {pemText("PRIVATE KEY", nil), "valid"},
		"only curve parameters": {pemText("EC PARAMETERS", []byte("x")), "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := ParseKeys([]byte(tt.text))
			if err == nil {
				t.Fatalf("accepted as %v", keys)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %q, want it to say %q", err, tt.says)
			}
			wantNothingOf(t, err.Error(), tt.text)
		})
	}
}

// TestKeyID is the example of RFC 8037, appendix A.3.
func TestKeyID(t *testing.T) {
	t.Parallel()
	keys, err := ParseKeys([]byte(`{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",` +
		`"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`))
	if err != nil || keys[0].ID() != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Errorf("got %v, %v", keys, err)
	}
}

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	one, other := must(GenerateKey()), must(GenerateKey())
	if one.Algorithm() != "EdDSA" || one.ID() == other.ID() {
		t.Errorf("got %v and %v", one, other)
	}
}

// TestSecretsAreNotPrinted tries all the ways by which a key or a refresh token could get into a log.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	want := map[any]string{must(someKeys().NewRefreshToken(session, "ann")): "refresh token of session " + session}
	for _, key := range allKeys() {
		want[key] = key.Algorithm() + " key " + key.ID()
		want[must(NewKeys(key))] = want[key]
	}
	for secret, want := range want {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			if got := fmt.Sprintf(verb, secret); got != want {
				t.Errorf("%s prints %s", verb, got)
			}
		}
		if got := string(must(json.Marshal(map[string]any{"key": secret}))); got != `{"key":{}}` {
			t.Errorf("JSON is %s", got)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", secret)
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has %s", &log)
		}
	}
}

// wantNothingOf fails when a message quotes a piece of the text that is long enough to be key material.
func wantNothingOf(t testing.TB, message, text string) {
	t.Helper()
	for piece := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\",:", r) }) {
		if len(piece) >= 20 && strings.Contains(message, piece) {
			t.Errorf("the error %q quotes the key", message)
		}
	}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func privateJWK(k *Key) string { return rawJWK(k.private) }

func rawJWK(raw any) string { return string(must(json.Marshal(must(jwk.FromRaw(raw))))) }

// with returns the key's JWK with one more member.
func with(k *Key, member string) string {
	return strings.TrimSuffix(privateJWK(k), "}") + "," + member + "}"
}
