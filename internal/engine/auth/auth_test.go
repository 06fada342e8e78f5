package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// noon is when the tests take place; the tokens they forge are issued at noon and expire an hour later.
var noon = time.Date(2027, time.January, 15, 12, 0, 0, 0, time.UTC)

// session is the id of a session.
const session = "0198c5d2-0000-7000-8000-000000000000"

const goodClaims = `{"iss":"example","aud":"api","sub":"ann","jti":"t1","sid":"s1","iat":1800014400,"exp":1800018000}`

// goodHeader is the header that the key's own tokens carry.
func goodHeader(k *Key) string {
	return `{"alg":"` + k.Algorithm() + `","typ":"at+jwt","kid":"` + k.ID() + `"}`
}

// atNoon returns Tokens of one key whose clock stands still.
func atNoon(key *Key) *Tokens {
	return must(NewTokens(must(NewKeys(key)), TokenConfig{
		Issuer: "example", Audience: "api", ClientID: "web", TTL: time.Hour, Leeway: 30 * time.Second,
		Clock: func() time.Time { return noon }, Revoked: never,
	}))
}

// never is the answer of sessions that do not end.
func never(string) (bool, error) { return false, nil }

// ann is a grant of those scopes.
func ann(scopes ...string) TokenRequest {
	return TokenRequest{Subject: "ann", Session: "s1", Scopes: scopes}
}

// forge signs any header and claims.
func forge(k *Key, header, claims string) string {
	return forgeAs(k.algorithm, k.private, header, claims)
}

// forgeAs signs with any algorithm, whatever the header says.
func forgeAs(alg jwa.SignatureAlgorithm, key any, header, claims string) string {
	input := base64url(header) + "." + base64url(claims)
	signature := must(must(jws.NewSigner(alg)).Sign([]byte(input), key))
	return input + "." + base64url(string(signature))
}

func base64url(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// swap replaces a part that must be there, so that a row of a table cannot silently test the original.
func swap(t testing.TB, text, old, new string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is not once in %q", old, text)
	}
	return strings.Replace(text, old, new, 1)
}

// must unwraps a result that must come without an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantUnauthorized checks that a refusal is a 401, whatever its text.
func wantUnauthorized(t testing.TB, err error) {
	t.Helper()
	if e, ok := errors.AsType[*fault.Error](err); !ok || e.Kind != fault.Unauthenticated {
		t.Errorf("refused with %v", err)
	}
}

// want401 checks a refusal of Verify.
func want401(t testing.TB, err error, text string) {
	t.Helper()
	e := wantFault(t, err, fault.Unauthenticated, "Error verifying token : "+text)
	if e.Challenge != `error="invalid_token"` {
		t.Errorf("challenge %s", e.Challenge)
	}
}

// wantFault checks kind and text of a refusal.
func wantFault(t testing.TB, err error, kind fault.Kind, text string) *fault.Error {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("got %v, want the fault %q", err, text)
	}
	if e.Kind != kind || e.Detail != text {
		t.Fatalf("got kind %d, text %q (cause %v); want %d, %q", e.Kind, e.Detail, e.Err, kind, text)
	}
	return e
}

// The keys of the tests: one of each kind, always the same within a run. Ed25519's is the same in every run.
var (
	edKey = sync.OnceValue(func() *Key {
		return must(newKey(ed25519.NewKeyFromSeed([]byte("an Ed25519 seed that is no secret")[:ed25519.SeedSize])))
	})
	ecKey = sync.OnceValue(func() *Key {
		return must(newKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))))
	})
	rsaKey = sync.OnceValue(func() *Key {
		return must(newKey(must(rsa.GenerateKey(rand.Reader, MinRSABits))))
	})
	secretKey = sync.OnceValue(func() *Key { return must(newKey([]byte("a shared secret of 32 bytes: yes"))) })
)

func allKeys() []*Key { return []*Key{edKey(), ecKey(), rsaKey(), secretKey()} }

func someKeys() *Keys { return must(NewKeys(edKey())) }
