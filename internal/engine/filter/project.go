package filter

import (
	"bytes"
	"encoding/json"
)

// AppendProject appends the top-level members of a document that f keeps, in their order and as they are, as a JSON object,
// and returns the extended dst. A nil f appends the document. The document must be a JSON object without
// white space, as stores keep it; of other bytes something is appended that is at most two bytes longer.
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

// keepsQuoted is Keeps for a name as it stands in JSON, quotes included.
func (f *Fields) keepsQuoted(quoted []byte) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return f.Names[string(quoted[1:len(quoted)-1])] != f.Exclude
	}
	var name string
	return json.Unmarshal(quoted, &name) == nil && f.Keeps(name)
}
