// Package canonical has the one form of text that people compare by eye or type again: text that looks the same is the same. It is
// the only package that knows Unicode's forms (golang.org/x/text) and internationalized domain names (golang.org/x/net/idna).
//
// Each form is idempotent: of its own result it makes the same.
package canonical

import "golang.org/x/text/unicode/norm"

// Password returns the form in which passwords are hashed: Unicode's Normalization Form C, because one keyboard sends é as one
// character and another one as two. Nothing else is changed; bytes that are not UTF-8 stay as they are.
func Password(password string) string { return norm.NFC.String(password) }
