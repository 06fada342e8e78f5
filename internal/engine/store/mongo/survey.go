package mongo

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// maxNamed is the maximum number of documents that an error names.
const maxNamed = 5

// survey counts the documents of a collection that do not fit its shape, by reason.
type survey struct {
	*shape
	foreign []string            // the first ids of documents that cannot be read
	unread  int                 // the number of documents that cannot be read
	missing map[string]int      // documents that lack the required property
	misfits map[string]int      // documents with another type in the column
	first   map[string][]string // the first ids of missing, by property, and of misfits, by column
	rewrite int                 // documents with a date-time or a number as text, or text as one of them
}

func newSurvey(s *shape) *survey {
	return &survey{shape: s, missing: map[string]int{}, misfits: map[string]int{}, first: map[string][]string{}}
}

func (db *DB) survey(ctx context.Context, s *shape) (*survey, error) {
	found := newSurvey(s)
	err := db.each(ctx, s, func(raw bson.Raw) error {
		if s.inspect(raw, found) {
			found.rewrite++
		}
		return nil
	})
	return found, err
}

// inspect adds a document to the survey, and reports whether it must be rewritten.
func (s *shape) inspect(raw bson.Raw, found *survey) (rewrite bool) {
	d := decode(nil, raw)
	note := func(counts map[string]int, name string) {
		if counts[name]++; counts[name] <= maxNamed {
			found.first[name] = append(found.first[name], d.ID)
		}
	}
	if d.Unreadable != nil {
		if found.unread++; found.unread <= maxNamed {
			found.foreign = append(found.foreign, d.ID)
		}
		return false
	}
	for _, p := range s.model.Properties {
		_, err := raw.LookupErr(p.Name)
		_, older := raw.LookupErr(p.Was)
		if p.Required && p.Name != "id" && err != nil && (p.Was == "" || older != nil) {
			note(found.missing, p.Name)
		}
	}
	for _, c := range s.columns {
		at := strings.Split(c.field, ".")
		value, err := raw.LookupErr(at...)
		if was := s.former[at[0]]; was != "" {
			if older, missing := raw.LookupErr(append([]string{was}, at[1:]...)...); missing == nil {
				value, err = older, nil
			}
		}
		if err != nil {
			continue
		}
		fits, other := c.fits(value)
		if !fits {
			note(found.misfits, c.Name)
		}
		rewrite = rewrite || other
	}
	return rewrite
}

// refusals returns the changes that would lose or hide data, one sentence each.
func (found *survey) refusals() (refused []string) {
	refuse := func(format string, args ...any) {
		refused = append(refused, found.model.Schema.Name()+": "+fmt.Sprintf(format, args...))
	}
	if found.unread > 0 {
		refuse("documents that this program did not write: %d, the first of them %q. Each must have a string _id and only values that "+
			"JSON can represent; change them, or use another collection.",
			found.unread, found.foreign)
	}
	for _, p := range found.model.Properties {
		if n := found.missing[p.Name]; n > 0 && p.Default == nil {
			refuse("the property %q is required, but documents lack it: %d, the first %q. Give it a default in the contract, or set "+
				"it in the documents first.", p.Name, n, found.first[p.Name])
		}
	}
	for _, c := range found.columns {
		if n := found.misfits[c.Name]; n > 0 {
			refuse("the property %q has the type %s, but documents have other values: %d, the first %q. Restore its old type, or change "+
				"the documents first.", c.Name, c.Kind(), n, found.first[c.Name])
		}
	}
	return refused
}

// fits reports whether a value is null or of the column's type, and whether a date-time is in the other one of its two forms.
func (c *column) fits(v bson.RawValue) (fits, other bool) {
	if !c.Array || isNull(v) {
		if fits, other = fitsType(c.Type, v); !fits && c.field != "_id" && convertible(c.Type, v) {
			return true, true
		}
		return fits, other
	}
	list, ok := v.ArrayOK()
	values, err := list.Values()
	if !ok || err != nil {
		return false, false
	}
	for _, v := range values {
		ok, text := fitsType(c.Type, v)
		if !ok {
			return false, false
		}
		other = other || text
	}
	return true, other
}

// convertible reports whether a value is a number that can become a text, or a text that can become a number.
func convertible(t filter.Type, v bson.RawValue) bool {
	switch v.Type {
	case bson.TypeInt64, bson.TypeInt32, bson.TypeDouble:
		return t == filter.String
	case bson.TypeString:
		_, ok := number(t, v.StringValue())
		return ok
	}
	return false
}

// number returns the number that a text contains, if it is one of the type.
func number(t filter.Type, text string) (json.Number, bool) {
	n := json.Number(text)
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || !json.Valid([]byte(text)) {
		return n, false
	}
	_, integer := n.Int64()
	_, float := n.Float64()
	return n, t == filter.Integer && integer == nil || t == filter.Number && float == nil
}

func fitsType(t filter.Type, v bson.RawValue) (fits, other bool) {
	switch v.Type {
	case bson.TypeNull:
		return true, false
	case bson.TypeString:
		if t == filter.Date {
			_, ok := instant(v.StringValue())
			return ok, ok
		}
		return t == filter.String, false
	case bson.TypeDateTime:
		return t == filter.Date || t == filter.String, t == filter.String
	case bson.TypeInt64, bson.TypeInt32:
		return t == filter.Integer || t == filter.Number, false
	case bson.TypeDouble:
		f := v.Double()
		return t == filter.Number || t == filter.Integer && f == math.Trunc(f), false
	case bson.TypeBoolean:
		return t == filter.Boolean, false
	}
	return false, false
}

// declared returns a text of the shape: shapes with the same text accept the same documents.
func (s *shape) declared() string {
	var lines []string
	for _, p := range s.model.Properties {
		lines = append(lines, fmt.Sprintf("%s required=%t\n", p.Name, p.Required))
	}
	for _, c := range s.columns {
		lines = append(lines, fmt.Sprintf("%s %s\n", c.Name, c.Kind()))
	}
	slices.Sort(lines) // the order of columns does not affect documents
	return strings.Join(lines, "")
}
