package testkit

import (
	"regexp"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	Access(t, testapp.App())
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	Refusals(t, testapp.App())
}

func TestMethods(t *testing.T) {
	t.Parallel()
	Methods(t, testapp.App())
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	Headers(t, testapp.App())
}

func TestErrorsLeakNothing(t *testing.T) {
	t.Parallel()
	ErrorsLeakNothing(t, testapp.App())
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	SecretsStayOutOfTheLog(t, testapp.App())
}

// An operation that allows anonymous callers still rejects invalid tokens.
func TestOptionalSignIn(t *testing.T) {
	t.Parallel()
	a := New(t, testapp.App())
	for token, want := range map[string]int{"": 200, "junk": 401, a.Token("ann"): 200} {
		if response := a.Do("GET", "/posts", token, ""); response.StatusCode != want {
			t.Errorf("with %q: %d, want %d", token, response.StatusCode, want)
		}
	}
}

// Users sign up with the body that the contract requires, with different values for unique properties.
func TestSignUpFollowsContract(t *testing.T) {
	t.Parallel()
	app := testapp.App()
	app.OpenAPI = edited(t, Contract(t, app).Document(), func(schemas, paths map[string]any) {
		for _, schema := range []string{"User", "PartialUser", "UserInput"} {
			at(schemas, schema, "properties")["handle"] = map[string]any{"type": "string", "minLength": 2, "maxLength": 30}
		}
		at(schemas, "UserInput")["required"] = []string{"email", "password", "handle"}
		at(schemas, "User", "x-collection")["indexes"] = []any{
			map[string]any{"fields": []string{"email"}, "unique": true}, map[string]any{"fields": []string{"handle"}, "unique": true},
		}
		at(paths, "/signup", "post", "requestBody", "content", "application/json")["example"] = map[string]any{
			"email": "ann@example.com", "password": Password, "handle": "ann",
		}
	})
	a := New(t, app)
	if a.ID("ann") == a.ID("bob") || a.ID("ann") != a.SignIn("ann").User {
		t.Error("users are mixed up")
	}
	if body := a.signUp(a.Contract.ByID("signUp"), "eve"); !strings.Contains(body, `"handle":"ann2"`) {
		t.Errorf("the third sign-up: %s", body)
	}
}

// Without x-token, users are created, and the tests of any contract are the same.
func TestWithoutSignUp(t *testing.T) {
	t.Parallel()
	app := testapp.App()
	app.OpenAPI = []byte(regexp.MustCompile(`(?m)^ +x-token: .*\n`).ReplaceAllString(string(app.OpenAPI), ""))
	a := New(t, app)
	if _, has := a.Contract.Token(); has {
		t.Fatal("x-token is left")
	}
	if response := a.Do("GET", "/users/me", a.SignIn("ann").Access, ""); response.StatusCode != 200 {
		t.Errorf("%s: %s", response.Status, Body(response))
	}
	refused(t, app, "posts")
}
