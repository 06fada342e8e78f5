package filter

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// maxRegexp is the maximum cost of all regexps of one where together. It limits their memory and their steps for each character. A step of
// the compiled regexp costs 1, and so does a range of a character class; a repeated expression costs as many times as it is repeated, so
// a{1000} costs 1,000.
const maxRegexp = 2048

// pattern parses a regexp operand: RE2 source, or /source/flags.
func (p *parser) pattern(n node) (any, *fault.Field) {
	if problem := patternText(n); problem != nil {
		return nil, problem
	}
	source, flags, ok := splitFlags(n.text)
	if !ok {
		return nil, &fault.Field{Code: "pattern", Message: "must have only the flags g, i, m, s and u after its last / " +
			"(write \\/ for a / at the start of an expression)", Info: map[string]any{"allowed": []string{"g", "i", "m", "s", "u"}}}
	}
	if p.regexpCost > maxRegexp {
		return nil, nil // reported already; reading the others would only take time
	}
	tree, err := syntax.Parse(source, flags)
	if err != nil {
		return nil, badRegexp(err)
	}
	if p.regexpCost += 1 + cost(tree); p.regexpCost > maxRegexp {
		return nil, &fault.Field{Code: "pattern", Message: "must be a simpler regular expression: its repetitions and character classes " +
			"make it too large",
			Info: map[string]any{"limit": maxRegexp}}
	}
	// `\\` is replaced by itself, so that `\\v` does not change. In PCRE, \v matches more than a vertical tab.
	canonical := strings.NewReplacer(`\\`, `\\`, `\v`, `\x0b`).Replace(plain(tree).String())
	compiled, err := regexp.Compile(canonical)
	if err != nil {
		return nil, badRegexp(err)
	}
	return &Pattern{canonical, compiled}, nil
}

// likePattern parses the operand of like, nlike, ilike and nilike.
func likePattern(n node) (any, *fault.Field) {
	if problem := patternText(n); problem != nil {
		return nil, problem
	}
	if trimmed := strings.TrimRight(n.text, `\`); (len(n.text)-len(trimmed))%2 == 1 {
		return nil, &fault.Field{Code: "pattern", Message: `must NOT end with an escape: write \\ for a backslash`}
	}
	return n.text, nil
}

// patternText checks what all patterns have in common.
func patternText(n node) *fault.Field {
	var problem fault.Field
	switch {
	case n.kind != text:
		problem = fault.WrongType("string")
	case utf8.RuneCountInString(n.text) > MaxPattern:
		problem = fault.BeyondLimit("maxLength", MaxPattern)
	default:
		return nil
	}
	return &problem
}

// splitFlags splits /source/flags, LoopBack's form of a regexp with flags.
func splitFlags(text string) (source string, flags syntax.Flags, ok bool) {
	flags = syntax.Perl
	last := strings.LastIndexByte(text, '/')
	if last < 1 || text[0] != '/' {
		return text, flags, true
	}
	for _, flag := range text[last+1:] {
		switch flag {
		case 'i':
			flags |= syntax.FoldCase
		case 'm':
			flags &^= syntax.OneLine
		case 's':
			flags |= syntax.DotNL
		case 'g', 'u':
		default:
			return "", 0, false
		}
	}
	return text[1:last], flags, true
}

// cost returns the cost that maxRegexp limits.
func cost(re *syntax.Regexp) int {
	sum := 1
	switch re.Op {
	case syntax.OpLiteral:
		sum = len(re.Rune)
	case syntax.OpCharClass:
		sum = 1 + len(re.Rune)/2
	case syntax.OpRepeat, syntax.OpConcat, syntax.OpCapture:
		sum = 0
	}
	for _, sub := range re.Sub {
		sum += cost(sub)
	}
	if re.Op == syntax.OpRepeat {
		sum *= max(re.Min, re.Max, 1)
	}
	return sum
}

// plain rewrites a tree so that its text means the same in RE2 and PCRE: $ matches only at the end of the text, not before a final newline,
// and no group captures, because the maximum length of names differs.
func plain(re *syntax.Regexp) *syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	re.Flags &^= syntax.WasDollar
	for i, sub := range re.Sub {
		re.Sub[i] = plain(sub)
	}
	return re
}

// badRegexp returns the problem of an invalid regexp, without quoting the source.
func badRegexp(err error) *fault.Field {
	problem := fault.WrongFormat("regex")
	if syntaxError, ok := errors.AsType[*syntax.Error](err); ok {
		problem.Message += " (RE2): " + syntaxError.Code.String()
		problem.Info["reason"] = syntaxError.Code.String()
	}
	return &problem
}
