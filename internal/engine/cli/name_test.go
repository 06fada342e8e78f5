package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
)

// TestName gives the contract another title: the program, its files and its responses have that name and no other.
func TestName(t *testing.T) {
	t.Parallel()
	app := App(apptest.App())
	app.OpenAPI = []byte(strings.NewReplacer("Newsdesk", "Shop API", "newsdesk", "shop-api").Replace(string(app.OpenAPI)))
	command := func(want int, args ...string) string {
		var written bytes.Buffer
		if code := run(t.Context(), app, args, strings.NewReader("correct horse battery\n"), &written, &written); code != want {
			t.Fatalf("%v: exit code %d, want %d: %s", args, code, want, &written)
		}
		return written.String()
	}
	data := t.TempDir()
	for _, text := range []string{
		command(0, "--help"), command(0, "serve", "--help"), command(0, "user", "--help"), command(0, "key", "--help"), command(0, "copy", "--help"),
		command(0, "contract", "--help"), command(0, "migrate", "--help"), command(0, "version"), command(0, "migrate", "--data="+data, "--dry-run"),
		command(0, "--data="+data, "--bcrypt-cost=10", "user", "create", "ann@example.com"), command(0, "--data="+data, "user", "list"),
		command(2, "--no-such-flag"), command(1, "--data="+data, "user", "grant", "bob@example.com", "reader"),
	} {
		if strings.Contains(strings.ToLower(text), "newsdesk") {
			t.Errorf("the product's name is in:\n%s", text)
		}
	}
	for _, text := range []string{command(0, "--help"), command(0, "version"), command(2, "--no-such-flag")} {
		if !strings.Contains(text, "shop-api") {
			t.Errorf("the contract's name is not in:\n%s", text)
		}
	}
	if !strings.Contains(command(0, "--help"), "$SHOP_API_TOKEN_TTL") {
		t.Error("the environment variables do not begin with the contract's name")
	}
	err := filepath.WalkDir(data, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(path, "newsdesk") || bytes.Contains(bytes.ToLower(text), []byte("newsdesk")) {
			t.Errorf("the product's name is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(data, "shop-api.db")); err != nil {
		t.Error(err)
	}
}

// TestNameChanges starts on the data of the title of before.
func TestNameChanges(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if code := runApp(t.Context(), []string{"--data=" + data, "migrate"}, nil, new(bytes.Buffer), os.Stderr); code != 0 {
		t.Fatal(code)
	}
	c := config{name: "shop", Data: data}
	if got := c.store(); got != "sqlite:"+filepath.Join(data, "newsdesk.db") {
		t.Errorf("the store is %s, want the database that is there", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	other := App(apptest.App())
	other.OpenAPI = bytes.Replace(other.OpenAPI, []byte("title: Newsdesk"), []byte("title: Shop"), 1)
	var out bytes.Buffer
	if code := run(ctx, other, []string{"--data=" + data, "migrate", "--dry-run"}, nil, &out, os.Stderr); code != 0 || out.String() != "nothing to do\n" {
		t.Errorf("exit code %d, %s", code, &out)
	}
}
