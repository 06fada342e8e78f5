package filter

import (
	"context"
	"iter"
	"unicode"
	"unicode/utf8"
)

// stopSteps is the number of steps of a match between two checks of its context.
const stopSteps = 4096

// MatchLike reports whether the whole value matches SQL's pattern: % is any run, _ one code point, \ escapes the next one. If
// fold is true it matches as ilike does: it ignores case, code point by code point. MatchLike defines the meaning of like, and is for
// backends that have no like of their own.
//
// It takes at most as many steps as the product of both lengths. The only error is that of the context, within a millisecond of its end.
func MatchLike(ctx context.Context, pattern, value string, fold bool) (bool, error) {
	at, afterRun, retry := 0, -1, 0 // afterRun: where the pattern goes on after its last %; retry: the value from there
	steps := 0
	for i := 0; i < len(value); {
		if steps++; steps%stopSteps == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		have, size := utf8.DecodeRuneInString(value[i:])
		token, length := nextToken(pattern[at:])
		switch {
		case token.Kind == LikeRun:
			if at += length; at == len(pattern) {
				return true, nil
			}
			afterRun, retry = at, i
		case token.Kind == LikeOne, token.Kind == LikeRune && (token.Rune == have || fold && foldCase(token.Rune) == foldCase(have)):
			at += length
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

// LikeToken is one element of a like pattern.
type LikeToken struct {
	Kind LikeKind
	Rune rune // of a LikeRune
}

// LikeKind is the kind of a LikeToken.
type LikeKind uint8

// The elements of a like pattern.
const (
	LikeRune LikeKind = iota + 1 // one code point, which stands for itself
	LikeOne                      // _, any one code point
	LikeRun                      // %, any number of code points
)

// LikeTokens returns the elements of a like pattern, in order, for backends that write it in their own language.
func LikeTokens(pattern string) iter.Seq[LikeToken] {
	return func(yield func(LikeToken) bool) {
		for pattern != "" {
			token, length := nextToken(pattern)
			if !yield(token) {
				return
			}
			pattern = pattern[length:]
		}
	}
}

// nextToken returns the first element of a pattern and its length in bytes, or nothing at the end.
func nextToken(pattern string) (LikeToken, int) {
	if pattern == "" {
		return LikeToken{}, 0
	}
	r, size := utf8.DecodeRuneInString(pattern)
	switch {
	case r == '%':
		return LikeToken{Kind: LikeRun}, size
	case r == '_':
		return LikeToken{Kind: LikeOne}, size
	case r == '\\' && len(pattern) > 1:
		r, escaped := utf8.DecodeRuneInString(pattern[1:])
		return LikeToken{LikeRune, r}, size + escaped
	}
	return LikeToken{LikeRune, r}, size
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
