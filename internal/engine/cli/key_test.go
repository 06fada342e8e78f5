package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
)

// TestKey lists, rotates and lists again. Nothing secret is printed, and a key of which tokens may be in force is not dropped,
// however long they last.
func TestKey(t *testing.T) {
	t.Parallel()
	for algorithm, text := range map[string]string{
		"HS256": `{"kty":"oct","k":"` + strings.Repeat("c2VjcmV0", 6) + `"}`,
		"EdDSA": `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",` +
			`"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
	} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			list := result(t, "key", "list", "--key="+path)
			only := regexp.MustCompile(`^kid +algorithm +use\n(\S{43}) +` + algorithm + ` +signs\n$`).FindStringSubmatch(list)
			if only == nil {
				t.Fatalf("one key: %s", list)
			}
			rotated := result(t, "key", "rotate", "--key="+path)
			next := regexp.MustCompile(`^(\S{43}) \(` + algorithm + `\) signs from now on\.\n.*\n` + only[1] +
				` still verifies .* leaked, .*` + regexp.QuoteMeta(path)).FindStringSubmatch(rotated)
			if next == nil {
				t.Fatalf("rotated: %s", rotated)
			}
			list = result(t, "key", "list", "--key="+path)
			if !regexp.MustCompile(next[1] + ` .* signs\n` + only[1] + ` .* retired \d{4}-\S+, verifies .*\n$`).MatchString(list) {
				t.Errorf("two keys: %s", list)
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			longAgo := time.Now().Add(-auth.MaxTTL).UTC().Format(time.RFC3339)
			file = regexp.MustCompile(`("retired": ?)"[^"]+"`).ReplaceAll(file, []byte(`$1"`+longAgo+`"`))
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			result(t, "key", "rotate", "--key="+path)
			if list := result(t, "key", "list", "--key="+path); !strings.Contains(list, "retired "+longAgo) {
				t.Errorf("a key that was retired %s has been dropped: %s", longAgo, list)
			}
			secrets := regexp.MustCompile(`"[dk]": ?"([^"]+)"`).FindAllStringSubmatch(string(file), -1)
			if len(secrets) != 2 {
				t.Errorf("%d secrets in the file, want 2", len(secrets))
			}
			for _, secret := range secrets {
				if strings.Contains(list+rotated, secret[1]) {
					t.Errorf("printed: %s%s", rotated, list)
				}
			}
		})
	}
}

// TestKeyCreate makes a key for each algorithm, never in the place of another one, and rotates to each.
func TestKeyCreate(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"EdDSA", "ES256", "RS256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			path := filepath.Join(data, "key.pem")
			made := result(t, "key", "create", "--data="+data, "--algorithm="+algorithm)
			if !regexp.MustCompile(`^Created key \S{43} \(` + algorithm + `\) in ` + regexp.QuoteMeta(path) + `\.\n$`).MatchString(made) {
				t.Errorf("made: %s", made)
			}
			file, err := os.ReadFile(path)
			info, err2 := os.Stat(path)
			if err != nil || err2 != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 || strings.Contains(made, string(file)) {
				t.Errorf("the file: %v, %v, %v", info.Mode(), err, err2)
			}
			command(t, 1, "exists and was not changed; to add a key to it, use field-notes key rotate --algorithm="+algorithm, "key",
				"create", "--data="+data, "--algorithm="+algorithm)
			if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, file) {
				t.Errorf("the file has changed, %v", err)
			}
			for _, next := range []string{"ES256", "RS256", "EdDSA"} {
				rotated := result(t, "key", "rotate", "--key="+path, "--algorithm="+next)
				if !strings.Contains(rotated, "("+next+") signs from now on.") {
					t.Errorf("rotated to %s: %s", next, rotated)
				}
			}
			list := result(t, "key", "list", "--data="+data)
			if !regexp.MustCompile(`EdDSA +signs\n\S+ +RS256 +retired .*\n\S+ +ES256 +retired .*\n\S+ +` + algorithm +
				` +retired .*\n$`).MatchString(list) {
				t.Errorf("the keys: %s", list)
			}
		})
	}
}

func TestKeyRefuses(t *testing.T) {
	t.Parallel()
	command(t, 1, "has no key file", "key", "create", "--data=:memory:")
	command(t, 1, "no such file or directory", "key", "create", "--key="+filepath.Join(t.TempDir(), "none", "key.pem"))
	for _, algorithm := range []string{"HS256", "none", "es256", ""} {
		path := filepath.Join(t.TempDir(), "key.pem")
		command(t, 2, "must be one of", "key", "create", "--key="+path, "--algorithm="+algorithm)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a key for %q: %v", algorithm, err)
		}
	}
	for _, sub := range []string{"list", "rotate"} {
		command(t, 1, "has no key file", "key", sub, "--data=:memory:")
		command(t, 1, "at its first start", "key", sub, "--data="+t.TempDir())
	}
}

// result is what the program prints when all is well.
func result(t *testing.T, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	if code := runApp(t.Context(), args, nil, &out, &log); code != 0 || log.Len() > 0 {
		t.Fatalf("%s: exit code %d: %s%s", strings.Join(args, " "), code, &out, &log)
	}
	return out.String()
}
