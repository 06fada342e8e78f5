package mongo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/bsontype"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// decode appends the JSON of a stored document to text, which may be reused, and returns the document. A document without a version, from
// another program, has version 1. If JSON cannot represent a document, or its _id is not a string, the document is Unreadable.
func decode(text []byte, raw bson.Raw) store.Document {
	d := store.Document{Version: 1}
	var err error
	d.JSON, err = appendDocument(text, bsoncore.Document(raw), &d, 1)
	if id, missing := raw.LookupErr("_id"); err == nil && missing != nil {
		err = missing
	} else if missing == nil && id.Type != bson.TypeString {
		err = fmt.Errorf("its _id has the BSON type %s; it must be a string", id.Type)
		d.ID = id.String()
		d.ID = d.ID[:min(len(d.ID), 100)]
	}
	if err != nil {
		return store.Document{ID: d.ID, Unreadable: err}
	}
	return d
}

// version returns the number in a document's version field, or 0 if it is not an integer.
func version(v bsoncore.Value) int64 {
	if n, ok := v.Int32OK(); ok {
		return int64(n)
	}
	n, _ := v.Int64OK()
	return n
}

// appendDocument appends a BSON document as a JSON object. For a whole document, it sets the id and the version of d.
func appendDocument(out []byte, raw bsoncore.Document, d *store.Document, depth int) ([]byte, error) {
	out = append(out, '{')
	first := true
	err := each(raw, depth, func(name []byte, v bsoncore.Value) (err error) {
		if d != nil {
			switch string(name) {
			case versionField:
				d.Version = max(1, version(v))
				return nil
			case "_id":
				d.ID, _ = v.StringValueOK()
				name = []byte("id")
			case "id":
				return fmt.Errorf("it has a member id in addition to _id, which is its id")
			}
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, name), ':')
		if out, err = appendValue(out, v, depth); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	return append(out, '}'), err
}

func appendArray(out []byte, raw bsoncore.Document, depth int) ([]byte, error) {
	out = append(out, '[')
	first := true
	err := each(raw, depth, func(_ []byte, v bsoncore.Value) (err error) {
		if !first {
			out = append(out, ',')
		}
		first = false
		out, err = appendValue(out, v, depth)
		return err
	})
	return append(out, ']'), err
}

// each calls do for each element of a document or array.
func each(raw bsoncore.Document, depth int, do func(name []byte, v bsoncore.Value) error) error {
	length, rest, ok := bsoncore.ReadLength(raw)
	if !ok || int(length) > len(raw) || length < 5 || depth > maxNesting {
		return fmt.Errorf("not a BSON document of at most %d levels", maxNesting)
	}
	rest = rest[:length-4]
	for len(rest) > 1 {
		var e bsoncore.Element
		if e, rest, ok = bsoncore.ReadElement(rest); !ok {
			return fmt.Errorf("not a BSON document")
		}
		end := bytes.IndexByte(e, 0) // of the name, which begins after the type
		v := bsoncore.Value{Type: bsontype.Type(e[0]), Data: e[end+1:]}
		if err := do(e[1:end], v); err != nil {
			return err
		}
	}
	return nil
}

// appendValue appends a BSON value as JSON. Types that this program does not write are errors.
func appendValue(out []byte, v bsoncore.Value, depth int) ([]byte, error) {
	switch v.Type {
	case bson.TypeString:
		if n, rest, ok := bsoncore.ReadLength(v.Data); ok && n > 0 && int(n) <= len(rest) {
			return appendString(out, rest[:n-1]), nil
		}
	case bson.TypeInt64:
		if n, ok := v.Int64OK(); ok {
			return strconv.AppendInt(out, n, 10), nil
		}
	case bson.TypeInt32:
		if n, ok := v.Int32OK(); ok {
			return strconv.AppendInt(out, int64(n), 10), nil
		}
	case bson.TypeDouble:
		if f, ok := v.DoubleOK(); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return appendFloat(out, f), nil
		}
	case bson.TypeBoolean:
		if b, ok := v.BooleanOK(); ok {
			return strconv.AppendBool(out, b), nil
		}
	case bson.TypeDateTime:
		if ms, ok := v.DateTimeOK(); ok {
			if at := time.UnixMilli(ms).UTC(); at.Year() >= 0 && at.Year() <= 9999 {
				return at.AppendFormat(out, `"`+timestamp.Layout+`"`), nil
			}
		}
	case bson.TypeNull:
		return append(out, "null"...), nil
	case bson.TypeEmbeddedDocument:
		return appendDocument(out, v.Data, nil, depth+1)
	case bson.TypeArray:
		return appendArray(out, v.Data, depth+1)
	}
	return out, fmt.Errorf("a value of the BSON type %s that JSON cannot represent", v.Type)
}

// appendString appends a string as encoding/json writes it. Checking each byte is most of the work of decoding: a table lookup without
// branches is three times as fast as comparisons.
func appendString(out, s []byte) []byte {
	var found byte
	for _, b := range s {
		found |= escaped[b]
	}
	if found == 0 && utf8.Valid(s) {
		return append(append(append(out, '"'), s...), '"')
	}
	text, _ := json.Marshal(string(s)) // it never fails for a string
	return append(out, text...)
}

// escaped has a 1 for each byte that encoding/json may escape. 0xE2 is the first of U+2028 and U+2029.
var escaped = func() (table [256]byte) {
	for b := range byte(' ') {
		table[b] = 1
	}
	for _, b := range []byte("\"\\<>&\xE2") {
		table[b] = 1
	}
	return table
}()

// appendFloat appends a finite number as encoding/json writes it: as ECMAScript does (ECMA-262, Number::toString), except for negative
// zero.
func appendFloat(out []byte, f float64) []byte {
	abs := math.Abs(f)
	if abs == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	out = strconv.AppendFloat(out, f, 'e', -1, 64)
	if n := len(out); n >= 4 && out[n-4] == 'e' && out[n-3] == '-' && out[n-2] == '0' { // e-09
		out = append(out[:n-2], out[n-1])
	}
	return out
}
