package spec

import (
	"errors"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct {
		name, text string
		want       string // in the error; empty: valid
	}{
		{"an object", ` {"a":[1,"b",null,true,{"a":{}}]} `, ""},
		{"a byte order mark", "\xEF\xBB\xBF{}", ""},
		{"a byte order mark in UTF-16", "\xFF\xFE{\x00}\x00", "expected a value: an object, an array"},
		{"two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBF{}", "expected a value"},
		{"empty text", " ", "null at byte 2, where the text ends"},
		{"half an object", `{"a":`, "null at byte 6, where the text ends"},
		{"half a string", `"a`, "expected the double quote that ends the string at byte 3"},
		{"single quotes", `{'a':1}`, "expected a property name in double quotes or } at byte 2"},
		{"a trailing comma", `{"a":1,}`, "expected a property name in double quotes at byte 8"},
		{"a comment", `{} // thanks`, "expected nothing after the value at byte 4"},
		{"a second value", `{} {}`, "expected nothing after the value at byte 4"},
		{"a NUL at the end", "{}\x00", "expected nothing after the value at byte 3"},
		{"an extra brace", `{}}`, "expected nothing after the value at byte 3"},
		{"a duplicate name", `{"a":1,"a":1}`, "the property name that ends at byte 10 is there twice in one object"},
		{"a duplicate name, once escaped", `{"admin":1,"\u0061dmin":2}`, "ends at byte 23 is there twice"},
		{"a duplicate name in a member", `[{"x":{"a":1,"b":2,"a":3}}]`, "ends at byte 22 is there twice"},
		{"a duplicate name in an overwritten member", `{"a":{"b":1,"b":2},"a":{}}`, "ends at byte 15 is there twice"},
		{"a duplicate name with an equal string between", `{"a":"b","b":["a","a",{"a":1}],"a":1}`, "ends at byte 34 is there twice"},
		{"names that differ in case", `{"a":1,"A":2}`, ""},
		{"a name of colons and braces", `{"a:{\"":"b:}[\\"}`, ""},
		{"64 levels", nested(64), ""},
		{"65 levels", nested(65), "more than 64 deep"},
		{"many levels, not closed", strings.Repeat(`{"a":`, 100_000), "more than 64 deep"},
		{"brackets in a string", `"` + strings.Repeat("[", 100) + `"`, ""},
		{"a broken UTF-8 sequence", "\"\xC3\x28\"", "expected UTF-8 at byte 2"},
		{"a surrogate in UTF-8", "\"\xED\xA0\x80\"", "expected UTF-8 at byte 2"},
		{"an overlong slash", "\"\xC0\xAF\"", "expected UTF-8 at byte 2"},
		{"a pair of surrogates", `"\ud83d\ude00"`, ""},
		{"half of a pair", `"\ud83d"`, "at byte 2 is half of a surrogate pair"},
		{"the second half alone", `"\ude00"`, "surrogate"},
		{"halves in the wrong order", `"\ude00\ud83d"`, "surrogate"},
		{"half of a pair in a name", `{"\uD83D":1}`, "surrogate"},
		{"half of a pair, then a character", `"\ud83dA\ude00"`, "surrogate"},
		{"an escaped backslash", `"\\ud83d\\"`, ""},
		{"the replacement character", "\"\uFFFD\\ufffd\"", ""},
		{"a number beyond float64", `1e400`, ""}, // the schema's type decides
		{"a number with a leading zero", `01`, "expected no digit after a leading 0 at byte 2"},
		{"not a number", `NaN`, "expected a value"},
		{"a line end in a string", "\"a\nb\"", `write it as \u000a at byte 3`},
	} {
		_, err := decode([]byte(tt.text))
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		refusal, ok := errors.AsType[*fault.Error](err)
		if !ok || refusal.Kind != fault.BadRequest || refusal.Name != "SyntaxError" || !strings.Contains(refusal.Detail, tt.want) {
			t.Errorf("%s: %v, want a SyntaxError with %q", tt.name, err, tt.want)
		}
	}
}
