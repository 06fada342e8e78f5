package auth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// FuzzVerify holds every text but the one genuine token to be refused.
func FuzzVerify(f *testing.F) {
	tokens := atNoon(edKey())
	genuine := forge(edKey(), goodHeader(edKey()), goodClaims)
	f.Add(genuine)
	f.Add("a.b.c")
	f.Add(strings.Replace(genuine, ".", "..", 1))
	f.Fuzz(func(t *testing.T, token string) {
		p, err := tokens.Verify(token)
		if token == genuine {
			if err != nil {
				t.Errorf("the genuine token: %v", err)
			}
			return
		}
		if err == nil {
			t.Fatalf("accepted %q as %+v", token, p)
		}
		wantUnauthorized(t, err)
	})
}

// FuzzClaims signs everything with the right key: whatever is accepted must mean the same to encoding/json.
func FuzzClaims(f *testing.F) {
	tokens := atNoon(edKey())
	f.Add(goodHeader(edKey()), goodClaims)
	f.Add(goodHeader(edKey()), strings.TrimSuffix(goodClaims, "}")+`,"scope":"a b","nbf":1800014400}`)
	f.Add(strings.Replace(goodHeader(edKey()), "EdDSA", "none", 1), goodClaims)
	f.Fuzz(func(t *testing.T, header, claims string) {
		p, err := tokens.Verify(forge(edKey(), header, claims))
		if err != nil {
			wantUnauthorized(t, err)
			return
		}
		var head, body map[string]any
		if err := json.Unmarshal([]byte(header), &head); err != nil || len(head) != 3 || head["alg"] != "EdDSA" {
			t.Errorf("accepted the header %q", header)
		}
		if err := json.Unmarshal([]byte(claims), &body); err != nil || body["sub"] != p.ID || body["jti"] != p.TokenID ||
			body["sid"] != p.SessionID ||
			body["iss"] != "example" || body["exp"] != float64(p.Expires.Unix()) {
			t.Errorf("accepted %q as %+v", claims, p)
		}
	})
}

func FuzzBearerToken(f *testing.F) {
	for _, value := range []string{"Bearer a.b.c", "bearer x", "Basic YTpi", "Bearer", "Bearer  a", "Bearer a b", ""} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		token, err := BearerToken(http.Header{"Authorization": {value}})
		if err != nil {
			wantUnauthorized(t, err)
		} else if token == "" || strings.Contains(token, " ") || !strings.EqualFold(value, "Bearer "+token) ||
			!strings.HasSuffix(value, token) {
			t.Errorf("%q gives %q", value, token)
		}
	})
}

// FuzzParseKeys holds what is accepted to sign, to be written again, and to be published without its secrets.
func FuzzParseKeys(f *testing.F) {
	for _, key := range allKeys() {
		f.Add([]byte(privateJWK(key)))
		f.Add([]byte(publicJWK(f, key)))
	}
	f.Add(must(encodePEM([]*Key{edKey(), ecKey().retire(noon), rsaKey()})))
	f.Add(must(encodeJWKs([]*Key{secretKey(), edKey().retire(noon)})))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := ParseKeys(data)
		if err != nil {
			wantNothingOf(t, err.Error(), string(data))
			return
		}
		token, issued, err := atNoon(keys[0]).Issue(ann())
		if err != nil {
			t.Fatalf("%v cannot sign: %v", keys[0], err)
		}
		if p, err := atNoon(keys[0]).Verify(token); err != nil || p.ID != issued.ID {
			t.Errorf("%v does not verify what it has signed: %v", keys[0], err)
		}
		again, err := ParseKeys(must(encodeJWKs(keys)))
		if err != nil || !sameKeys(again, keys) {
			t.Errorf("%v has become %v, %v", keys, again, err)
		}
		if jwks := must(NewKeys(keys...)).JWKS(); bytes.Contains(jwks, []byte(`"d":`)) || bytes.Contains(jwks, []byte(`"k":`)) {
			t.Errorf("published: %s", jwks)
		}
	})
}

// FuzzParseRefreshToken holds what is accepted to be the one text of a token.
func FuzzParseRefreshToken(f *testing.F) {
	f.Add(must(someKeys().NewRefreshToken(session, "ann")).Text())
	f.Add(strings.Repeat("A", RefreshTokenLength))
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseRefreshToken(text)
		if err != nil {
			wantUnauthorized(t, err)
		} else if token.Text() != text || must(uuid.Parse(token.SessionID())) != token.session {
			t.Errorf("%q is read as %q", text, token.Text())
		}
	})
}

// FuzzStoredHash reads what may be in a database and compares nothing, which would be too slow.
func FuzzStoredHash(f *testing.F) {
	f.Add("$bcrypt-sha384$2a$04$abcdefghijklmnopqrstuuWzRZ0CzVKVGMXLCF1qZPkUdr5rPT.B2")
	f.Add("$2b$04$abcdefghijklmnopqrstuuWzRZ0CzVKVGMXLCF1qZPkUdr5rPT.B2")
	f.Fuzz(func(t *testing.T, stored string) {
		if hash, err := parseHash(stored); err == nil && (hash.cost > MaxCost || !strings.HasSuffix(stored, string(hash.bcrypt))) {
			t.Errorf("%q is read as %+v", stored, hash)
		}
	})
}
