package commonpassword

import (
	"strings"
	"testing"
)

func TestIs(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		"password":                       true,
		"PassWord":                       true,
		"12345678":                       true,
		"qwertyuiop":                     true,
		"friend of emily":                true,
		"password\u212a12":               false,
		"iloveyou\u2126":                 false,
		"\u212aristina":                  true, // the sign of kelvins, which is a K
		"password ":                      false,
		" password":                      false,
		"password\n":                     false,
		"password\r":                     false,
		"password\x00":                   false,
		"password\n12345678":             false, // two of the list
		"ｐassword":                       false,
		"correct horse":                  false,
		"":                               false,
		strings.Repeat("password", 1000): false,
	} {
		if got := Is(password); got != want {
			t.Errorf("%.30q: %t, want %t", password, got, want)
		}
	}
}

// TestCommonPasswords shows that every line of the list can be met: it is as long as a new password must be, and in lower case.
func TestCommonPasswords(t *testing.T) {
	t.Parallel()
	if n := len(commonPasswords()); n != 8346 || n != strings.Count(commonText, "\n") {
		t.Errorf("%d passwords on %d lines, want 8346", n, strings.Count(commonText, "\n"))
	}
	for password := range commonPasswords() {
		if len(password) < 8 || password != strings.ToLower(password) || password != strings.TrimSpace(password) {
			t.Errorf("%q cannot be met", password)
		}
	}
}

func BenchmarkIs(b *testing.B) {
	for name, password := range map[string]string{"common": "iloveyou", "other": "correct horse", "in capitals": "ILOVEYOU"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Is(password)
			}
		})
	}
}
