package transfer

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/strictjson"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// document returns the document of an item in the form that stores keep, or what is wrong with it.
func document(i item) (d store.Document, problems []Problem) {
	if len(i.problems) > 0 {
		return d, i.problems
	}
	id, _ := i.members["id"].(string)
	if id == "" {
		return d, []Problem{{"/id", "must be a string that is not empty"}}
	}
	for _, p := range i.model.Properties {
		if former, has := i.members[p.Was]; has && p.Was != "" { // the export of an older program, or mongoexport's of both names
			if now := i.members[p.Name]; now != nil && !reflect.DeepEqual(now, former) {
				return d, []Problem{{"/" + p.Was, "is the former name of " + p.Name + ", and has another value; leave one of them out"}}
			}
			i.members[p.Name] = former
			delete(i.members, p.Was)
		}
		if _, has := i.members[p.Name]; !has && p.Required && p.Default != nil {
			i.members[p.Name], _ = decode(p.Default)
		}
	}
	for _, column := range i.model.Columns {
		if !normalize(i.members, column.Path, column) {
			problems = append(problems, Problem{"/" + strings.Join(column.Path, "/"), "must be an integer of at most 64 bits"})
		}
	}
	text, unknown := join(i.model, i.members)
	for _, name := range unknown {
		problems = append(problems, Problem{"/" + name, "is not a property of " + i.model.Schema.Name()})
	}
	if i.model.Check != nil && len(problems) == 0 {
		problems = splitErrors(i.model.Schema.Name(), i.model.Check(text, true))
	}
	if len(problems) > 0 {
		return store.Document{}, problems
	}
	return store.Document{ID: id, JSON: text}, nil
}

func decode(text json.RawMessage) (any, error) {
	value, wrong := strictjson.Decode(text, maxDepth)
	if wrong != nil {
		return nil, wrong
	}
	return value, nil
}

// normalize gives the value of a column its canonical form. It leaves what is not valid to the check, but for integers that no store can
// keep, which a schema without a maximum allows: it returns false for these.
func normalize(object map[string]any, path []string, column *filter.Property) bool {
	value, has := object[path[0]]
	if !has {
		return true
	}
	if len(path) > 1 {
		inner, is := value.(map[string]any)
		return !is || normalize(inner, path[1:], column)
	}
	if list, is := value.([]any); is && column.Array {
		for i := range list {
			list[i] = canonical(list[i], column)
		}
		return !slices.ContainsFunc(list, func(value any) bool { return overflows(value, column) })
	}
	object[path[0]] = canonical(value, column)
	return !overflows(value, column)
}

// overflows reports whether a value is too large for an integer of a store.
func overflows(value any, column *filter.Property) bool {
	n, is := value.(json.Number)
	if _, err := n.Int64(); !is || column.Type != filter.Integer || err == nil {
		return false
	}
	f, err := n.Float64() // it may have an exponent
	return err != nil || f >= 1<<63 || f < -1<<63
}

func canonical(value any, column *filter.Property) any {
	switch v := value.(type) {
	case string:
		if column.Type == filter.Date {
			if t, err := timestamp.Parse(v); err == nil {
				return t.String()
			}
		} else if column.Form != nil {
			if form, err := column.Form(v); err == nil {
				return form
			}
		}
	case json.Number:
		if f, err := v.Float64(); column.Type == filter.Integer && strings.ContainsAny(v.String(), ".eE") && err == nil &&
			f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return json.Number(strconv.FormatInt(int64(f), 10))
		}
	}
	return value
}

// join writes the members as one object, in the model's order. It also returns the names that the model does not have.
func join(m *store.Model, members map[string]any) (text json.RawMessage, unknown []string) {
	text = []byte{'{'}
	known := 0
	for _, p := range m.Properties {
		value, has := members[p.Name]
		if !has {
			continue
		}
		known++
		encoded, _ := json.Marshal(value) // decoded JSON can be encoded
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(strconv.AppendQuote(text, p.Name), ':'), encoded...)
	}
	if known < len(members) {
		rest := map[string]any{}
		for name := range members {
			rest[name] = nil
		}
		for _, p := range m.Properties {
			delete(rest, p.Name)
		}
		for name := range rest {
			unknown = append(unknown, name)
		}
	}
	return append(text, '}'), unknown
}

// splitErrors returns the problems of a failed check, whose errors begin with the schema's name and a JSON pointer.
func splitErrors(schema string, err error) (problems []Problem) {
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, is := err.(interface{ Unwrap() []error }); is {
		list = joined.Unwrap()
	}
	for _, e := range list {
		path, message := splitPath(strings.TrimSpace(strings.TrimPrefix(e.Error(), schema)))
		problems = append(problems, Problem{path, message})
	}
	return problems
}

// splitPath splits a text such as "/title: must be a string".
func splitPath(text string) (path, message string) {
	if path, message, found := strings.Cut(text, ": "); found && (path == "" || path[0] == '/') {
		return path, message
	}
	return "", text
}

// problemsOf returns the problems that a store's fault names.
func problemsOf(f *fault.Error) (problems []Problem) {
	for _, field := range f.Fields {
		problems = append(problems, Problem{field.Path, field.Message})
	}
	if len(problems) == 0 {
		problems = []Problem{{"", f.Detail}}
	}
	return problems
}
