// Package commonpassword contains a list of common passwords, which attackers guess first.
package commonpassword

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/newsdesk-api/newsdesk/internal/engine/canonical"
)

// Is reports whether the canonical form of a password is one of the 8,346 most common ones of 8 or more characters.
// Only case is ignored; a trailing space makes it a different password. Reject these at sign-up (NIST
// SP 800-63B-4, section 3.1.1.2; OWASP ASVS 5.0, 6.2.4). It is safe for concurrent use.
func Is(password string) bool {
	_, common := commonPasswords()[strings.ToLower(canonical.Password(password))]
	return common
}

var commonPasswords = sync.OnceValue(func() map[string]struct{} {
	passwords := map[string]struct{}{}
	for line := range strings.Lines(commonText) {
		passwords[strings.TrimSuffix(line, "\n")] = struct{}{}
	}
	return passwords
})

// commonText contains one password per line, the most common one first. It is Django's list (LICENSE), which Royce Williams derived from
// Have I Been Pwned, without passwords that are shorter than 8 characters or not ASCII:
//
//	pip download --no-deps Django==5.2.19
//	unzip -p django-5.2.19-*.whl django/contrib/auth/common-passwords.txt.gz | zcat | LC_ALL=C grep -xE '[ -~]{8,}' > list.txt
//
//go:embed list.txt
var commonText string
