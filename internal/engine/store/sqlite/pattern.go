package sqlite

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"modernc.org/sqlite"
)

// maxPatterns is the maximum number of cached compiled expressions.
const maxPatterns = 128

// newDriver returns a driver for one connection, which gets the functions regexp, ilike and long_like, each of a pattern and a value.
// SQLite handles an interrupt only between rows; these functions end with the context of the connection's statement.
func newDriver(e *expressions, c *conn) *sqlite.Driver {
	d := new(sqlite.Driver)
	for name, match := range map[string]func(pattern, value string) (bool, error){
		"regexp": func(source, value string) (bool, error) {
			p, err := e.get(source)
			if err != nil {
				return false, err
			}
			return p.MatchContext(c.ctx, value)
		},
		"ilike": func(pattern, value string) (bool, error) { // SQLite's own folds ASCII only
			return filter.MatchLike(c.ctx, pattern, value, true)
		},
		"long_like": func(pattern, value string) (bool, error) {
			return filter.MatchLike(c.ctx, pattern, value, false)
		},
	} {
		// It fails only for a duplicate name, and this driver is new.
		_ = d.RegisterFunction(name, &sqlite.FunctionImpl{NArgs: 2, Deterministic: true, VolatileArgs: true, Scalar: onText(match)})
	}
	return d
}

// onText returns an SQL function that is false for all values but text. The texts that match gets are valid only until it returns.
func onText(match func(pattern, value string) (bool, error)) func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
	return func(_ *sqlite.FunctionContext, args []driver.Value) (result driver.Value, err error) {
		defer func() {
			if r := recover(); r != nil { // a panic must not pass through SQLite, which holds locks
				err = fmt.Errorf("match a pattern: %v", r)
			}
		}()
		pattern, ok := args[0].(string)
		value, isText := args[1].(string)
		if !ok || !isText {
			return false, nil
		}
		return match(pattern, value)
	}
}

// expressions caches compiled RE2 expressions. It is safe for concurrent use.
type expressions struct {
	mu       sync.RWMutex
	compiled map[string]*filter.Pattern
}

func newExpressions() *expressions { return &expressions{compiled: map[string]*filter.Pattern{}} }

func (e *expressions) get(source string) (*filter.Pattern, error) {
	e.mu.RLock()
	p := e.compiled[source]
	e.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	return e.compile(strings.Clone(source))
}

// compile returns the compiled expression and caches it. If the cache is full, an arbitrary expression is removed.
func (e *expressions) compile(source string) (*filter.Pattern, error) {
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, err
	}
	p := &filter.Pattern{Source: source, Regexp: re}
	e.mu.Lock()
	defer e.mu.Unlock()
	for old := range e.compiled {
		if len(e.compiled) < maxPatterns {
			break
		}
		delete(e.compiled, old)
	}
	e.compiled[source] = p
	return p, nil
}

// glob translates a like pattern for SQLite's GLOB.
func glob(like string) string {
	var b strings.Builder
	for token := range filter.LikeTokens(like) {
		switch {
		case token.Kind == filter.LikeRun:
			b.WriteByte('*')
		case token.Kind == filter.LikeOne:
			b.WriteByte('?')
		case strings.ContainsRune("*?[", token.Rune):
			b.WriteString("[" + string(token.Rune) + "]")
		default:
			b.WriteRune(token.Rune)
		}
	}
	return b.String()
}

// prefix returns the common prefix of all values that a like pattern matches, and the least text that is greater than all such values. Both
// are empty if the pattern begins with a wildcard.
func prefix(like string) (from, to string) {
	var runes []rune
	for token := range filter.LikeTokens(like) {
		if token.Kind != filter.LikeRune {
			break
		}
		runes = append(runes, token.Rune)
	}
	from = string(runes)
	for len(runes) > 0 {
		last := &runes[len(runes)-1]
		if *last < unicode.MaxRune {
			if *last++; *last == surrogates {
				*last = surrogates + 0x800 // UTF-8 does not encode surrogates
			}
			return from, string(runes)
		}
		runes = runes[:len(runes)-1]
	}
	return from, ""
}

// surrogates is the first surrogate code point; surrogates do not occur in texts.
const surrogates = 0xD800
