package auth

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

func TestRefreshToken(t *testing.T) {
	t.Parallel()
	token := must(someKeys().NewRefreshToken(session, "ann"))
	again, err := ParseRefreshToken(token.Text())
	if err != nil || again != token || again.SessionID() != session || len(token.Text()) != RefreshTokenLength {
		t.Errorf("%q is read as %q, %v", token.Text(), again.Text(), err)
	}
	other := must(someKeys().NewRefreshToken(session, "bob"))
	if other.FamilyHash() == token.FamilyHash() || other.SecretHash() == token.SecretHash() || len(token.FamilyHash()) != 43 ||
		len(token.SecretHash()) != 43 {
		t.Errorf("hashes: %s %s, %s %s", token.FamilyHash(), token.SecretHash(), other.FamilyHash(), other.SecretHash())
	}
	// SHA-256 of 32 zeros, so that what a store has kept is found by every version.
	if got := (RefreshToken{}).SecretHash(); got != "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU" {
		t.Errorf("the hash of zeros is %s", got)
	}
	for _, id := range []string{"", "s1", strings.ToUpper(session), "{" + session + "}", "urn:uuid:" + session,
		strings.ReplaceAll(session, "-", "")} {
		if _, err := someKeys().NewRefreshToken(id, "ann"); err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("session %q: %v", id, err)
		}
	}
}

func TestParseRefreshTokenRefuses(t *testing.T) {
	t.Parallel()
	good := strings.Repeat("A", RefreshTokenLength)
	if _, err := ParseRefreshToken(good); err != nil {
		t.Fatalf("the token that the others are made from: %v", err)
	}
	access, _, err := atNoon(edKey()).Issue(ann())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "short": good[1:], "long": good + "A", "padding": good + "==", "padding inside": good[2:] + "==",
		"line end":        good[1:] + "\n",
		"line end inside": "\r" + good[1:], "two line ends": good[2:] + "\n\n", "standard base64": "+/" + good[2:],
		"second spelling": good[1:] + "B", "space": " " + good[1:],
		"not ASCII": "é" + good[2:], "NUL": "\x00" + good[1:], "huge": strings.Repeat(good, 1000), "an access token": access,
	} {
		token, err := ParseRefreshToken(text)
		if token != (RefreshToken{}) {
			t.Errorf("%s: something came with the error", name)
		}
		e := wantFault(t, err, fault.Unauthenticated, "The refresh token is invalid or has expired. Sign in again.")
		if e.Challenge == "" || len(text) > 9 && strings.Contains(e.Err.Error(), text) {
			t.Errorf("%s: challenge %q, cause %v", name, e.Challenge, e.Err)
		}
	}
	_, err = atNoon(edKey()).Verify(must(someKeys().NewRefreshToken(session, "ann")).Text()) // T3: the kinds swapped
	want401(t, err, malformed)
}

// TestSuccessor derives the same in two processes, whatever form their file has, before and after a rotation.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	first := must(someKeys().NewRefreshToken(session, "ann"))
	for _, key := range allKeys() {
		read := must(ParseKeys(must(encodeJWKs([]*Key{key}))))
		other := must(GenerateKey())
		here, there, later := must(NewKeys(key)), must(NewKeys(read...)), must(NewKeys(other, key.retire(time.Now())))
		second, keyID, err := here.Successor(first, "")
		if err != nil || keyID != key.ID() || second.SessionID() != session || second.FamilyHash() != first.FamilyHash() ||
			second.SecretHash() == first.SecretHash() {
			t.Fatalf("%v: %v %s, %v", key, second, keyID, err)
		}
		for name, keys := range map[string]*Keys{"again": here, "in another process": there, "after a rotation": later} {
			if same, used, err := keys.Successor(first, keyID); err != nil || same != second || used != keyID {
				t.Errorf("%v: %s: another one, %s, %v", key, name, used, err)
			}
		}
		if third, used, err := later.Successor(first, ""); err != nil || third == second || used != other.ID() {
			t.Errorf("%v: by the new key: %s, %v", key, used, err)
		}
		if third, _, err := here.Successor(second, ""); err != nil || third == second || third == first {
			t.Errorf("%v: the successor's: %v", key, err)
		}
		stranger := first
		stranger.session[0]++
		if next, _, err := here.Successor(stranger, ""); err != nil || next.secret == second.secret {
			t.Errorf("%v: another session has the same: %v", key, err)
		}
		_, _, err = must(NewKeys(other)).Successor(first, keyID)
		wantFault(t, err, fault.Unauthenticated, "The refresh token is invalid or has expired. Sign in again.")
	}
}

// TestSuccessorEver is one that must come out of every version: a process of the next one may answer a client again.
func TestSuccessorEver(t *testing.T) {
	t.Parallel()
	next, _, err := must(NewKeys(edKey())).Successor(RefreshToken{}, "")
	if err != nil || next.SecretHash() != "QbFmUR1XXW0kJenbupuaYb4P3nElPm5zGi4Rth8L6sI" {
		t.Errorf("got %s, %v", next.SecretHash(), err)
	}
}

func TestSuccessorOfDeadKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := newKeys("", time.Hour, []*Key{edKey(), ecKey().retire(time.Now())})
		time.Sleep(time.Hour - time.Nanosecond)
		if _, _, err := keys.Successor(RefreshToken{}, ecKey().ID()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Nanosecond)
		_, _, err := keys.Successor(RefreshToken{}, ecKey().ID())
		wantUnauthorized(t, err)
	})
}

// A refresh token proves to which account it was issued, with any key that still verifies, whatever became of its session.
func TestIssued(t *testing.T) {
	t.Parallel()
	for _, key := range allKeys() {
		keys := must(NewKeys(key))
		first := must(keys.NewRefreshToken(session, "ann"))
		next, _, err := keys.Successor(first, "")
		if err != nil {
			t.Fatal(err)
		}
		rotated := must(NewKeys(must(GenerateKey()), key))
		forged := must(someKeys().NewRefreshToken(session, "ann"))
		for name, tt := range map[string]struct {
			keys    *Keys
			token   RefreshToken
			account string
			want    bool
		}{
			"the first":             {keys, first, "ann", true},
			"its successor":         {keys, next, "ann", true},
			"after a rotation":      {rotated, next, "ann", true},
			"another account":       {keys, first, "bob", false},
			"another server's":      {must(NewKeys(must(GenerateKey()))), first, "ann", false},
			"another key's":         {keys, forged, "ann", key == edKey()},
			"another session's":     {keys, RefreshToken{family: first.family}, "ann", false},
			"of nothing but zeroes": {keys, RefreshToken{}, "ann", false},
		} {
			if got := tt.keys.Issued(tt.token, tt.account); got != tt.want {
				t.Errorf("%s, %s: %t, want %t", key.Algorithm(), name, got, tt.want)
			}
		}
	}
}
