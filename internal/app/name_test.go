package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/cli"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// module is the path of the Go module, which does not depend on the title.
const module = "github.com/newsdesk-api/newsdesk"

// TestName changes only info.title. The program, its help, log, pages, tokens and files must have the new name and not the old one. The
// author's other texts in the contract stay: the served documents have the old name as often as openapi.yaml.
func TestName(t *testing.T) {
	t.Parallel()
	app := cli.App(apptest.App())
	app.OpenAPI = retitled(t, app.OpenAPI, "Shop & API")
	command := func(want int, args ...string) string {
		t.Helper()
		var written bytes.Buffer
		if code := cli.Run(t.Context(), app, args, strings.NewReader("correct horse battery\n"), &written, &written); code != want {
			t.Fatalf("%v: exit code %d, want %d: %s", args, code, want, &written)
		}
		rejectOldName(t, strings.Join(args, " "), written.String())
		return written.String()
	}
	overview := command(0, "--help")
	commands := regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?)\b.*\n    [A-Z]`).FindAllStringSubmatch(overview, -1)
	if len(commands) < 10 {
		t.Errorf("found %d commands in:\n%s", len(commands), overview)
	}
	for _, found := range commands {
		command(0, append(strings.Fields(found[1]), "--help")...)
	}
	for _, text := range []string{overview, command(0, "version"), command(2, "--no-such-flag")} {
		if !strings.Contains(text, "shop-api") {
			t.Errorf("the name of the contract is missing in:\n%s", text)
		}
	}
	if !strings.Contains(overview, "$SHOP_API_TOKEN_TTL") {
		t.Error("the environment variables do not start with the contract's name")
	}
	dir := t.TempDir()
	data, other := filepath.Join(dir, "data"), "sqlite:"+filepath.Join(dir, "other")
	command(0, "migrate", "--data="+data, "--dry-run")
	command(0, "key", "create", "--data="+data)
	command(1, "key", "create", "--data="+data)
	command(0, "key", "rotate", "--data="+data)
	command(0, "key", "list", "--data="+data)
	command(0, "--data="+data, "--bcrypt-cost=10", "user", "create", "ann@example.com")
	command(0, "--data="+data, "user", "list")
	command(1, "--data="+data, "user", "grant", "bob@example.com", "reader")
	command(0, "copy", "--from=sqlite:"+filepath.Join(data, "shop-api.db"), "--to="+other)
	command(1, "conformance", "http://127.0.0.1:1")
	command(1, "health", "--listen=127.0.0.1:1")
	log := serving(t, app, data, func(url string) { rejectServedName(t, app, url) }, "--log-level=debug", "--explorer=on")
	rejectOldName(t, "the banner and the log", log)
	if !strings.HasPrefix(log, "Shop & API ") {
		t.Errorf("the banner does not start with the title: %.100s", log)
	}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rejectOldName(t, "a file", path+string(text))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// serving runs a server on a free port while do runs, requires that it exits with 0, and returns its output.
func serving(t *testing.T, app cli.App, data string, do func(url string), more ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	var out, log bytes.Buffer
	go func() {
		arguments := append([]string{"--data=" + data, "--listen=127.0.0.1:0", "--bcrypt-cost=10"}, more...)
		ended <- cli.Run(ctx, app, arguments, nil, io.MultiWriter(&out, writer), &log)
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

// rejectServedName requests everything that a server serves without a body and without parameters: all such operations, including the
// discovery documents, the contract, and every page and file that a page refers to.
func rejectServedName(t *testing.T, app cli.App, url string) {
	contract, err := spec.Load(app.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	token := ""
	fetch := func(method, path, body string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		what := method + " " + path
		rejectOldName(t, what, fmt.Sprint(response.Header))
		if strings.Contains(path, "openapi.") { // the author's own words
			if served, written := len(oldName(t).FindAll(text, -1)), len(oldName(t).FindAll(app.OpenAPI, -1)); served > written {
				t.Errorf("%s has the product's name %d times, openapi.yaml %d times", what, served, written)
			}
		} else {
			rejectOldName(t, what, string(text))
		}
		return string(text)
	}
	paths := []string{"/", "/explorer", "/explorer/", "/explorer/no-such-page", "/openapi.json", "/openapi.yaml", "/openapi.plain.json",
		"/explorer/openapi.json"}
	for _, op := range contract.Operations() {
		if op.Method == http.MethodGet && !strings.Contains(op.Path, "{") {
			paths = append(paths, op.Path)
		}
	}
	for i := 0; i < len(paths); i++ { // the loop appends to paths
		for _, to := range regexp.MustCompile(`(?:href=|src=|from )["']([\w./-]+)["']`).FindAllStringSubmatch(fetch("GET", paths[i], ""),
			-1) {
			if strings.HasPrefix(paths[i], "/explorer/") || paths[i] == "/" {
				if found := path.Join(path.Dir(paths[i]), to[1]); !slices.Contains(paths, found) {
					paths = append(paths, found)
				}
			}
		}
	}
	var tokens struct{ Token string }
	if err := json.Unmarshal([]byte(fetch("POST", "/signin", `{"email":"ann@example.com","password":"correct horse battery"}`)),
		&tokens); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(tokens.Token, ".")
	if len(parts) != 3 {
		t.Fatal("the sign-in returned no token")
	}
	for _, part := range parts[:2] {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		rejectOldName(t, "a token", string(text))
	}
	token = tokens.Token
	for _, path := range paths {
		fetch("GET", path, "")
	}
}

// retitled returns the contract with another info.title.
func retitled(t *testing.T, openAPI []byte, title string) []byte {
	t.Helper()
	changed := regexp.MustCompile(`(?m)^  title: .*$`).ReplaceAll(openAPI, []byte("  title: "+title))
	if bytes.Equal(changed, openAPI) {
		t.Fatal("the contract has no info.title")
	}
	return changed
}

func rejectOldName(t *testing.T, what, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, module, "")
	if at := oldName(t).FindStringIndex(text); at != nil {
		t.Errorf("%s has the product's name: …%q…", what, text[max(0, at[0]-60):min(len(text), at[0]+60)])
	}
}

// oldName returns an expression for the title in openapi.yaml and the name derived from it.
func oldName(t *testing.T) *regexp.Regexp {
	t.Helper()
	contract := apptest.Contract(t)
	return regexp.MustCompile("(?i)" + regexp.QuoteMeta(contract.Title()) + "|" + regexp.QuoteMeta(contract.Name()))
}
