package store_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

func TestCompile(t *testing.T) {
	t.Parallel()
	name := func(m *store.Model) string { return m.Collection }
	property := func(path ...string) *filter.Property {
		return &filter.Property{Name: strings.Join(path, "."), Path: path, Type: filter.String}
	}
	for want, change := range map[string]func(m *store.Model){
		"":                            func(*store.Model) {},
		"must match":                  func(m *store.Model) { m.Collection = `x"; DROP TABLE notes; %s` },
		"begin with sqlite_":          func(m *store.Model) { m.Collection = "SQLite_stat1" },
		`property "a b" must match`:   func(m *store.Model) { m.Properties = append(m.Properties, store.Property{Name: "a b"}) },
		`property "x" is not declar`:  func(m *store.Model) { m.Columns = append(m.Columns, property("x")) },
		`part of the property "text.`: func(m *store.Model) { m.Columns = append(m.Columns, property("text", "a-b")) },
		`would share one column`:      func(m *store.Model) { m.Columns = append(m.Columns, property("text", "a"), property("text", "A")) },
		`missing string property id`:  func(m *store.Model) { m.Columns = m.Columns[1:] },
		`must have keys`:              func(m *store.Model) { m.Indexes = []store.Index{{Name: "a"}} },
		`cannot hold the array`: func(m *store.Model) {
			tags := property("text")
			tags.Array = true
			m.Indexes = []store.Index{{Name: "notes_text.more", Keys: []filter.Order{{Property: tags}}}}
		},
		"differs only in case": nil,
	} {
		m := model(t, "Note", "notes", false)
		models := []*store.Model{m}
		if change == nil {
			models = append(models, model(t, "Other", "Notes", false))
		} else {
			change(m)
		}
		compiled, err := store.Compile(models, name)
		if want == "" && (err != nil || compiled[0] != "notes") || want != "" &&
			(fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, %v; want %q", compiled, err, want)
		}
	}
}
