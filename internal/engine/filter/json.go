package filter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

// node is a JSON value. Numbers keep their text, so none loses digits.
type node struct {
	name string // in the object that holds it
	kind kind
	text string // of a string: its value; of a number: its literal
	kids []node // of an object or an array
}

type kind uint8

const (
	null kind = iota
	boolFalse
	boolTrue
	number
	text
	array
	object
)

// decode reads strict JSON (RFC 8259): one value, valid UTF-8, no member twice in an object, every \u escape a whole
// code point, arrays and objects at most depth deep. Otherwise it says what is wrong.
func decode(data []byte, depth int) (node, *fault.Field) {
	if !utf8.Valid(data) || !json.Valid(data) {
		if err := strictjson.Find(data); err != nil {
			return node{}, &fault.Field{Code: "syntax", Message: "must be JSON: " + err.Error(), Info: map[string]any{"offset": err.Offset}}
		}
	}
	d := decoder{data: data, text: string(data), depth: depth}
	n := d.value(depth)
	return n, d.problem
}

// decoder builds nodes from valid JSON.
type decoder struct {
	data    []byte
	text    string // the same as data, so that strings can share it
	at      int
	depth   int
	problem *fault.Field
}

// value reads the value at d.at, with at most depth levels of nesting. After a problem it stops where it is.
func (d *decoder) value(depth int) node {
	d.at = skipSpace(d.data, d.at)
	switch d.data[d.at] {
	case '{':
		return node{kind: object, kids: d.elements('}', depth)}
	case '[':
		return node{kind: array, kids: d.elements(']', depth)}
	case '"':
		return node{kind: text, text: d.string()}
	}
	start := d.at
	d.at = skipScalar(d.data, start)
	switch d.text[start] {
	case 'n':
		return node{kind: null}
	case 't':
		return node{kind: boolTrue}
	case 'f':
		return node{kind: boolFalse}
	}
	return node{kind: number, text: d.text[start:d.at]}
}

// elements reads the array or object at d.at.
func (d *decoder) elements(end byte, depth int) []node {
	if depth == 0 {
		d.problem = &fault.Field{Code: "depth", Message: fmt.Sprintf("must NOT nest deeper than %d levels", d.depth),
			Info: map[string]any{"limit": d.depth}}
		return nil
	}
	var all []node
	for d.at = skipSpace(d.data, d.at+1); d.data[d.at] != end; d.at = skipSpace(d.data, d.at) {
		if d.data[d.at] == ',' {
			d.at = skipSpace(d.data, d.at+1)
		}
		var name string
		if end == '}' {
			name = d.string()
			d.at = skipSpace(d.data, d.at) + 1 // the colon
		}
		n := d.value(depth - 1)
		n.name = name
		if all = append(all, n); d.problem != nil {
			return nil
		}
	}
	d.at++
	if end == '}' {
		if name, found := duplicate(all); found {
			d.problem = &fault.Field{Code: "uniqueNames", Message: "must NOT have two members of the same name",
				Info: map[string]any{"name": clip(name)}}
		}
	}
	return all
}

// string reads the string at d.at.
func (d *decoder) string() string {
	start := d.at
	d.at = skipString(d.data, start)
	s := d.text[start+1 : d.at-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	s, ok := unescape(d.data[start:d.at])
	if !ok {
		d.problem = &fault.Field{Code: "syntax", Message: fmt.Sprintf(`must NOT have half a surrogate pair as a \u escape, as the string at byte %d has`, start+1),
			Info: map[string]any{"offset": start}}
	}
	return s
}

// unescape returns the value of a valid JSON string, quotes included; false when an escape is half a surrogate pair,
// which encoding/json would replace.
func unescape(quoted []byte) (string, bool) {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		first := escapedUnit(quoted[i:])
		if !utf16.IsSurrogate(first) {
			continue
		}
		i += len("uXXXX")
		if quoted[i] != '\\' || utf16.DecodeRune(first, escapedUnit(quoted[i+1:])) == unicode.ReplacementChar {
			return "", false
		}
		i += len("uXXXX")
	}
	var s string
	err := json.Unmarshal(quoted, &s)
	return s, err == nil
}

// escapedUnit returns the UTF-16 unit of the escape uXXXX at the start of b; 0 when there is another escape.
func escapedUnit(b []byte) rune {
	if b[0] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(b[1:5]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}

// duplicate returns a name that two of the nodes have.
func duplicate(members []node) (string, bool) {
	if len(members) <= 8 {
		for i, m := range members {
			for _, other := range members[:i] {
				if m.name == other.name {
					return m.name, true
				}
			}
		}
		return "", false
	}
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if seen[m.name] {
			return m.name, true
		}
		seen[m.name] = true
	}
	return "", false
}
