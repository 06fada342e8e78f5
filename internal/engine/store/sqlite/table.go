package sqlite

import (
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// table is the SQL form of a model. A table has the columns id, one for each scalar that a filter can name, _version and _doc, the
// document. _doc is the last column, so that a scan of the other columns does not read it. Properties never begin with an underscore. A
// table is immutable.
type table struct {
	model   *store.Model
	name    string             // quoted
	columns []*column          // id first; after the model's, those that adopt has added
	byName  map[string]*column // only the model's

	properties map[string]bool // the top-level names that a change can have

	get, insert string // statements that do not depend on a request
}

// column is a property that SQL can name: a scalar with its own column, or an array, which is only in the document.
type column struct {
	*filter.Property
	column string // its column's name; empty for an array
	value  string // the SQL of its value; for an array, of its JSON text
	path   string // the SQL of its path in the document: '$."address"."city"'
}

// compile returns the table of a model that store.Compile accepts.
func compile(m *store.Model) *table {
	t := &table{model: m, name: quote(m.Collection), byName: map[string]*column{}, properties: map[string]bool{}}
	for _, p := range m.Properties {
		t.properties[p.Name] = true
		if p.Was != "" {
			t.properties[p.Was] = true
		}
	}
	for _, p := range m.Named() {
		t.byName[p.Name] = t.add(p)
	}
	t.get = "SELECT id, _version, CAST(_doc AS BLOB) FROM " + t.name + " WHERE id=?"
	t.insert = t.inserting()
	return t
}

// add adds a property to the columns.
func (t *table) add(p *filter.Property) *column {
	c := &column{Property: p, path: path(p.Path...)}
	if p.Array {
		c.value = "(_doc ->> " + c.path + ")"
	} else {
		c.column = columnName(p)
		c.value = quote(c.column)
	}
	t.columns = append(t.columns, c)
	return c
}

func columnName(p *filter.Property) string { return strings.Join(p.Path, "__") }

func (t *table) inserting() string {
	return "INSERT INTO " + t.name + t.into() + " VALUES (?1, ?2" + t.extract("?3") + ", ?3)"
}

// into returns the SQL list of the columns' names. A table may have them in another order, because another contract has created it.
func (t *table) into() string {
	q := new(query).add(" (id, _version")
	for _, c := range t.own() {
		q.add(", ", c.value)
	}
	return q.add(", _doc)").String()
}

// extract returns the SQL list of the columns' values in a document, given as SQL.
func (t *table) extract(doc string) string {
	q := new(query)
	for _, c := range t.own() {
		q.add(", ", doc, " ->> ", c.path)
	}
	return q.String()
}

// create returns the statement that creates the table with the given quoted name.
func (t *table) create(name string) string {
	q := new(query).add("CREATE TABLE ", name, "(id TEXT NOT NULL PRIMARY KEY, _version INTEGER NOT NULL")
	for _, c := range t.own() {
		q.add(", ", c.value, " ", c.sqlType())
	}
	return q.add(", _doc TEXT NOT NULL) STRICT").String()
}

// own returns the properties that have a column, except id.
func (t *table) own() []*column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c *column) bool { return c.Array || c.column == "id" })
}

// sqlType returns the type of the column in a STRICT table. ANY keeps integers and fractions unchanged; REAL would lose integers above
// 2^53.
func (c *column) sqlType() string {
	switch c.Type {
	case filter.Integer, filter.Boolean:
		return "INTEGER"
	case filter.Number:
		return "ANY"
	default:
		return "TEXT"
	}
}
