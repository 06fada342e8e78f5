package cli

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Accounts move from SQLite to MongoDB and back, and each store serves them.
func TestCopyMongo(t *testing.T) {
	t.Parallel()
	uri := mongoURI(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	there, back := "sqlite:"+filepath.Join(data, "field-notes.db"), "sqlite:"+filepath.Join(dir, "back.db")
	body := `{"email":"ann@example.com","password":"correct horse"}`
	serving(t, data, func(url string) {
		if status := post(t, url+"/signup", body); status != http.StatusOK {
			t.Fatalf("sign-up: %d", status)
		}
	})
	command(t, 0, `users: create the index "users_email"`, "migrate", "--dry-run", "--store="+uri)
	command(t, 0, `users: create the index "users_email"`, "migrate", "--store="+uri)
	command(t, 0, "nothing to do\n", "migrate", "--store="+uri)
	command(t, 0, "users             1          1 ", "copy", "--from="+there, "--to="+uri)
	command(t, 0, "users             1          0 ", "copy", "--from="+there, "--to="+uri)
	signIn := func(where string) {
		serving(t, data, func(url string) {
			if status := post(t, url+"/signin", body); status != http.StatusOK {
				t.Errorf("sign-in on %s: %d", where, status)
			}
		}, "--store="+where)
	}
	signIn(uri)
	command(t, 0, "user_credentials  1          1 ", "copy", "--from="+uri, "--to="+back)
	signIn(back)
	command(t, 1, "the target contains other documents (audit", "copy", "--from="+there, "--to="+back) // of the sign-ins
	command(t, 0, "users             1          0 ", "copy", "--merge", "--from="+there, "--to="+back)
}

func TestMigrateMongo(t *testing.T) {
	t.Parallel()
	dropsIndex(t, "--store="+mongoURI(t))
	renames(t, "--store="+mongoURI(t))
}

func TestExportAndImportMongo(t *testing.T) {
	t.Parallel()
	exportsAndImports(t, 20, "--store="+mongoURI(t), "--store="+mongoURI(t)) // the stand-in is slow
}

// TestMongoTools sees that commands which MongoDB's own tools replace name these.
func TestMongoTools(t *testing.T) {
	t.Parallel()
	name := "--store=" + mongoURI(t)
	for want, args := range map[string][]string{
		`mongodump --uri="$FIELD_NOTES_STORE"`:    {"backup", t.TempDir()},
		`mongorestore --uri="$FIELD_NOTES_STORE"`: {"restore", t.TempDir()},
		"manages its files itself":                {"compact"},
	} {
		command(t, 1, want, append(args, name)...)
	}
}

// TestMongoAway sees that a server which does not answer ends the start with one line that says which one.
func TestMongoAway(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	code := runApp(t.Context(), []string{"--data=:memory:", "--listen=127.0.0.1:0", "--store-connect-timeout=1ms",
		"--store=mongodb://ann:s3cret@127.0.0.1:1/notes"}, nil, &out, &log)
	text := out.String() + log.String()
	if code != 1 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "127.0.0.1:1") || strings.Contains(text, "s3cret") {
		t.Errorf("exit code %d: %s", code, text)
	}
}

// mongoURI names a database of its own on the server to test with, or skips the test; where CI_REQUIRE_MONGO=1, a skip is a failure.
func mongoURI(t *testing.T) string {
	t.Helper()
	server := os.Getenv("MONGODB_TEST_URI")
	if server == "" {
		if os.Getenv("CI_REQUIRE_MONGO") == "1" {
			t.Fatal("MONGODB_TEST_URI is not set, and CI_REQUIRE_MONGO=1 forbids to skip")
		}
		t.Skip("MONGODB_TEST_URI is not set: internal/engine/store/mongo/ferret/run starts a server")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("MONGODB_TEST_URI is not a URI") // err would quote it
	}
	u.Path = "/move_" + strings.ReplaceAll(store.NewID(), "-", "")
	return u.String()
}
