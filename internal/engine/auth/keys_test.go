package auth

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewKeysRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys []*Key
		says string
	}{
		"none":               {nil, "no key"},
		"nil":                {[]*Key{edKey(), nil}, "no key"},
		"too many":           {slices.Repeat(allKeys(), 9), "the maximum is 32"},
		"one twice":          {[]*Key{edKey(), ecKey(), edKey().retire(noon)}, "duplicate key: key 3 of 3"},
		"a retired one only": {[]*Key{edKey().retire(noon)}, "cannot be retired"},
	} {
		if k, err := NewKeys(tt.keys...); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, %v; want %q", name, k, err, tt.says)
		}
	}
}

func TestParseSet(t *testing.T) {
	t.Parallel()
	since := noon.Format(time.RFC3339)
	one, two := string(must(encodePEM([]*Key{edKey()}))), string(must(encodePEM([]*Key{ecKey()})))
	retired := func(header string) string {
		return swap(t, two, "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n"+header+"\n\n")
	}
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	for name, tt := range map[string]struct {
		text string
		keys []*Key // none: refused
		says string
	}{
		"PEM":                        {one + two, []*Key{edKey(), ecKey()}, ""},
		"PEM, retired":               {one + retired("Retired: "+since), []*Key{edKey(), ecKey().retire(noon)}, ""},
		"PEM, retired, another zone": {one + retired("Retired: 2027-01-15T13:00:00+01:00"), []*Key{edKey(), ecKey().retire(noon)}, ""},
		"JWK Set": {set(privateJWK(edKey()), with(secretKey(), `"retired":"`+since+`"`)),
			[]*Key{edKey(), secretKey().retire(noon)}, ""},
		"JWK Set of one":               {set(privateJWK(rsaKey())), []*Key{rsaKey()}, ""},
		"JWK Set with another member":  {`{"note":1,` + set(privateJWK(rsaKey()))[1:], []*Key{rsaKey()}, ""},
		"PEM, the first retired":       {retired("Retired: "+since) + one, nil, "cannot be retired"},
		"PEM, retired sometime":        {one + retired("Retired: yesterday"), nil, "key 2 of 2: the time of retirement"},
		"PEM, retired in the year 1":   {one + retired("Retired: 0001-01-01T00:00:00.5Z"), nil, "the time of retirement"},
		"PEM, retired without a time":  {one + retired("Retired: "), nil, "the time of retirement"},
		"PEM, another header":          {one + retired("retired: "+since), nil, "header other than"},
		"PEM, one more header":         {one + retired("Retired: "+since+"\nComment: x"), nil, "header other than"},
		"PEM, one twice":               {one + two + one, nil, "duplicate key: key 3 of 3"},
		"PEM, the second is cut":       {one + two[:len(two)-30], nil, "damaged"},
		"PEM, the first is cut":        {one[:len(one)-30] + "\n" + two, nil, "damaged"},
		"PEM, the second is public":    {one + pemText("PUBLIC KEY", []byte("x")), nil, "key 2 of 2: this is a public key"},
		"PEM, the second is encrypted": {one + pemText("ENCRYPTED PRIVATE KEY", []byte("x")), nil, "encrypted"},
		"PEM, too many":                {strings.Repeat(one, MaxKeys+1), nil, "the maximum is 32"},
		"JWK, retired":                 {with(edKey(), `"retired":"`+since+`"`), nil, "cannot be retired"},
		"JWK Set, empty":               {set(), nil, "no key"},
		"JWK Set, null":                {`{"keys":null}`, nil, "is not a list"},
		"JWK Set, an object":           {`{"keys":{}}`, nil, "is not a list"},
		"JWK Set, of null":             {set("null"), nil, "one JSON object"},
		"JWK Set, of a set":            {set(set(privateJWK(edKey()))), nil, "kty"},
		"JWK Set, of public keys":      {set(publicJWK(t, edKey())), nil, "public"},
		"JWK Set, keys twice":          {`{"keys":[],` + set(privateJWK(edKey()))[1:], nil, "one JSON object"},
		"JWK Set, a member twice":      {set(with(edKey(), `"d":"x"`)), nil, "one JSON object"},
		"JWK Set, retired null": {set(privateJWK(edKey()), with(secretKey(), `"retired":null`)), nil,
			"key 2 of 2: the time of retirement"},
		"JWK Set, retired in seconds": {set(privateJWK(edKey()), with(secretKey(), `"retired":1800014400`)), nil,
			"the time of retirement"},
		"JWK Set, too many": {set(slices.Repeat([]string{privateJWK(secretKey())}, MaxKeys+1)...), nil, "the maximum is 32"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := ParseKeys([]byte(tt.text))
			if tt.says != "" {
				if err == nil || keys != nil || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("got %v, %v; want %q", keys, err, tt.says)
				}
				wantNothingOf(t, err.Error(), tt.text)
				return
			}
			if err != nil || !sameKeys(keys, tt.keys) {
				t.Errorf("got %v, %v; want %v", keys, err, tt.keys)
			}
		})
	}
}

// TestJWKS publishes the public members of the keys that verify, and nothing of a secret.
func TestJWKS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		old := []*Key{rsaKey().retire(time.Now()), ecKey().retire(time.Now().Add(-time.Hour))}
		for name, tt := range map[string]struct {
			keys []*Key
			want []*Key
		}{
			"current and previous": {append([]*Key{edKey()}, old...), []*Key{edKey(), rsaKey()}},
			"next one":             {[]*Key{edKey(), ecKey()}, []*Key{edKey(), ecKey()}},
			"a secret":             {[]*Key{secretKey()}, nil},
			"after a secret":       {[]*Key{edKey(), secretKey().retire(time.Now())}, []*Key{edKey()}},
		} {
			var set struct{ Keys []map[string]string }
			text := newKeys("", time.Hour, tt.keys).JWKS()
			if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil || len(set.Keys) != len(tt.want) {
				t.Fatalf("%s: got %s, %v; want %v", name, text, err, tt.want)
			}
			for i, key := range tt.want {
				var public map[string]string
				if err := json.Unmarshal([]byte(publicJWK(t, key)), &public); err != nil {
					t.Fatal(err)
				}
				public["kid"], public["alg"], public["use"] = key.ID(), key.Algorithm(), "sig"
				if fmt.Sprint(set.Keys[i]) != fmt.Sprint(public) {
					t.Errorf("%s: key %d is %v, want %v", name, i, set.Keys[i], public)
				}
			}
		}
	})
}
