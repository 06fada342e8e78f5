package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

const maxBodyDepth = 64 // nesting of a body's arrays and objects

// decode reads one JSON value strictly: UTF-8, no name twice in an object, no half of a surrogate pair, nothing
// behind the value, nested at most maxBodyDepth deep. Numbers become json.Number.
func decode(data []byte) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(data) {
		return nil, syntaxError("it is not UTF-8")
	}
	members, depth := shape(data)
	if depth > maxBodyDepth {
		return nil, syntaxError("it is nested more than %d deep", maxBodyDepth)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			return nil, syntaxError("it ends early")
		}
		return nil, syntaxError("%s, at byte %d", strings.TrimPrefix(err.Error(), "json: "), decoder.InputOffset())
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, syntaxError("there is something behind the value, at byte %d", decoder.InputOffset())
	}
	if halved(data) {
		return nil, syntaxError(`a \u escape is half of a surrogate pair`)
	}
	if count(value) != members {
		return nil, syntaxError("an object has two members of one name")
	}
	return value, nil
}

func syntaxError(format string, args ...any) error {
	return &fault.Error{Kind: fault.Malformed, Name: "SyntaxError", Detail: "The request body is not valid JSON: " + fmt.Sprintf(format, args...)}
}

// shape returns how many members the objects of a JSON text have, for each is written with one colon, and how deep they nest.
func shape(data []byte) (members, deepest int) {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case ':':
			members++
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return members, deepest
}

// count returns how many members the objects of a decoded value have. Of members with one name, decoding keeps one.
func count(value any) int {
	n := 0
	switch v := value.(type) {
	case map[string]any:
		n = len(v)
		for _, member := range v {
			n += count(member)
		}
	case []any:
		for _, element := range v {
			n += count(element)
		}
	}
	return n
}

// halved says whether an escape in a JSON text is half of a surrogate pair, for which decoding would put U+FFFD.
func halved(data []byte) bool {
	for {
		at := bytes.IndexByte(data, '\\')
		if at < 0 {
			return false
		}
		data = data[at:]
		first := escapedUnit(data)
		switch {
		case !utf16.IsSurrogate(first):
			data = data[2:] // with it the second backslash of two
		case utf16.DecodeRune(first, escapedUnit(data[6:])) == unicode.ReplacementChar:
			return true
		default:
			data = data[12:]
		}
	}
}

// escapedUnit returns the UTF-16 unit of the escape \uXXXX at the start of a text; 0 when there is another one or none.
func escapedUnit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}
