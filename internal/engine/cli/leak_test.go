package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoSecrets runs the program at its finest log level, gives it secrets in every way that there is, and finds none of them in
// what it writes.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	secrets := []string{"hunter2", "$bcrypt", "PRIVATE KEY"}
	text := serving(t, data, func(url string) { secrets = append(secrets, visit(t, url)...) }, "--log-level=debug")
	key, err := os.ReadFile(filepath.Join(data, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(key)) {
		if line = strings.TrimSpace(line); len(line) > 20 && !strings.Contains(line, "-----") && !strings.Contains(line, ":") {
			secrets = append(secrets, line)
		}
	}
	for _, command := range [][]string{
		{"user", "create", "bob@example.com"}, {"user", "password", "bob@example.com"}, {"user", "list"}, {"key", "list"},
		{"key", "rotate"}, {"key", "list"}, {"migrate"},
	} {
		var written bytes.Buffer
		command = append(command, "--data="+data, "--bcrypt-cost=10", "--log-level=debug")
		if code := runApp(t.Context(), command, strings.NewReader("hunter2-of-bob\n"), &written, &written); code != 0 {
			t.Errorf("%s: exit code %d: %s", command, code, &written)
		}
		text += written.String()
	}
	for _, secret := range secrets {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the program has written the secret %q: …%s…", secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
	for _, seen := range []string{`"operation":"signIn","method":"POST","status":200`, `"status":401`, `"status":422`,
		`"action":"signin_failed"`, `"action":"refresh_reused"`,
		`"action":"password_changed"`, `"action":"user_deleted"`, "listens on",
		`"msg":"started","version":"`, `"address":"http://127.0.0.1:`, `"address":"127.0.0.1"},"request_id":"`} {
		if !strings.Contains(text, seen) {
			t.Errorf("the program has not written %s: the test has not seen what it is for: %s", seen, text)
		}
	}
}

// A store's name with a password in it is in no message, wherever the name comes from and whatever is wrong with it.
func TestNoSecretsOfTheStore(t *testing.T) {
	for _, uri := range []string{
		"mongodb://ann:hunter2@127.0.0.1:port/notes", "mongodb://ann:hunter2@/notes", "mongodb://ann:hun%ter2hunter2@127.0.0.1/x?y=hunter2",
		"mongodb+srv://ann:hunter2@nowhere.invalid/notes", "postgres://ann:hunter2@127.0.0.1/notes", "ann:hunter2@127.0.0.1",
	} {
		t.Setenv("FIELD_NOTES_STORE", uri)
		for _, args := range [][]string{{"serve"}, {"migrate"}, {"user", "list"}, {"serve", "--store=" + uri}, {uri},
			{"copy", "--from=" + uri, "--to=" + uri}} {
			var written bytes.Buffer
			args = append(args, "--data=:memory:", "--listen=127.0.0.1:0", "--store-connect-timeout=1ms", "--log-level=debug")
			if code := runApp(t.Context(), args, strings.NewReader(""), &written, &written); code == 0 {
				t.Errorf("%s: exit code 0 with an invalid store", args[0])
			}
			if text := written.String(); text == "" || strings.Contains(text, "hunter2") {
				t.Errorf("%s: %q, want a message without hunter2", args[0], text)
			}
		}
	}
}

// visit signs up, in, on and out, with errors in between, and returns the secrets that it was given.
func visit(t *testing.T, url string) []string {
	t.Helper()
	account := `{"email":"hunter2@example.com","password":"hunter2-of-ann"}`
	ask(t, "POST", url+"/signup", "", account)
	first := ask(t, "POST", url+"/signin", "", account)
	next := ask(t, "POST", url+"/refresh", "", `{"refresh_token":"`+first["refresh_token"]+`"}`)
	token := next["token"]
	if token == "" {
		t.Fatal("nobody could sign in and refresh")
	}
	for _, r := range []struct{ method, target, token, body string }{
		{"POST", "/signin", "", `{"email":"hunter2@example.com","password":"hunter2-guess"}`},
		{"POST", "/signin", "", `{"email":"hunter2@example.com","password":"hunter2`},
		{"POST", "/signup", "", `{"email":"hunter2","password":"hunter2","hunter2":"hunter2"}`},
		{"POST", "/refresh", "", `{"refresh_token":"hunter2"}`},
		{"GET", "/users/me", "hunter2.hunter2.hunter2", ""},
		{"GET", "/users/me", altered(token), ""},
		{"GET", "/users/me?access_token=" + token, "", ""},
		{"GET", "/notes/7?filter[where][password]=hunter2", token, ""},
		{"GET", "/nothing?hunter2", token, ""},
		{"PATCH", "/users/me", token, `{"name":"hunter2"}`},
		{"PUT", "/users/me/password", token, `{"old_password":"hunter2-wrong","new_password":"hunter2-of-ann-now"}`},
		{"PUT", "/users/me/password", token, `{"old_password":"hunter2-of-ann","new_password":"hunter2-of-ann-now"}`},
		{"DELETE", "/sessions", token, ""},
		{"POST", "/refresh", "", `{"refresh_token":"` + altered(first["refresh_token"]) + `"}`},
	} {
		ask(t, r.method, url+r.target, r.token, r.body)
	}
	last := ask(t, "POST", url+"/signin", "", strings.Replace(account, "of-ann", "of-ann-now", 1))
	ask(t, "DELETE", url+"/users/me", last["token"], "") // so that no list has the address
	secrets := []string{}
	for _, given := range []map[string]string{first, next, last} {
		if given["token"] == "" {
			t.Fatal("nobody could sign in with the new password")
		}
		_, signature, _ := strings.Cut(given["token"], ".")
		secrets = append(secrets, signature, given["refresh_token"][40:])
	}
	return secrets
}

// altered is a token with another character in its last part.
func altered(token string) string {
	at, with := len(token)-10, "A"
	if token[at] == 'A' {
		with = "B"
	}
	return token[:at] + with + token[at+1:]
}

// ask sends a request that has something to hide everywhere, again while there is no time for it, and returns the texts of the
// answer's object, if it is one.
func ask(t *testing.T, method, target, token, body string) map[string]string {
	t.Helper()
	for range 10 {
		if status, texts := askOnce(t, method, target, token, body); status != http.StatusServiceUnavailable {
			return texts
		}
	}
	t.Fatalf("%s %s: 503 again and again", method, target)
	return nil
}

func askOnce(t *testing.T, method, target, token, body string) (status int, texts map[string]string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, name := range []string{"Cookie", "Referer", "User-Agent", "X-Api-Key", "Proxy-Authorization"} {
		r.Header.Set(name, "hunter2")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var members map[string]any
	texts = map[string]string{}
	_ = json.NewDecoder(answer.Body).Decode(&members) // many answers are something else
	for name, value := range members {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return answer.StatusCode, texts
}
