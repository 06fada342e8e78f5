package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// object is a JSON object by its exact member names; decoding into a struct would also take iSs for iss.
type object map[string]json.RawMessage

// parseObject reads one JSON object and nothing after it. A name that comes twice is refused, because readers differ in
// which of the two they believe.
func parseObject(data []byte) (object, error) {
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, errors.New("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	members := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, errors.New("not JSON")
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errors.New("not JSON")
		}
		if _, ok := members[name.(string)]; ok {
			return nil, errors.New("a member is there twice")
		}
		members[name.(string)] = value
	}
	return members, nil
}

// require reads a member that must be there, of the type that into points to.
func (o object) require(name string, into any) error {
	if _, ok := o[name]; !ok {
		return fmt.Errorf("%s is missing", name)
	}
	return o.allow(name, into)
}

// allow reads a member that may be left out. Its null is refused, which json.Unmarshal would skip.
func (o object) allow(name string, into any) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	if value[0] == 'n' || json.Unmarshal(value, into) != nil {
		return fmt.Errorf("%s has the wrong type", name)
	}
	return nil
}
