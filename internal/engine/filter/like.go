package filter

import (
	"context"
	"unicode"
	"unicode/utf8"
)

// stopSteps is how many steps a match takes between two looks at its context.
const stopSteps = 4096

// MatchLike reports whether the whole value matches SQL's pattern: % is any run, _ one code point, \ escapes the next one.
// Fold makes it ilike, which ignores case code point by code point. It is like's definition, for backends that have no own.
//
// The steps are at most the product of both lengths. The only error is the context's, within a millisecond of its end.
func MatchLike(ctx context.Context, pattern, value string, fold bool) (bool, error) {
	at, afterRun, retry := 0, -1, 0 // afterRun: where the pattern goes on after its last %; retry: the value from there
	steps := 0
	for i := 0; i < len(value); {
		if steps++; steps%stopSteps == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		have, size := utf8.DecodeRuneInString(value[i:])
		token := nextToken(pattern[at:])
		switch {
		case token.kind == anyRun:
			if at += token.size; at == len(pattern) {
				return true, nil
			}
			afterRun, retry = at, i
		case token.kind == anyOne, token.kind == literal && (token.rune == have || fold && foldCase(token.rune) == foldCase(have)):
			at += token.size
			i += size
		case afterRun < 0:
			return false, nil
		default:
			_, size := utf8.DecodeRuneInString(value[retry:])
			retry += size
			at, i = afterRun, retry
		}
	}
	for at < len(pattern) && pattern[at] == '%' {
		at++
	}
	return at == len(pattern), nil
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
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r < utf8.RuneSelf:
		return r
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
