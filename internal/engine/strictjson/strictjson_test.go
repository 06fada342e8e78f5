package strictjson_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

func TestSyntax(t *testing.T) {
	t.Parallel()
	const value = "expected a value: an object, an array, a string in double quotes, a number, true, false or null at byte "
	for text, want := range map[string]string{
		`{`:              "expected a property name in double quotes or } at byte 2, where the text ends",
		`{"a"`:           "expected : after the property name at byte 5, where the text ends",
		`{"a" 1}`:        "expected : after the property name at byte 6",
		`{"a":`:          value + "6, where the text ends",
		`{"a":1`:         "expected , or } at byte 7, where the text ends",
		`{"a":1 "b":2}`:  "expected , or } at byte 8",
		`{"a":1,}`:       "expected a property name in double quotes at byte 8",
		`{'a':1}`:        "expected a property name in double quotes or } at byte 2",
		`{a:1}`:          "expected a property name in double quotes or } at byte 2",
		`[1,`:            value + "4, where the text ends",
		`[1,]`:           value + "4",
		`[1 2]`:          "expected , or ] at byte 4",
		`[1}`:            "expected , or ] at byte 3",
		`{"a":[1]]`:      "expected , or } at byte 9",
		``:               value + "1, where the text ends",
		` `:              value + "2, where the text ends",
		`x`:              value + "1",
		`'a'`:            value + "1",
		`undefined`:      value + "1",
		`NaN`:            value + "1",
		`nil`:            "expected null at byte 2",
		`tru`:            "expected true at byte 4, where the text ends",
		`False`:          value + "1",
		`"a`:             "expected the double quote that ends the string at byte 3, where the text ends",
		"\"a\n\"":        `expected no control character in a string: write it as \u000a at byte 3`,
		`"\x"`:           `expected one of " \ / b f n r t u after a backslash at byte 3`,
		`"\`:             `expected one of " \ / b f n r t u after a backslash at byte 3, where the text ends`,
		`"\u12g4"`:       `expected 4 hexadecimal digits after \u at byte 6`,
		"\"\xff\"":       "expected UTF-8 at byte 2",
		`01`:             "expected no digit after a leading 0 at byte 2",
		`-`:              "expected a digit at byte 2, where the text ends",
		`-a`:             "expected a digit at byte 2",
		`1.`:             "expected a digit at byte 3, where the text ends",
		`1e+`:            "expected a digit at byte 4, where the text ends",
		`.5`:             value + "1",
		`+1`:             value + "1",
		`0x10`:           "expected nothing after the value at byte 2",
		`{} {}`:          "expected nothing after the value at byte 4",
		`1,`:             "expected nothing after the value at byte 2",
		`{"a":1}// note`: "expected nothing after the value at byte 8",
		"\x00":           value + "1",
	} {
		if _, err := strictjson.Decode([]byte(text), 64); err == nil || err.Error() != want || err.Kind != strictjson.Syntax {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{}`, ` [ ] `, `{"a":{"b":[1,-0.5e+7,"\u00e9\\\"ü",true,false,null]},"c":[[],{}]}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64)} {
		if _, err := strictjson.Decode([]byte(text), 64); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	many := `{"a":1`
	for i := range 100 {
		many += fmt.Sprintf(`,"%d":{"a":1}`, i)
	}
	for text, want := range map[string]strictjson.Error{
		strings.Repeat("[", 65):     {Kind: strictjson.Depth, Offset: 64},
		`{"a":"\ud83dx"}`:           {Kind: strictjson.Surrogate, Offset: 6},
		`"\ude00\ud83d"`:            {Kind: strictjson.Surrogate, Offset: 1},
		`{"a":{"b":1,"b":2},"a":3}`: {Kind: strictjson.Duplicate, Offset: 15, Name: "b"},
		`{"a":1,"\u0061":2}`:        {Kind: strictjson.Duplicate, Offset: 15, Name: "a"},
		many + `,"99":1}`:           {Kind: strictjson.Duplicate, Offset: len(many) + 5, Name: "99"},
		`{"":1,"":"` + "\xff":       {Kind: strictjson.Duplicate, Offset: 8},
	} {
		_, err := strictjson.Decode([]byte(text), 64)
		if err == nil || err.Kind != want.Kind || err.Offset != want.Offset || err.Name != want.Name {
			t.Errorf("%.40s: %+v, want %+v", text, err, want)
		}
	}
	if _, err := strictjson.Decode([]byte(many+"}"), 64); err != nil {
		t.Error(err)
	}
}

// FuzzDecode compares decode with encoding/json: it takes what is JSON, keeps its value, and refuses what two readers could read in two
// ways.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1.5e3,"\u00e9",null,true]}`, `{"a":1,"\u0061":2}`, `"\ud83d\ude00"`, "\xEF\xBB\xBF{}", `{} {}`,
		`{"a:":"{"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := strictjson.Decode(text, 64)
		want := json.Valid(text) && utf8.Valid(text) && unambiguous(t, text)
		if (err == nil) != want || err != nil && (err.Offset < 0 || err.Offset > len(text)) {
			t.Fatalf("%q: %v; to be taken: %v", text, err, want)
		}
		if !want {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil || !reflect.DeepEqual(got, value) {
			t.Fatalf("%q: %#v, want %#v, %v", text, got, value, err)
		}
	})
}

// unambiguous reads valid JSON token by token: no name twice in an object, no half of a surrogate pair, at most 64 deep.
func unambiguous(t *testing.T, text []byte) bool {
	t.Helper()
	if bytes.Contains(text, []byte(`\u`)) && !wholePairs(text) {
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var names []map[string]bool // of the objects around; nil for an array
	expectsName := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if name, ok := token.(string); ok && expectsName {
			if names[len(names)-1][name] {
				return false
			}
			names[len(names)-1][name] = true
			expectsName = false
			continue
		}
		switch token {
		case json.Delim('{'):
			names = append(names, map[string]bool{})
		case json.Delim('['):
			names = append(names, nil)
		case json.Delim('}'), json.Delim(']'):
			names = names[:len(names)-1]
		}
		if len(names) > 64 {
			return false
		}
		expectsName = len(names) > 0 && names[len(names)-1] != nil
	}
}

// wholePairs reads valid JSON rune by rune.
func wholePairs(text []byte) bool {
	runes := []rune(string(text))
	pending := false // the last thing was a high surrogate
	for i := 0; i < len(runes); i++ {
		high, low := false, false
		if runes[i] == '\\' {
			if i++; runes[i] == 'u' {
				unit := strings.ToLower(string(runes[i+1 : i+5]))
				high, low = "d800" <= unit && unit < "dc00", "dc00" <= unit && unit < "e000"
				i += 4
			}
		}
		if low != pending {
			return false
		}
		pending = high
	}
	return !pending
}
