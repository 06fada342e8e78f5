package users_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
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
		{"no e-mail address", "nobody", testkit.Password, 422, "format"},
		{"spaces around the address", " eve@example.com\r\n", testkit.Password, 200, `"email":"eve@example.com"`},
		{"the same address", "eve@example.com", testkit.Password, 409, "DUPLICATE_ENTRY"},
		{"an internationalized domain", "info@dömäin.com", testkit.Password, 200, `"email":"info@xn--dmin-moa0i.com"`},
		{"the same in Punycode", "info@XN--DMIN-MOA0I.com", testkit.Password, 409, "DUPLICATE_ENTRY"},
		{"the same decomposed", "info@do\u0308ma\u0308in.com", testkit.Password, 409, "DUPLICATE_ENTRY"},
		{"no dot in the domain", "a@b", testkit.Password, 422, "must have a dot in the domain"},
		{"a long local part", strings.Repeat("a", 65) + "@example.com", testkit.Password, 422,
			"must NOT have more than 64 octets before the @"},
		{"an escape character", "\x1b[2Jann@example.com", testkit.Password, 422, "must NOT contain the invisible character U+001B"},
		{"a line inside", "a\r\nb@example.com", testkit.Password, 422, "must NOT contain the invisible character U+000D"},
		{"a zero width space", "a\u200bnn@example.com", testkit.Password, 422, "must NOT contain the invisible character U+200B"},
		{"another direction", "a\u202enn@example.com", testkit.Password, 422, "must NOT contain the invisible character U+202E"},
		{"taken", "taken@example.com", testkit.Password, 409, "DUPLICATE_ENTRY"},
		{"taken in other case", "TAKEN@Example.Com", testkit.Password, 409, "DUPLICATE_ENTRY"},
	} {
		answer, err := a.Anyone().SignUpWithResponse(t.Context(), client.UserInput{Email: tt.email, Password: tt.password})
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode() != tt.status || !strings.Contains(string(answer.Body), tt.code) {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.StatusCode(), answer.Body, tt.status, tt.code)
		}
		if strings.Contains(string(answer.Body), tt.password) {
			t.Errorf("%s: the response contains the password: %s", tt.name, answer.Body)
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

func TestSignUpRejectsServerProperties(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for _, extra := range []string{`"id":"chosen"`, `"date_created":"2020-01-01T00:00:00Z"`, `"roles":["admin"]`, `"__proto__":{}`} {
		body := `{"email":"eve@example.com","password":"correct horse",` + extra + `}`
		if answer := a.Do("POST", "/signup", "", body); answer.StatusCode != 422 {
			t.Errorf("%s: %d, want 422", extra, answer.StatusCode)
		}
	}
}

// Of many concurrent sign-ups with the same address, exactly one creates the account and can sign in.
func TestSignUpConcurrently(t *testing.T) {
	t.Parallel()
	callers := 200
	if testing.Short() {
		callers = 16
	}
	a := apptest.New(t)
	var ready, group sync.WaitGroup
	var lock sync.Mutex
	answers := map[int][]string{} // by status
	ready.Add(callers)
	for range callers {
		group.Go(func() {
			ready.Done()
			ready.Wait()
			answer := a.Do("POST", "/signup", "", `{"email":"race@example.com","password":"`+testkit.Password+`"}`)
			lock.Lock()
			defer lock.Unlock()
			answers[answer.StatusCode] = append(answers[answer.StatusCode], testkit.Body(answer))
		})
	}
	group.Wait()
	if len(answers[200]) != 1 || len(answers[409]) != callers-1 {
		t.Fatalf("responses by status: %v, want one 200 and otherwise 409", answers)
	}
	signed, err := a.Anyone().SignInWithResponse(t.Context(), client.Credentials{Email: "race@example.com", Password: testkit.Password})
	if err != nil || signed.JSON200 == nil {
		t.Fatalf("sign-in: %s, %v", signed.Body, err)
	}
	if me := testkit.Body(a.Do("GET", "/users/me", signed.JSON200.Token, "")); me != answers[200][0] {
		t.Errorf("the account is %s, want %s", me, answers[200][0])
	}
}
