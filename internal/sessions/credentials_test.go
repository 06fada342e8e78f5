package sessions_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	id := a.ID("ann")
	for _, tt := range []struct {
		name, email, password string
		status                int
	}{
		{"right", "ann@example.com", testkit.Password, 200},
		{"address in other case", "Ann@EXAMPLE.com", testkit.Password, 200},
		{"wrong password", "ann@example.com", "wrong password", 401},
		{"password in other case", "ann@example.com", strings.ToUpper(testkit.Password), 401},
		{"password and NUL", "ann@example.com", testkit.Password + "\x00" + testkit.Password, 401},
		{"unknown address", "bob@example.com", testkit.Password, 401},
	} {
		answer, err := a.Anyone().SignInWithResponse(t.Context(), client.Credentials{Email: tt.email, Password: tt.password})
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode() != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, answer.StatusCode(), answer.Body, tt.status)
			continue
		}
		if tt.status == 401 {
			want := `{"error":{"statusCode":401,"name":"UnauthorizedError","message":"Invalid email or password."}}`
			if got := string(answer.Body); got != want {
				t.Errorf("%s: %s, want %s for every account", tt.name, got, want)
			}
			continue
		}
		if got := answer.JSON200; got.ExpiresIn != 3600 || got.UserID != id || got.TokenType != "Bearer" || got.RefreshToken == "" {
			t.Errorf("%s: %+v, want a Bearer token of %s for 3600 s and a refresh token", tt.name, got, id)
		}
		me, err := a.With(answer.JSON200.Token).WhoAmIWithResponse(t.Context())
		if err != nil || me.JSON200 == nil || *me.JSON200 != id {
			t.Errorf("%s: the token is %s's, want %s's", tt.name, me.Body, id)
		}
	}
}

// An object instead of a string must never reach a query: {"email":{"neq":"x"}}.
func TestSignInAcceptsStringsOnly(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.ID("ann")
	for _, body := range []string{
		`{"email":{"neq":"x"},"password":"correct horse"}`,
		`{"email":"ann@example.com","password":{"neq":"x"}}`,
		`{"email":["ann@example.com"],"password":"correct horse"}`,
	} {
		if answer := a.Do("POST", "/signin", "", body); answer.StatusCode != 422 {
			t.Errorf("%s: %d, want 422", body, answer.StatusCode)
		}
	}
}
