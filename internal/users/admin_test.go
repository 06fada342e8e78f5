package users_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestFindUsers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for _, name := range []string{"ann", "bob", "eve"} {
		a.ID(name)
		a.Wait(time.Hour)
	}
	a.Grant("eve", "reader", "admin")
	admin := a.SignIn("eve").Token
	for _, tt := range []struct {
		query string
		want  string
	}{
		{`{"fields":["email"]}`, `[{"email":"ann@example.com"},{"email":"bob@example.com"},{"email":"eve@example.com"}]`},
		{`{"where":{"roles":"admin"},"fields":["email","roles"]}`, `[{"email":"eve@example.com","roles":["reader","admin"]}]`},
		{`{"where":{"email":{"like":"b%25"}},"fields":["id"]}`, `[{"id":"` + a.ID("bob") + `"}]`},
		{`{"where":{"email":"%20ANN@Example.COM"},"fields":["email"]}`, `[{"email":"ann@example.com"}]`},
		{`{"where":{"email":{"inq":["BOB@example.com",null]}},"fields":["email"]}`, `[{"email":"bob@example.com"}]`},
		{`{"where":{"disabled":true}}`, `[]`},
		{`{"order":"date_created DESC","limit":1,"skip":1,"fields":["email"]}`, `[{"email":"bob@example.com"}]`},
	} {
		answer := a.Do("GET", "/users?filter="+tt.query, admin, "")
		if body := strings.TrimSpace(testkit.Body(answer)); answer.StatusCode != 200 || body != tt.want {
			t.Errorf("%s: %d %s, want %s", tt.query, answer.StatusCode, body, tt.want)
		}
	}
	for _, hidden := range []string{`{"where":{"hash":{"like":"$2%25"}}}`, `{"where":{"password":"x"}}`, `{"order":"hash"}`,
		`{"fields":["hash"]}`, `{"include":["credentials"]}`} {
		want(t, hidden, a.Do("GET", "/users?filter="+hidden, admin, ""), 400)
	}
	want(t, "without the scope", a.Do("GET", "/users", a.SignIn("ann").Token, ""), 403)
	want(t, "without a token", a.Do("GET", "/users", "", ""), 401)
	if all := testkit.Body(a.Do("GET", "/users", admin, "")); strings.Contains(all, "$2") || strings.Contains(all, "hash") {
		t.Errorf("the response contains password hashes: %s", all)
	}
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin, ann := a.SignIn("root").Token, a.SignIn("ann")
	for _, tt := range []struct {
		name, token, id, body string
		status                int
		want                  string
	}{
		{"without a token", "", a.ID("ann"), `{"roles":["reader"]}`, 401, ""},
		{"without the scope", ann.Token, a.ID("bob"), `{"roles":["reader"]}`, 403, "INSUFFICIENT_SCOPE"},
		{"to become an administrator", ann.Token, a.ID("ann"), `{"roles":["admin"]}`, 403, "INSUFFICIENT_SCOPE"},
		{"an administrator's own roles", admin, a.ID("root"), `{"roles":["reader"]}`, 403, "OWN_ACCOUNT"},
		{"an administrator's own account", admin, a.ID("root"), `{"disabled":true}`, 403, "OWN_ACCOUNT"},
		{"of no user", admin, "0198c5d2-0000-7000-8000-000000000000", `{"disabled":true}`, 404, "ENTITY_NOT_FOUND"},
		{"a role that there is not", admin, a.ID("ann"), `{"roles":["owner"]}`, 422, "/roles/0"},
		{"an address", admin, a.ID("ann"), `{"email":"eve@example.com"}`, 422, `"path":"/email","code":"readOnly"`},
		{"nothing", admin, a.ID("ann"), `{}`, 422, "minProperties"},
		{"the scope's name as a role", admin, a.ID("ann"), `{"roles":["users:admin"]}`, 422, "/roles/0"},
	} {
		answer := a.Do("PATCH", "/users/"+tt.id, tt.token, tt.body)
		if body := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.StatusCode, body, tt.status, tt.want)
		}
	}
	want(t, "ann's session after all these", a.Do("GET", "/whoami", ann.Token, ""), 200)
}

// New roles apply from the next sign-in, and all earlier sessions end.
func TestUpdateUserRoles(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin := a.SignIn("root").Token
	for _, tt := range []struct {
		roles []string
		admin int
	}{
		{[]string{a.Contract.DefaultRole()}, 403},
		{[]string{"reader"}, 403},
		{[]string{"reader", "admin"}, 200},
		{[]string{}, 403},
	} {
		body, err := json.Marshal(map[string]any{"roles": tt.roles})
		if err != nil {
			t.Fatal(err)
		}
		before, name := a.SignIn("ann").Token, string(body)
		want(t, name, a.Do("PATCH", "/users/"+a.ID("ann"), admin, name), 204)
		want(t, name+": the token from before", a.Do("GET", "/whoami", before, ""), 401)
		token := a.SignIn("ann").Token
		wantScopes(t, a, token, tt.roles...)
		want(t, name+" lists users", a.Do("GET", "/users", token, ""), tt.admin)
		want(t, name+" lists events", a.Do("GET", "/audit", token, ""), tt.admin)
	}
}

func TestUpdateUserDisabled(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin, ann := a.SignIn("root").Token, a.SignIn("ann")
	list := func() string {
		return strings.TrimSpace(testkit.Body(a.Do("GET", `/users?filter={"where":{"disabled":true},"fields":["email","name","disabled"]}`,
			admin, "")))
	}
	want(t, "a name", a.Do("PATCH", "/users/me", ann.Token, `{"name":"Ann"}`), 204)
	want(t, "disabling", a.Do("PATCH", "/users/"+a.ID("ann"), admin, `{"disabled":true}`), 204)
	if got := list(); got != `[{"email":"ann@example.com","name":"Ann","disabled":true}]` {
		t.Errorf("disabled accounts: %s, want Ann's", got)
	}
	want(t, "the token", a.Do("GET", "/whoami", ann.Token, ""), 401)
	want(t, "the refresh token", a.Do("POST", "/refresh", "", `{"refresh_token":"`+ann.RefreshToken+`"}`), 401)
	right, wrong := testkit.Body(signIn(a, "ann", testkit.Password)), testkit.Body(signIn(a, "ann", "wrong password"))
	if right != wrong || !strings.Contains(right, "401") {
		t.Errorf("sign-in: %s, want the response to a wrong password: %s", right, wrong)
	}
	want(t, "enabling", a.Do("PATCH", "/users/"+a.ID("ann"), admin, `{"disabled":false}`), 204)
	if got := list(); got != `[]` {
		t.Errorf("disabled accounts: %s, want none", got)
	}
	want(t, "sign-in afterwards", signIn(a, "ann", testkit.Password), 200)
	if got := testkit.Body(a.Do("GET", "/users/me", a.SignIn("ann").Token, "")); !strings.Contains(got, `"disabled":false`) {
		t.Errorf("ann's account: %s, want it enabled", got)
	}
	want(t, "the token from before", a.Do("GET", "/whoami", ann.Token, ""), 401)
}

// An account without roles has the rights of a new account.
func TestUserWithoutRoles(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	users := store.CollectionOf[api.User](a.Store, "User")
	old := struct {
		Email string `json:"email"`
		Date  string `json:"date_created"`
	}{"ann@example.com", "2020-01-01T00:00:00.000Z"}
	if _, _, err := users.Replace(t.Context(), a.ID("ann"), old, store.Any); err != nil {
		t.Fatal(err)
	}
	token := a.SignIn("ann").Token
	wantScopes(t, a, token, a.Contract.DefaultRole())
	want(t, "listing users", a.Do("GET", "/users", token, ""), 403)
	want(t, "the account", a.Do("GET", "/users/me", token, ""), 200)
}

// wantScopes requires exactly the scopes of the roles.
func wantScopes(t *testing.T, a *apptest.API, token string, roles ...string) {
	t.Helper()
	p, err := a.Tokens.Verify(token)
	if want := a.Contract.Roles().Scopes(roles); err != nil || !slices.Equal(slices.Sorted(slices.Values(p.Scopes)),
		slices.Sorted(slices.Values(want))) {
		t.Errorf("the scopes of %q are %q, %v; want %q", roles, p.Scopes, err, want)
	}
}

func TestEndUserSessions(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin, bobs := a.SignIn("root").Token, a.SignIn("bob")
	theirs := []apptest.Token{a.SignIn("ann"), a.SignIn("ann")}
	want(t, "without a token", a.Do("DELETE", "/users/"+a.ID("ann")+"/sessions", "", ""), 401)
	want(t, "without the scope", a.Do("DELETE", "/users/"+a.ID("ann")+"/sessions", bobs.Token, ""), 403)
	want(t, "one's own, without the scope", a.Do("DELETE", "/users/"+a.ID("bob")+"/sessions", bobs.Token, ""), 403)
	want(t, "of no user", a.Do("DELETE", "/users/0198c5d2-0000-7000-8000-000000000000/sessions", admin, ""), 404)
	want(t, "ann's", a.Do("DELETE", "/users/"+a.ID("ann")+"/sessions", admin, ""), 204)
	for _, token := range theirs {
		want(t, "ann's token", a.Do("GET", "/whoami", token.Token, ""), 401)
		want(t, "ann's refresh token", a.Do("POST", "/refresh", "", `{"refresh_token":"`+token.RefreshToken+`"}`), 401)
	}
	want(t, "bob's token", a.Do("GET", "/whoami", bobs.Token, ""), 200)
	want(t, "ann signs in again", signIn(a, "ann", testkit.Password), 200)
}

// The response of GET can be sent back with changes of the properties that the administrator or the user may change.
func TestUpdateUserAsItWasRead(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin, ann := a.SignIn("root").Token, a.SignIn("ann").Token
	account := testkit.Body(a.Do("GET", "/users/me", ann, ""))
	want(t, "an account without a name, as it was read", a.Do("PATCH", "/users/me", ann, account), 204)
	want(t, "with a name", a.Do("PATCH", "/users/me", ann, strings.Replace(account, `"id":`, `"name":"Ann","id":`, 1)), 204)
	account = testkit.Body(a.Do("GET", "/users/me", ann, ""))
	want(t, "with other roles", a.Do("PATCH", "/users/me", ann, strings.Replace(account, `"roles":["`+a.Contract.DefaultRole()+`"]`,
		`"roles":["admin"]`, 1)), 422)
	want(t, "with more roles", a.Do("PATCH", "/users/me", ann, strings.Replace(account, `"roles":["`+a.Contract.DefaultRole()+`"]`,
		`"roles":["editor","admin"]`, 1)), 422)
	want(t, "disabled, which it is not", a.Do("PATCH", "/users/me", ann, `{"disabled":true}`), 422)
	if after := testkit.Body(a.Do("GET", "/users/me", ann, "")); after != account || !strings.Contains(after, `"name":"Ann"`) {
		t.Errorf("afterwards it is %s, was %s", after, account)
	}
	other := a.Do("PATCH", "/users/"+a.ID("ann"), admin, strings.Replace(account, `"name":"Ann"`, `"name":"Eve"`, 1))
	if body := testkit.Body(other); other.StatusCode != 422 || !strings.Contains(body, `"path":"/name","code":"readOnly"`) {
		t.Errorf("another name by an administrator: %d %s", other.StatusCode, body)
	}
	want(t, "as it was read, by an administrator", a.Do("PATCH", "/users/"+a.ID("ann"), admin, account), 204)
	want(t, "other roles by an administrator", a.Do("PATCH", "/users/"+a.ID("ann"), admin,
		strings.Replace(account, `"roles":["`+a.Contract.DefaultRole()+`"]`, `"roles":["reader"]`, 1)), 204)
}

func TestCountUsers(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.ID("ann")
	a.Grant("eve", "admin")
	admin := a.SignIn("eve").Token
	for query, want := range map[string]string{
		``:                                 `{"count":2}`,
		`?where={"roles":"admin"}`:         `{"count":1}`,
		`?where[email]=%20ANN@Example.COM`: `{"count":1}`,
		`?where[disabled]=true`:            `{"count":0}`,
	} {
		if got := strings.TrimSpace(testkit.Body(a.Do("GET", "/users/count"+query, admin, ""))); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := a.Do("GET", "/users?filter[limit]=1&total=true", admin, "").Header.Get("X-Total-Count"); got != "2" {
		t.Errorf("the total of a page: %q, want 2", got)
	}
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	id := a.ID("ann")
	a.Grant("eve", "admin")
	admin := a.SignIn("eve").Token
	got := a.Do("GET", "/users/"+id, admin, "")
	body := testkit.Body(got)
	if got.StatusCode != 200 || !strings.Contains(body, `"email":"ann@example.com"`) || strings.Contains(body, "assword") {
		t.Errorf("a user: %d %s", got.StatusCode, body)
	}
	if got := a.Do("GET", "/users/none", admin, ""); got.StatusCode != 404 {
		t.Errorf("no user: %d, want 404", got.StatusCode)
	}
	if got := a.Do("GET", "/users/"+id, a.SignIn("ann").Token, ""); got.StatusCode != 403 {
		t.Errorf("oneself without the scope: %d, want 403", got.StatusCode)
	}
}
