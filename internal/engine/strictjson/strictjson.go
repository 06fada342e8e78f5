// Package strictjson says what is wrong with a JSON text (RFC 8259), in words for whoever sent it.
package strictjson

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a text. Its words quote nothing of the text.
type Error struct {
	Offset  int    // the number of bytes before the place
	Message string // what was expected there
	AtEnd   bool   // the place is the end of the text
}

// Error says what was expected and where; bytes count from 1.
func (e *Error) Error() string {
	if e.AtEnd {
		return fmt.Sprintf("%s at byte %d, where the text ends", e.Message, e.Offset+1)
	}
	return fmt.Sprintf("%s at byte %d", e.Message, e.Offset+1)
}

// Find returns the first place at which a text is no JSON value in UTF-8, or nil when it is one. It takes the texts that json.Valid takes, if they
// are UTF-8, and no others. White space may be around the value.
func Find(text []byte) *Error {
	s := scanner{text: text}
	if !s.value() {
		return s.problem
	}
	if s.space(); s.at < len(text) {
		s.fail("expected nothing after the value")
	}
	return s.problem
}

// scanner walks over a text until a problem. Its methods return false when there is one.
type scanner struct {
	text    []byte
	at      int
	problem *Error
}

func (s *scanner) fail(format string, args ...any) bool {
	s.problem = &Error{Offset: s.at, Message: fmt.Sprintf(format, args...), AtEnd: s.at >= len(s.text)}
	return false
}

// next returns the byte at s.at, 0 at the end; a NUL in the text fits nowhere either.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

// value scans a value without recursion: a text may nest as deep as it is long.
func (s *scanner) value() bool {
	var open []byte // the brackets to be closed
	for {
		s.space()
		switch c := s.next(); {
		case c == '{' || c == '[':
			s.at++
			open = append(open, c+2) // } is two after {, and so is ] after [
			if s.space(); s.next() == c+2 {
				break
			}
			if c == '{' && !s.name("expected a property name in double quotes or }") {
				return false
			}
			continue
		case c == '"':
			if !s.string() {
				return false
			}
		case c == '-' || '0' <= c && c <= '9':
			if !s.number() {
				return false
			}
		default:
			if !s.literal() {
				return false
			}
		}
		for {
			if len(open) == 0 {
				return true
			}
			end := open[len(open)-1]
			s.space()
			if s.next() != end {
				break
			}
			s.at++
			open = open[:len(open)-1]
		}
		end := open[len(open)-1]
		if s.next() != ',' {
			return s.fail("expected , or %c", end)
		}
		s.at++
		if end == '}' && !s.name("expected a property name in double quotes") {
			return false
		}
	}
}

// name scans a property's name and its colon.
func (s *scanner) name(expected string) bool {
	if s.space(); s.next() != '"' {
		return s.fail("%s", expected)
	}
	if !s.string() {
		return false
	}
	if s.space(); s.next() != ':' {
		return s.fail("expected : after the property name")
	}
	s.at++
	return true
}

func (s *scanner) string() bool {
	for s.at++; ; {
		switch c := s.next(); {
		case s.at >= len(s.text):
			return s.fail("expected the double quote that ends the string")
		case c == '"':
			s.at++
			return true
		case c < ' ':
			return s.fail(`expected no control character in a string: write it as \u%04x`, c)
		case c == '\\':
			s.at++
			if !s.escape() {
				return false
			}
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, size := utf8.DecodeRune(s.text[s.at:])
			if r == utf8.RuneError && size == 1 {
				return s.fail("expected UTF-8")
			}
			s.at += size
		}
	}
}

// escape scans what follows a backslash.
func (s *scanner) escape() bool {
	if s.at >= len(s.text) || strings.IndexByte(`"\/bfnrtu`, s.next()) < 0 {
		return s.fail(`expected one of " \ / b f n r t u after a backslash`)
	}
	unicode := s.next() == 'u'
	s.at++
	for range 4 {
		if !unicode {
			break
		}
		if c := s.next() | 0x20; ('0' > c || c > '9') && ('a' > c || c > 'f') || s.next() < '0' {
			return s.fail(`expected 4 hexadecimal digits after \u`)
		}
		s.at++
	}
	return true
}

func (s *scanner) number() bool {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		if s.at++; s.isDigit() {
			return s.fail("expected no digit after a leading 0")
		}
	} else if !s.digits() {
		return false
	}
	if s.next() == '.' {
		if s.at++; !s.digits() {
			return false
		}
	}
	if s.next()|0x20 == 'e' {
		if s.at++; s.next() == '+' || s.next() == '-' {
			s.at++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) isDigit() bool { return '0' <= s.next() && s.next() <= '9' }

func (s *scanner) digits() bool {
	if !s.isDigit() {
		return s.fail("expected a digit")
	}
	for s.isDigit() {
		s.at++
	}
	return true
}

// literal scans true, false or null.
func (s *scanner) literal() bool {
	for _, word := range []string{"true", "false", "null"} {
		if rest := s.text[s.at:]; len(rest) > 0 && rest[0] == word[0] {
			for i := range len(word) {
				if s.next() != word[i] {
					return s.fail("expected %s", word)
				}
				s.at++
			}
			return true
		}
	}
	return s.fail("expected a value: an object, an array, a string in double quotes, a number, true, false or null")
}
