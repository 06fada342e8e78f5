package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
)

func TestFind(t *testing.T) {
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
		if err := strictjson.Find([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{}`, ` [ ] `, `{"a":{"b":[1,-0.5e+7,"\u00e9\\\"ü",true,false,null]},"c":[[],{}]}`, strings.Repeat("[", 1e5) + strings.Repeat("]", 1e5)} {
		if err := strictjson.Find([]byte(text)); err != nil {
			t.Errorf("%.60s: %v", text, err)
		}
	}
}

// FuzzFind holds the scanner against encoding/json.
func FuzzFind(f *testing.F) {
	for _, text := range []string{`{"a":[1,-0.5e+7,"\u00e9\\\"ü",true,false,null],"b":{}}`, `{"a":1,}`, `"\ud83d"`, "[\x00]", `{"":"`, `[[[`, `-0`, `1E9`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := strictjson.Find(text)
		if valid := json.Valid(text) && utf8.Valid(text); valid != (err == nil) {
			t.Fatalf("%q: %v, valid: %v", text, err, valid)
		}
		if err != nil && (err.Offset < 0 || err.Offset > len(text) || err.AtEnd != (err.Offset == len(text))) {
			t.Fatalf("%q: %+v", text, err)
		}
	})
}
