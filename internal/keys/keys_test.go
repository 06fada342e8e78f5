package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// The published key alone is sufficient to verify a token, and cannot sign one.
func TestGetKeys(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	answer, err := a.Anyone().GetKeysWithResponse(t.Context())
	if err != nil || answer.JSON200 == nil || len(answer.JSON200.Keys) != 1 {
		t.Fatalf("%v, %s; want one key", err, answer.Body)
	}
	if got := answer.HTTPResponse.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control %q, want public, max-age=300", got)
	}
	key, parts := answer.JSON200.Keys[0], strings.Split(a.SignIn("ann").Token, ".")
	var header struct{ Alg, Kid string }
	if err := json.Unmarshal(decode(t, parts[0]), &header); err != nil || header.Kid != key.Kid || header.Alg != string(key.Alg) {
		t.Errorf("the token's header %+v, %v; the key is %+v", header, err, key)
	}
	if !ed25519.Verify(decode(t, *key.X), []byte(parts[0]+"."+parts[1]), decode(t, parts[2])) {
		t.Error("the key does not verify the token")
	}
	for _, private := range []string{`"d"`, `"k"`} {
		if strings.Contains(string(answer.Body), private) {
			t.Errorf("the private member %s is published: %s", private, answer.Body)
		}
	}
}

// A shared secret is not published: it could sign tokens.
func TestGetKeysOfSecret(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("c2VjcmV0", 6)
	keys, err := auth.ParseKeys([]byte(`{"kty":"oct","k":"` + secret + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	set, err := auth.NewKeys(keys...)
	if err != nil {
		t.Fatal(err)
	}
	a := apptest.New(t)
	serve(t, a, "example", set)
	got := testkit.Body(a.Do("GET", "/.well-known/jwks.json", "", ""))
	if strings.TrimSpace(got) != `{"keys":[]}` || strings.Contains(got, secret) {
		t.Errorf("keys: %s, want none", got)
	}
}

// Keys of every type are published with their public members only.
func TestGetKeysOfEveryType(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set, err := auth.NewKeys(key(t), parse(t, curve), parse(t, modulus))
	if err != nil {
		t.Fatal(err)
	}
	a := apptest.New(t)
	serve(t, a, "example", set)
	var got struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(testkit.Body(a.Do("GET", "/.well-known/jwks.json", "", ""))), &got); err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, k := range got.Keys {
		members = append(members, strings.Join(slices.Sorted(maps.Keys(k)), " "))
	}
	want := []string{"alg crv kid kty use x", "alg crv kid kty use x y", "alg e kid kty n use"}
	if !slices.Equal(members, want) {
		t.Errorf("members %q, want %q", members, want)
	}
	if x, y := decode(t, got.Keys[1]["x"]), decode(t, got.Keys[1]["y"]); curve.X.Cmp(new(big.Int).SetBytes(x)) != 0 ||
		curve.Y.Cmp(new(big.Int).SetBytes(y)) != 0 {
		t.Error("x and y differ from those of the key")
	}
	if n, e := decode(t, got.Keys[2]["n"]), decode(t, got.Keys[2]["e"]); modulus.N.Cmp(new(big.Int).SetBytes(n)) != 0 ||
		int64(modulus.E) != new(big.Int).SetBytes(e).Int64() {
		t.Error("n and e differ from those of the key")
	}
}

func parse(t *testing.T, private any) *auth.Key {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.ParseKeys(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

// metadataPaths are the paths of the issuer's metadata.
var metadataPaths = []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}

// The members are those that OpenID Connect Discovery 1.0 (section 3) and RFC 8414 (section 2) require.
func TestGetIssuer(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := auth.NewKeys(parse(t, curve), key(t), key(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, issuer := range []string{"https://news.example.com", "https://news.example.com/", "http://127.0.0.1:3000/api"} {
		serve(t, a, issuer, set)
		base := strings.TrimSuffix(issuer, "/")
		want := map[string]any{
			"issuer": issuer, "authorization_endpoint": base + "/signin", "token_endpoint": base + "/signin",
			"jwks_uri":                 base + "/.well-known/jwks.json",
			"response_types_supported": []any{"none"}, "grant_types_supported": []any{"password"},
			"token_endpoint_auth_methods_supported": []any{"none"},
			"subject_types_supported":               []any{"public"}, "id_token_signing_alg_values_supported": []any{"ES256", "EdDSA"},
		}
		for _, path := range metadataPaths {
			answer := a.Do("GET", path, "", "")
			var got map[string]any
			if err := json.Unmarshal([]byte(testkit.Body(answer)), &got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, %v; want %v", path, got, err, want)
			}
			if got := answer.Header.Get("Cache-Control"); got != "public, max-age=300" {
				t.Errorf("%s: Cache-Control %q, want public, max-age=300", path, got)
			}
		}
	}
}

func TestGetAuthorizationServer(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	answer, err := a.Anyone().GetAuthorizationServerWithResponse(t.Context())
	if err != nil || answer.JSON200 == nil || answer.JSON200.Issuer != testkit.Issuer {
		t.Errorf("%v, %s; want the issuer %s", err, answer.Body, testkit.Issuer)
	}
}

// There is no metadata if the issuer is not a URL, or if no public key can verify its tokens.
func TestGetIssuerWithoutMetadata(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	secret, err := auth.ParseKeys([]byte(`{"kty":"oct","k":"` + strings.Repeat("c2VjcmV0", 6) + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		issuer string
		keys   []*auth.Key
		want   string
	}{
		{"example", []*auth.Key{key(t)}, "/.well-known/jwks.json"},
		{"https://", []*auth.Key{key(t)}, "/.well-known/jwks.json"},
		{"urn:example:news", []*auth.Key{key(t)}, "/.well-known/jwks.json"},
		{"https://news.example.com?a", []*auth.Key{key(t)}, "/.well-known/jwks.json"},
		{"https://news.example.com#a", []*auth.Key{key(t)}, "/.well-known/jwks.json"},
		{testkit.Issuer, secret, "shared secret"},
		{testkit.Issuer, append(secret, key(t)), "shared secret"},
	} {
		set, err := auth.NewKeys(tt.keys...)
		if err != nil {
			t.Fatal(err)
		}
		serve(t, a, tt.issuer, set)
		for _, path := range metadataPaths {
			if answer := a.Do("GET", path, "", ""); answer.StatusCode != 404 || !strings.Contains(testkit.Body(answer), tt.want) {
				t.Errorf("%s of %s: %d, want 404 with %q", path, tt.issuer, answer.StatusCode, tt.want)
			}
		}
	}
}

// serve serves the API with the given issuer and keys.
func serve(t *testing.T, a *apptest.API, issuer string, keys *auth.Keys) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	config, err := engine.ConfigForTests(store.New(nil, engine.Models(a.Contract)), a.Contract, issuer, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if keys != nil {
		config.Keys = keys
	}
	parts, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if a.Handler, err = server.New(apptest.App(), a.Contract, parts, server.Config{}, log); err != nil {
		t.Fatal(err)
	}
}

func key(t *testing.T) *auth.Key {
	t.Helper()
	key, err := auth.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
