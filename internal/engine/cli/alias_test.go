package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCommandAlias uses the earlier name of the command conformance, which no help has.
func TestCommandAlias(t *testing.T) {
	t.Parallel()
	var help, out, log bytes.Buffer
	for _, args := range [][]string{{"--help"}, {"conformance", "--help"}} {
		if code := runApp(t.Context(), args, nil, &help, &help); code != 0 || strings.Contains(help.String(), "(contract)") {
			t.Errorf("%q: exit code %d, or the alias is in:\n%s", args, code, &help)
		}
	}
	if code := runApp(t.Context(), []string{"contract", "http://127.0.0.1:1", "--contract=served"}, nil, &out, &log); code != 1 ||
		!strings.Contains(log.String(), "openapi.json") {
		t.Errorf("exit code %d, %s", code, &log)
	}
}

// TestAliases uses the flags' names of an earlier version, as flags and as environment variables: they mean the new ones. No help
// has them.
func TestAliases(t *testing.T) {
	var help bytes.Buffer
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"migrate", "--help"}} {
		if code := runApp(t.Context(), args, nil, &help, &help); code != 0 {
			t.Fatalf("%q: exit code %d", args, code)
		}
	}
	for old, now := range map[string]string{
		"session-life": "session-max-age", "audit-life": "audit-retention", "revocation-ttl": "revocation-max-staleness",
		"drain":        "shutdown-timeout",
		"check-sample": "response-check-sample", "store-wait": "store-connect-timeout", "new-accounts": "default-role",
	} {
		command, bad, code := "version", "soon", 2
		if old == "new-accounts" { // every text is a role until an account is created
			command, bad, code = "user", "nobody", 1
		}
		args := func(flags ...string) []string {
			if command == "user" {
				database := filepath.Join(t.TempDir(), "field-notes.db")
				if err := os.WriteFile(database, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return append(flags, "user", "list", "--store=sqlite:"+database, "--data="+filepath.Dir(database))
			}
			return append(flags, command)
		}
		rejected := func(how string, args ...string) {
			t.Helper()
			var out bytes.Buffer
			if got := runApp(t.Context(), args, nil, io.Discard, &out); got != code || !strings.Contains(out.String(), bad) {
				t.Errorf("%s=%s %s: exit code %d, want %d: %s", old, bad, how, got, code, &out)
			}
		}
		rejected("as a flag", args("--"+old+"="+bad)...)
		variable := func(name string) string { return "FIELD_NOTES_" + environmentName(name) }
		t.Run(old, func(t *testing.T) {
			t.Setenv(variable(old), bad)
			rejected("in the environment", args()...)
			t.Setenv(variable(now), map[bool]string{true: "1", false: "1m"}[old == "check-sample"])
			if old != "new-accounts" {
				if got := runApp(t.Context(), args(), nil, io.Discard, io.Discard); got != 0 {
					t.Errorf("%s is not read before %s: exit code %d", variable(now), variable(old), got)
				}
			}
		})
		for _, name := range []string{"--" + old, variable(old)} {
			if regexp.MustCompile(regexp.QuoteMeta(name) + `[^-_A-Za-z]`).MatchString(help.String()) {
				t.Errorf("--help has %s", name)
			}
		}
		for _, name := range []string{"--" + now, variable(now)} {
			if !strings.Contains(strings.Join(strings.Fields(help.String()), " "), name) {
				t.Errorf("--help does not have %s", name)
			}
		}
	}
}
