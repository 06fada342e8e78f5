package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// TestFresh checks that the committed files are up to date with the committed contract.
func TestFresh(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := os.ReadFile(filepath.Join(root, "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, folder := range []string{"gen/api", "gen/wire", "client"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("openapi.yaml", contract, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := generate.Run(".", t.Output()); err != nil {
		t.Fatal(err)
	}
	count := 0
	err = filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		made, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if committed, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(committed) != string(made) {
			t.Errorf("%s is stale: run go generate ./... and commit the result (%v)", name, err)
		}
		return nil
	})
	if err != nil || count != 6 {
		t.Errorf("%d files, %v", count, err)
	}
}
