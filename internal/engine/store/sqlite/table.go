package sqlite

import (
	"regexp"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// table is a model as SQL. A table has the columns id, one for each scalar that a filter can name, _version and,
// last, so that a scan of columns does not read it, _doc, the document. Ours begin with an
// underscore, which no property does. A table is immutable.
type table struct {
	model   *store.Model
	name    string    // quoted
	columns []*column // id first
	byName  map[string]*column

	properties map[string]bool // the top-level names that a document can have

	get, insert string // statements that do not depend on a request
}

// column is a property that SQL can name: a scalar in a column of its own, or an array, which stays in the document.
type column struct {
	*filter.Property
	column string // its column's name; empty for an array
	value  string // the SQL of its value; for an array, of its JSON text
	path   string // the SQL of its place in the document: '$."address"."city"'
}

// names is the only alphabet that becomes part of an SQL text; the name of an index may have a nested property's dots.
var (
	names      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	indexNames = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*$`)
)

// compile makes the table of a model. It refuses names that SQL cannot hold or tell apart.
func compile(m *store.Model) (*table, error) {
	bad := func(format string, args ...any) (*table, error) {
		return nil, fault.New(fault.Internal, "", "collection "+m.Collection+": "+format, args...)
	}
	if !names.MatchString(m.Collection) || strings.HasPrefix(strings.ToLower(m.Collection), "sqlite_") {
		return bad("the name must match %s and not begin with sqlite_; rename the collection", names)
	}
	t := &table{model: m, name: quote(m.Collection), byName: map[string]*column{}, properties: map[string]bool{}}
	for _, p := range m.Properties {
		if !names.MatchString(p.Name) {
			return bad("the property %q must match %s; rename it", p.Name, names)
		}
		t.properties[p.Name] = true
	}
	seen := map[string]string{} // SQLite's names do not know case
	for _, p := range m.Named() {
		if slices.ContainsFunc(p.Path, func(s string) bool { return !names.MatchString(s) }) || len(p.Path) == 0 {
			return bad("each part of the property %q must match %s; rename it", p.Name, names)
		}
		c := &column{Property: p, path: path(p.Path...)}
		if p.Array {
			c.value = "(_doc ->> " + c.path + ")"
		} else {
			c.column = strings.Join(p.Path, "__")
			c.value = quote(c.column)
			folded := strings.ToLower(c.column)
			if other, ok := seen[folded]; ok {
				return bad("the properties %q and %q would share one column; rename one of them", other, p.Name)
			}
			seen[folded] = p.Name
		}
		t.columns = append(t.columns, c)
		t.byName[p.Name] = c
	}
	if id := t.byName["id"]; id == nil || id.Type != filter.String || id.Array {
		return bad("it has no string property id; add one")
	}
	for _, ix := range m.Indexes {
		if !indexNames.MatchString(ix.Name) || len(ix.Keys) == 0 {
			return bad("the index %q must have keys and a name that matches %s", ix.Name, indexNames)
		}
		for _, k := range ix.Keys {
			if k.Property.Array {
				return bad("the index %q cannot hold the array %q", ix.Name, k.Property.Name)
			}
		}
	}
	t.get = "SELECT id, _version, CAST(_doc AS BLOB) FROM " + t.name + " WHERE id=?"
	t.insert = "INSERT INTO " + t.name + " VALUES (?1, ?2" + t.extract("?3") + ", ?3)"
	return t, nil
}

// extract is the list of the values that columns take from a document, given as SQL.
func (t *table) extract(doc string) string {
	q := new(query)
	for _, c := range t.own() {
		q.add(", ", doc, " ->> ", c.path)
	}
	return q.String()
}

// create is the statement that makes the table under any name, quoted.
func (t *table) create(name string) string {
	q := new(query).add("CREATE TABLE ", name, "(id TEXT NOT NULL PRIMARY KEY, _version INTEGER NOT NULL")
	for _, c := range t.own() {
		q.add(", ", c.value, " ", c.sqlType())
	}
	return q.add(", _doc TEXT NOT NULL) STRICT").String()
}

// own returns the properties that have a column, but id.
func (t *table) own() []*column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c *column) bool { return c.Array || c.column == "id" })
}

// sqlType is the type of the column in a STRICT table. ANY keeps integers and
// fractions as they are; REAL would lose integers above 2^53.
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
