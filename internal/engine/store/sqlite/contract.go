package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// contract is the declaration of a collection at its last migration.
type contract struct {
	Properties map[string]bool   `json:"properties"`    // by name: whether each is required
	Columns    map[string]string `json:"columns"`       // by name: the type of each
	Was        map[string]string `json:"was,omitempty"` // by name: its former name
}

func (t *table) declared() *contract {
	d := &contract{Properties: map[string]bool{}, Columns: map[string]string{}, Was: map[string]string{}}
	for _, p := range t.model.Properties {
		d.Properties[p.Name] = p.Required
		if p.Was != "" {
			d.Was[p.Name] = p.Was
		}
	}
	for _, c := range t.columns {
		d.Columns[c.Name] = c.Kind()
	}
	return d
}

// adopt adds the columns that the table has for properties that the model does not have, so that an older program, and then the newer one
// again, can use the table without rewriting it.
func (t *table) adopt(was *contract) {
	taken := map[string]bool{}
	for _, c := range t.columns {
		taken[strings.ToLower(c.column)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(was.Columns)) {
		p := propertyOf(name, was.Columns[name])
		if column := strings.ToLower(columnName(p)); t.model.Unknown(p.Path) && !p.Array && !taken[column] {
			taken[column] = true
			t.add(p)
		}
	}
	t.insert = t.inserting()
}

// propertyOf returns the property of a stored contract with that name and type.
func propertyOf(name, kind string) *filter.Property {
	p := &filter.Property{Name: name, Path: strings.Split(name, ".")}
	kind, p.Array = strings.CutSuffix(kind, "[]")
	for _, typ := range []filter.Type{filter.String, filter.Integer, filter.Number, filter.Boolean, filter.Date} {
		if typ.String() == kind {
			p.Type = typ
		}
	}
	return p
}

// recall returns the stored contract of the collection, or nil if there is none.
func recall(ctx context.Context, c *conn, collection string) (*contract, error) {
	text, err := c.one(ctx, "SELECT declared FROM _contract WHERE collection=?", collection)
	if err != nil || text == nil {
		return nil, err
	}
	d := new(contract)
	if s, ok := text.(string); !ok || json.Unmarshal([]byte(s), d) != nil {
		return nil, fmt.Errorf("the table _contract does not describe the collection %s; restore the database from a backup", collection)
	}
	return d, nil
}

// remember stores the current contract of the collection, and reports whether it has changed.
func (d *contract) remember(ctx context.Context, c *conn, collection string) (changed bool, err error) {
	text, err := json.Marshal(d)
	if err != nil {
		return false, err
	}
	n, err := c.exec(ctx, "INSERT INTO _contract VALUES (?1, ?2) ON CONFLICT DO UPDATE SET declared=?2 WHERE declared<>?2",
		collection, string(text))
	return n > 0, err
}

// refuse returns the changes that would lose or hide data, one sentence each.
func (t *table) refuse(ctx context.Context, c *conn, was, now *contract) (refused []string, err error) {
	count := func(condition, format string, args ...any) {
		n, oops := c.one(ctx, "SELECT count(*) FROM "+t.name+" WHERE "+condition)
		if err = errors.Join(err, oops); n != int64(0) {
			first, oops := c.one(ctx, "SELECT json_group_array(id) FROM (SELECT id FROM "+t.name+" WHERE "+condition+" LIMIT 5)")
			err = errors.Join(err, oops)
			args = append([]any{t.model.Schema.Name()}, args...)
			refused = append(refused, fmt.Sprintf(format, append(args, fmt.Sprintf("%d, the first %v", n, first))...))
		}
	}
	for _, p := range t.model.Properties {
		if p.Required && !was.Properties[p.Name] && p.Default == nil {
			lacks := "json_type(_doc, " + path(p.Name) + ") IS NULL"
			if p.Was != "" {
				lacks += " AND json_type(_doc, " + path(p.Was) + ") IS NULL"
			}
			count(lacks,
				"%s: the property %q is required, but documents lack it: %s. Give it a default in the contract, or set it in the "+
					"documents first.", p.Name)
		}
	}
	for _, col := range t.columns {
		former := strings.Join(append([]string{now.Was[col.Path[0]]}, col.Path[1:]...), ".")
		if kind := was.Columns[former]; now.Was[col.Path[0]] != "" && kind != "" && kind != col.Kind() {
			refused = append(refused, fmt.Sprintf("%s: the property %q has the type %s, but its former name %q had %s. Keep the type "+
				"while it has x-was.", t.model.Schema.Name(), col.Name, col.Kind(), former, kind))
		}
		if kind := col.Kind(); was.Columns[col.Name] != kind {
			count(col.misfits(),
				"%s: the property %q has the type %s, but documents have other values: %s. Restore its old type, or change the "+
					"documents first.", col.Name, kind)
		}
	}
	return refused, err
}

// misfits returns the condition that a document's value is neither null nor of the column's type.
func (c *column) misfits() string {
	if c.Array {
		return "coalesce(json_type(_doc, " + c.path + "), 'null') NOT IN ('null', 'array') OR " +
			"EXISTS (SELECT 1 FROM json_each(_doc, " + c.path + ") WHERE json_type(_doc, " + c.path + ") = 'array' AND " +
			misfit(c.Type, "type", "value") + ")"
	}
	jsonType, value := "coalesce(json_type(_doc, "+c.path+"), 'null')", "(_doc ->> "+c.path+")"
	return misfit(c.Type, jsonType, value) + " AND NOT (" + c.convertible() + ")"
}

// convertible returns the condition that a document's value is a number that can become a text, or a text that can become a number.
func (c *column) convertible() string {
	jsonType, value := "json_type(_doc, "+c.path+")", "(_doc ->> "+c.path+")"
	number := func(fits string) string {
		return "CASE WHEN " + jsonType + " = 'text' THEN CASE WHEN json_valid(" + value + ") THEN " + value + " = json(" + value +
			") AND " + fits + " ELSE 0 END ELSE 0 END"
	}
	switch {
	case c.Array || c.Name == "id":
	case c.Type == filter.String:
		return jsonType + " IN ('integer', 'real')"
	case c.Type == filter.Integer:
		return number("json_type(" + value + ") = 'integer' AND typeof(" + value + " ->> '$') = 'integer'")
	case c.Type == filter.Number:
		return number("json_type(" + value + ") IN ('integer', 'real') AND abs(" + value + " ->> '$') < 1e308")
	}
	return "0"
}

// convert changes the values of columns with a new type from numbers to texts, or from texts to numbers.
func (t *table) convert(ctx context.Context, m *migration, was *contract) error {
	for _, c := range t.own() {
		if old := was.Columns[c.Name]; old == "" || old == c.Kind() {
			continue
		}
		value, document := "(_doc -> "+c.path+") || ''", "(_doc -> "+c.path+") || ''"
		if c.Type != filter.String {
			value, document = "(_doc ->> "+c.path+") ->> '$'", "json(_doc ->> "+c.path+")"
		}
		n, err := m.exec(ctx, "UPDATE "+t.name+" SET _version = _version + 1, "+c.value+" = "+value+", _doc = json_set(_doc, "+c.path+", "+
			document+") WHERE "+c.convertible())
		if _, dup := taken(err); dup {
			return t.problem(err)
		}
		if err != nil {
			return err
		}
		if n > 0 {
			m.did(t, "convert the values of %q to the type %s: %d", c.Name, c.Kind(), n)
		}
	}
	return nil
}

// misfit returns the condition that a value of a JSON type, both given as SQL, is neither null nor of a property's type.
func misfit(t filter.Type, jsonType, value string) string {
	fits := map[filter.Type]string{
		filter.String:  jsonType + " = 'text'",
		filter.Integer: jsonType + " IN ('integer', 'real') AND " + value + " = CAST(" + value + " AS INTEGER)",
		filter.Number:  jsonType + " IN ('integer', 'real')",
		filter.Boolean: jsonType + " IN ('true', 'false')",
		filter.Date: jsonType + " = 'text' AND " + value +
			" GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'",
	}[t]
	return "NOT (" + jsonType + " = 'null' OR " + fits + ")"
}
