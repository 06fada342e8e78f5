package sessions_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// plainHash is a hash of testkit.Password made by libcrypt.
const plainHash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

// The first successful sign-in replaces an imported hash, or one with a lower cost, with a current hash.
func TestSignInRehashes(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	setHash(t, a, "ann", plainHash)
	signIn(t, a, "ann@example.com", "wrong horse", http.StatusUnauthorized)
	if got := hashOf(t, a, "ann"); got != plainHash {
		t.Errorf("a wrong password changed the hash to %s", got)
	}
	wantMoved(t, a, "$bcrypt-sha384-nfc$2a$04$")
	if testing.Short() {
		return // a real cost takes seconds under the race detector
	}
	hashAt(t, a, auth.MinCost)
	wantMoved(t, a, "$bcrypt-sha384-nfc$2a$10$")
}

// wantMoved signs ann in twice: the first sign-in must replace her hash with one that has the prefix, the second must not change it.
func wantMoved(t *testing.T, a *apptest.API, prefix string) {
	t.Helper()
	signIn(t, a, "ann@example.com", testkit.Password, http.StatusOK)
	moved := hashOf(t, a, "ann")
	if !strings.HasPrefix(moved, prefix) {
		t.Errorf("the hash after signing in is %s, want %s…", moved, prefix)
	}
	signIn(t, a, "ann@example.com", testkit.Password, http.StatusOK)
	if again := hashOf(t, a, "ann"); again != moved {
		t.Errorf("the second sign-in changed the hash again, to %s", again)
	}
}

// TestSignInDoesNotRevealAccounts checks that all failures have the same response, byte for byte, so that it does not reveal accounts.
func TestSignInDoesNotRevealAccounts(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.ID("ann")
	setHash(t, a, "imported", plainHash)
	if err := secretsOf(a).Delete(t.Context(), a.ID("locked"), store.Any); err != nil {
		t.Fatal(err)
	}
	wantHeader, wantBody := signIn(t, a, "unknown@example.com", "wrong horse", http.StatusUnauthorized)
	for _, tt := range []struct{ name, email, password string }{
		{"wrong password", "ann@example.com", "wrong horse"},
		{"wrong password, imported account", "imported@example.com", "wrong horse"},
		{"account without a password", "locked@example.com", testkit.Password},
		{"unknown address, a longer one", strings.Repeat("x", 60) + "@example.com", testkit.Password},
		{"unknown address, a common password", "unknown@example.com", "password"},
	} {
		header, body := signIn(t, a, tt.email, tt.password, http.StatusUnauthorized)
		if body != wantBody || !maps.EqualFunc(header, wantHeader, func(a,
			b []string) bool {
			return strings.Join(a, "\n") == strings.Join(b, "\n")
		}) {
			t.Errorf("%s:\n%v %s, want\n%v %s", tt.name, header, body, wantHeader, wantBody)
		}
	}
}

// An address that uses its share of the queue for password hashes must retry later, and another address is served next.
func TestSignUpBusy(t *testing.T) {
	t.Parallel()
	a := apptest.NewIn(t, server.Config{RateLimitsOff: true, TrustedProxies: []string{testkit.Peer}})
	var err error
	if a.Accounts.Passwords, err = auth.NewPasswords(auth.MinCost, 1); err != nil {
		t.Fatal(err)
	}
	signUp := func(ctx context.Context, name, address string) *client.SignUpResponse {
		from := func(_ context.Context, r *http.Request) error { r.Header.Set("X-Forwarded-For", address); return nil }
		answer, _ := a.Anyone().SignUpWithResponse(ctx, client.UserInput{Email: testkit.Email(name), Password: testkit.Password}, from)
		return answer
	}
	hangUp, cancel := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	others := make(chan *client.SignUpResponse, 1)
	err = a.Accounts.Passwords.Turn(t.Context(), func(context.Context) error {
		refused := make(chan *client.SignUpResponse, 33)
		for i := range 33 { // one more than the queue accepts
			crowd.Go(func() {
				if answer := signUp(hangUp, fmt.Sprint("flood", i), "203.0.113.7"); hangUp.Err() == nil {
					refused <- answer
				}
			})
		}
		answer := <-refused
		if answer.StatusCode() != 429 || answer.HTTPResponse.Header.Get("Retry-After") != "5" ||
			!strings.Contains(string(answer.Body), "PASSWORD_CHECKS_BUSY") {
			t.Errorf("%s %s; want 429, PASSWORD_CHECKS_BUSY and Retry-After 5", answer.Status(), answer.Body)
		}
		crowd.Go(func() { others <- signUp(t.Context(), "ann", "198.51.100.1") })
		return nil
	})
	if answer := <-others; err != nil || answer.StatusCode() != 200 {
		t.Errorf("from another address: %v, %s %s", err, answer.Status(), answer.Body)
	}
	cancel()
	crowd.Wait()
}

// signIn returns the header and body of a response that must have the status. It removes header fields that count requests.
func signIn(t *testing.T, a *apptest.API, email, password string, status int) (http.Header, string) {
	t.Helper()
	answer, err := a.Anyone().SignInWithResponse(t.Context(), client.Credentials{Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode() != status {
		t.Errorf("%s: %d %s, want %d", email, answer.StatusCode(), answer.Body, status)
	}
	header := answer.HTTPResponse.Header.Clone()
	header.Del("X-Request-Id")
	return header, string(answer.Body)
}

// secret is a document in the collection of password hashes.
type secret struct {
	Hash string `json:"hash"`
}

func secretsOf(a *apptest.API) store.Collection[secret] {
	return store.CollectionOf[secret](a.Store, "UserCredentials")
}

func setHash(t testing.TB, a *apptest.API, name, hash string) {
	t.Helper()
	if _, _, err := secretsOf(a).Replace(t.Context(), a.ID(name), secret{hash}, store.Any); err != nil {
		t.Fatal(err)
	}
}

func hashOf(t testing.TB, a *apptest.API, name string) string {
	t.Helper()
	stored, _, err := secretsOf(a).Get(t.Context(), a.ID(name))
	if err != nil {
		t.Fatal(err)
	}
	return stored.Hash
}

// hashAt makes the API hash passwords with a real cost.
func hashAt(t testing.TB, a *apptest.API, cost int) {
	t.Helper()
	passwords, err := auth.NewPasswords(cost, 0)
	if err != nil {
		t.Fatal(err)
	}
	a.Accounts.Passwords = passwords
}
