package mongo

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Patterns are sent without flags, shorthands or names whose meaning could differ between PCRE and RE2, or between two versions of one of
// them: a case-insensitive letter is the class of its forms. They are sent with the option s, so that `.` is any code point.

// likeSource returns a like pattern as a regular expression. It is anchored by \A, which lets MongoDB use a range of an index.
func likeSource(like string, fold bool) string {
	var b strings.Builder
	b.WriteString(`\A`)
	for token := range filter.LikeTokens(like) {
		switch token.Kind {
		case filter.LikeRun:
			b.WriteString(`.*`)
		case filter.LikeOne:
			b.WriteByte('.')
		default:
			literal(&b, token.Rune, fold)
		}
	}
	source, open := strings.CutSuffix(b.String(), `.*`)
	for open {
		if before, more := strings.CutSuffix(source, `.*`); more {
			source = before
			continue
		}
		return source // the rest may be anything; \A.* would read each value to its end
	}
	return source + `\z`
}

// regexSource returns a regexp operand for a server whose expressions are PCRE's, or RE2's.
func regexSource(p *filter.Pattern, re2 bool) (string, error) {
	tree, err := syntax.Parse(p.Source, syntax.Perl)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "", "a pattern that the filter's parser did not produce")
	}
	var b strings.Builder
	write(&b, tree, re2)
	return b.String(), nil
}

// write appends an expression. Its depth is what syntax.Parse allows, 1,000.
func write(b *strings.Builder, re *syntax.Regexp, re2 bool) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			literal(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		class(b, re.Rune)
	case syntax.OpNoMatch:
		b.WriteString(nothing)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		b.WriteByte('.')
	case syntax.OpBeginLine:
		if re2 {
			b.WriteString(`(?m:^)`)
		} else { // PCRE's ^ does not match after a newline at the end of the value
			b.WriteString(`(?:\A|(?<=\n))`)
		}
	case syntax.OpEndLine:
		b.WriteString(`(?m:$)`)
	case syntax.OpBeginText:
		b.WriteString(`\A`)
	case syntax.OpEndText:
		b.WriteString(`\z`)
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		b.WriteString(`\B`)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			group(b, sub, re2)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			group(b, sub, re2)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		group(b, re.Sub[0], re2)
		b.WriteString(times(re))
	}
}

// group appends an expression in a form that an operator can follow. Text, anchors and classes of one character need no brackets.
func group(b *strings.Builder, re *syntax.Regexp, re2 bool) {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		write(b, re, re2)
		return
	case syntax.OpLiteral:
		if len(re.Rune) == 1 {
			write(b, re, re2)
			return
		}
	}
	b.WriteString(`(?:`)
	write(b, re, re2)
	b.WriteByte(')')
}

// times returns the minimum and maximum number of repetitions.
func times(re *syntax.Regexp) string {
	var s string
	switch {
	case re.Op == syntax.OpStar:
		s = "*"
	case re.Op == syntax.OpPlus:
		s = "+"
	case re.Op == syntax.OpQuest:
		s = "?"
	case re.Max < 0:
		s = fmt.Sprintf("{%d,}", re.Min)
	default:
		s = fmt.Sprintf("{%d,%d}", re.Min, re.Max)
	}
	if re.Flags&syntax.NonGreedy != 0 {
		s += "?"
	}
	return s
}

// nothing is an empty class.
const nothing = `[^\x{0}-\x{10FFFF}]`

// class appends a set of code points, given as ranges. Surrogates are omitted: they do not occur in texts, and PCRE rejects them.
func class(b *strings.Builder, ranges []rune) {
	const first, last = 0xD800, 0xDFFF
	empty := true
	for i := 0; i+1 < len(ranges); i += 2 {
		low, high := ranges[i], ranges[i+1]
		if first <= low && low <= last {
			low = last + 1
		}
		if first <= high && high <= last {
			high = first - 1
		}
		if low > high {
			continue
		}
		if empty {
			b.WriteByte('[')
		}
		empty = false
		point(b, low)
		if high > low {
			b.WriteByte('-')
			point(b, high)
		}
	}
	if empty {
		b.WriteString(nothing)
		return
	}
	b.WriteByte(']')
}

// literal appends a code point, or the class of all code points that unicode.SimpleFold makes equal to it.
func literal(b *strings.Builder, r rune, fold bool) {
	if !fold || unicode.SimpleFold(r) == r {
		if utf8.ValidRune(r) {
			point(b, r)
		} else {
			b.WriteString(nothing)
		}
		return
	}
	b.WriteByte('[')
	point(b, r)
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		point(b, f)
	}
	b.WriteByte(']')
}

// point appends a code point so that it stands for itself, inside and outside a class. A NUL would end the pattern.
func point(b *strings.Builder, r rune) {
	switch {
	case unicode.IsLetter(r), '0' <= r && r <= '9', r == ' ', r == '_':
		b.WriteRune(r)
	case r > ' ' && r < 0x7F:
		b.WriteByte('\\')
		b.WriteRune(r)
	default:
		fmt.Fprintf(b, `\x{%X}`, r)
	}
}
