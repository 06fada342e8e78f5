package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A copy has the accounts with their passwords, is made once, and goes back.
func TestCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, other := filepath.Join(dir, "data"), "sqlite:"+filepath.Join(dir, "other.db")
	there, back := "sqlite:"+filepath.Join(data, "field-notes.db"), "sqlite:"+filepath.Join(dir, "back.db")
	body := `{"email":"ann@example.com","password":"correct horse"}`
	serving(t, data, func(url string) {
		if status := post(t, url+"/signup", body); status != http.StatusOK {
			t.Fatalf("sign-up: %d", status)
		}
		command(t, 1, "in use by another process; stop that one first", "copy", "--from="+there, "--to="+other)
	})
	command(t, 0, "users             1          1 ", "copy", "--from="+there, "--to="+other)
	command(t, 0, "users             1          0 ", "copy", "--from="+there, "--to="+other)
	command(t, 0, "user_credentials  1          1 ", "copy", "--from="+other, "--to="+back)
	serving(t, data, func(url string) {
		if status := post(t, url+"/signin", body); status != http.StatusOK {
			t.Errorf("sign-in on the copy of the copy: %d", status)
		}
		if status := post(t, url+"/signup", `{"email":"bob@example.com","password":"correct horse"}`); status != http.StatusOK {
			t.Errorf("sign-up: %d", status)
		}
	}, "--store="+back)
	command(t, 1, "users: 1 not in the source", "copy", "--from="+there, "--to="+back)
	command(t, 0, "users             1          0 ", "copy", "--from="+there, "--to="+back, "--merge")
	command(t, 1, "--from: the file does not exist", "copy", "--from=sqlite:"+filepath.Join(dir, "none.db"), "--to="+other)
	command(t, 1, "the same store", "copy", "--from="+there, "--to="+there)
}

func TestCopyInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := "sqlite:" + filepath.Join(dir, "there.db")
	command(t, 0, "create the table", "migrate", "--store="+there)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, log bytes.Buffer
	if code := runApp(ctx, []string{"copy", "--from=" + there, "--to=sqlite:" + filepath.Join(dir, "other.db")}, nil, &out,
		&log); code != 1 || !strings.Contains(log.String(), "Run the command again") {
		t.Errorf("exit code %d: %s", code, &log)
	}
}

// The bar is drawn at once, then ten times a second, and in any case when it is full, which ends its line.
func TestBar(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		draw := bar(&out)
		for _, step := range []struct {
			doing       string
			done, total int64
			wait        time.Duration
			want        string
		}{
			{"users", 1, 4, 0, "\rusers                    [#######                       ] 1 of 4"},
			{"users", 2, 4, 99 * time.Millisecond, ""},
			{"users", 3, 4, time.Millisecond, "\rusers                    [######################        ] 3 of 4"},
			{"users", 4, 4, 0, "\rusers                    [##############################] 4 of 4\n"},
			{"notes", 1, 3, 0, ""},
			// somebody has written meanwhile
			{"notes", 4, 3, time.Second, "\rnotes                    [##############################] 4 of 3"},
			{"none", 0, 0, 0, "\rnone                     [                              ] 0 of 0\n"},
		} {
			time.Sleep(step.wait) // of the bubble's clock
			draw(step.doing, step.done, step.total)
			if got := out.String(); got != step.want {
				t.Errorf("%s, %d of %d: drew %q, want %q", step.doing, step.done, step.total, got, step.want)
			}
			out.Reset()
		}
	})
}

// Where nobody looks nothing is drawn.
func TestNoBar(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []io.Writer{file, new(bytes.Buffer)} {
		if progress(w) != nil {
			t.Errorf("a bar for a %T", w)
		}
	}
}

// TestSecrets sees that a password in the URI of a store is in no output, wherever the URI stands and whatever is wrong with it.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const password = "s3cret"
	file := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	command(t, 0, "", "migrate", "--store="+file)
	for _, uri := range []string{
		"mongodb://ann:s3cret@", "mongodb://ann:s3cret@/notes", "mongodb://ann:s3cret@h:port/notes", "mongodb://ann:s3 cret s3cret@h/notes",
		"mongodb://ann:s3cret/@127.0.0.1/notes", "mongodb://ann:s3cret%zz@127.0.0.1/notes",
		"mongodb://ann:s3cret@127.0.0.1/notes?tls=s3cret",
		"mongodb+srv://ann:s3cret@127.0.0.1:1/notes", "mongodb://ann:s3cret@api.example.com/notes", "mongo://ann:s3cret@h/",
		"postgres://ann:s3cret@h/notes",
		"ann:s3cret@h", "sqlite://ann:s3cret@h", "sqlite:", "://s3cret@", "\x00s3cret@",
	} {
		for _, args := range [][]string{
			{"--store=" + uri, "--data=:memory:", "--listen=127.0.0.1:0"}, {"migrate", "--store", uri},
			{"copy", "--from=" + uri, "--to=" + file},
			{"copy", "--from=" + file, "--to=" + uri}, {"copy", "--from=" + uri, "--to=" + uri}, {"copy", uri, "--to=" + file}, {uri},
			{"migrate", uri}, {"--sotre=" + uri}, {"copy", "--merge=" + uri}, {"--store-connect-timeout=" + uri},
			{"migrate", "--dry-run=" + uri, "--store=" + file},
		} {
			var out, log bytes.Buffer
			code := runApp(t.Context(), args, nil, &out, &log)
			if text := out.String() + log.String(); strings.Contains(text, password) || code == 0 || strings.Count(text, "\n") != 1 {
				t.Errorf("%q: exit code %d, %s", args, code, text)
			}
		}
	}
}

func TestHelpHasNoSecret(t *testing.T) {
	t.Setenv("FIELD_NOTES_STORE", "mongodb://ann:s3cret@127.0.0.1:1/?directConnection=maybe")
	for _, args := range [][]string{{"--help"}, {"copy", "--help"}, {"migrate"}, {"--data=:memory:", "--listen=127.0.0.1:0"}} {
		var out, log bytes.Buffer
		runApp(t.Context(), args, nil, &out, &log)
		if text := out.String() + log.String(); strings.Contains(text, "s3cret") || text == "" {
			t.Errorf("%q: %s", args, text)
		}
	}
}

// command runs the program and requires its exit code, and what is in its output.
func command(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	var out, log bytes.Buffer
	if got := runApp(t.Context(), args, nil, &out, &log); got != code || !strings.Contains(out.String()+log.String(), want) {
		t.Errorf("%s: exit code %d, want %d: %s%s\nwant %q in it", strings.Join(args, " "), got, code, &out, &log, want)
	}
}
