package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for range 2 {
		command(t, 0, "user_credentials: make the table\n", "migrate", "--dry-run", "--data="+data)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run has made the data directory: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first has changed nothing
		command(t, 0, "user_credentials: make the table\n", "migrate", "--dry-run", "--store=sqlite:"+empty)
	}
	command(t, 0, `users: make the index "users_email"`, "migrate", "--data="+data)
	command(t, 0, "nothing to do\n", "migrate", "--data="+data)
	command(t, 0, "nothing to do\n", "migrate", "--dry-run", "--store=sqlite:"+filepath.Join(data, "newsdesk.db"))
}
