package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if code := runApp(t.Context(), args, nil, &out, &log); code != 0 || log.Len() > 0 {
		t.Fatalf("%q: exit code %d, %s", args, code, &log)
	}
	return out.String()
}

// The manual has all flags and commands.
func TestMan(t *testing.T) {
	t.Parallel()
	for _, form := range [][]string{{"man"}, {"man", "--markdown"}} {
		text := strings.ReplaceAll(printed(t, form...), `\-`, "-")
		for _, want := range []string{"--token-ttl=TIME", "Lifetime of a token.", "user create", "FIELD_NOTES_TOKEN_TTL", "key rotate"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q lacks %q", form, want)
			}
		}
	}
}

// In bash, the script completes commands, their subcommands, and their flags.
func TestCompletionBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script := printed(t, "completion", "bash")
	for words, want := range map[string]string{
		"mig":               "migrate",
		"user gr":           "grant",
		"user create --ro":  "--role",
		"migrate --dry":     "--dry-run",
		"migrate --token":   "",
		"--revocation-max-": "--revocation-max-staleness",
	} {
		test := script + "COMP_WORDS=(field-notes " + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _field_notes; echo ${COMPREPLY[*]}"
		got, err := exec.CommandContext(t.Context(), bash, "-c", test).CombinedOutput()
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%q: %q, %v; want %q", words, got, err, want)
		}
	}
	if !strings.HasPrefix(printed(t, "completion", "zsh"), "autoload") {
		t.Error("the script for zsh does not load bashcompinit")
	}
	if got := printed(t, "completion", "fish"); !strings.Contains(got, "complete -c field-notes -n '__fish_seen_subcommand_from user; and "+
		"__fish_seen_subcommand_from create' -l role -d 'Roles") {
		t.Errorf("the script for fish lacks the flags of user create: %.500s", got)
	}
}
