package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestUser(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, tt := range []struct {
		name, stdin string
		args        []string
		code        int
		want        []string // in what is printed
	}{
		{"nobody yet", "", []string{"user", "list"}, 0, []string{"email"}},
		{"a role that is none", "battery staple\n", []string{"user", "create", "ann@example.com", "--role=boss"}, 1, []string{`"boss" is no role; the contract has admin`}},
		{"a common password", "password1\n", []string{"user", "create", "ann@example.com"}, 1, []string{"password", "most common"}},
		{"a short password", "short\n", []string{"user", "create", "ann@example.com"}, 1, []string{"password", "8"}},
		{"no password", "", []string{"user", "create", "ann@example.com"}, 1, []string{"password"}},
		{"a password that no JSON can hold", "batt\xe9ry staple\n", []string{"user", "create", "ann@example.com"}, 1, []string{"password", "UTF-8"}},
		{"no address", "battery staple\n", []string{"user", "create", "ann"}, 1, []string{"email"}},
		{"an administrator", "battery staple\n", []string{"user", "create", "Ann@example.com", "--role=admin,editor", "--name=Ann"}, 0, nil},
		{"the same again", "battery staple\n", []string{"user", "create", "ann@example.com"}, 1, []string{"email must be unique"}},
		{"all", "", []string{"user", "list"}, 0, []string{"ann@example.com", "admin,editor", "false"}},
		{"grant", "", []string{"user", "grant", "ANN@example.com", "reader"}, 0, nil},
		{"grant several, one of them twice", "", []string{"user", "grant", "ann@example.com", "admin,editor", "admin"}, 0, nil},
		{"each once", "", []string{"user", "list"}, 0, []string{"  admin,editor  "}},
		{"grant one", "", []string{"user", "grant", "ann@example.com", "reader"}, 0, nil},
		{"grant nothing", "", []string{"user", "grant", "ann@example.com", "boss"}, 1, []string{`"boss"`}},
		{"grant nobody", "", []string{"user", "grant", "bob@example.com", "reader"}, 1, []string{"no account", "user list"}},
		{"disable", "", []string{"user", "disable", "ann@example.com"}, 0, nil},
		{"what has changed", "", []string{"user", "list"}, 0, []string{"reader", "true"}},
		{"enable", "", []string{"user", "disable", "--undo", "ann@example.com"}, 0, nil},
		{"what has changed back", "", []string{"user", "list"}, 0, []string{"reader", "false"}},
		{"another password", "staple battery\n", []string{"user", "password", "ann@example.com"}, 0, nil},
		{"another bad password", "12345678\n", []string{"user", "password", "ann@example.com"}, 1, []string{"most common"}},
	} {
		var out, log bytes.Buffer
		code := runApp(t.Context(), append([]string{"--data=" + data, "--bcrypt-cost=10"}, tt.args...), strings.NewReader(tt.stdin), &out, &log)
		printed := out.String() + log.String()
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d: %s", tt.name, code, tt.code, printed)
		}
		for _, part := range tt.want {
			if !strings.Contains(printed, part) {
				t.Errorf("%s: nothing says %q: %s", tt.name, part, printed)
			}
		}
		if secret := strings.TrimSpace(tt.stdin); secret != "" && strings.Contains(printed, secret) {
			t.Errorf("%s: the password is printed: %s", tt.name, printed)
		}
	}
}

func TestUserNeedsAStore(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	if code := runApp(t.Context(), []string{"--data=:memory:", "user", "list"}, nil, &out, &log); code != 1 || !strings.Contains(log.String(), "keeps no accounts") {
		t.Errorf("exit code %d: %s", code, log.String())
	}
}
