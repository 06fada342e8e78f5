package store

import (
	"encoding/json"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Model is a collection as the contract declares it, by a schema with x-collection. A Model must not change after it was passed to a
// backend.
type Model struct {
	Schema     *filter.Schema     // the schema's name, and the properties that filters may name
	Collection string             // the table's or collection's name: ^[A-Za-z][A-Za-z0-9_]*$
	Properties []Property         // every top-level property, in the order documents have them, id first
	Columns    []*filter.Property // the scalars and arrays of scalars, nested ones included, id first, then by name
	Owner      *filter.Property   // contains the id of the user who created the document; nil: documents have no owner
	Private    bool               // only the owner may read
	Admin      string             // the scope of callers who count as the owner of every document; empty: no such callers
	// DropOrphans deletes an owner's documents with the owner; otherwise they stay.
	DropOrphans bool
	Quota       *Quota // of each owner; nil: none. It needs an Owner
	Indexes     []Index
	Removed     []string // former properties whose values Backend.Prune deletes
	// Check checks the JSON of a document against the schema, or only of the properties to change if whole is false. Its error names the
	// place and never quotes a value. If it is nil, only the Go type of the Collection is checked.
	Check func(text json.RawMessage, whole bool) error
}

// Quota is the maximum that one owner can store in a collection.
type Quota struct {
	Documents int64 // at most; 0: any number
	Bytes     int64 // of the documents as the backend keeps them, JSON or BSON; 0: any number
}

// OwnerIn returns the owner that a condition requires, as the conditions do that Collection restricts to the caller's documents. It returns
// an empty string if the condition requires none.
func (m *Model) OwnerIn(where filter.Where) string {
	switch w := where.(type) {
	case filter.And:
		for _, part := range w {
			if owner := m.OwnerIn(part); owner != "" {
				return owner
			}
		}
	case *filter.Comparison:
		if owner, isText := w.Value.(string); isText && m.Owner != nil && w.Op == filter.Eq && w.Property.Name == m.Owner.Name {
			return owner
		}
	}
	return ""
}

// Property is one top-level property of a document.
type Property struct {
	Name     string // ^[A-Za-z][A-Za-z0-9_]*$
	Required bool
	ReadOnly bool            // the server sets it; Collection.Replace keeps it
	Default  json.RawMessage // the schema's default; fills documents stored before the property became required
	Shape    *Shape          // of its values
	Was      string          // its former name, by which older programs read and write it; empty: none. See Backend.Migrate
}

// Index is an index over scalar properties. Unique does not apply to documents in which the first property is null or absent.
type Index struct {
	Name   string // collection_property_property
	Keys   []filter.Order
	Unique bool
}

// Named returns the properties that conditions and orders can name: the columns, the owner and the keys of indexes, each once.
func (m *Model) Named() []*filter.Property {
	named := slices.Clone(m.Columns)
	add := func(p *filter.Property) {
		if p != nil && !slices.ContainsFunc(named, func(q *filter.Property) bool { return q.Name == p.Name }) {
			named = append(named, p)
		}
	}
	add(m.Owner)
	for _, index := range m.Indexes {
		for _, key := range index.Keys {
			add(key.Property)
		}
	}
	return named
}
