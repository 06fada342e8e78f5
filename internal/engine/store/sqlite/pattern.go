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

// maxPatterns bounds the compiled expressions that are kept.
const maxPatterns = 128

// newDriver returns a driver whose connections know the functions regexp and ilike, each of a pattern and a value.
func newDriver() *sqlite.Driver {
	d := new(sqlite.Driver)
	expressions := &expressions{compiled: map[string]*regexp.Regexp{}}
	for name, match := range map[string]func(pattern, value string) (bool, error){
		"regexp": expressions.match,
		"ilike": func(pattern, value string) (bool, error) { // SQLite's own folds ASCII only
			return filter.MatchLike(pattern, value, true), nil
		},
	} {
		// It fails on a name that is taken only, and this driver is new.
		_ = d.RegisterFunction(name, &sqlite.FunctionImpl{NArgs: 2, Deterministic: true, VolatileArgs: true, Scalar: onText(match)})
	}
	return d
}

// onText makes an SQL function, which no value but text satisfies. The texts that match gets are gone when it returns.
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

// expressions compiles RE2 sources once. It is safe for concurrent use.
type expressions struct {
	mu       sync.RWMutex
	compiled map[string]*regexp.Regexp
}

func (e *expressions) match(source, value string) (bool, error) {
	e.mu.RLock()
	re := e.compiled[source]
	e.mu.RUnlock()
	if re == nil {
		var err error
		if re, err = e.compile(strings.Clone(source)); err != nil {
			return false, err
		}
	}
	return re.MatchString(value), nil
}

// compile keeps the compiled expression; when there is no room, any other goes.
func (e *expressions) compile(source string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for old := range e.compiled {
		if len(e.compiled) < maxPatterns {
			break
		}
		delete(e.compiled, old)
	}
	e.compiled[source] = re
	return re, nil
}

// glob writes a like pattern for SQLite's GLOB.
func glob(like string) string {
	var b strings.Builder
	escaped := false
	for _, r := range like {
		switch {
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '%' && !escaped:
			b.WriteByte('*')
		case r == '_' && !escaped:
			b.WriteByte('?')
		case strings.ContainsRune("*?[", r):
			b.WriteString("[" + string(r) + "]")
		default:
			b.WriteRune(r)
		}
		escaped = false
	}
	if escaped { // and nothing follows
		b.WriteByte('\\')
	}
	return b.String()
}

// prefix returns what every value that a like pattern matches begins with, and the least text that is greater than all
// such values; both are empty when the pattern begins with a wildcard.
func prefix(like string) (from, to string) {
	var runes []rune
	escaped := false
	for _, r := range like {
		if !escaped && (r == '%' || r == '_') {
			break
		}
		if escaped = r == '\\' && !escaped; !escaped {
			runes = append(runes, r)
		}
	}
	from = string(runes)
	for len(runes) > 0 {
		last := &runes[len(runes)-1]
		if *last < unicode.MaxRune {
			if *last++; *last == surrogates {
				*last = surrogates + 0x800 // UTF-8 has none of them
			}
			return from, string(runes)
		}
		runes = runes[:len(runes)-1]
	}
	return from, ""
}

// surrogates is the first of the code points that no text has.
const surrogates = 0xD800
