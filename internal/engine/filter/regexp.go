package filter

import (
	"context"
	"regexp"
	"strings"
)

const (
	// shortText is the number of bytes that are matched without checking the context. With the largest expression that the language allows,
	// this takes about 100 ms.
	shortText = 4096
	// stopRunes is the number of code points of a longer text that are matched between two checks of the context.
	stopRunes = 256
)

// Pattern is a regexp operand. It is safe for concurrent use.
type Pattern struct {
	Source string // RE2 source with its flags written inside, as (?i)…; every store runs this
	*regexp.Regexp
}

// MatchContext reports whether the value contains a match. Its time is proportional to the product of the lengths of the value and the
// expression. The only error is that of the context, at most about 100 milliseconds after its end.
func (p *Pattern) MatchContext(ctx context.Context, value string) (bool, error) {
	prefix, literal := p.LiteralPrefix()
	if len(value) <= shortText || literal || ctx.Done() == nil {
		return p.MatchString(value), nil
	}
	if !strings.Contains(value, prefix) { // MatchReader does not look ahead, as MatchString does
		return false, nil
	}
	text := &stoppableText{ctx: ctx}
	text.Reset(value)
	found := p.MatchReader(text)
	return found && text.err == nil, text.err
}

// stoppableText reads a text, and returns an error when the context ends.
type stoppableText struct {
	strings.Reader
	ctx   context.Context
	runes int
	err   error
}

func (t *stoppableText) ReadRune() (r rune, size int, err error) {
	if t.runes++; t.runes%stopRunes == 0 && t.err == nil {
		t.err = t.ctx.Err()
	}
	if t.err != nil {
		return 0, 0, t.err
	}
	return t.Reader.ReadRune()
}
