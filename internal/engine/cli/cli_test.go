package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
)

func TestRun(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // the subtests run on after this function
	weak := filepath.Join(t.TempDir(), "weak.json")
	if err := os.WriteFile(weak, []byte(`{"kty":"oct","k":"c2hvcnQ"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	missingData := filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() {
		if !missing(missingData) {
			t.Error("--check-config created the data directory")
		}
	})
	const anyPort = "--listen=127.0.0.1:0"
	for _, tt := range []struct {
		name     string
		args     []string
		code     int
		out, err string // what is in them
	}{
		{"version", []string{"version"}, 0, "contract 1.", ""},
		{"version, as a flag", []string{"--version"}, 0, "contract 1.", ""},
		{"openapi", []string{"openapi"}, 0, string(testapp.App().OpenAPI), ""},
		{"openapi, plain", []string{"openapi", "--plain"}, 0, `"name":"where","required":true,"schema":{"type":"string"}`, ""},
		{"help", []string{"--help"}, 0, "$FIELD_NOTES_LISTEN", ""},
		{"unknown flag", []string{"--port=1"}, 2, "", "unknown flag --port"},
		{"unknown command", []string{"migrat"}, 2, "", "migrat"},
		{"bad time", []string{"--token-ttl=soon"}, 2, "", "--token-ttl"},
		{"occupied port", []string{"--data=:memory:", "--listen=" + taken.Addr().String()}, 1, "",
			"cannot listen on " + taken.Addr().String() + ": "},
		{"no socket of systemd", []string{"--data=:memory:", "--listen=systemd"}, 1, "", "systemd passes 0 sockets"},
		{"bad address", []string{"--data=:memory:", "--listen=nowhere"}, 1, "", "cannot listen on nowhere"},
		{"token that never ends", []string{"--data=:memory:", anyPort, "--token-ttl=100000h"}, 1, "", "lifetime"},
		{"cheap passwords", []string{"--data=:memory:", anyPort, "--bcrypt-cost=4"}, 1, "", "bcrypt cost of 4"},
		{"no origin", []string{"--data=:memory:", anyPort, "--cors-origin=https://a.example,*"}, 1, "", `CORS origin "*"`},
		{"no proxy", []string{"--data=:memory:", anyPort, "--trusted-proxies=10.0.0.1,10.0.0.0/33"}, 1, "", `trusted proxy "10.0.0.0/33"`},
		{"half of a limit", []string{"--rate-limits=half"}, 2, "", "--rate-limits"},
		{"an unknown check", []string{"--check-responses=maybe"}, 2, "", "--check-responses"},
		{"more than all", []string{"--data=:memory:", anyPort, "--response-check-sample=2"}, 1, "", "from 0 to 1"},
		{"half an explorer", []string{"--explorer=maybe"}, 2, "", "--explorer"},
		{"half a certificate", []string{"--data=:memory:", anyPort, "--tls-cert=cert.pem"}, 1, "", "only one of them is set"},
		{"no certificate", []string{"--data=:memory:", anyPort, "--tls-cert=/nowhere/cert", "--tls-key=/nowhere/key"}, 1, "",
			"/nowhere/cert"},
		{"a valid configuration", []string{"--check-config", "--data=" + missingData}, 0, "the configuration is valid", ""},
		{"an invalid address", []string{"--check-config", "--listen=127.0.0.1:99999"}, 1, "", "--listen: "},
		{"an invalid store", []string{"--check-config", "--data=:memory:", "--store=postgres://x"}, 1, "", "--store is not a store"},
		{"an invalid URI", []string{"--check-config", "--data=:memory:", "--store=mongodb://db.example.com"}, 1, "", "not be encrypted"},
		{"no origin, to check", []string{"--check-config", "--data=:memory:", "--cors-origin=x"}, 1, "", `CORS origin "x"`},
		{"no key, to check", []string{"--check-config", "--key=/nowhere/key"}, 1, "", "/nowhere/key"},
		{"no key file", []string{"--data=:memory:", "--key=/nowhere/key"}, 1, "", "/nowhere/key"},
		{"short secret", []string{"--data=:memory:", "--key=" + weak}, 1, "", "32"},
		{"negative times", []string{"--data=:memory:", "--drain-delay=-5s"}, 1, "", "must not be negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, log bytes.Buffer
			if code := runApp(t.Context(), tt.args, nil, &out, &log); code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, &log)
			}
			if !strings.Contains(out.String(), tt.out) || !strings.Contains(log.String(), tt.err) {
				t.Errorf("out %.300q, err %q; want %.300q, %q in them", &out, &log, tt.out, tt.err)
			}
			if tt.code != 0 && strings.Count(log.String(), "\n") != 1 {
				t.Errorf("not one line: %q", &log)
			}
		})
	}
}

// A command's help names the flags that matter to it and its own, and no others.
func TestHelp(t *testing.T) {
	t.Parallel()
	flags := func(args ...string) (names []string) {
		var out, log bytes.Buffer
		if code := runApp(t.Context(), append(args, "--help"), nil, &out, &log); code != 0 {
			t.Errorf("%q: exit code %d: %s", args, code, &log)
		}
		for _, found := range regexp.MustCompile(`(?m)^  .{4}--([a-z-]+)`).FindAllStringSubmatch(out.String(), -1) {
			names = append(names, found[1])
		}
		return names
	}
	every := flags()
	if got := flags("serve"); len(every) < 20 || !slices.Equal(got, every) {
		t.Errorf("serve has %q, want all: %q", got, every)
	}
	for _, tt := range []struct{ command, want string }{
		{"migrate", "help config data store store-connect-timeout dry-run drop"},
		{"copy", "help config store-connect-timeout from to merge"},
		{"user create", "help config data store default-role store-connect-timeout bcrypt-cost set role"},
		{"key list", "help config data key"},
		{"key create", "help config data key algorithm"},
		{"key rotate", "help config data key algorithm"},
		{"backup", "help config data store keep"},
		{"restore", "help config data store"},
		{"export", "help config data store store-connect-timeout all format"},
		{"import", "help config data store store-connect-timeout all format from from-line rejected"},
		{"compact", "help config data store rewrite"},
		{"audit", "help config data store store-connect-timeout since user json"},
		{"health", "help config listen tls-cert"},
		{"conformance", "help contract junit"},
		{"openapi", "help plain"},
		{"version", "help"},
	} {
		got := strings.Join(flags(strings.Fields(tt.command)...), " ")
		if got != tt.want {
			t.Errorf("%s has %s, want %s", tt.command, got, tt.want)
		}
	}
}

// A server responds, stops when its context ends, and has all documents when it is started again.
func TestServe(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	body := `{"email":"ann@example.com","password":"correct horse"}`
	serving(t, data, func(url string) {
		if status := post(t, url+"/signup", body); status != http.StatusOK {
			t.Errorf("sign-up: %d", status)
		}
	})
	if info, err := os.Stat(data); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("data directory: %v %v, want 0700", info.Mode(), err)
	}
	serving(t, data, func(url string) {
		if status := post(t, url+"/signin", body); status != http.StatusOK {
			t.Errorf("sign-in after the restart: %d", status)
		}
	})
}

// The contract's rates hold unless a flag says otherwise.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]int{"on": http.StatusTooManyRequests, "off": http.StatusUnprocessableEntity} {
		serving(t, memory, func(url string) {
			last := 0
			for range 21 {
				last = post(t, url+"/signup", "{}")
			}
			if last != want {
				t.Errorf("--rate-limits=%s: the 21st sign-up in a minute is answered with %d, want %d", flag, last, want)
			}
		}, "--rate-limits="+flag)
	}
}

// serving runs a server on a free port while do is at work, requires that it ends well, and returns all that it has written.
func serving(t *testing.T, data string, do func(url string), more ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	var out, log bytes.Buffer
	go func() {
		ended <- runApp(ctx, append([]string{"--data=" + data, "--listen=127.0.0.1:0", "--bcrypt-cost=10"}, more...), nil,
			io.MultiWriter(&out, writer), &log)
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "listens on  "); ok {
			go io.Copy(io.Discard, reader)
			do(url)
			break
		}
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, &log)
	}
	return out.String() + log.String()
}

func post(t *testing.T, url, body string) int {
	t.Helper()
	answer, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// runApp is Run for testapp.
func runApp(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return Run(ctx, App(testapp.App()), args, stdin, stdout, stderr)
}

// The URL of the API is the issuer of tokens if there is a public URL.
func TestIssuer(t *testing.T) {
	t.Parallel()
	for want, flags := range map[string][]string{
		"field-notes":             nil,
		"https://example.com/api": {"--public-url=https://example.com/api/"},
		"me":                      {"--public-url=https://example.com/api/", "--issuer=me"},
	} {
		serving(t, memory, func(url string) {
			const account = `{"email":"ann@example.com","password":"correct horse"}`
			if status := post(t, url+"/signup", account); status != http.StatusOK {
				t.Fatalf("sign-up: %d", status)
			}
			answer, err := http.Post(url+"/signin", "application/json", strings.NewReader(account))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			var claims struct{ Iss string }
			payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(body), ".")[1])
			if err = errors.Join(err, json.Unmarshal(payload, &claims)); err != nil || claims.Iss != want {
				t.Errorf("%q: the issuer is %q, %v; want %q", flags, claims.Iss, err, want)
			}
		}, flags...)
	}
}
