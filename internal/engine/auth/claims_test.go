package auth

import (
	"strings"
	"testing"
)

// TestForgedClaims signs every payload with the right key: a genuine signature does not excuse a wrong claim.
func TestForgedClaims(t *testing.T) {
	t.Parallel()
	key := secretKey()
	with := func(old, new string) string { return swap(t, goodClaims, old, new) }
	more := func(member string) string { return strings.TrimSuffix(goodClaims, "}") + "," + member + "}" }
	const iat, exp = "1800014400", "1800018000"
	rows := map[string]string{
		"another issuer":         with("example", "elsewhere"),
		"issuer with a slash":    with("example", "example/"),
		"issuer in an array":     with(`"example"`, `["example"]`),
		"issuer empty":           with(`"example"`, `""`),
		"another audience":       with("api", "elsewhere"),
		"audience empty":         with(`"api"`, `""`),
		"audience no list":       with(`"api"`, `[]`),
		"audiences of others":    with(`"api"`, `["elsewhere","apis"]`),
		"audience with a number": with(`"api"`, `["api",1]`),
		"audience with null":     with(`"api"`, `["api",null]`),
		"audience nested":        with(`"api"`, `[["api"]]`),
		"audience an object":     with(`"api"`, `{"api":true}`),
		"subject empty":          with(`"ann"`, `""`),
		"subject an object":      with(`"ann"`, `{"a":1}`),
		"subject a number":       with(`"ann"`, `1`),
		"jti empty":              with(`"t1"`, `""`),
		"jti a number":           with(`"t1"`, `1`),
		"sid empty":              with(`"s1"`, `""`),
		"sid a number":           with(`"s1"`, `1`),
		"sid twice":              more(`"sid":"s2"`),
		"client_id empty":        more(`"client_id":""`),
		"client_id a number":     more(`"client_id":1`),
		"client_id a list":       more(`"client_id":["example"]`),
		"client_id null":         more(`"client_id":null`),
		"client_id twice":        more(`"client_id":"web","client_id":"web"`),
		"exp a string":           with(exp, `"`+exp+`"`),
		"exp a fraction":         with(exp, exp+".5"),
		"exp with an exponent":   with(exp, "1e99"),
		"exp negative":           with(exp, "-1"),
		"exp beyond year 9999":   with(exp, "253402300800"),
		"exp beyond int64":       with(exp, "9223372036854775808"),
		"exp wraps round":        with(exp, "9223372036854775807"),
		"exp true":               with(exp, "true"),
		"iat a string":           with(iat, `"`+iat+`"`),
		"iat negative":           with(iat, "-1"),
		"iat beyond year 9999":   with(iat, "253402300800"),
		"nbf a string":           more(`"nbf":"0"`),
		"nbf null":               more(`"nbf":null`),
		"nbf negative":           more(`"nbf":-1`),
		"nbf wraps round":        more(`"nbf":9223372036854775807`),
		"scope a list":           more(`"scope":["news:write"]`),
		"scope null":             more(`"scope":null`),
		"scope empty":            more(`"scope":""`),
		"scope of two spaces":    more(`"scope":"a  b"`),
		"scope with a tab":       more(`"scope":"a\tb"`),
		"scope with a quote":     more(`"scope":"a\"b"`),
		"sub twice":              more(`"sub":"admin"`),
		"sub twice, escaped":     more(`"s\u0075b":"admin"`),
		"exp twice":              more(`"exp":` + exp),
		"other claim twice":      more(`"x":1,"x":2`),
		"SUB for sub":            with(`"sub"`, `"SUB"`),
		"trailing object":        goodClaims + `{"sub":"admin"}`,
		"trailing text":          goodClaims + "x",
		"an array":               "[" + goodClaims + "]",
		"a string":               `"sub"`,
		"null":                   "null",
		"empty object":           "{}",
		"cut":                    goodClaims[:len(goodClaims)-1],
		"not UTF-8":              with("ann", "a\xffn"),
		"comment":                "/**/" + goodClaims,
	}
	for _, member := range strings.Split(strings.Trim(goodClaims, "{}"), ",") {
		rows[member+" missing"] = strings.ReplaceAll(strings.Replace(swap(t, goodClaims, member, ""), ",,", ",", 1), "{,", "{")
		name, value, _ := strings.Cut(member, ":")
		rows[name+" null"] = with(name+":"+value, name+":null")
	}
	rows[`"exp":`+exp+" missing"] = with(`,"exp":`+exp, "")
	for name, claims := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := atNoon(key).Verify(forge(key, goodHeader(key), claims))
			want401(t, err, invalid)
			if strings.Contains(err.Error(), "ann") || strings.Contains(err.Error(), "elsewhere") {
				t.Errorf("the error quotes a claim: %v", err)
			}
		})
	}
}

// TestAcceptedClaims keeps TestForgedClaims honest: these differ as little, and are right.
func TestAcceptedClaims(t *testing.T) {
	t.Parallel()
	key := secretKey()
	more := func(member string) string { return strings.TrimSuffix(goodClaims, "}") + "," + member + "}" }
	for name, tt := range map[string]struct {
		claims string
		scopes string
	}{
		"as issued":            {goodClaims, ""},
		"white space":          {" " + strings.ReplaceAll(goodClaims, ",", ",\n\t") + "\n", ""},
		"audience of one":      {swap(t, goodClaims, `"api"`, `["api"]`), ""},
		"audience among more":  {swap(t, goodClaims, `"api"`, `["elsewhere","api"]`), ""},
		"one scope":            {more(`"scope":"news:write"`), "news:write"},
		"two scopes":           {more(`"scope":"news:write news:read"`), "news:write,news:read"},
		"scope at the bounds":  {more(`"scope":"!~"`), "!~"},
		"nbf is now":           {more(`"nbf":1800014400`), ""},
		"client_id":            {more(`"client_id":"web"`), ""},
		"claims of others":     {more(`"Sub":"admin","nested":{"sub":"admin","sub":"root"}`), ""},
		"escaped member":       {swap(t, goodClaims, `"sub"`, `"s\u0075b"`), ""},
		"exp at the year 9999": {swap(t, goodClaims, "1800018000", "253402300799"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := atNoon(key).Verify(forge(key, goodHeader(key), tt.claims))
			if err != nil || p.ID != "ann" || p.TokenID != "t1" || p.SessionID != "s1" || strings.Join(p.Scopes, ",") != tt.scopes {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}
