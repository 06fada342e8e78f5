package client

import (
	"encoding/json"
	"errors"
	"strings"
)

// Order is the order of a list of T: a property's Asc or Desc (NewsOrder.DateCreated.Desc()), and what Then adds. It does not
// change. Its zero value is the order of the ids, which is that of creation. Absent and null come before everything else, in
// Desc after it; ties are broken by id, in the direction of the last property.
type Order[T any] struct {
	_    [0]*T
	keys []key
}

// Then orders by next what this order leaves equal. The contract takes 8 properties, of which id is one.
func (o Order[T]) Then(next Order[T]) Order[T] {
	return Order[T]{keys: append(list(o.keys), next.keys...)}
}

// SortProperty is a property that T can be ordered by.
type SortProperty[T any] struct{ key key }

// Asc orders by the property, the least first.
func (p SortProperty[T]) Asc() Order[T] { return Order[T]{keys: []key{p.key}} }

// Desc orders by the property, the greatest first.
func (p SortProperty[T]) Desc() Order[T] {
	k := p.key
	k.desc = true
	return Order[T]{keys: []key{k}}
}

type key struct {
	name     string // "address.city" is nested
	nullable bool   // whether documents may be without it
	desc     bool
}

func (k key) String() string {
	if k.desc {
		return k.name + " DESC"
	}
	return k.name + " ASC"
}

// total returns the keys of an order in which no two documents are equal: the id is the last one.
func (o Order[T]) total() []key {
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

// after is the condition on documents that come after this one in the order of keys, which is total: for (p, id) it is
// p > x or (p = x and id > y). New and deleted documents move none of the others in or out of it.
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

// beyond returns the conditions, of which one must hold, on a property that comes after the value. Null comes first.
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

// lookup returns a property of a document, null when it is absent.
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
