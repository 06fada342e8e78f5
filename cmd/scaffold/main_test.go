package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/generate"
)

// TestFresh checks that the committed files are up to date with the committed contract.
func TestFresh(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	client, err := filepath.Glob(filepath.Join(root, "client", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range client {
		client[i] = filepath.Join("client", filepath.Base(name))
	}
	client = slices.DeleteFunc(client, func(name string) bool { return strings.HasSuffix(name, ".gen.go") })
	t.Chdir(t.TempDir())
	for _, folder := range []string{"gen/api", "gen/client", "gen/wire", "client"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append(client, "openapi.yaml", "gen/api.yaml", "gen/client.yaml") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
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
	if err != nil || count != len(client)+10 {
		t.Errorf("%d files, %v", count, err)
	}
}
