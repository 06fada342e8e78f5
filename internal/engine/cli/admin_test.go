package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestAdmin(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var log bytes.Buffer
	go func() {
		ended <- runApp(ctx, []string{"--data=:memory:", "--store=sqlite::memory:", "--listen=127.0.0.1:0", "--admin=127.0.0.1:0"}, nil,
			writer, &log)
		writer.Close()
	}()
	var out bytes.Buffer
	at := regexp.MustCompile(`admin       (http://\S+)`)
	for buffer := make([]byte, 1000); at.FindString(out.String()) == ""; {
		n, err := reader.Read(buffer)
		if out.Write(buffer[:n]); err != nil {
			t.Fatalf("no admin listener: %s, %s", &out, &log)
		}
	}
	go io.Copy(io.Discard, reader)
	url := at.FindStringSubmatch(out.String())[1]
	for path, want := range map[string]string{
		"/metrics": "api_requests_in_flight 0", "/ready": `"up"`, "/debug/config": `"store":"(not shown`, "/debug/log-level": "info",
	} {
		if status, text := fetch(t, http.DefaultClient, url+path); status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %.300s, want %s", path, status, text, want)
		}
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, &log)
	}
}

func TestAdminSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "admin.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close() // as a process that was killed leaves it
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}}
	text := serving(t, memory, func(url string) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v; want mode 0600", info, err)
		}
		if status, text := fetch(t, client, "http://admin/live"); status != 200 {
			t.Errorf("%d %s", status, text)
		}
		for _, public := range []string{"/metrics", "/live", "/debug/config", "/debug/pprof/"} {
			if status, _ := fetch(t, http.DefaultClient, url+public); status != 404 {
				t.Errorf("the public address has %s: %d", public, status)
			}
		}
		var out, log bytes.Buffer
		args := []string{"--data=:memory:", "--listen=127.0.0.1:0", "--admin=unix:" + path}
		if code := runApp(t.Context(), args, nil, &out, &log); code != 1 || !strings.Contains(log.String(), "in use") {
			t.Errorf("a second process takes the socket: %d %s", code, &log)
		}
	}, "--admin=unix:"+path)
	if _, err := os.Stat(path); err == nil || !strings.Contains(text, "admin       unix:"+path) {
		t.Errorf("%v; the output is %s", err, text)
	}
}

func TestAdminAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ listen, admin, want string }{
		{"127.0.0.1:3999", "127.0.0.1:3999", "has the port of --listen"},
		{"127.0.0.1:3999", "localhost:3999", "has the port of --listen"},
		{"127.0.0.1:3999", "0.0.0.0:3999", "has the port of --listen"},
		{":3999", "127.0.0.1:3999", "has the port of --listen"},
		{"unix:/socket", "unix:/socket", "is the address of --listen"},
		{"127.0.0.1:0", ":9090", "want an address"},
		{"127.0.0.1:0", "9090", "want an address"},
		{"127.0.0.1:0", "127.0.0.1", "want an address"},
		{"127.0.0.1:0", "example.com:9090", "want an address"},
	} {
		c := config{Listen: tt.listen, Admin: tt.admin}
		err := c.checkAdmin(slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("--listen=%s --admin=%s: %v, want %s", tt.listen, tt.admin, err, tt.want)
		}
	}
	for admin, warned := range map[string]bool{"127.0.0.1:0": false, "[::1]:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		var log bytes.Buffer
		c := config{Listen: "127.0.0.1:3999", Admin: admin}
		err := c.checkAdmin(slog.New(slog.NewJSONHandler(&log, nil)))
		if got := strings.Contains(log.String(), "no access control"); got != warned || err != nil {
			t.Errorf("%s: warned: %v, want %v; %v", admin, got, warned, err)
		}
	}
}

func fetch(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	answer, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
