package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for range 2 {
		command(t, 0, "user_credentials: create the table\n", "migrate", "--dry-run", "--data="+data)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run has made the data directory: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first has changed nothing
		command(t, 0, "user_credentials: create the table\n", "migrate", "--dry-run", "--store=sqlite:"+empty)
	}
	command(t, 0, `users: create the index "users_email"`, "migrate", "--data="+data)
	command(t, 0, "nothing to do\n", "migrate", "--data="+data)
	command(t, 0, "nothing to do\n", "migrate", "--dry-run", "--store=sqlite:"+filepath.Join(data, "field-notes.db"))
}

// TestMigrateNamesStrays puts a document of another program in the store, and an account from before addresses had one form.
func TestMigrateNamesStrays(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.db")
	command(t, 0, "", "migrate", "--store=sqlite:"+path)
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := spec.Load(testapp.App().OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), contract.Models()); err != nil {
		t.Fatal(err)
	}
	for _, m := range contract.Models() {
		switch m.Collection {
		case "notes":
			stray := `{"id":"a\u001b[31m","title":5}`
			err = errors.Join(err, db.Insert(t.Context(), m, store.Document{ID: "a\x1b[31m", JSON: json.RawMessage(stray)}))
		case "users":
			old := `{"id":"b\u001b[31m","email":"ann@b","date_created":"2026-01-31T08:00:00.000Z"}`
			err = errors.Join(err, db.Insert(t.Context(), m, store.Document{ID: "b\x1b[31m", JSON: json.RawMessage(old)}))
		}
	}
	if err := errors.Join(err, db.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate", "--dry-run"}, {"migrate"}} {
		want := `notes: the document "a\x1b[31m" does not fit its schema: Note: must have required property 'text'`
		command(t, 0, want, append(args, "--store=sqlite:"+path)...)
		command(t, 0, `users: b\x1b[31m keeps its email, which is no longer valid: it `, append(args, "--store=sqlite:"+path)...)
	}
}

// TestMigrateDrop removes an index from the contract. It stays until migrate --drop.
func TestMigrateDrop(t *testing.T) {
	t.Parallel()
	dropsIndex(t, "--store=sqlite:"+filepath.Join(t.TempDir(), "a.db"))
}

func dropsIndex(t *testing.T, name string) {
	t.Helper()
	migrates(t, strings.Replace(string(testapp.App().OpenAPI), "indexes: [{fields: [date_created]},",
		"indexes: [{fields: [title]}, {fields: [date_created]},", 1), `notes: create the index "notes_title"`, name)
	command(t, 0, "nothing to do\n", "migrate", name)
	command(t, 0, "nothing to do\n", "migrate", "--dry-run", name)
	for range 2 {
		command(t, 0, `notes: drop the index "notes_title"`, "migrate", "--dry-run", "--drop", name)
	}
	command(t, 0, `notes: drop the index "notes_title"`, "migrate", "--drop", name)
	command(t, 0, "nothing to do\n", "migrate", "--drop", name)
}

// TestMigrateRename renames a property. The values of its former name stay until migrate --drop.
func TestMigrateRename(t *testing.T) {
	t.Parallel()
	renames(t, "--store=sqlite:"+filepath.Join(t.TempDir(), "a.db"))
}

func renames(t *testing.T, name string) {
	t.Helper()
	const note = `{"id":"a","title":"t","text":"x","state":"open","score":0.5,"date_created":"2026-01-02T03:04:05.000Z","owner":"ann"}`
	var out strings.Builder
	if code := runApp(t.Context(), []string{"import", "Note", name}, strings.NewReader(note), &out, &out); code != 0 {
		t.Fatalf("%d: %s", code, &out)
	}
	contract := strings.ReplaceAll(string(testapp.App().OpenAPI), "score", "grade")
	was := strings.Replace(contract, "grade: {", "grade: {x-was: score, ", 1)
	migrates(t, was, "notes: ", "--dry-run", name)
	migrates(t, was, `notes: copy "score" to "grade" in documents of older programs: 1`, name)
	migrates(t, was, "nothing to do\n", name)
	command(t, 0, `the property "grade" is not in the contract, but documents have it: 1`, "migrate", name) // an older program
	removed := strings.Replace(contract, "x-collection: {name: notes", "x-removed: {score: delete}\n      x-collection: {name: notes", 1)
	migrates(t, removed, "", name)
	migrates(t, removed, `notes: delete "score" from documents: 1`, "--drop", "--dry-run", name)
	migrates(t, removed, `notes: delete "score" from documents: 1`, "--drop", name)
	migrates(t, removed, "nothing to do\n", "--drop", name)
}

// migrates runs migrate with a contract.
func migrates(t *testing.T, contract, want string, args ...string) {
	t.Helper()
	app := testapp.App()
	app.OpenAPI = []byte(contract)
	var out strings.Builder
	code := Run(t.Context(), App(app), append([]string{"migrate"}, args...), strings.NewReader(""), &out, &out)
	if code != 0 || !strings.Contains(out.String(), want) {
		t.Errorf("migrate %q: exit code %d: %s\nwant %q in it", args, code, &out, want)
	}
}
