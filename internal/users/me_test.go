package users_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	answer := a.Do("GET", "/whoami", a.Token("ann"), "")
	if got, want := strings.TrimSpace(testkit.Body(answer)), `"`+a.ID("ann")+`"`; got != want {
		t.Errorf("whoami: %s, want %s", got, want)
	}
}

func TestGetMe(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	me, err := a.As("ann").GetMeWithResponse(t.Context())
	if err != nil || me.JSON200 == nil {
		t.Fatal(err, me.Status())
	}
	if me.JSON200.ID != a.ID("ann") || me.JSON200.Email != "ann@example.com" || !me.JSON200.DateCreated.Equal(a.Now()) {
		t.Errorf("ann's account: %+v", *me.JSON200)
	}
	if gone := a.Do("GET", "/users/me", nobodys(t, a), ""); gone.StatusCode != 404 {
		t.Errorf("a deleted account: %d, want 404", gone.StatusCode)
	}
}

func TestUpdateMe(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	ann := a.Token("ann")
	for _, tt := range []struct {
		name, token, body string
		status            int
		want              string // the account's name after the request
	}{
		{"without a token", "", `{"name":"Eve"}`, 401, ""},
		{"a name", ann, `{"name":"Ann"}`, 204, "Ann"},
		{"another", ann, `{"name":"Änn 😀"}`, 204, "Änn 😀"},
		{"an empty one", ann, `{"name":""}`, 422, "Änn 😀"},
		{"one of 201 characters", ann, `{"name":"` + strings.Repeat("x", 201) + `"}`, 422, "Änn 😀"},
		{"NUL", ann, `{"name":"a\u0000"}`, 422, "Änn 😀"},
		{"nothing", ann, `{}`, 422, "Änn 😀"},
		{"roles", ann, `{"roles":["admin"]}`, 422, "Änn 😀"},
		{"an address", ann, `{"email":"eve@example.com"}`, 422, "Änn 😀"},
		{"an id", ann, `{"name":"Ann","id":"1"}`, 422, "Änn 😀"},
		{"of an account that is gone", nobodys(t, a), `{"name":"Eve"}`, 404, "Änn 😀"},
	} {
		answer := a.Do("PATCH", "/users/me", tt.token, tt.body)
		if answer.StatusCode != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, answer.StatusCode, testkit.Body(answer), tt.status)
		}
		me, err := a.With(ann).GetMeWithResponse(t.Context())
		if err != nil || me.JSON200 == nil || tt.want != "" && (me.JSON200.Name == nil || *me.JSON200.Name != tt.want) {
			t.Errorf("%s: the account is %s, want the name %q", tt.name, me.Body, tt.want)
		}
		if me.JSON200.Email != testkit.Email("ann") || len(*me.JSON200.Roles) != 1 {
			t.Errorf("%s: other properties than the name changed: %s", tt.name, me.Body)
		}
	}
}

func TestDeleteMe(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	id := a.ID("ann")
	mine, bobs := a.SignIn("ann"), a.SignIn("bob")
	want(t, "without a token", a.Do("DELETE", "/users/me", "", ""), 401)
	want(t, "deletion", a.Do("DELETE", "/users/me", mine.Token, ""), 204)
	want(t, "the token", a.Do("GET", "/users/me", mine.Token, ""), 401)
	want(t, "the refresh token", a.Do("POST", "/refresh", "", `{"refresh_token":"`+mine.RefreshToken+`"}`), 401)
	want(t, "sign-in", signIn(a, "ann", testkit.Password), 401)
	want(t, "sign-up with the same address", a.Do("POST", "/signup", "", `{"email":"ann@example.com","password":"battery staple"}`), 200)
	again, err := a.Anyone().SignInWithResponse(t.Context(), client.Credentials{Email: "ann@example.com", Password: "battery staple"})
	if err != nil || again.JSON200 == nil || again.JSON200.UserID == id {
		t.Errorf("the new account: %v, %s; want an account other than the old one", err, again.Body)
	}
	want(t, "bob", a.Do("GET", "/users/me", bobs.Token, ""), 200)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	mine, other, bobs := a.SignIn("ann"), a.SignIn("ann"), a.SignIn("bob")
	for _, tt := range []struct {
		name, token, old, replacement string
		status                        int
		want                          string
	}{
		{"without a token", "", testkit.Password, "battery staple", 401, ""},
		{"a wrong old one", mine.Token, "wrong password", "battery staple", 403, "WRONG_PASSWORD"},
		{"a common one", mine.Token, testkit.Password, "iloveyou1", 422, "one of the most common passwords"},
		{"one of 7", mine.Token, testkit.Password, "f8Gk2-p", 422, "minLength"},
		{"somebody else's old one", mine.Token, "hunter two", "battery staple", 403, "WRONG_PASSWORD"},
		{"of an account that is gone", nobodys(t, a), testkit.Password, "battery staple", 404, ""},
		{"the right one", mine.Token, testkit.Password, "battery staple", 204, ""},
		{"the one before", mine.Token, testkit.Password, "battery staple", 403, "WRONG_PASSWORD"},
	} {
		answer := change(a, tt.token, tt.old, tt.replacement)
		if body := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.StatusCode, body, tt.status, tt.want)
		}
	}
	want(t, "the session that changed it", a.Do("GET", "/whoami", mine.Token, ""), 200)
	want(t, "its refresh token", a.Do("POST", "/refresh", "", `{"refresh_token":"`+mine.RefreshToken+`"}`), 200)
	want(t, "another session", a.Do("GET", "/whoami", other.Token, ""), 401)
	want(t, "another's refresh token", a.Do("POST", "/refresh", "", `{"refresh_token":"`+other.RefreshToken+`"}`), 401)
	want(t, "bob's session", a.Do("GET", "/whoami", bobs.Token, ""), 200)
	want(t, "sign-in with the old one", signIn(a, "ann", testkit.Password), 401)
	want(t, "sign-in with the new one", signIn(a, "ann", "battery staple"), 200)
}

// With a token, the number of guesses at the password is limited in the same way, and only the caller is locked out.
func TestChangePasswordGuessed(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	ann := a.SignIn("ann")
	for i := range 10 {
		want(t, fmt.Sprint("guess ", i+1), change(a, ann.Token, "wrong password", "battery staple"), 403)
	}
	refused := change(a, ann.Token, testkit.Password, "battery staple")
	want(t, "the 11th", refused, 429)
	if got := refused.Header.Get("Retry-After"); got != "900" {
		t.Errorf("Retry-After %q, want 900", got)
	}
	want(t, "another session", change(a, a.SignIn("ann").Token, "wrong password", "battery staple"), 403)
	a.Wait(15 * time.Minute)
	want(t, "15 minutes later", change(a, ann.Token, testkit.Password, "battery staple"), 204)
}

func change(a *apptest.API, token, old, replacement string) *http.Response {
	return a.Do("PUT", "/users/me/password", token, fmt.Sprintf(`{"old_password":%q,"new_password":%q}`, old, replacement))
}

func signIn(a *apptest.API, name, password string) *http.Response {
	return a.Do("POST", "/signin", "", fmt.Sprintf(`{"email":%q,"password":%q}`, testkit.Email(name), password))
}

// nobodys returns a token of a deleted account.
func nobodys(t *testing.T, a *apptest.API) string {
	t.Helper()
	token, _, err := a.Tokens.Issue(auth.TokenRequest{Subject: "0198c5d2-0000-7000-8000-000000000000", Session: store.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func want(t *testing.T, what string, answer *http.Response, status int) {
	t.Helper()
	if answer.StatusCode != status {
		t.Errorf("%s: %d %s, want %d", what, answer.StatusCode, testkit.Body(answer), status)
	}
}
