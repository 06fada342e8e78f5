package client

import (
	"encoding/json"
	"errors"
	"strings"
)

// Sorting is the order of a list of T. A property's Asc or Desc returns one (NewsOrder.DateCreated.Desc()), and Then extends it. It is
// immutable. The zero value orders by id, which is the order of creation. Absent and null values come first, and last in Desc;
// ties are broken by id, in the direction of the last property.
type Sorting[T any] struct {
	_    [0]*T
	keys []key
}

// Then returns an order that breaks ties with next. The contract allows 8 properties, including id.
func (o Sorting[T]) Then(next Sorting[T]) Sorting[T] {
	return Sorting[T]{keys: append(list(o.keys), next.keys...)}
}

// SortProperty is a property that T can be ordered by.
type SortProperty[T any] struct{ key key }

// Asc returns the ascending order of the property.
func (p SortProperty[T]) Asc() Sorting[T] { return Sorting[T]{keys: []key{p.key}} }

// Desc returns the descending order of the property.
func (p SortProperty[T]) Desc() Sorting[T] {
	k := p.key
	k.desc = true
	return Sorting[T]{keys: []key{k}}
}

type key struct {
	name     string // "address.city" is nested
	nullable bool   // whether documents may lack the property
	desc     bool
}

func (k key) String() string {
	if k.desc {
		return k.name + " DESC"
	}
	return k.name + " ASC"
}

// total returns the keys of a total order, which ends with the id.
func (o Sorting[T]) total() []key {
	var keys []key
	named := map[string]bool{}
	for _, k := range o.keys {
		if !named[k.name] {
			named[k.name] = true
			keys = append(keys, k)
		}
		if k.name == "id" {
			return keys
		}
	}
	return append(keys, key{name: "id", desc: len(keys) > 0 && keys[len(keys)-1].desc})
}

// after returns the condition for documents that come after this one in the total order of keys: for (p, id) it is
// p > x or (p = x and id > y). Whether a document matches does not depend on new or deleted documents.
func after[T any](keys []key, document json.RawMessage) (Where[T], error) {
	var alternatives []map[string]any
	equal := map[string]any{}
	for _, k := range keys {
		value, err := lookup(document, k.name)
		if err != nil {
			return Where[T]{}, err
		}
		for _, condition := range k.beyond(value) {
			alternative := map[string]any{k.name: condition}
			for name, x := range equal {
				alternative[name] = x
			}
			alternatives = append(alternatives, alternative)
		}
		equal[k.name] = map[string]any{"eq": value}
	}
	return Where[T]{clause: map[string]any{"or": alternatives}}, nil
}

// beyond returns alternative conditions for a property that comes after the value. Null comes first.
func (k key) beyond(value json.RawMessage) []map[string]any {
	null := string(value) == "null"
	switch {
	case null && k.desc:
		return nil
	case null:
		return []map[string]any{{"neq": nil}}
	case k.desc && k.nullable:
		return []map[string]any{{"lt": value}, {"eq": nil}}
	case k.desc:
		return []map[string]any{{"lt": value}}
	}
	return []map[string]any{{"gt": value}}
}

// lookup returns a property of a document, or null if it is absent.
func lookup(document json.RawMessage, name string) (json.RawMessage, error) {
	for part := range strings.SplitSeq(name, ".") {
		if string(document) == "null" {
			break
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(document, &members); err != nil {
			return nil, err
		}
		document = members[part]
		if document == nil {
			document = json.RawMessage("null")
		}
	}
	if name == "id" && string(document) == "null" {
		return nil, errors.New("the server sent a document without an id")
	}
	return document, nil
}
