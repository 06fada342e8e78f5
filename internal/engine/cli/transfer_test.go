package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/transfer"
)

// Documents are exported and imported beside a server and without one, and rejected lines are reported.
func TestExportAndImport(t *testing.T) {
	t.Parallel()
	exportsAndImports(t, 510, "--data="+filepath.Join(t.TempDir(), "data"), "--data="+filepath.Join(t.TempDir(), "other"))
}

// exportsAndImports takes a number of documents, and the flags that name two stores.
func exportsAndImports(t *testing.T, n int, store, other string) {
	t.Helper()
	run := func(code int, stdin string, args ...string) string {
		t.Helper()
		var out, log bytes.Buffer
		if got := runApp(t.Context(), args, strings.NewReader(stdin), &out, &log); got != code {
			t.Errorf("%q: exit code %d, want %d: %s", args, got, code, &log)
		}
		return out.String() + log.String()
	}
	var posts strings.Builder
	for i := range n {
		fmt.Fprintf(&posts, `{"id":"%04d","slug":"s-%[1]d","title":"=t","body":%q,"date_created":"2026-01-02T03:04:05.000Z",`+
			`"author":"ann"}`+"\n", i, strings.Repeat("b", 400))
	}
	source := filepath.Join(t.TempDir(), "posts.ndjson")
	if err := os.WriteFile(source, []byte(posts.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	serving(t, filepath.Join(t.TempDir(), "served"), func(url string) {
		if status := post(t, url+"/signup", `{"email":"ann@example.com","password":"correct horse"}`); status != http.StatusOK {
			t.Errorf("sign-up: %d", status)
		}
		got := run(0, posts.String(), "import", "Post", store)
		if !strings.Contains(got, fmt.Sprint(n, " inserted, 0 updated, 0 unchanged")) {
			t.Errorf("import: %s", got)
		}
		got = run(0, "", "import", "posts", "--from="+source, fmt.Sprint("--from-line=", n), store)
		if !strings.Contains(got, "1 unchanged") {
			t.Errorf("again from the last line: %s", got)
		}
		if got := run(0, "", "export", "Post", store); got != posts.String() {
			t.Errorf("the export has %d bytes, want %d", len(got), posts.Len())
		}
		rejected := filepath.Join(t.TempDir(), "rejected.ndjson")
		bad := `{"id":"x","slug":"not a slug"}` + "\n"
		if got := run(1, bad, "import", "Post", store); !strings.Contains(got, "line 1: ") || !strings.Contains(got, "/slug") {
			t.Errorf("a rejected line: %s", got)
		}
		run(1, bad, "import", "Post", "--rejected="+rejected, store)
		if text, err := os.ReadFile(rejected); err != nil || !strings.HasPrefix(string(text), `{"line":1,"problems":[{"path":"`) {
			t.Errorf("the rejected lines: %s, %v", text, err)
		}
		all := run(0, "", "export", "--all", store)
		if !strings.Contains(all, "ann@example.com") || strings.Contains(all, "bcrypt") || strings.Contains(all, "user_credentials") {
			t.Errorf("all collections: %.300s", all)
		}
		if got := run(0, all, "import", "--all", other); !strings.Contains(got, " inserted, 0 updated") {
			t.Errorf("into another store: %s", got)
		}
		if got := run(0, "", "export", "--all", other); got != all {
			t.Errorf("the other store has %d bytes, want %d", len(got), len(all))
		}
		text := run(0, "", "export", "Post", "--format=csv", store)
		if !strings.HasPrefix(text, "id,") || !strings.Contains(text, ",'=t,") {
			t.Errorf("CSV: %.200s", text)
		}
		run(0, text, "import", "Post", "--format=csv", store)
	}, store)
	got := run(1, strings.Repeat("{}\n", maxRejected+5), "import", "Post", other)
	if strings.Count(got, "line ") != maxRejected || !strings.Contains(got, "5 more lines were rejected") {
		t.Errorf("many rejected lines: %s", got)
	}
	got = run(1, "[{\n", "import", "Post", other)
	if !strings.Contains(got, "JSON array") || strings.Contains(got, "run it again") {
		t.Errorf("a text that cannot be imported: %s", got)
	}
	if got := run(1, "", "import", "Post", "--from="+t.TempDir(), other); !strings.Contains(got, "is a directory") {
		t.Errorf("from a directory: %s", got)
	}
	for _, args := range [][]string{{"export"}, {"export", "user_credentials"}, {"import", "UserSession"}} {
		run(1, "", append(args, other)...)
	}
	for _, wrong := range []texts{{}, {Collection: "Post", All: true}, {All: true, Format: transfer.CSV}} {
		if wrong.check() == nil {
			t.Errorf("%+v is accepted", wrong)
		}
	}
}

// endlessInput is an input to which nobody writes; it closes the channel when it is read.
type endlessInput struct{ read chan struct{} }

func (e endlessInput) Read([]byte) (int, error) {
	close(e.read)
	select {}
}

// An interrupt ends a command that waits for its input.
func TestInterruptedInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"import", "Post"}, {"user", "create", "ann@example.com"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		input := endlessInput{make(chan struct{})}
		go func() {
			<-input.read
			interrupt()
		}()
		var log bytes.Buffer
		if code := runApp(ctx, append(args, "--data="+t.TempDir()), input, io.Discard, &log); code != 1 ||
			!strings.Contains(log.String(), "interrupted") {
			t.Errorf("%q: exit code %d: %s", args, code, &log)
		}
	}
}

// A change of an account's roles by an import ends its sessions, as a change by an administrator does.
func TestImportEndsSessions(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	serving(t, data, func(url string) {
		account := `{"email":"ann@example.com","password":"correct horse"}`
		ask(t, "POST", url+"/signup", "", account)
		session := ask(t, "POST", url+"/signin", "", account)
		var out bytes.Buffer
		if code := runApp(t.Context(), []string{"export", "User", "--data=" + data}, nil, &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		changed := strings.Replace(out.String(), `"email"`, `"disabled":true,"email"`, 1)
		if code := runApp(t.Context(), []string{"import", "User", "--data=" + data}, strings.NewReader(changed), &out, &out); code != 0 {
			t.Fatal(out.String())
		}
		if status, _ := askOnce(t, "GET", url+"/users/me", session["token"], ""); status != http.StatusUnauthorized {
			t.Errorf("the token of a disabled account: %d", status)
		}
	})
}
