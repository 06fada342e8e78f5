package testkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Password is the password of every user.
const Password = "correct horse"

// Email returns the address of the named user.
func Email(name string) string { return name + "@example.com" }

// ID returns the id of the named user. The first call signs the user up with the operation of the contract's x-token or, without it,
// creates the account. Without accounts, the id is the name.
func (a *API) ID(name string) string {
	a.t.Helper()
	if a.Accounts == nil {
		return name
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	if id := a.ids[name]; id != "" {
		return id
	}
	how, ok := a.Contract.Token()
	if !ok {
		id, err := a.Accounts.Create(a.t.Context(), account.NewAccount{Email: Email(name), Password: Password})
		must(a.t, err)
		a.ids[name] = id
		return id
	}
	response := a.Do(how.SignUp.Method, how.SignUp.Path, "", a.signUp(how.SignUp, name))
	text := Body(response)
	id, _ := spec.At([]byte(text), "/id")
	a.ids[name], _ = id.(string)
	if a.ids[name] == "" {
		a.t.Fatalf("sign-up of %s: %s %s", name, response.Status, text)
	}
	return a.ids[name]
}

// signUp returns the body of the user's sign-up: the contract's example with the user's address, password and unique values.
func (a *API) signUp(op *spec.Operation, name string) string {
	a.t.Helper()
	formats := map[string]string{"email": Email(name), "username": Email(name), "new-password": Password, "password": Password}
	sample, err := op.Sample(formats)
	must(a.t, err)
	var members map[string]any
	must(a.t, json.Unmarshal(sample.Body, &members))
	for _, index := range a.model("User").Indexes {
		property := index.Keys[0].Property.Name
		if text, ok := members[property].(string); ok && index.Unique && text != Email(name) {
			members[property] = fmt.Sprint(text, len(a.ids))
		}
	}
	text, err := json.Marshal(members)
	must(a.t, err)
	return string(text)
}

func (a *API) copyIDs() map[string]string {
	a.lock.Lock()
	defer a.lock.Unlock()
	return maps.Clone(a.ids)
}

// SignIn starts a session of the named user. The first call signs the user up. Without accounts, there is an access token only.
func (a *API) SignIn(name string) account.Tokens {
	a.t.Helper()
	if a.Accounts == nil {
		return account.Tokens{Access: a.DefaultToken(name), User: name}
	}
	a.ID(name)
	tokens, err := a.Accounts.SignIn(a.t.Context(), account.Credentials{Email: Email(name), Password: Password})
	must(a.t, err)
	return tokens
}

// Grant replaces the roles of the named user, which ends the user's sessions. It needs accounts.
func (a *API) Grant(name string, roles ...string) {
	a.t.Helper()
	must(a.t, a.Accounts.Change(a.t.Context(), a.ID(name), account.Patch{Roles: &roles}))
}

// Token returns a token of the named user with the scopes. The first call signs the user up.
func (a *API) Token(name string, scopes ...string) string {
	a.t.Helper()
	token, _, err := a.Tokens.Issue(auth.TokenRequest{Subject: a.ID(name), Session: store.NewID(), Scopes: scopes})
	must(a.t, err)
	return token
}

// DefaultToken returns a token of the named user with the scopes of the default role.
func (a *API) DefaultToken(name string) string {
	a.t.Helper()
	return a.Token(name, a.Contract.Roles().Scopes([]string{a.Contract.DefaultRole()})...)
}

// Client returns an HTTP client that sends the token, or no token if it is empty. Its requests reach the handler without a network,
// regardless of their host, and every response is validated against the contract.
func (a *API) Client(token string) *http.Client { return &http.Client{Transport: transport{a, token}} }
