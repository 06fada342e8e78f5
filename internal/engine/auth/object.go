package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// object is a JSON object by exact member names. Decoding into a struct would also accept iSs for iss.
type object map[string]json.RawMessage

// parseObject parses one JSON object without trailing data. It rejects duplicate names, because parsers differ in which one they use.
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
			return nil, errors.New("duplicate member")
		}
		members[name.(string)] = value
	}
	return members, nil
}

// require decodes a required member into the value that into points to.
func (o object) require(name string, into any) error {
	if _, ok := o[name]; !ok {
		return fmt.Errorf("%s is missing", name)
	}
	return o.allow(name, into)
}

// allow decodes an optional member. It rejects null, which json.Unmarshal would ignore.
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
