//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestRotateServer rotates the key of a running server, and puts another in its place that only SIGHUP can tell it of.
func TestRotateServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	path := filepath.Join(data, "key.pem")
	if _, err := auth.LoadOrCreateKeys(path, time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	out, outWriter := io.Pipe()
	log, logWriter := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- runApp(ctx, []string{"--data=" + data, "--listen=127.0.0.1:0", "--log-level=debug"}, nil, outWriter, logWriter)
		errors.Join(outWriter.Close(), logWriter.Close())
	}()
	printed, logged := linesOf(out), linesOf(log)
	_, url, _ := strings.Cut(lineWith(t, printed, "listens on"), "listens on  ")

	next := strings.Fields(result(t, "key", "rotate", "--data="+data))[0]
	if status := whoAmI(t, url, path); status != http.StatusOK {
		t.Errorf("the first token of the new key: %d", status)
	}
	if line := lineWith(t, logged, "key_rotated"); !strings.Contains(line, `"detail":"`+next+`"`) {
		t.Errorf("logged %s, want the key %s", line, next)
	}

	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "key.pem")
	third, err := auth.LoadOrCreateKeys(other, time.Hour)
	text, err2 := os.ReadFile(other)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	padded := append(text, strings.Repeat("#", int(info.Size())-len(text))...)
	if err := errors.Join(os.WriteFile(path, padded, 0o600), os.Chtimes(path, info.ModTime(), info.ModTime())); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if line := lineWith(t, logged, "key_rotated"); !strings.Contains(line, `"detail":"`+third.Current().ID()+`"`) {
		t.Errorf("logged %s, want the key %s", line, third.Current().ID())
	}
	if status := whoAmI(t, url, path); status != http.StatusOK {
		t.Errorf("a token of the third key: %d", status)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestRotatedWhileStopped finds at the start how often the key was rotated, and records each time once.
func TestRotatedWhileStopped(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if _, err := auth.LoadOrCreateKeys(filepath.Join(data, "key.pem"), time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what   string
		rotate int
		want   int
	}{
		{"never rotated", 0, 0}, {"rotated since", 1, 1}, {"not rotated since", 0, 0}, {"rotated twice since", 2, 2},
	} {
		for range tt.rotate {
			result(t, "key", "rotate", "--data="+data)
		}
		ctx, stop := context.WithCancel(t.Context())
		out, outWriter := io.Pipe()
		var log bytes.Buffer
		ended := make(chan int, 1)
		go func() { ended <- runApp(ctx, []string{"--data=" + data, "--listen=127.0.0.1:0"}, nil, outWriter, &log) }()
		lineWith(t, linesOf(out), "listens on")
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("%s: exit code %d", tt.what, code)
		}
		if got := strings.Count(log.String(), "key_rotated"); got != tt.want {
			t.Errorf("%s: recorded %d times, want %d: %s", tt.what, got, tt.want, &log)
		}
	}
}

// linesOf reads ahead, so that nobody waits for the test to read.
func linesOf(r io.Reader) <-chan string {
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// lineWith reads lines until one has that in it.
func lineWith(t *testing.T, lines <-chan string, part string) string {
	t.Helper()
	for line := range lines {
		if strings.Contains(line, part) {
			return line
		}
	}
	t.Fatalf("no line with %q", part)
	return ""
}

// whoAmI is what the server says to a token that another process has signed with the keys in the file.
func whoAmI(t *testing.T, url, path string) int {
	t.Helper()
	keys, err := auth.LoadKeys(path, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(keys, auth.TokenConfig{
		Issuer: "field-notes", Audience: "field-notes", ClientID: "field-notes", TTL: time.Minute,
		Revoked: func(string) (bool, error) { return false, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := tokens.Issue(auth.TokenRequest{Subject: "ann", Session: store.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/whoami", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
