package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
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
		{"no database", "", []string{"user", "list"}, 1, []string{"does not exist; pass the --data or --store of the server"}},
		{"an unknown role", "battery staple\n", []string{"user", "create", "ann@example.com", "--role=boss"}, 1,
			[]string{`unknown role "boss"; defined roles: admin`}},
		{"a common password", "password1\n", []string{"user", "create", "ann@example.com"}, 1, []string{"password", "most common"}},
		{"a short password", "short\n", []string{"user", "create", "ann@example.com"}, 1, []string{"password", "8"}},
		{"no password", "", []string{"user", "create", "ann@example.com"}, 1, []string{"password"}},
		{"a password that no JSON can hold", "batt\xe9ry staple\n", []string{"user", "create", "ann@example.com"}, 1,
			[]string{"password", "UTF-8"}},
		{"an unknown property", "battery staple\n", []string{"user", "create", "ann@example.com", "--set=nope=1"}, 1,
			[]string{`: must NOT have additional properties: "nope"`}},
		{"no address", "battery staple\n", []string{"user", "create", "ann"}, 1, []string{"email"}},
		{"an administrator", "battery staple\n", []string{"user", "create", "Ann@example.com", "--role=admin,writer", "--name=Ann"}, 0,
			nil},
		{"the same again", "battery staple\n", []string{"user", "create", "ann@example.com"}, 1, []string{"email must be unique"}},
		{"an address that moves the cursor", "battery staple\n", []string{"user", "create", "\x1b[2Jann@example.com"}, 1,
			[]string{"email must NOT contain the invisible character U+001B"}},
		{"the same in another form", "battery staple\n", []string{"user", "create", " ann@EXAMPLE.com"}, 1,
			[]string{"email must be unique"}},
		{"all", "", []string{"user", "list"}, 0, []string{"ann@example.com", "admin,writer", "false"}},
		{"grant", "", []string{"user", "grant", "ANN@example.com", "reader"}, 0, nil},
		{"grant several, one of them twice", "", []string{"user", "grant", "ann@example.com", "admin,writer", "admin"}, 0, nil},
		{"each once", "", []string{"user", "list"}, 0, []string{"  admin,writer  "}},
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
		code := runApp(t.Context(), append([]string{"--data=" + data, "--bcrypt-cost=10"}, tt.args...), strings.NewReader(tt.stdin), &out,
			&log)
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
	if code := runApp(t.Context(), []string{"--data=:memory:", "user", "list"}, nil, &out, &log); code != 1 ||
		!strings.Contains(log.String(), "keeps no documents") {
		t.Errorf("exit code %d: %s", code, log.String())
	}
}

// What strangers have written neither forges a row of the list nor moves the operator's cursor.
func TestUserListEscapes(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	list := func(args ...string) string {
		var out, log bytes.Buffer
		if code := runApp(t.Context(), append([]string{"--data=" + data, "user"}, args...), strings.NewReader("battery staple\n"), &out,
			&log); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, log.String())
		}
		return out.String()
	}
	id := strings.TrimSpace(list("create", "ann@example.com"))
	backend, err := sqlite.Open(t.Context(), filepath.Join(data, "field-notes.db"))
	if err != nil {
		t.Fatal(err)
	}
	contract, err := spec.Load(testapp.App().OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	documents := store.New(backend, engine.Models(contract))
	if err := documents.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	models := documents.Models()
	users := models[slices.IndexFunc(models, func(m *store.Model) bool { return m.Schema.Name() == "User" })]
	bad, err := json.Marshal("a\r\nforged\x1b[2J\u009b\u202e\u200bb@c.de")
	if err != nil {
		t.Fatal(err)
	}
	_, err = backend.Update(t.Context(), users, id, []store.Change{{Name: "email", JSON: bad}}, store.Guard{})
	if err := errors.Join(err, documents.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := list("list"); strings.ContainsAny(got, "\r\x1b\u009b\u202e\u200b") || strings.Count(got, "\n") != 2 ||
		!strings.Contains(got, `a\r\nforged\x1b[2J\u009b\u202e\u200bb@c.de`) {
		t.Errorf("the list is %q", got)
	}
}
