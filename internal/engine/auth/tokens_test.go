package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestIssueAndVerify(t *testing.T) {
	t.Parallel()
	for _, key := range allKeys() {
		for name, scopes := range map[string][]string{"without scopes": nil, "with scopes": {"news:write", "news:read"}} {
			t.Run(key.Algorithm()+" "+name, func(t *testing.T) {
				t.Parallel()
				tokens := atNoon(key)
				token, issued, err := tokens.Issue(ann(scopes...))
				if err != nil {
					t.Fatal(err)
				}
				if issued.ID != "ann" || !issued.Expires.Equal(noon.Add(time.Hour)) || issued.TokenID == "" || issued.SessionID != "s1" ||
					!reflect.DeepEqual(issued.Scopes, scopes) {
					t.Errorf("issued %+v", issued)
				}
				for _, turn := range []string{"first", "second"} {
					if got, err := tokens.Verify(token); err != nil || !reflect.DeepEqual(got, issued) {
						t.Errorf("%s time: got %+v, %v; want %+v", turn, got, err, issued)
					}
				}
				if header := must(base64.RawURLEncoding.DecodeString(token[:strings.Index(token, ".")])); must(
					checkHeader(header, tokens.keys)) != key || len(header) != len(goodHeader(key)) {
					t.Errorf("header %s", header)
				}
			})
		}
	}
}

// TestIssueClaims holds a token to RFC 9068, section 2.2, which validators of access tokens go by.
func TestIssueClaims(t *testing.T) {
	t.Parallel()
	token, p, err := atNoon(edKey()).Issue(ann("news:read", "news:write"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"iss": "example", "aud": "api", "sub": "ann", "client_id": "web", "jti": p.TokenID, "sid": "s1",
		"iat": float64(noon.Unix()), "exp": float64(noon.Add(time.Hour).Unix()), "scope": "news:read news:write",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
}

func TestIssueOncePerToken(t *testing.T) {
	t.Parallel()
	tokens := atNoon(edKey())
	one, p, _ := tokens.Issue(ann())
	other, q, _ := tokens.Issue(ann())
	if one == other || p.TokenID == q.TokenID {
		t.Error("two tokens are the same")
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]TokenRequest{
		"no subject":        {Session: "s1"},
		"no session":        {Subject: "ann"},
		"an empty scope":    ann("a", ""),
		"a space":           ann("a b"),
		"a quote":           ann(`a"`),
		"a backslash":       ann(`a\`),
		"a control":         ann("a\x00"),
		"not ASCII":         ann("é"),
		"not UTF-8":         ann("\xff"),
		"more than fits in": ann(strings.Repeat("a", MaxTokenBytes)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, _, err := atNoon(edKey()).Issue(grant)
			if err == nil || token != "" || fault.KindOf(err) != fault.Internal {
				t.Errorf("got %q, %v", token, err)
			}
		})
	}
}

func TestNewTokensRefuses(t *testing.T) {
	t.Parallel()
	good := TokenConfig{Issuer: "example", Audience: "api", ClientID: "web", TTL: time.Hour, Revoked: never}
	keys := must(NewKeys(edKey()))
	for _, ttl := range []time.Duration{time.Second, good.TTL, MaxTTL} {
		config := good
		config.TTL = ttl
		if _, err := NewTokens(keys, config); err != nil {
			t.Errorf("the configuration that the others are made from, with a TTL of %s: %v", ttl, err)
		}
	}
	if _, err := NewTokens(nil, good); err == nil {
		t.Error("no keys are accepted")
	}
	if _, err := NewTokens(newKeys("", time.Hour-1, []*Key{edKey()}), good); err == nil {
		t.Error("keys are accepted that would die before their tokens")
	}
	for name, change := range map[string]func(c *TokenConfig){
		"no issuer":       func(c *TokenConfig) { c.Issuer = "" },
		"no audience":     func(c *TokenConfig) { c.Audience = "" },
		"no client ID":    func(c *TokenConfig) { c.ClientID = "" },
		"no TTL":          func(c *TokenConfig) { c.TTL = 0 },
		"negative TTL":    func(c *TokenConfig) { c.TTL = -time.Hour },
		"TTL in between":  func(c *TokenConfig) { c.TTL = 1500 * time.Millisecond },
		"TTL too long":    func(c *TokenConfig) { c.TTL = MaxTTL + time.Second },
		"negative leeway": func(c *TokenConfig) { c.Leeway = -1 },
		"leeway too long": func(c *TokenConfig) { c.Leeway = MaxLeeway + 1 },
		"no Revoked":      func(c *TokenConfig) { c.Revoked = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := good
			change(&config)
			if _, err := NewTokens(keys, config); err == nil {
				t.Errorf("%+v is accepted", config)
			}
		})
	}
}

// TestClock looks at one token at many times, each time new to the server and remembered by it.
func TestClock(t *testing.T) {
	t.Parallel()
	const leeway = 30 * time.Second
	key := edKey()
	nbf := noon.Add(10 * time.Minute)
	exp := noon.Add(time.Hour)
	late := strings.TrimSuffix(goodClaims, "}") + `,"nbf":1800015000}`
	for _, tt := range []struct {
		name, claims string
		now          time.Time
		text         string
	}{
		{"issued now", goodClaims, noon, ""},
		{"exp in 1 s", goodClaims, exp.Add(-time.Second), ""},
		{"exp now", goodClaims, exp, ""},
		{"exp 1 s ago", goodClaims, exp.Add(time.Second), ""},
		{"just within the leeway", goodClaims, exp.Add(leeway - 1), ""},
		{"exp and the leeway are over", goodClaims, exp.Add(leeway), "jwt expired"},
		{"exp and the leeway 1 s ago", goodClaims, exp.Add(leeway + time.Second), "jwt expired"},
		{"a century later", goodClaims, exp.AddDate(100, 0, 0), "jwt expired"},
		{"iat in 1 s", goodClaims, noon.Add(-time.Second), ""},
		{"iat in the leeway", goodClaims, noon.Add(-leeway), ""},
		{"iat beyond the leeway", goodClaims, noon.Add(-leeway - 1), "jwt not active"},
		{"iat in 60 s", goodClaims, noon.Add(-time.Minute), "jwt not active"},
		{"iat 60 s ago", goodClaims, noon.Add(time.Minute), ""},
		{"the clock jumps back 1 h", goodClaims, noon.Add(-time.Hour), "jwt not active"},
		{"the clock jumps back to 1970", goodClaims, time.Unix(0, 0), "jwt not active"},
		{"the clock jumps to year 1", goodClaims, time.Time{}, "jwt not active"},
		{"nbf now", late, nbf, ""},
		{"nbf in the leeway", late, nbf.Add(-leeway), ""},
		{"nbf beyond the leeway", late, nbf.Add(-leeway - 1), "jwt not active"},
		{"nbf passed, expired", late, exp.Add(leeway), "jwt expired"},
	} {
		for name, before := range map[string]time.Time{"new": {}, "remembered": noon.Add(20 * time.Minute)} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				t.Parallel()
				tokens := atNoon(key)
				token := forge(key, goodHeader(key), tt.claims)
				if !before.IsZero() {
					tokens.config.Clock = func() time.Time { return before }
					if _, err := tokens.Verify(token); err != nil || tokens.remembered.Len() != 1 {
						t.Fatalf("not remembered: %v", err)
					}
				}
				tokens.config.Clock = func() time.Time { return tt.now }
				_, err := tokens.Verify(token)
				if tt.text != "" {
					want401(t, err, tt.text)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestRemembered swaps the key below its ID: what is still accepted has been remembered, what is not was checked.
func TestRemembered(t *testing.T) {
	t.Parallel()
	tokens := atNoon(edKey())
	token, issued, err := tokens.Issue(ann("news:read"))
	if err != nil {
		t.Fatal(err)
	}
	if tokens.remembered.Len() != 0 {
		t.Error("Issue fills the memory")
	}
	if _, err := tokens.Verify(token); err != nil {
		t.Fatal(err)
	}
	swapped := *secretKey()
	swapped.id = edKey().id
	tokens.keys = must(NewKeys(&swapped))
	p, err := tokens.Verify(token)
	if err != nil || !reflect.DeepEqual(p, issued) {
		t.Fatalf("the second time: got %+v, %v", p, err)
	}
	p.Scopes[0] = "news:write"
	issued.Scopes[0] = "news:write"
	if again, err := tokens.Verify(token); err != nil || again.HasScope("news:write") {
		t.Errorf("a caller has changed the memory: %+v, %v", again, err)
	}
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		if _, err := tokens.Verify(string(changed)); err == nil {
			t.Fatalf("a hit although character %d differs", i)
		}
	}
	if n := tokens.remembered.Len(); n != 1 {
		t.Errorf("%d tokens are remembered, want 1", n)
	}
}

func TestRememberedIsBounded(t *testing.T) {
	t.Parallel()
	tokens := atNoon(secretKey())
	const bound = 4
	tokens.remembered.Resize(bound)
	var issued []string
	for range 3 * bound {
		token, _, err := tokens.Issue(ann())
		if err != nil {
			t.Fatal(err)
		}
		issued = append(issued, token)
	}
	for range 2 {
		for _, token := range issued {
			if _, err := tokens.Verify(token); err != nil || tokens.remembered.Len() > bound {
				t.Fatalf("%d remembered, %v", tokens.remembered.Len(), err)
			}
		}
	}
}

func TestRefusedIsNotRemembered(t *testing.T) {
	t.Parallel()
	tokens := atNoon(edKey())
	for _, token := range []string{
		"a.b.c",
		forge(secretKey(), goodHeader(edKey()), goodClaims),
		forge(edKey(), goodHeader(edKey()), swap(t, goodClaims, "1800018000", "1800000000")),
	} {
		if _, err := tokens.Verify(token); err == nil || tokens.remembered.Len() != 0 {
			t.Errorf("%.20s: %v, %d remembered", token, err, tokens.remembered.Len())
		}
	}
}

func TestTokensAtOnce(t *testing.T) {
	t.Parallel()
	tokens := atNoon(edKey())
	shared, _, err := tokens.Issue(ann("news:read"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				own, _, err := tokens.Issue(TokenRequest{Subject: "bob", Session: "s2", Scopes: []string{"news:write"}})
				p, err2 := tokens.Verify(shared)
				q, err3 := tokens.Verify(own)
				if err := errors.Join(err, err2, err3); err != nil || p.ID != "ann" || q.ID != "bob" {
					t.Errorf("%+v, %+v, %v", p, q, err)
				}
			}
		})
	}
	all.Wait()
}

func TestPrincipalInContext(t *testing.T) {
	t.Parallel()
	if p, ok := identity.FromContext(t.Context()); ok {
		t.Errorf("%+v is in an empty context", p)
	}
	p, ok := identity.FromContext(identity.NewContext(t.Context(), identity.Principal{ID: "ann", Scopes: []string{"news:read"}}))
	if !ok || p.ID != "ann" || !p.HasScope("news:read") || p.HasScope("news") || p.HasScope("") || p.HasScope("NEWS:READ") {
		t.Errorf("got %+v, %t", p, ok)
	}
}
