package auth

import (
	"errors"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// TestRevoked ends a session below a token: one that was never seen and one that is remembered are refused alike.
func TestRevoked(t *testing.T) {
	t.Parallel()
	for name, seen := range map[string]bool{"new": false, "remembered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := ""
			tokens := atNoon(edKey())
			tokens.config.Revoked = func(sessionID string) (bool, error) { return sessionID == ended, nil }
			mine, _, err := tokens.Issue(ann())
			if err != nil {
				t.Fatal(err)
			}
			other, _, err := tokens.Issue(TokenRequest{Subject: "ann", Session: "s2"})
			if err != nil {
				t.Fatal(err)
			}
			if seen {
				if _, err := tokens.Verify(mine); err != nil || tokens.remembered.Len() != 1 {
					t.Fatalf("not remembered: %v", err)
				}
			}
			ended = "s1"
			for range 2 {
				_, err = tokens.Verify(mine)
				want401(t, err, "session ended")
			}
			if p, err := tokens.Verify(other); err != nil || p.SessionID != "s2" {
				t.Errorf("the other session: %+v, %v", p, err)
			}
		})
	}
}

// TestRevokedUnknown: if sessions cannot be checked, valid tokens get 503, and invalid ones 401 as always.
func TestRevokedUnknown(t *testing.T) {
	t.Parallel()
	tokens := atNoon(edKey())
	token, _, err := tokens.Issue(ann())
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the store is away")
	tokens.config.Revoked = func(string) (bool, error) { return false, cause }
	for range 2 {
		p, err := tokens.Verify(token)
		if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, cause) || p.ID != "" {
			t.Errorf("got %+v, %v", p, err)
		}
	}
	asked := false
	tokens.config.Revoked = func(string) (bool, error) { asked = true; return false, cause }
	_, err = tokens.Verify(forge(edKey(), goodHeader(edKey()), swap(t, goodClaims, "1800018000", "1800000000")))
	want401(t, err, "jwt expired")
	_, err = tokens.Verify(forge(secretKey(), goodHeader(edKey()), goodClaims))
	want401(t, err, signature)
	if asked {
		t.Error("the session of a bad token has been asked for")
	}
}
