package sqlite

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/newsdesk-api/newsdesk/internal/filter"
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

// glob writes a like pattern for SQLite's GLOB, which tells case apart and can seek an index by a prefix.
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
