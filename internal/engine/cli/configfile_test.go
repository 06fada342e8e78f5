package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func writeFile(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The command line overrides the environment, that overrides the file, and that overrides the default.
func TestConfigFilePrecedence(t *testing.T) {
	file := writeFile(t, "config.yaml", "bcrypt-cost: 5\nlisten: 127.0.0.1:0\ndata: ':memory:'\n")
	fails := func(want string, args ...string) {
		t.Helper()
		var log bytes.Buffer
		if code := runApp(t.Context(), args, nil, &bytes.Buffer{}, &log); code != 1 || !strings.Contains(log.String(), want) {
			t.Errorf("%q: exit code %d, %q; want %q in it", args, code, &log, want)
		}
	}
	fails("bcrypt cost of 5", "--config="+file)
	t.Setenv("FIELD_NOTES_CONFIG", file)
	fails("bcrypt cost of 5")
	t.Setenv("FIELD_NOTES_BCRYPT_COST", "6")
	fails("bcrypt cost of 6")
	fails("bcrypt cost of 7", "--bcrypt-cost=7")
}

func TestConfigFileRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"an unknown name":    {"listen: x\nport: 80\n", "config.yaml:2: port is not a flag"},
		"several mistakes":   {"port: 80\nhelp: true\n", "config.yaml:2: help is not a flag"},
		"itself":             {"config: other.yaml", "config.yaml:1: config is not a flag"},
		"a name twice":       {"listen: x\nlisten: y", "config.yaml:2: listen is set twice"},
		"a list of one flag": {"listen: [x, y]", "config.yaml:1: listen: want one value"},
		"a mapping":          {"listen: {host: x}", "config.yaml:1: listen: want one value"},
		"no value":           {"listen:", "config.yaml:1: listen: want one value"},
		"no mapping":         {"- listen", "want lines such as"},
		"two documents":      {"listen: x\n---\nadmin: y\n", "config.yaml: want one YAML document"},
		"no document":        {"# nothing is set\n", "--token-ttl"}, // by the command line below
		"nothing":            {"", "--token-ttl"},
		"too long":           {strings.Repeat("#", maxConfigFile+1), "is larger than 1024 KiB"},
		"a command":          {"check-config: true\nversion: true\n", "config.yaml:2: version is not a flag"},
		"no YAML":            {"{", "config.yaml"},
		"a bad value":        {"token-ttl: soon", "--token-ttl"},
	} {
		var log bytes.Buffer
		args := []string{"--config=" + writeFile(t, "config.yaml", tt.text)}
		if tt.want == "--token-ttl" && name != "a bad value" {
			args = append(args, "--token-ttl=soon")
		}
		code := runApp(t.Context(), args, nil, &bytes.Buffer{}, &log)
		if code != 2 || !strings.Contains(log.String(), tt.want) {
			t.Errorf("%s: exit code %d, %q; want %q in it", name, code, &log, tt.want)
		}
	}
}

func TestSecretFile(t *testing.T) {
	t.Setenv("FIELD_NOTES_STORE_FILE", writeFile(t, "store", "sqlite://wrong\n"))
	var log bytes.Buffer
	args := []string{"--data=:memory:", "--listen=127.0.0.1:0"}
	fails := func(want string) {
		t.Helper()
		log.Reset()
		if code := runApp(t.Context(), args, nil, &bytes.Buffer{}, &log); code == 0 || !strings.Contains(log.String(), want) {
			t.Errorf("exit code %d, %q; want %q in it", code, &log, want)
		}
	}
	fails("--store is not a store")
	t.Setenv("FIELD_NOTES_STORE_FILE", "/nowhere/store")
	fails("$FIELD_NOTES_STORE_FILE: open /nowhere/store")
	for text, want := range map[string]string{
		"": "is empty", " \n": "is empty", "mongodb://ann:hunter2@127.0.0.1/x\n# a comment\n": "has several lines",
		strings.Repeat("x", maxSecret+1): "is larger than 64 KiB",
	} {
		t.Setenv("FIELD_NOTES_STORE_FILE", writeFile(t, "store", text))
		fails("$FIELD_NOTES_STORE_FILE: the file ")
		fails(want)
		if strings.Contains(log.String(), "hunter2") {
			t.Errorf("the message contains the secret: %s", &log)
		}
	}
	t.Setenv("FIELD_NOTES_STORE_FILE", t.TempDir())
	fails("is a directory")
	t.Setenv("FIELD_NOTES_STORE", "sqlite:x")
	fails("$FIELD_NOTES_STORE and $FIELD_NOTES_STORE_FILE are both set")
}

func FuzzConfigFile(f *testing.F) {
	flags := []*kong.Flag{}
	k, err := kong.New(&struct{ config }{}, kong.Vars{"name": "x", "stores": "", "roles": ""})
	if err != nil {
		f.Fatal(err)
	}
	flags = append(flags, k.Model.Flags...)
	f.Add("listen: 127.0.0.1:0\nhost: [a, b]\n")
	f.Add("? [a]\n: {b: c}\n")
	f.Add("listen: &a x\nkey: *a\n")
	f.Add("<<: {listen: x}\n")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := parseConfigFile("f", []byte(text), flags)
		for name := range values {
			if err == nil && (name == "" || name == "help" || name == "config") {
				t.Errorf("the value of %q was accepted", name)
			}
		}
	})
}
