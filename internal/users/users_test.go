package users_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/apitest"
	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/store"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	a.ID("taken")
	for _, tt := range []struct {
		name, email, password string
		status                int
		code                  string
	}{
		{"password of 8", "ann@example.com", "f8Gk2-pq", 200, ""},
		{"password of 7", "bob@example.com", "f8Gk2-p", 422, "minLength"},
		{"password of 256 characters, 1,024 bytes", "long@example.com", strings.Repeat("😀", 256), 200, ""},
		{"password of 257", "longer@example.com", strings.Repeat("x", 257), 422, "maxLength"},
		{"password of 8 in Unicode", "unicode@example.com", "пароль😀😀", 200, ""},
		{"password of 7 in Unicode", "unicode7@example.com", "пароль😀", 422, "minLength"},
		{"password of letters alone", "words@example.com", "rotundamente", 200, ""},
		{"password of spaces and controls", "odd@example.com", "  \x00\n\x7f\u202e  ", 200, ""},
		{"common password", "common@example.com", "iloveyou1", 422, "one of the most common passwords"},
		{"common password in capitals", "capitals@example.com", "QwErTyUiOp", 422, "one of the most common passwords"},
		{"no e-mail address", "nobody", apitest.Password, 422, "format"},
		{"spaces around the address", " eve@example.com ", apitest.Password, 422, "format"},
		{"taken", "taken@example.com", apitest.Password, 409, "DUPLICATE_ENTRY"},
		{"taken in other case", "TAKEN@Example.Com", apitest.Password, 409, "DUPLICATE_ENTRY"},
	} {
		answer, err := a.Anyone().SignUpWithResponse(t.Context(), client.NewUser{Email: tt.email, Password: tt.password})
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode() != tt.status || !strings.Contains(string(answer.Body), tt.code) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.StatusCode(), answer.Body, tt.status, tt.code)
		}
		if strings.Contains(string(answer.Body), tt.password) {
			t.Errorf("%s: the answer has the password in it: %s", tt.name, answer.Body)
		}
		if tt.status != 200 {
			continue
		}
		token, err := a.Anyone().SignInWithResponse(t.Context(), client.Credentials{Email: tt.email, Password: tt.password})
		if err != nil || token.JSON200 == nil {
			t.Errorf("%s: signing in: %v, %s", tt.name, err, token.Body)
		}
	}
}

func TestSignUpRefusesWhatIsNotTheClients(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	for _, extra := range []string{`"id":"chosen"`, `"date_created":"2020-01-01T00:00:00Z"`, `"roles":["admin"]`, `"__proto__":{}`} {
		body := `{"email":"eve@example.com","password":"correct horse",` + extra + `}`
		if answer := a.Do("POST", "/signup", "", body); answer.StatusCode != 422 {
			t.Errorf("%s: %d, want 422", extra, answer.StatusCode)
		}
	}
}

// Of many sign-ups with one address at the same time, one makes the account.
func TestSignUpTogether(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	statuses := make(chan int, 8) // more at once and some would hear 503: passwords are hashed one after the other
	var group sync.WaitGroup
	for range cap(statuses) {
		group.Go(func() {
			statuses <- a.Do("POST", "/signup", "", `{"email":"race@example.com","password":"correct horse"}`).StatusCode
		})
	}
	group.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	if count[200] != 1 || count[409] != cap(statuses)-1 {
		t.Errorf("answers by status: %v, want one 200 and else 409", count)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	id := a.ID("ann")
	for _, tt := range []struct {
		name, email, password string
		status                int
	}{
		{"right", "ann@example.com", apitest.Password, 200},
		{"address in other case", "Ann@EXAMPLE.com", apitest.Password, 200},
		{"wrong password", "ann@example.com", "wrong password", 401},
		{"password in other case", "ann@example.com", strings.ToUpper(apitest.Password), 401},
		{"password and NUL", "ann@example.com", apitest.Password + "\x00" + apitest.Password, 401},
		{"unknown address", "bob@example.com", apitest.Password, 401},
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
				t.Errorf("%s: %s, want %s whoever asks", tt.name, got, want)
			}
			continue
		}
		if got := answer.JSON200.ExpiresIn; got != 3600 {
			t.Errorf("%s: expires_in %d, want 3600", tt.name, got)
		}
		me, err := a.With(answer.JSON200.Token).WhoAmIWithResponse(t.Context())
		if err != nil || me.JSON200 == nil || *me.JSON200 != id {
			t.Errorf("%s: the token is %s's, want %s's", tt.name, me.Body, id)
		}
	}
}

// An object in the place of a string must never reach a query: {"email":{"neq":"x"}}.
func TestSignInTakesStringsOnly(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
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

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	answer := a.Do("GET", "/whoami", a.Token("ann"), "")
	if got, want := strings.TrimSpace(apitest.Body(answer)), `"`+a.ID("ann")+`"`; got != want {
		t.Errorf("whoami: %s, want %s", got, want)
	}
}

func TestGetMe(t *testing.T) {
	t.Parallel()
	a := apitest.New(t)
	me, err := a.As("ann").GetMeWithResponse(t.Context())
	if err != nil || me.JSON200 == nil {
		t.Fatal(err, me.Status())
	}
	if me.JSON200.ID != a.ID("ann") || me.JSON200.Email != "ann@example.com" || !me.JSON200.DateCreated.Equal(a.Now()) {
		t.Errorf("ann's account: %+v", *me.JSON200)
	}
	token, _, err := a.Tokens.Issue(auth.Grant{Subject: "0198c5d2-0000-7000-8000-000000000000", Session: store.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	if gone := a.Do("GET", "/users/me", token, ""); gone.StatusCode != 404 {
		t.Errorf("an account that is gone: %d, want 404", gone.StatusCode)
	}
}
