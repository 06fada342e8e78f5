package spec

import (
	"regexp"
	"strings"
	"testing"
)

// The matcher of a pattern accepts the same texts as the regular expression.
func TestCompilePattern(t *testing.T) {
	t.Parallel()
	for pattern, equal := range map[string]string{noNUL: noNUL, `^\u00E4+$`: `^ä+$`, `^\u00e4+$`: `^ä+$`, `^[a-z]$`: `^[a-z]$`} {
		got, err := compilePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "a", "ä", "a\nb", "\x00", "a\x00b", "\n\x00", "\xff", "ä\xff\x00", "\u2028", "a\r\n"} {
			if got.MatchString(text) != regexp.MustCompile(equal).MatchString(text) {
				t.Errorf("%s: %q", pattern, text)
			}
		}
	}
	if _, err := compilePattern("("); err == nil {
		t.Error("an invalid pattern was compiled")
	}
}

// BenchmarkNoNUL measures the pattern of the texts of news items.
func BenchmarkNoNUL(b *testing.B) {
	text := strings.Repeat("x", 10<<10)
	plain := regexp.MustCompile(noNUL)
	own, _ := compilePattern(noNUL)
	b.Run("regexp", func(b *testing.B) {
		for b.Loop() {
			plain.MatchString(text)
		}
	})
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			own.MatchString(text)
		}
	})
}
