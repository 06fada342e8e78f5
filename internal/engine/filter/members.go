package filter

import (
	"bytes"
	"encoding/json"
)

// EachMember calls yield for each top-level member of a JSON object, until yield returns false. quoted is the name in its JSON form, with
// quotes. The object must be valid and without white space, as stores keep it; any other input yields undefined parts of it.
func EachMember(object []byte, yield func(quoted, value []byte) bool) {
	for i := 1; i < len(object) && object[i] == '"'; i++ {
		colon := skipString(object, i)
		if colon < 0 || colon >= len(object) {
			return
		}
		end := skipValue(object, colon+1)
		if end < 0 || !yield(object[i:colon], object[colon+1:end]) {
			return
		}
		i = end
	}
}

// EachElement calls yield for each element of a JSON array, until yield returns false. The array must be as EachMember requires.
func EachElement(array []byte, yield func(value []byte) bool) {
	for i := 1; i < len(array) && array[i] != ']'; i++ {
		end := skipValue(array, i)
		if end <= i || !yield(array[i:end]) {
			return
		}
		i = end
	}
}

// unquoted returns a name that is given in its JSON form.
func unquoted(quoted []byte) (name []byte, ok bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	var text string
	err := json.Unmarshal(quoted, &text)
	return []byte(text), err == nil
}

// Lookup returns the value of a map for a name in its JSON form, and whether it has one.
func Lookup[V any](m map[string]V, quoted []byte) (value V, has bool) {
	if name, ok := unquoted(quoted); ok {
		value, has = m[string(name)]
	}
	return value, has
}
