package store

import (
	"encoding/json"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Shape is what a schema says about the members of a value. Nil stands for any value.
type Shape struct {
	Closed  bool // an object has only the Members
	Members map[string]*Shape
	Items   *Shape // of the elements of an array
}

// fits reports whether a value has only known members.
func (s *Shape) fits(value []byte) bool {
	fits := true
	switch {
	case s == nil || len(value) == 0:
	case value[0] == '{' && (s.Closed || s.Members != nil):
		filter.EachMember(value, func(quoted, value []byte) bool {
			member, known := filter.Lookup(s.Members, quoted)
			fits = (known || !s.Closed) && member.fits(value)
			return fits
		})
	case value[0] == '[' && s.Items != nil:
		filter.EachElement(value, func(value []byte) bool {
			fits = s.Items.fits(value)
			return fits
		})
	}
	return fits
}

// appendKnown appends a value without its unknown members.
func (s *Shape) appendKnown(out, value []byte) []byte {
	switch {
	case s.fits(value):
		return append(out, value...)
	case value[0] == '{':
		out = append(out, '{')
		first := true
		filter.EachMember(value, func(quoted, value []byte) bool {
			member, known := filter.Lookup(s.Members, quoted)
			if known || !s.Closed {
				out = appendMember(out, &first, quoted)
				out = member.appendKnown(out, value)
			}
			return true
		})
		return append(out, '}')
	default: // an array
		out = append(out, '[')
		first := true
		filter.EachElement(value, func(value []byte) bool {
			if !first {
				out = append(out, ',')
			}
			first = false
			out = s.Items.appendKnown(out, value)
			return true
		})
		return append(out, ']')
	}
}

// appendMember appends the name of an object's next member.
func appendMember(out []byte, first *bool, quoted []byte) []byte {
	if !*first {
		out = append(out, ',')
	}
	*first = false
	return append(append(out, quoted...), ':')
}

// View returns a function that returns a document as this program sees it: without the properties that another contract has written.
func (m *Model) View() func(json.RawMessage) json.RawMessage { return newView(m).of }

// view is how a program sees the documents of a collection, which a program with another contract may have written too.
type view struct {
	shape  *Shape
	filled []Property     // required properties that have a default
	index  map[string]int // of filled, by name
}

func newView(m *Model) *view {
	v := &view{shape: &Shape{Closed: true, Members: map[string]*Shape{}}, index: map[string]int{}}
	for _, p := range m.Properties {
		v.shape.Members[p.Name] = p.Shape
		if p.Required && p.Default != nil {
			v.index[p.Name] = len(v.filled)
			v.filled = append(v.filled, p)
		}
	}
	return v
}

// of returns a stored document as responses contain it: without properties that the contract does not have, and with the default of each
// required property that is missing. It returns the text itself if that is the same. The text must be compact JSON.
func (v *view) of(text json.RawMessage) json.RawMessage {
	if len(text) < 2 || text[0] != '{' {
		return text
	}
	missing := v.missing(text)
	if len(missing) == 0 && v.shape.fits(text) {
		return text
	}
	out := v.shape.appendKnown(make([]byte, 0, len(text)), text)
	for _, p := range missing {
		out = append(out[:len(out)-1], ',')
		if len(out) == 2 { // no other member
			out = out[:1]
		}
		out = append(append(append(strconv.AppendQuote(out, p.Name), ':'), p.Default...), '}')
	}
	return out
}

// missing returns the required properties that the document lacks and that have a default.
func (v *view) missing(text []byte) (missing []Property) {
	if len(v.filled) == 0 {
		return nil
	}
	has := make([]bool, len(v.filled))
	filter.EachMember(text, func(quoted, _ []byte) bool {
		if i, is := filter.Lookup(v.index, quoted); is {
			has[i] = true
		}
		return true
	})
	for i := range v.filled {
		if !has[i] {
			missing = append(missing, v.filled[i])
		}
	}
	return missing
}
