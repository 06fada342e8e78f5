// Package strictjson parses JSON (RFC 8259) that has only one interpretation: it rejects duplicate names, unpaired surrogates and invalid
// UTF-8. Its errors describe the position and the cause for the sender of the text.
package strictjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is the kind of an Error.
type Kind uint8

// The kinds of errors.
const (
	Syntax    Kind = iota + 1 // the text is not JSON, or not UTF-8
	Depth                     // its arrays and objects nest too deep
	Surrogate                 // a \u escape is half of a surrogate pair
	Duplicate                 // an object has two members with one name
)

// Error is the problem of a text. Its message does not quote the text.
type Error struct {
	Kind    Kind
	Offset  int    // the number of bytes before the place, so the first byte has the offset 0
	Name    string // of a Duplicate
	message string
}

// Error returns the problem and its position, in which the first byte of the text is byte 1.
func (e *Error) Error() string { return e.message }

// Builder builds the values of a text, the innermost first. They may share the text's memory.
type Builder[V any] interface {
	Null() V
	Bool(bool) V
	Number(literal string) V
	String(string) V
	Array([]V) V
	// Object returns the object in which names[i] has the value values[i]. The names are distinct, and valid only until it returns.
	Object(names []string, values []V) V
}

// Read parses one value, with white space around it, in which arrays and objects nest at most depth deep.
func Read[V any](text []byte, depth int, build Builder[V]) (V, *Error) {
	r := reader[V]{scanner: scanner{text: string(text), valid: utf8.Valid(text)}, build: build, depth: depth}
	v := r.value(depth)
	if r.space(); r.problem == nil && r.at < len(r.text) {
		r.fail("expected nothing after the value")
	}
	return v, r.problem
}

// Decode is Read with the values of encoding/json: map[string]any, []any, string, json.Number, bool and nil.
func Decode(text []byte, depth int) (any, *Error) { return Read[any](text, depth, plain{}) }

type plain struct{}

func (plain) Null() any                 { return nil }
func (plain) Bool(b bool) any           { return b }
func (plain) Number(literal string) any { return json.Number(literal) }
func (plain) String(s string) any       { return s }
func (plain) Array(values []any) any {
	if values == nil {
		return []any{}
	}
	return values
}
func (plain) Object(names []string, values []any) any {
	object := make(map[string]any, len(names))
	for i, name := range names {
		object[name] = values[i]
	}
	return object
}

// reader builds values. Its results after a problem are meaningless.
type reader[V any] struct {
	scanner
	build Builder[V]
	depth int
	names []string // of the objects that are being parsed
}

// value parses the value at r.at, in which at most depth levels may nest.
func (r *reader[V]) value(depth int) (none V) {
	r.space()
	switch c := r.next(); {
	case (c == '{' || c == '[') && depth == 0:
		r.problem = &Error{Kind: Depth, Offset: r.at, message: fmt.Sprintf("it is nested more than %d deep", r.depth)}
		return none
	case c == '{':
		return r.object(depth - 1)
	case c == '[':
		return r.array(depth - 1)
	case c == '"':
		return r.build.String(r.string())
	case c == '-' || '0' <= c && c <= '9':
		return r.build.Number(r.number())
	}
	switch r.literal() {
	case "true":
		return r.build.Bool(true)
	case "false":
		return r.build.Bool(false)
	}
	return r.build.Null()
}

func (r *reader[V]) array(depth int) V {
	var values []V
	r.at++
	if r.space(); r.next() != ']' {
		for more := true; more; more = r.comma(']') {
			values = append(values, r.value(depth))
		}
	} else {
		r.at++
	}
	return r.build.Array(values)
}

func (r *reader[V]) object(depth int) V {
	var values []V
	var seen map[string]bool // the names, if there are many
	first := len(r.names)
	expected := "expected a property name in double quotes or }"
	r.at++
	if r.space(); r.next() != '}' {
		for more := true; more; more = r.comma('}') {
			name := r.name(expected)
			if names := r.names[first:]; r.problem == nil && (seen[name] || seen == nil && slices.Contains(names, name)) {
				r.problem = &Error{Kind: Duplicate, Offset: r.nameEnd, Name: name,
					message: fmt.Sprintf("the property name that ends at byte %d is there twice in one object", r.nameEnd)}
			}
			if r.problem != nil {
				break
			}
			if r.names = append(r.names, name); seen != nil {
				seen[name] = true
			} else if names := r.names[first:]; len(names) == 16 {
				seen = map[string]bool{}
				for _, name := range names {
					seen[name] = true
				}
			}
			values = append(values, r.value(depth))
			expected = "expected a property name in double quotes"
		}
	} else {
		r.at++
	}
	if r.problem != nil {
		var none V
		return none
	}
	object := r.build.Object(r.names[first:], values)
	r.names = r.names[:first]
	return object
}

// scanner scans a text until a problem.
type scanner struct {
	text    string
	valid   bool // the text is UTF-8
	at      int
	nameEnd int // the index after the last name
	problem *Error
}

// fail sets the problem to what was expected at s.at, unless there is one already.
func (s *scanner) fail(format string, args ...any) {
	if s.problem != nil {
		return
	}
	message := fmt.Sprintf(format, args...) + fmt.Sprintf(" at byte %d", s.at+1)
	if s.at >= len(s.text) {
		message += ", where the text ends"
	}
	s.problem = &Error{Kind: Syntax, Offset: s.at, message: message}
}

// next returns the byte at s.at, or 0 at the end; a NUL in the text is not valid anywhere either.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// comma moves after a comma, or after the bracket that ends the list; it reports whether the list continues.
func (s *scanner) comma(end byte) bool {
	if s.problem != nil {
		return false
	}
	s.space()
	c := s.next()
	if c != ',' && c != end {
		s.fail("expected , or %c", end)
		return false
	}
	s.at++
	return c == ','
}

// name parses a property's name and its colon.
func (s *scanner) name(expected string) string {
	if s.space(); s.next() != '"' {
		s.fail("%s", expected)
		return ""
	}
	name := s.string()
	s.nameEnd = s.at
	if s.space(); s.next() != ':' {
		s.fail("expected : after the property name")
	}
	s.at++
	return name
}

func (s *scanner) string() string {
	s.at++
	from := s.at     // of what is not in value
	var value []byte // of a string that has escapes
	for s.problem == nil {
		for s.at < len(s.text) && s.isPlain(s.text[s.at]) {
			s.at++
		}
		switch c := s.next(); {
		case c == '"':
			rest := s.text[from:s.at]
			if s.at++; value == nil {
				return rest
			}
			return string(append(value, rest...))
		case c == '\\':
			value = s.escape(append(value, s.text[from:s.at]...))
			from = s.at
		case s.at >= len(s.text):
			s.fail("expected the double quote that ends the string")
		case c < ' ':
			s.fail(`expected no control character in a string: write it as \u%04x`, c)
		default: // not ASCII, in a text that is not valid UTF-8
			r, size := utf8.DecodeRuneInString(s.text[s.at:])
			if r == utf8.RuneError && size == 1 {
				s.fail("expected UTF-8")
			}
			s.at += size
		}
	}
	return ""
}

// isPlain reports whether a byte in a string stands for itself.
func (s *scanner) isPlain(c byte) bool {
	return c >= ' ' && c != '"' && c != '\\' && (c < utf8.RuneSelf || s.valid)
}

// escape appends the character of the escape at s.at.
func (s *scanner) escape(value []byte) []byte {
	start := s.at
	s.at++
	i := strings.IndexByte(`"\/bfnrtu`, s.next())
	if i < 0 || s.at >= len(s.text) {
		s.fail(`expected one of " \ / b f n r t u after a backslash`)
		return value
	}
	if s.at++; i < len("\"\\/\b\f\n\r\t") {
		return append(value, "\"\\/\b\f\n\r\t"[i])
	}
	unit := s.unit()
	if !utf16.IsSurrogate(unit) {
		return utf8.AppendRune(value, unit)
	}
	if strings.HasPrefix(s.text[s.at:], `\u`) {
		s.at += len(`\u`)
		if r := utf16.DecodeRune(unit, s.unit()); r != unicode.ReplacementChar {
			return utf8.AppendRune(value, r)
		}
	}
	if s.problem == nil {
		s.problem = &Error{Kind: Surrogate, Offset: start, message: fmt.Sprintf(`the \u escape at byte %d is half of a surrogate pair`,
			start+1)}
	}
	return value
}

// unit parses the four hexadecimal digits of an escape.
func (s *scanner) unit() rune {
	digits := s.at
	for range 4 {
		if c := s.next() | 0x20; ('0' > c || c > '9') && ('a' > c || c > 'f') || s.next() < '0' {
			s.fail(`expected 4 hexadecimal digits after \u`)
			return 0
		}
		s.at++
	}
	n, _ := strconv.ParseUint(s.text[digits:s.at], 16, 16) // they are digits
	return rune(n)
}

func (s *scanner) number() string {
	start := s.at
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		if s.at++; s.isDigit() {
			s.fail("expected no digit after a leading 0")
		}
	} else {
		s.digits()
	}
	if s.next() == '.' {
		s.at++
		s.digits()
	}
	if s.next()|0x20 == 'e' {
		if s.at++; s.next() == '+' || s.next() == '-' {
			s.at++
		}
		s.digits()
	}
	return s.text[start:s.at]
}

func (s *scanner) isDigit() bool { return '0' <= s.next() && s.next() <= '9' }

func (s *scanner) digits() {
	if !s.isDigit() {
		s.fail("expected a digit")
	}
	for s.isDigit() {
		s.at++
	}
}

// literal parses true, false or null.
func (s *scanner) literal() string {
	word := ""
	switch s.next() {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	case 'n':
		word = "null"
	default:
		s.fail("expected a value: an object, an array, a string in double quotes, a number, true, false or null")
	}
	for i := range len(word) {
		if s.next() != word[i] {
			s.fail("expected %s", word)
			return ""
		}
		s.at++
	}
	return word
}
