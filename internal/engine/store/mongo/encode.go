package mongo

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

const (
	versionField = "_v"
	maxNesting   = 100      // levels of objects and arrays, MongoDB's own limit
	maxDocument  = 16 << 20 // bytes of BSON, MongoDB's own limit
)

// encode returns the BSON of a new document. It rejects what MongoDB cannot store: documents above 16 MiB or nested deeper than 100 levels
// (TooLarge), members of free-form objects whose names begin with $ or contain a dot or NUL, and numbers out of the range of a double
// (Invalid).
func (s *shape) encode(d store.Document, version int64) (bson.Raw, error) {
	return s.encodeAs(d, version, false)
}

// encodeAs is encode. If convert is set, numbers become texts and texts numbers where that is the type of the property.
func (s *shape) encodeAs(d store.Document, version int64, convert bool) (bson.Raw, error) {
	e := &encoder{in: json.NewDecoder(bytes.NewReader(d.JSON)), convert: convert}
	e.in.UseNumber()
	start, out := bsoncore.AppendDocumentStart(make([]byte, 0, len(d.JSON)+len(d.JSON)/4+64))
	out = bsoncore.AppendStringElement(out, "_id", d.ID)
	out = bsoncore.AppendInt64Element(out, versionField, version)
	if token, err := e.in.Token(); err != nil || token != json.Delim('{') {
		return nil, fault.Wrap(err, fault.Internal, "", "collection %s: the document is not a JSON object", s.model.Collection)
	}
	for e.in.More() {
		name, err := e.name()
		if err != nil {
			return nil, s.unfit(err)
		}
		place := s.properties[name]
		switch {
		case name == "id": // stored as _id
			_, err = e.value(nil, "", nil, 1)
		case place == nil && (name == "_id" || name == versionField || !allowed(name)):
			err = fault.New(fault.Invalid, "VALIDATION_FAILED", "The store does not support the property %q. Rename it.", name)
		default:
			out, err = e.value(out, name, place, 1)
		}
		if err != nil {
			return nil, s.unfit(err)
		}
	}
	out, _ = bsoncore.AppendDocumentEnd(out, start)
	if len(out) > maxDocument {
		return nil, tooLarge(nil)
	}
	return out, nil
}

// appendMember appends a top-level property as an element.
func (s *shape) appendMember(out []byte, name string, text json.RawMessage) ([]byte, error) {
	e := &encoder{in: json.NewDecoder(bytes.NewReader(text))}
	e.in.UseNumber()
	out, err := e.value(out, name, s.properties[name], 1)
	if err != nil {
		return nil, s.unfit(err)
	}
	return out, nil
}

// unfit turns any error into a fault.
func (s *shape) unfit(err error) error {
	if f, ok := err.(*fault.Error); ok {
		return f
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fault.Wrap(err, fault.Internal, "", "collection %s: the document is not valid JSON", s.model.Collection)
}

// encoder writes JSON values as BSON elements.
type encoder struct {
	in      *json.Decoder
	convert bool // see encodeAs
}

func (e *encoder) name() (string, error) {
	token, err := e.in.Token()
	name, _ := token.(string)
	return name, err
}

// value appends the next value as an element; m describes its place.
func (e *encoder) value(out []byte, name string, m *member, depth int) ([]byte, error) {
	token, err := e.in.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		if depth >= maxNesting {
			return nil, fault.New(fault.TooLarge, "", "The document is nested deeper than %d levels.", maxNesting)
		}
		if v == '[' {
			return e.array(out, name, m, depth)
		}
		return e.object(out, name, m, depth)
	case string:
		if at, ok := instant(v); ok && m != nil && m.date {
			return bsoncore.AppendDateTimeElement(out, name, at.UnixMilli()), nil
		}
		if e.convert && m != nil && m.column != nil {
			if n, ok := number(m.column.Type, v); ok {
				return appendNumber(out, name, string(n))
			}
		}
		return bsoncore.AppendStringElement(out, name, v), nil
	case json.Number:
		if e.convert && m != nil && m.column != nil && m.column.Type == filter.String {
			return bsoncore.AppendStringElement(out, name, string(v)), nil
		}
		return appendNumber(out, name, string(v))
	case bool:
		return bsoncore.AppendBooleanElement(out, name, v), nil
	default:
		return bsoncore.AppendNullElement(out, name), nil
	}
}

func (e *encoder) object(out []byte, name string, m *member, depth int) ([]byte, error) {
	start, out := bsoncore.AppendDocumentElementStart(out, name)
	for e.in.More() {
		name, err := e.name()
		if err != nil {
			return nil, err
		}
		if !allowed(name) {
			return nil, fault.New(fault.Invalid, "VALIDATION_FAILED",
				"The store does not support members whose names start with $ or contain a dot or NUL. Give the members of free-form "+
					"objects other names.")
		}
		var below *member
		if m != nil {
			below = m.members[name]
		}
		if out, err = e.value(out, name, below, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := e.in.Token(); err != nil {
		return nil, err
	}
	return bsoncore.AppendDocumentEnd(out, start)
}

// allowed reports whether every MongoDB server stores a member of that name.
func allowed(name string) bool {
	return !strings.HasPrefix(name, "$") && !strings.ContainsAny(name, ".\x00")
}

func (e *encoder) array(out []byte, name string, m *member, depth int) ([]byte, error) {
	start, out := bsoncore.AppendArrayElementStart(out, name)
	for i := 0; e.in.More(); i++ {
		var err error
		if out, err = e.value(out, strconv.Itoa(i), m, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := e.in.Token(); err != nil {
		return nil, err
	}
	return bsoncore.AppendArrayEnd(out, start)
}

// appendNumber keeps integers exact. Negative zero becomes a double, the only number type that has it.
func appendNumber(out []byte, name, text string) ([]byte, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return bsoncore.AppendInt64Element(out, name, n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fault.New(fault.Invalid, "VALIDATION_FAILED", "The store does not support numbers out of the range of a double.")
	}
	return bsoncore.AppendDoubleElement(out, name, f), nil
}

// instant parses a date-time if its text is in the form of package timestamp, so that decoding returns the same text.
func instant(text string) (timestamp.Time, bool) {
	if len(text) != len(timestamp.Layout) {
		return timestamp.Time{}, false
	}
	t, err := time.Parse(timestamp.Layout, text)
	at := timestamp.Of(t)
	return at, err == nil && at.String() == text
}

// isNull reports whether the value is null.
func isNull(v bson.RawValue) bool { return v.Type == bson.TypeNull }
