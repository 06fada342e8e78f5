package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Version counts the changes of a document from 1. As a Precondition it is the version that the stored document must still have; Any
// accepts all versions.
type Version int64

// Any stands for every version of an existing document.
const Any Version = 0

// never is a version that no document has.
const never Version = -1

// ETag returns the version as a strong entity tag (RFC 9110, section 8.8.3): "7" with its quotes.
func (v Version) ETag() string { return strconv.Quote(strconv.FormatInt(int64(v), 10)) }

// members returns the JSON of in's members, without the id and the owner, which clients cannot choose: a handler may pass a whole T that it
// has read.
func (c Collection[T]) members(in any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", c.model.Schema.Name(), err)
	}
	if text[0] != '{' {
		return nil, fmt.Errorf("store: %s: a document must be a JSON object, not %T", c.model.Schema.Name(), in)
	}
	members := map[string]json.RawMessage{}
	filter.EachMember(text, func(quoted, value []byte) bool {
		name := string(quoted[1 : len(quoted)-1]) // that of a property has no escapes
		if c.model.kept(name) {
			return true
		}
		if !slices.ContainsFunc(c.model.Properties, func(p Property) bool { return p.Name == name }) {
			err = fmt.Errorf("store: %s: unknown property %s", c.model.Schema.Name(), name)
		}
		members[name] = value
		return err == nil
	})
	return members, err
}

// check checks a document against the schema and T; if whole is false, it checks only the properties to change.
func (c Collection[T]) check(text json.RawMessage, whole bool) (err error) {
	if c.model.Check != nil {
		err = c.model.Check(text, whole)
	}
	if err == nil {
		err = json.Unmarshal(text, new(T))
	}
	if err != nil {
		err = fault.Wrap(err, fault.Internal, "", "store: %s: the document violates its schema and was not stored", c.model.Schema.Name())
	}
	return err
}

// complete returns an error if a required property is missing in a new document, or in one that replaces a document and keeps what is
// readOnly.
func (c Collection[T]) complete(members map[string]json.RawMessage, replace bool) error {
	for _, p := range c.model.Properties {
		if _, has := members[p.Name]; p.Required && !has && !c.model.kept(p.Name) && !(replace && p.ReadOnly) {
			return fault.New(fault.Internal, "", "store: %s: the document violates its schema and was not stored: missing required "+
				"property %q", c.model.Schema.Name(), p.Name)
		}
	}
	return nil
}

// kept reports whether a property is set when a document is created and never changes: the id and the owner.
func (m *Model) kept(name string) bool {
	return name == "id" || m.Owner != nil && name == m.Owner.Path[0]
}

// join writes the members as one object, in the model's order.
func (c Collection[T]) join(members map[string]json.RawMessage) json.RawMessage {
	text := []byte{'{'}
	for _, p := range c.model.Properties {
		value, ok := members[p.Name]
		if !ok {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(strconv.AppendQuote(text, p.Name), ':'), value...)
	}
	return append(text, '}')
}

// changes returns the changes that set the members and, to replace the document, remove its other properties.
func (c Collection[T]) changes(members map[string]json.RawMessage, replace bool) []Change {
	var set []Change
	for _, p := range c.model.Properties {
		value, ok := members[p.Name]
		if !ok && (!replace || p.ReadOnly || c.model.kept(p.Name)) {
			continue
		}
		set = append(set, Change{Name: p.Name, JSON: value})
		if p.Was != "" {
			set = append(set, Change{Name: p.Was, JSON: value})
		}
	}
	return set
}

func decode[T any](d Document) (T, Version, error) {
	var value T
	if err := json.Unmarshal(d.JSON, &value); err != nil {
		return value, 0, fmt.Errorf("store: document %s does not fit its schema: %w", d.ID, err)
	}
	return value, Version(d.Version), nil
}

func quote(text string) json.RawMessage {
	quoted, _ := json.Marshal(text) // strings cannot fail
	return quoted
}
