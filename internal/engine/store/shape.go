package store

import (
	"bytes"
	"encoding/json"
	"slices"
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

// View returns a function that returns the JSON of a stored document as this program sees it: without the properties that another contract
// has written, and with what an older program has written under a former name.
func (m *Model) View() func(json.RawMessage) json.RawMessage {
	v := newView(m)
	return func(text json.RawMessage) json.RawMessage {
		var out bytes.Buffer // another program may have written it in another form
		if json.Compact(&out, text) != nil {
			return text
		}
		return v.of(out.Bytes())
	}
}

// Unknown reports whether no document that a program with this model writes can have a value at a path.
func (m *Model) Unknown(path []string) bool {
	shape := &Shape{Closed: true, Members: map[string]*Shape{}}
	for _, p := range m.Properties {
		shape.Members[p.Name] = p.Shape
	}
	for _, name := range path {
		if shape == nil {
			return false
		}
		member, known := shape.Members[name]
		if !known {
			return shape.Closed
		}
		shape = member
	}
	return false
}

// view is how a program sees the documents of a collection, which a program with another contract may have written too.
type view struct {
	shape  *Shape
	filled []Property     // required properties that have a default
	index  map[string]int // of filled, by name
	was    map[string]int // of the model's properties, by their former names
	model  *Model
}

func newView(m *Model) *view {
	v := &view{shape: &Shape{Closed: true, Members: map[string]*Shape{}}, index: map[string]int{}, was: map[string]int{}, model: m}
	for i, p := range m.Properties {
		if p.Was != "" {
			v.was[p.Was] = i
		}
		v.shape.Members[p.Name] = p.Shape
		if p.Required && p.Default != nil {
			v.index[p.Name] = len(v.filled)
			v.filled = append(v.filled, p)
		}
	}
	return v
}

// of returns a stored document as responses contain it: without properties that the contract does not have, with the value of a former name
// in place of the property's own, because an older program has written it last, and with the default of each required property that is
// missing. It returns the text itself if that is the same. The text must be compact JSON.
func (v *view) of(text json.RawMessage) json.RawMessage {
	if len(text) < 2 || text[0] != '{' {
		return text
	}
	text = v.renamed(text)
	missing := v.missing(text)
	if len(missing) == 0 && v.shape.fits(text) {
		return text
	}
	out := v.shape.appendKnown(make([]byte, 0, len(text)), text)
	for _, p := range missing {
		out = appendLast(out, p.Name, p.Default)
	}
	return out
}

// renamed returns the document with the values of former names under the present ones.
func (v *view) renamed(text json.RawMessage) json.RawMessage {
	if len(v.was) == 0 {
		return text
	}
	former := map[string][]byte{}
	filter.EachMember(text, func(quoted, value []byte) bool {
		if i, is := filter.Lookup(v.was, quoted); is {
			former[v.model.Properties[i].Name] = value
		}
		return true
	})
	if len(former) == 0 {
		return text
	}
	out, first := []byte{'{'}, true
	filter.EachMember(text, func(quoted, value []byte) bool {
		if _, is := filter.Lookup(v.was, quoted); is {
			return true
		}
		if newest, has := filter.Lookup(former, quoted); has {
			value = newest
			name, _ := strconv.Unquote(string(quoted)) // a property's name has no escapes of JSON only
			delete(former, name)
		}
		out = append(appendMember(out, &first, quoted), value...)
		return true
	})
	out = append(out, '}')
	for _, p := range v.model.Properties {
		if value, left := former[p.Name]; left {
			out = appendLast(out, p.Name, value)
		}
	}
	return out
}

// appendLast adds a member to the end of an object.
func appendLast(object []byte, name string, value []byte) []byte {
	object = object[:len(object)-1]
	if len(object) > 1 {
		object = append(object, ',')
	}
	return append(append(append(strconv.AppendQuote(object, name), ':'), value...), '}')
}

// Stored returns a new document as backends store it: with its properties under their former names too, for older programs. The members
// have the same values as the text.
func (m *Model) Stored(text json.RawMessage, members map[string]json.RawMessage) json.RawMessage {
	for _, p := range m.Properties {
		if value, has := members[p.Name]; has && p.Was != "" {
			text = appendLast(slices.Clone(text), p.Was, value)
		}
	}
	return text
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
