package mongo

import (
	"regexp"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// shape is a model as BSON. It is immutable.
type shape struct {
	model   *store.Model
	columns []*column
	byName  map[string]*column

	properties map[string]*member // the top-level names that a document can have, but id
}

// column is a property that conditions, orders and indexes can name.
type column struct {
	*filter.Property
	field string // its place in a BSON document: "address.city"; "_id" for id
}

// member is a place in documents: whether a date-time belongs there, and what is below.
type member struct {
	date    bool
	members map[string]*member
}

// names is the only alphabet that becomes part of a field's name.
var names = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// compile makes the shape of a model. It refuses names that could mean something else to the server.
func compile(m *store.Model) (*shape, error) {
	bad := func(format string, args ...any) (*shape, error) {
		return nil, fault.New(fault.Internal, "", "collection "+m.Collection+": "+format, args...)
	}
	if !names.MatchString(m.Collection) {
		return bad("the name must match %s; rename the collection", names)
	}
	s := &shape{model: m, byName: map[string]*column{}, properties: map[string]*member{}}
	for _, p := range m.Properties {
		if !names.MatchString(p.Name) {
			return bad("the property %q must match %s; rename it", p.Name, names)
		}
		if p.Name != "id" {
			s.properties[p.Name] = &member{}
		}
	}
	for _, p := range m.Named() {
		if slices.ContainsFunc(p.Path, func(s string) bool { return !names.MatchString(s) }) || len(p.Path) == 0 {
			return bad("each part of the property %q must match %s; rename it", p.Name, names)
		}
		c := &column{Property: p, field: strings.Join(p.Path, ".")}
		if c.field == "id" {
			c.field = "_id"
		} else if !s.place(c) {
			return bad("the property %q is not declared", p.Name)
		}
		s.columns = append(s.columns, c)
		s.byName[p.Name] = c
	}
	if id := s.byName["id"]; id == nil || id.Type != filter.String || id.Array {
		return bad("it has no string property id; add one")
	}
	for _, ix := range m.Indexes {
		if !names.MatchString(ix.Name) || len(ix.Keys) == 0 {
			return bad("the index %q must have keys and a name that matches %s", ix.Name, names)
		}
		if slices.ContainsFunc(ix.Keys, func(k filter.Order) bool { return k.Property.Array }) {
			return bad("the index %q cannot hold an array", ix.Name)
		}
	}
	return s, nil
}

// place notes where a column is in documents.
func (s *shape) place(c *column) bool {
	at, ok := s.properties[c.Path[0]]
	if !ok {
		return false
	}
	for _, name := range c.Path[1:] {
		if at.members == nil {
			at.members = map[string]*member{}
		}
		if at.members[name] == nil {
			at.members[name] = &member{}
		}
		at = at.members[name]
	}
	at.date = c.Type == filter.Date
	return true
}

// column returns the column of a property; a name that the model lacks is an error and never reaches the server.
func (s *shape) column(p *filter.Property) (*column, error) {
	if p == nil {
		return nil, fault.New(fault.Internal, "", "collection %s: a condition without a property", s.model.Collection)
	}
	if c := s.byName[p.Name]; c != nil {
		return c, nil
	}
	return nil, fault.New(fault.Internal, "", "collection %s has no property %q that a condition or an order can name", s.model.Collection, p.Name)
}
