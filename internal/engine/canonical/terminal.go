package canonical

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Terminal returns an untrusted text in a form that a terminal can safely show on one line: control characters, invisible characters,
// characters that change the direction and backslashes are escaped as in Go, such as \x1b, \n and \u202e.
func Terminal(text string) string {
	return escape(text, func(r rune) bool { return !shown(r) || r == '\\' })
}

// Lines is Terminal for a text with several lines from this program, such as joined errors: it keeps line feeds and backslashes.
func Lines(text string) string {
	return escape(text, func(r rune) bool { return !shown(r) && r != '\n' })
}

func escape(text string, hidden func(rune) bool) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if hidden(r) || r == utf8.RuneError && n == 1 {
			quoted := strconv.QuoteToASCII(text[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
	}
	return b.String()
}
