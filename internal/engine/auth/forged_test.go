package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
)

const (
	malformed = "jwt malformed"
	invalid   = "invalid token"
	signature = "invalid signature"
	unsigned  = "jwt signature is required"
)

// TestForgedText refuses what is not a compact JWS.
func TestForgedText(t *testing.T) {
	t.Parallel()
	good := forge(edKey(), goodHeader(edKey()), goodClaims)
	part := strings.Split(good, ".")
	huge := func(n int) string {
		return part[0] + "." + strings.Repeat("A", n-len(part[0])-len(part[2])-2) + "." + part[2]
	}
	flattened := `{"payload":"` + part[1] + `","protected":"` + part[0] + `","signature":"` + part[2] + `"}`
	for _, tt := range []struct{ name, token, text string }{
		{"nothing", "", malformed},
		{"one part", "abc", malformed},
		{"two parts", part[0] + "." + part[1], malformed},
		{"four parts", good + ".", malformed},
		{"five parts, a JWE", good + ".a.b", malformed},
		{"only dots", strings.Repeat(".", MaxTokenBytes), malformed},
		{"above the limit", huge(MaxTokenBytes + 1), malformed},
		{"huge", strings.Repeat("a", 10<<20), malformed},
		{"at the limit", huge(MaxTokenBytes), signature},
		{"JSON, flattened", flattened, malformed},
		{"JSON, general", `{"payload":"` + part[1] + `","signatures":[{"protected":"` + part[0] + `","signature":"` + part[2] + `"}]}`,
			malformed},
		{"JSON with two dots", strings.TrimSuffix(flattened, "}") + `,"x":".."}`, invalid},
		{"three letters", "a.b.c", invalid},
		{"empty parts", "..", unsigned},
		{"no header", "." + part[1] + "." + part[2], invalid},
		{"no payload", part[0] + ".." + part[2], signature},
		{"no signature", part[0] + "." + part[1] + ".", unsigned},
		{"truncated by a character", good[:len(good)-1], invalid},
		{"truncated to whole groups", good[:len(good)-2], signature},
		{"padding", part[0] + "." + part[1] + "." + part[2] + "==", invalid},
		{"padding in the header", part[0] + "=." + part[1] + "." + part[2], invalid},
		{"space before", " " + good, invalid},
		{"line end after", good + "\n", invalid},
		{"line end inside", part[0][:8] + "\r\n" + part[0][8:] + "." + part[1] + "." + part[2], invalid},
		{"NUL", good + "\x00", invalid},
		{"standard base64", part[0] + "." + part[1] + "." + "+/" + part[2][2:], invalid},
		{"not ASCII", part[0] + "." + part[1] + ".é", invalid},
		{"second spelling of the same bytes", good[:len(good)-1] + string(good[len(good)-1]+1), invalid},
		{"another signature", part[0] + "." + part[1] + "." + strings.Repeat("A", len(part[2])), signature},
		{"another's payload", part[0] + "." + base64url(swap(t, goodClaims, "ann", "bob")) + "." + part[2], signature},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := atNoon(edKey()).Verify(tt.token)
			want401(t, err, tt.text)
		})
	}
	if _, err := atNoon(edKey()).Verify(good); err != nil {
		t.Errorf("the token that the others are made from: %v", err)
	}
}

// TestForgedHeader signs every header with the right key: the header alone must be refused.
func TestForgedHeader(t *testing.T) {
	t.Parallel()
	key := edKey()
	good := goodHeader(key)
	more := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	rows := map[string]string{
		"alg of another spelling": swap(t, good, "EdDSA", "eddsa"),
		"alg HS256":               swap(t, good, "EdDSA", "HS256"),
		"alg RS256":               swap(t, good, "EdDSA", "RS256"),
		"alg missing":             swap(t, good, `"alg":"EdDSA",`, ""),
		"alg null":                swap(t, good, `"EdDSA"`, "null"),
		"alg in an array":         swap(t, good, `"EdDSA"`, `["EdDSA"]`),
		"alg twice":               more(`"alg":"EdDSA"`),
		"alg twice, escaped":      more(`"al\u0067":"none"`),
		"ALG besides alg":         more(`"ALG":"none"`),
		"ALG for alg":             swap(t, good, `"alg"`, `"ALG"`),
		"typ JWT":                 swap(t, good, "at+jwt", "JWT"),
		"typ of a logout token":   swap(t, good, "at+jwt", "logout+jwt"),
		"typ missing":             swap(t, good, `"typ":"at+jwt",`, ""),
		"kid missing":             swap(t, good, `,"kid":"`+key.ID()+`"`, ""),
		"kid empty":               swap(t, good, key.ID(), ""),
		"kid of another key":      swap(t, good, key.ID(), secretKey().ID()),
		"kid a path":              swap(t, good, key.ID(), "../../../../dev/null"),
		"kid an SQL":              swap(t, good, key.ID(), `x' UNION SELECT 'secret`),
		"kid a number":            swap(t, good, `"`+key.ID()+`"`, "0"),
		"jku":                     more(`"jku":"https://evil.example/jwks.json"`),
		"jwk":                     more(`"jwk":` + publicJWK(t, key)),
		"x5u":                     more(`"x5u":"https://evil.example/cert.pem"`),
		"x5c":                     more(`"x5c":["MIIB"]`),
		"x5t":                     more(`"x5t":"AAAA"`),
		"crit":                    more(`"crit":["exp"],"exp":1`),
		"crit empty":              more(`"crit":[]`),
		"b64 false":               more(`"b64":false,"crit":["b64"]`),
		"b64 true":                more(`"b64":true`),
		"zip":                     more(`"zip":"DEF"`),
		"cty":                     more(`"cty":"JWT"`),
		"trailing object":         good + "{}",
		"trailing comma":          more(""),
		"an array":                "[" + good + "]",
		"a string":                `"alg"`,
		"null":                    "null",
		"not JSON":                "{alg:EdDSA}",
		"cut":                     good[:len(good)-1],
		"byte order mark":         "\ufeff" + good,
		"not UTF-8":               swap(t, good, "at+jwt", "at+jwt\xff"),
		"deep":                    strings.Repeat("[", 2500) + strings.Repeat("]", 2500),
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", ""} {
		rows["alg "+none] = swap(t, good, "EdDSA", none)
	}
	for name, header := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := atNoon(key).Verify(forge(key, header, goodClaims))
			want401(t, err, invalid)
			_, err = atNoon(key).Verify(base64url(header) + "." + base64url(goodClaims) + ".")
			want401(t, err, unsigned)
		})
	}
	for _, header := range []string{good, swap(t, good, "at+jwt", "application/at+jwt"), swap(t, good, `,"kid"`, ` , "kid"`)} {
		if _, err := atNoon(key).Verify(forge(key, header, goodClaims)); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// TestForgedWithPublicKey signs with what everybody may know, under the header the attacker would choose and under the genuine one.
func TestForgedWithPublicKey(t *testing.T) {
	t.Parallel()
	for _, key := range []*Key{edKey(), ecKey(), rsaKey()} {
		der := must(x509.MarshalPKIXPublicKey(key.public))
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		secrets := map[string][]byte{
			"PEM":                  text,
			"PEM without line end": text[:len(text)-1],
			"DER":                  der,
			"JWK":                  []byte(publicJWK(t, key)),
			"kid":                  []byte(key.ID()),
		}
		if rsaPublic, ok := key.public.(*rsa.PublicKey); ok {
			secrets["PKCS #1"] = x509.MarshalPKCS1PublicKey(rsaPublic)
			secrets["modulus"] = rsaPublic.N.Bytes()
		}
		for name, secret := range secrets {
			for _, alg := range []jwa.SignatureAlgorithm{jwa.HS256, jwa.HS384, jwa.HS512} {
				t.Run(key.Algorithm()+" "+name+" "+alg.String(), func(t *testing.T) {
					t.Parallel()
					_, err := atNoon(key).Verify(forgeAs(alg, secret, swap(t, goodHeader(key), key.Algorithm(), alg.String()), goodClaims))
					want401(t, err, invalid)
					_, err = atNoon(key).Verify(forgeAs(alg, secret, goodHeader(key), goodClaims))
					want401(t, err, signature)
				})
			}
		}
	}
}

// TestForgedWithOtherAlgorithm uses the right key with an algorithm that it is not for.
func TestForgedWithOtherAlgorithm(t *testing.T) {
	t.Parallel()
	for key, algs := range map[*Key][]jwa.SignatureAlgorithm{
		rsaKey():    {jwa.RS384, jwa.RS512, jwa.PS256, jwa.PS384, jwa.PS512},
		secretKey(): {jwa.HS384, jwa.HS512},
	} {
		for _, alg := range algs {
			_, err := atNoon(key).Verify(forgeAs(alg, key.private, swap(t, goodHeader(key), key.Algorithm(), alg.String()), goodClaims))
			want401(t, err, invalid)
			_, err = atNoon(key).Verify(forgeAs(alg, key.private, goodHeader(key), goodClaims))
			want401(t, err, signature)
		}
	}
}

// TestForgedECDSA refuses the signatures that are valid for every key in a careless implementation (CVE-2022-21449).
func TestForgedECDSA(t *testing.T) {
	t.Parallel()
	key := ecKey()
	genuine := forge(key, goodHeader(key), goodClaims)
	input := genuine[:strings.LastIndex(genuine, ".")]
	digest := sha256.Sum256([]byte(input))
	order := key.public.(*ecdsa.PublicKey).Params().N.Bytes()
	for name, rs := range map[string]string{
		"zeros":  strings.Repeat("\x00", 64),
		"order":  string(order) + string(order),
		"short":  strings.Repeat("\x01", 63),
		"long":   strings.Repeat("\x01", 65),
		"ASN.1":  string(must(key.private.(*ecdsa.PrivateKey).Sign(rand.Reader, digest[:], crypto.SHA256))),
		"one":    "\x01",
		"filled": strings.Repeat("\xff", 64),
	} {
		_, err := atNoon(key).Verify(input + "." + base64url(rs))
		t.Run(name, func(t *testing.T) { want401(t, err, signature) })
	}
}

// TestKeysDoNotMix gives every key's tokens to every other key.
func TestKeysDoNotMix(t *testing.T) {
	t.Parallel()
	keys := append(allKeys(), must(GenerateKey()))
	for _, mine := range keys {
		for _, other := range keys {
			if mine == other {
				continue
			}
			token, _, err := atNoon(other).Issue(ann())
			if err != nil {
				t.Fatal(err)
			}
			_, err = atNoon(mine).Verify(token)
			want401(t, err, invalid)
			_, err = atNoon(mine).Verify(forgeAs(other.algorithm, other.private, goodHeader(mine), goodClaims))
			want401(t, err, signature)
		}
	}
}

func publicJWK(t testing.TB, k *Key) string {
	t.Helper()
	return string(must(json.Marshal(must(jwk.FromRaw(k.public)))))
}
