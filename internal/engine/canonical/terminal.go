package canonical

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Terminal returns a text of strangers as a terminal may show it on one line: characters that a terminal obeys, that nobody sees or that
// change the direction are escaped as Go does it, such as \x1b, \n and \u202e, and so is a backslash.
func Terminal(text string) string {
	return escape(text, func(r rune) bool { return !shown(r) || r == '\\' })
}

// Lines is Terminal for a text of several lines of our own, such as errors that were joined: it keeps line feeds and backslashes.
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
