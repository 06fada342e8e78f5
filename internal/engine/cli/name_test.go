package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

// TestNameChanges starts on the data of the title of before.
func TestNameChanges(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if code := runApp(t.Context(), []string{"--data=" + data, "migrate"}, nil, new(bytes.Buffer), os.Stderr); code != 0 {
		t.Fatal(code)
	}
	c := config{name: "shop", Data: data}
	if got := c.store(); got != "sqlite:"+filepath.Join(data, "field-notes.db") {
		t.Errorf("the store is %s, want the database that is there", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	other := App(testapp.App())
	other.OpenAPI = bytes.Replace(other.OpenAPI, []byte("title: Field Notes"), []byte("title: Shop"), 1)
	var out bytes.Buffer
	if code := Run(ctx, other, []string{"--data=" + data, "migrate", "--dry-run"}, nil, &out, os.Stderr); code != 0 ||
		out.String() != "nothing to do\n" {
		t.Errorf("exit code %d, %s", code, &out)
	}
}
