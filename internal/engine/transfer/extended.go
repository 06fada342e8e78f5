package transfer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// absent is the value of a member that is left out.
type absent struct{}

// plain replaces the objects of MongoDB's extended JSON (v1 and v2, as mongoexport writes it) in a decoded value with what they stand for.
// Its errors name the type and quote no value.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			p, err := plain(element)
			if err != nil {
				return nil, fmt.Errorf("/%d%w", i, err)
			}
			if p == (absent{}) {
				p = nil
			}
			v[i] = p
		}
	case map[string]any:
		for name, member := range v {
			if len(name) > 1 && name[0] == '$' {
				p, err := typed(name, member, v)
				if err != nil {
					return nil, fmt.Errorf(": %w", err)
				}
				return p, nil
			}
		}
		for name, member := range v {
			p, err := plain(member)
			if err != nil {
				return nil, fmt.Errorf("/%s%w", name, err)
			}
			if p == (absent{}) {
				delete(v, name)
			} else {
				v[name] = p
			}
		}
	}
	return value, nil
}

var errExtended = errors.New("is not valid extended JSON")

// typed returns the value of an object with a member whose name begins with $.
func typed(name string, value any, object map[string]any) (any, error) {
	text, isText := value.(string)
	switch name {
	case "$oid", "$symbol", "$uuid":
		if len(object) != 1 || !isText {
			return nil, errExtended
		}
		return text, nil
	case "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal":
		if len(object) != 1 || !isText {
			return nil, errExtended
		}
		return number(text)
	case "$date":
		if len(object) != 1 {
			return nil, errExtended
		}
		return date(value)
	case "$binary", "$type":
		return binary(object)
	case "$undefined":
		if value != true || len(object) != 1 {
			return nil, errExtended
		}
		return absent{}, nil
	}
	return nil, errors.New("has a type of MongoDB that JSON does not have")
}

// number returns a decimal number as JSON writes it.
func number(text string) (any, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, errors.New("is not a number that JSON can contain")
	}
	if !json.Valid([]byte(text)) { // such as +1, .5 and 0x10
		text = strconv.FormatFloat(f, 'g', -1, 64)
		if !json.Valid([]byte(text)) {
			return nil, errExtended
		}
	}
	return json.Number(text), nil
}

// date returns a date-time: from text, or from milliseconds since 1970.
func date(value any) (any, error) {
	switch v := value.(type) {
	case string:
		if t, err := time.Parse("2006-01-02T15:04:05.999999999Z0700", v); err == nil { // mongoexport of version 3: +0100
			v = t.Format(time.RFC3339Nano)
		}
		t, err := timestamp.Parse(v)
		if err != nil {
			return nil, errors.New("is not a date-time")
		}
		return t.String(), nil
	case map[string]any:
		text, isText := v["$numberLong"].(string)
		if len(v) != 1 || !isText {
			return nil, errExtended
		}
		return date(json.Number(text))
	case json.Number:
		ms, err := v.Int64()
		if err != nil {
			return nil, errors.New("is not a date-time")
		}
		t := timestamp.Of(time.UnixMilli(ms))
		if y := t.Year(); y < 0 || y > 9999 {
			return nil, errors.New("is not a date-time between the years 0 and 9999")
		}
		return t.String(), nil
	}
	return nil, errExtended
}

// binary returns a UUID as text, and other bytes in Base64.
func binary(object map[string]any) (any, error) {
	text, isText := object["$binary"].(string) // v1: {"$binary": "…", "$type": "04"}
	kind, isKind := object["$type"].(string)
	if !isText { // v2: {"$binary": {"base64": "…", "subType": "04"}}
		inner, _ := object["$binary"].(map[string]any)
		text, isText = inner["base64"].(string)
		kind, isKind = inner["subType"].(string)
	}
	if !isText || !isKind {
		return nil, errExtended
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errExtended
	}
	if kind == "4" || kind == "04" {
		id, err := uuid.FromBytes(content)
		if err != nil {
			return nil, errExtended
		}
		return id.String(), nil
	}
	return text, nil
}
