package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

const maxBodyDepth = 64 // nesting of a body's arrays and objects

// decode reads one JSON value strictly: UTF-8, no name twice in an object, no half of a surrogate pair, nothing
// behind the value, nested at most maxBodyDepth deep. Numbers become json.Number.
func decode(data []byte) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	members, depth := shape(data)
	if depth > maxBodyDepth {
		return nil, syntaxError("it is nested more than %d deep", maxBodyDepth)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if _, behind := decoder.Token(); err != nil || behind != io.EOF || !utf8.Valid(data) {
		if err := strictjson.Find(data); err != nil {
			return nil, syntaxError("%v", err)
		}
		return nil, syntaxError("it cannot be read") // never: both know JSON
	}
	if at := halved(data); at >= 0 {
		return nil, syntaxError(`the \u escape at byte %d is half of a surrogate pair`, at+1)
	}
	if count(value) != members {
		return nil, syntaxError("the property name that ends at byte %d is there twice in one object", duplicate(data))
	}
	return value, nil
}

func syntaxError(format string, args ...any) error {
	return &fault.Error{Kind: fault.BadRequest, Name: "SyntaxError", Detail: "The request body is not valid JSON: " + fmt.Sprintf(format, args...)}
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

// duplicate returns the offset behind the first name that its object in a JSON text has already.
func duplicate(data []byte) int64 {
	type level struct {
		names map[string]bool // nil in an array
		value bool            // a value comes next, not a name
	}
	decoder, levels := json.NewDecoder(bytes.NewReader(data)), []level{{}}
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return decoder.InputOffset() // never: it was decoded
		}
		here := &levels[len(levels)-1]
		name, isText := token.(string)
		if here.names != nil && !here.value && isText {
			if here.names[name] {
				return decoder.InputOffset()
			}
			here.names[name], here.value = true, true
			continue
		}
		here.value = false
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:len(levels)-1]
		}
	}
}

// halved returns the index of an escape in a JSON text that is half of a surrogate pair, for which decoding would put U+FFFD; -1 without one.
func halved(data []byte) int {
	for i := 0; ; {
		at := bytes.IndexByte(data[i:], '\\')
		if at < 0 {
			return -1
		}
		i += at
		first := escapedUnit(data[i:])
		switch {
		case !utf16.IsSurrogate(first):
			i += 2 // with it the second backslash of two
		case utf16.DecodeRune(first, escapedUnit(data[i+6:])) == unicode.ReplacementChar:
			return i
		default:
			i += 12
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
