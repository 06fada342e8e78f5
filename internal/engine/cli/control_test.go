package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Commands work while a server uses the store, and change what it serves.
func TestCommandsBesideServer(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	account := `{"email":"ann@example.com","password":"correct horse"}`
	text := serving(t, data, func(url string) {
		for _, tt := range []struct {
			stdin string
			code  int
			want  string
			args  []string
		}{
			{"correct horse\n", 0, "", []string{"user", "create", "ann@example.com", "--role=admin"}},
			{"correct horse\n", 1, "email must be unique", []string{"user", "create", "ann@example.com"}},
			{"", 1, `unknown role "boss"`, []string{"user", "create", "bob@example.com", "--role=boss"}},
			{"", 0, "ann@example.com  admin", []string{"user", "list"}},
			{"", 0, " signs\n", []string{"key", "list"}},
			{"", 0, "signs from now on", []string{"key", "rotate"}},
			{"", 1, "exists and was not changed", []string{"key", "create"}},
			{"", 0, "nothing to do", []string{"migrate", "--dry-run"}},
			{"", 0, "nothing to do", []string{"migrate"}},
			{"", 0, `signup user=`, []string{"audit", "--user=ann@example.com"}},
			{"", 0, `"actor":"command line"`, []string{"audit", "--json"}},
		} {
			var out bytes.Buffer
			args := append(tt.args, "--data="+data)
			if code := runApp(t.Context(), args, strings.NewReader(tt.stdin), &out, &out); code != tt.code ||
				!strings.Contains(out.String(), tt.want) {
				t.Errorf("%q: exit code %d, want %d; %q, want %q in it", tt.args, code, tt.code, &out, tt.want)
			}
		}
		if status := post(t, url+"/signin", account); status != http.StatusOK {
			t.Errorf("sign-in: %d", status)
		}
		command(t, 0, "", "user", "disable", "ann@example.com", "--data="+data)
		if status := post(t, url+"/signin", account); status != http.StatusUnauthorized {
			t.Errorf("sign-in to a disabled account: %d", status)
		}
		command(t, 0, "", "user", "disable", "--undo", "ann@example.com", "--data="+data)
		var out bytes.Buffer
		if code := runApp(t.Context(), []string{"user", "password", "ann@example.com", "--data=" + data},
			strings.NewReader("battery staple\n"), &out, &out); code != 0 {
			t.Errorf("a new password: exit code %d: %s", code, &out)
		}
		if status := post(t, url+"/signin", strings.Replace(account, "correct horse", "battery staple", 1)); status != http.StatusOK {
			t.Errorf("sign-in with the new password: %d", status)
		}
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialControl(ctx, filepath.Join(data, "control.sock"))
		}
		admin := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}
		if response, err := admin.Get("http://localhost/ready"); err != nil || response.Body.Close() != nil || response.StatusCode != 200 {
			t.Errorf("GET /ready on the socket: %v, %v", response, err)
		}
		info, err := os.Lstat(filepath.Join(data, "control.sock"))
		if err != nil || info.Mode()&os.ModeSocket == 0 || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the socket: %v, %v", info.Mode(), err)
		}
	})
	if strings.Contains(text, "correct horse") || strings.Contains(text, "battery staple") {
		t.Errorf("the log contains a password: %s", text)
	}
	for _, words := range []string{"user create", "key rotate", "migrate", "migrate --dry-run", "audit"} {
		if !strings.Contains(text, `"command":"`+words+`"`) {
			t.Errorf("the log does not name the command %s: %s", words, text)
		}
	}
	if left, err := filepath.Glob(filepath.Join(data, ".*")); err != nil || len(left) > 0 {
		t.Errorf("after the end there are %q, %v", left, err)
	}
	command(t, 0, "ann@example.com", "user", "list", "--data="+data)
}

// A data directory whose path is longer than the platform allows for sockets does not matter. Neither does a socket of a server that has
// crashed.
func TestControlSocketPath(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	stale, err := listenControl(filepath.Join(data, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listenControl(stale.path); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a second listener: %v", err)
	}
	stale.Close() // without removing it, as a crash does
	command(t, 1, "does not exist", "user", "list", "--data="+data)
	serving(t, data, func(string) { command(t, 0, "email", "user", "list", "--data="+data) })
	stale.remove()
	if err := os.WriteFile(stale.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text := serving(t, data, func(string) { command(t, 1, "in use", "user", "list", "--data="+data) })
	if !strings.Contains(text, "is not a socket") {
		t.Errorf("the log does not mention the file: %s", text)
	}
	if _, err := os.Stat(stale.path); err != nil {
		t.Errorf("the file in place of the socket: %v", err)
	}
}

// A client of another version, or for another store, is told so.
func TestControlRejects(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	serving(t, data, func(string) {
		c := &config{name: "field-notes", Data: data, build: "field-notes v0"}
		o := output{strings.NewReader(""), io.Discard, io.Discard}
		if done, err := c.runInServer(t.Context(), o, listUsers{}); !done || err == nil ||
			!strings.Contains(err.Error(), "another version") || !strings.Contains(err.Error(), "field-notes v0") {
			t.Errorf("another version: %t, %v", done, err)
		}
		c.build = ""
		o.in = strings.NewReader(strings.Repeat("x", 2*maxArguments))
		if done, err := c.runInServer(t.Context(), o, snapshotCommand{}); !done || err == nil ||
			!strings.Contains(err.Error(), "the input is too long") {
			t.Errorf("more input than the command reads: %t, %v", done, err)
		}
		other := filepath.Join(data, "other.sqlite")
		command(t, 1, other+" does not exist", "user", "list", "--data="+data, "--store=sqlite:"+other)
		command(t, 0, "email", "user", "list", "--data="+data, "--store=sqlite:"+data+"/../data/field-notes.db")
	})
}

// blockingCommand runs until its context ends; panickingCommand panics; both are executed by a server.
type (
	blockingCommand  struct{ ended chan error }
	panickingCommand struct{}
)

func (b blockingCommand) execute(ctx context.Context, _ *session, o output) error {
	_, _ = o.out.Write([]byte("begun\n"))
	<-ctx.Done()
	b.ended <- ctx.Err()
	return ctx.Err()
}

func (panickingCommand) execute(context.Context, *session, output) error { panic("secret of a panic") }

// A command ends when its client does, and when the server does. A panic is the command's error and harms nobody.
func TestControlEnds(t *testing.T) {
	t.Parallel()
	c := &config{name: "field-notes", Data: t.TempDir(), build: "same"}
	ended := make(chan error, 2)
	log := slog.New(slog.DiscardHandler)
	commands := []storeCommand{blockingCommand{ended}, panickingCommand{}}
	ctx, stopServer := context.WithCancel(t.Context())
	defer stopServer()
	stop := serveCommands(ctx, &session{config: c}, http.NotFoundHandler(), log, commands...)
	if done, err := c.runInServer(t.Context(), output{strings.NewReader(""), io.Discard, io.Discard}, panickingCommand{}); !done ||
		err == nil || !strings.Contains(err.Error(), "the command failed") {
		t.Errorf("a panic: %t, %v", done, err)
	}
	for _, by := range []string{"client", "server"} {
		ctx, cancel := context.WithCancel(t.Context())
		reader, writer := io.Pipe()
		result := make(chan error, 1)
		go func() {
			_, err := c.runInServer(ctx, output{strings.NewReader(""), writer, io.Discard}, blockingCommand{})
			result <- err
		}()
		if _, err := reader.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		if by == "client" {
			cancel()
		} else {
			stopServer()
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the command of a %s that ended: %v", by, err)
		}
		if err := <-result; err == nil {
			t.Errorf("the client has no error after the %s ended", by)
		}
		cancel()
	}
	stop()
	if _, err := net.Dial("unix", c.controlSocket()); err == nil {
		t.Error("the socket is open after the end")
	}
}
