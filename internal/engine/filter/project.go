package filter

import (
	"bytes"
	"encoding/json"
)

// AppendProject appends a JSON object of the top-level members of a document that f keeps, in their order and unchanged, and returns the
// extended dst. If f is nil, it appends the whole document. The document must be a JSON object without white space, as stores keep it; for
// any other input, the appended bytes are undefined, but at most two more than the input.
func (f *Fields) AppendProject(dst, doc []byte) []byte {
	if f == nil {
		return append(dst, doc...)
	}
	dst = append(dst, '{')
	kept := false
	for i := 1; i < len(doc) && doc[i] == '"'; i++ {
		colon := skipString(doc, i)
		if colon < 0 {
			break
		}
		end := skipValue(doc, colon+1)
		if end < 0 {
			break
		}
		if f.keepsQuoted(doc[i:colon]) {
			if kept {
				dst = append(dst, ',')
			}
			dst = append(dst, doc[i:end]...)
			kept = true
		}
		i = end
	}
	return append(dst, '}')
}

// keepsQuoted is Keeps for a name in its JSON form, with quotes.
func (f *Fields) keepsQuoted(quoted []byte) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return f.Names[string(quoted[1:len(quoted)-1])] != f.Exclude
	}
	var name string
	return json.Unmarshal(quoted, &name) == nil && f.Keeps(name)
}

// The scanners below move over JSON text that is known to be valid. On any
// other bytes they stay in bounds and end: what they return then means nothing, or is -1.

// skipString returns the index after the string whose opening quote is at i, or -1.
func skipString(b []byte, i int) int {
	for start := i + 1; ; {
		n := bytes.IndexByte(b[start:], '"')
		if n < 0 {
			return -1
		}
		end, escapes := start+n, 0
		for end-escapes > i+1 && b[end-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end + 1
		}
		start = end + 1
	}
}

// skipValue returns the index after the value that begins at i, or -1.
func skipValue(b []byte, i int) int {
	for depth := 0; i >= 0 && i < len(b); {
		switch b[i] {
		case '"':
			i = skipString(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':':
			i++
		default:
			i = skipScalar(b, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return -1
}

// skipScalar returns the index after the number or literal that begins at i; always more than i.
func skipScalar(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case ',', ':', ']', '}', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return i
}
