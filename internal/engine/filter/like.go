package filter

import (
	"unicode"
	"unicode/utf8"
)

// MatchLike says whether the whole value matches SQL's pattern: % is any run, _ one code point, \ escapes the next one.
// Fold makes it ilike, which ignores case code point by code point. It is like's definition, for backends that have no own.
func MatchLike(pattern, value string, fold bool) bool {
	at, afterRun, retry := 0, -1, 0 // afterRun: where the pattern goes on after its last %; retry: the value from there
	for i := 0; i < len(value); {
		have, size := utf8.DecodeRuneInString(value[i:])
		token := nextToken(pattern[at:])
		switch {
		case token.kind == anyRun:
			at += token.size
			afterRun, retry = at, i
		case token.kind == anyOne, token.kind == literal && (token.rune == have || fold && foldCase(token.rune) == foldCase(have)):
			at += token.size
			i += size
		case afterRun < 0:
			return false
		default:
			_, size := utf8.DecodeRuneInString(value[retry:])
			retry += size
			at, i = afterRun, retry
		}
	}
	for at < len(pattern) && pattern[at] == '%' {
		at++
	}
	return at == len(pattern)
}

// likeToken is one element of a like pattern.
type likeToken struct {
	kind likeKind
	rune rune // of a literal
	size int  // bytes in the pattern
}

type likeKind uint8

const (
	patternEnd likeKind = iota
	literal
	anyOne
	anyRun
)

// nextToken returns the first token of a pattern.
func nextToken(pattern string) likeToken {
	if pattern == "" {
		return likeToken{}
	}
	r, size := utf8.DecodeRuneInString(pattern)
	switch {
	case r == '%':
		return likeToken{anyRun, 0, size}
	case r == '_':
		return likeToken{anyOne, 0, size}
	case r == '\\' && len(pattern) > 1:
		r, escaped := utf8.DecodeRuneInString(pattern[1:])
		return likeToken{literal, r, size + escaped}
	}
	return likeToken{literal, r, size}
}

// foldCase returns the least code point that unicode.SimpleFold makes equal to r.
func foldCase(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
