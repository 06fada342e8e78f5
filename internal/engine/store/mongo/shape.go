package mongo

import (
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// shape is the BSON form of a model. It is immutable.
type shape struct {
	model   *store.Model
	columns []*column
	byName  map[string]*column

	properties map[string]*member // the top-level names that a change can have

	former map[string]string // by property, its former name

	others []*definition // unique indexes that the model does not have; Migrate adds them
}

// column is a property that conditions, orders and indexes can name.
type column struct {
	*filter.Property
	field string // its path in a BSON document: "address.city"; "_id" for id
}

// member describes a place in documents: whether it is a date-time, and the members below it.
type member struct {
	date    bool
	column  *column // of a scalar; nil otherwise
	members map[string]*member
}

// compile returns the shape of a model that store.Compile accepts.
func compile(m *store.Model) *shape {
	s := &shape{model: m, byName: map[string]*column{}, properties: map[string]*member{}, former: map[string]string{}}
	for _, p := range m.Properties {
		if p.Name != "id" {
			s.properties[p.Name] = &member{}
		}
	}
	for _, p := range m.Named() {
		c := &column{Property: p, field: strings.Join(p.Path, ".")}
		if c.field == "id" {
			c.field = "_id"
		} else {
			s.place(c)
		}
		s.columns = append(s.columns, c)
		s.byName[p.Name] = c
	}
	for _, p := range m.Properties {
		if p.Was != "" {
			s.former[p.Name] = p.Was
			s.properties[p.Was] = s.properties[p.Name]
		}
	}
	return s
}

// place adds the place of a column in documents.
func (s *shape) place(c *column) {
	at := s.properties[c.Path[0]]
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
	if !c.Array {
		at.column = c
	}
}

// column returns the column of a property. An unknown name is an error and never reaches the server.
func (s *shape) column(p *filter.Property) (*column, error) {
	if p == nil {
		return nil, fault.New(fault.Internal, "", "collection %s: missing property in a condition", s.model.Collection)
	}
	if c := s.byName[p.Name]; c != nil {
		return c, nil
	}
	return nil, fault.New(fault.Internal, "", "collection %s: unknown property %q in a condition or an order", s.model.Collection,
		p.Name)
}
