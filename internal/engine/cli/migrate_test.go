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
	newer := testapp.App()
	newer.OpenAPI = []byte(strings.Replace(string(newer.OpenAPI), "indexes: [{fields: [date_created]},",
		"indexes: [{fields: [title]}, {fields: [date_created]},", 1))
	name := "--store=sqlite:" + filepath.Join(t.TempDir(), "a.db")
	var out, stderr strings.Builder
	code := Run(t.Context(), App(newer), []string{"migrate", name}, strings.NewReader(""), &out, &stderr)
	if code != 0 || !strings.Contains(out.String(), `notes: create the index "notes_title"`) {
		t.Fatalf("%d: %s%s", code, &out, &stderr)
	}
	command(t, 0, "nothing to do\n", "migrate", name)
	command(t, 0, "nothing to do\n", "migrate", "--dry-run", name)
	for range 2 {
		command(t, 0, `notes: drop the index "notes_title"`, "migrate", "--dry-run", "--drop", name)
	}
	command(t, 0, `notes: drop the index "notes_title"`, "migrate", "--drop", name)
	command(t, 0, "nothing to do\n", "migrate", "--drop", name)
}
