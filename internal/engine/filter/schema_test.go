package filter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestNewSchemaRefusals(t *testing.T) {
	t.Parallel()
	ok := filter.Property{Name: "a", Path: []string{"a"}, Type: filter.String}
	with := func(change func(*filter.Property)) []*filter.Property {
		p := ok
		change(&p)
		return []*filter.Property{&p}
	}
	for _, tt := range []struct {
		name       string
		properties []*filter.Property
		fields     []string
		options    []filter.Option
		want       string
	}{
		{"fine", []*filter.Property{&ok}, []string{"a"}, []filter.Option{filter.WithPage(1, 1, 0)}, ""},
		{"twice", []*filter.Property{&ok, &ok}, nil, nil, `"a": duplicate name`},
		{"group", with(func(p *filter.Property) { p.Name, p.Path = "nor", []string{"nor"} }), nil, nil, "reserved"},
		{"quote", with(func(p *filter.Property) { p.Name, p.Path = `a"b`, []string{`a"b`} }), nil, nil, "must match"},
		{"empty part", with(func(p *filter.Property) { p.Name, p.Path = "a.", []string{"a", ""} }), nil, nil, "must match"},
		{"line", with(func(p *filter.Property) { p.Name, p.Path = "a\n", []string{"a\n"} }), nil, nil, "must match"},
		{"digit", with(func(p *filter.Property) { p.Name, p.Path = "1", []string{"1"} }), nil, nil, "must match"},
		{"path", with(func(p *filter.Property) { p.Path = []string{"b"} }), nil, nil, "the path"},
		{"no path", with(func(p *filter.Property) { p.Name, p.Path = "", nil }), nil, nil, "the path"},
		{"no type", with(func(p *filter.Property) { p.Type = 0 }), nil, nil, "missing type"},
		{"operator", with(func(p *filter.Property) { p.Type, p.Ops = filter.Boolean, filter.OpsOf(filter.Eq, filter.Like) }), nil, nil,
			"[like]"},
		{"field", nil, []string{"a b"}, nil, `"a b"`},
		{"field twice", nil, []string{"a", "a"}, nil, "unique"},
		{"limit", nil, nil, []filter.Option{filter.WithPage(0, 10, 10)}, "limit"},
		{"limit over most", nil, nil, []filter.Option{filter.WithPage(11, 10, 10)}, "limit"},
		{"most", nil, nil, []filter.Option{filter.WithPage(1, 1001, 10)}, "limit"},
		{"skip", nil, nil, []filter.Option{filter.WithPage(1, 1, 10001)}, "limit"},
		{"no skip", nil, nil, []filter.Option{filter.WithPage(1, 1, -1)}, "limit"},
	} {
		_, err := filter.NewSchema("News", tt.properties, tt.fields, tt.options...)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestSchemaKnowsItsProperties(t *testing.T) {
	t.Parallel()
	s := news(t)
	if s.Name() != "News" || s.Property("nosuch") != nil || s.Property("views").Type != filter.Integer ||
		s.Properties()[1] != s.Property("title") {
		t.Error(s.Name(), s.Property("nosuch"), s.Property("views"), s.Properties()[1])
	}
}

func TestOps(t *testing.T) {
	t.Parallel()
	all := []string{"eq", "neq", "gt", "gte", "lt", "lte", "between", "inq", "nin", "like", "nlike", "ilike", "nilike", "regexp", "exists"}
	if got := filter.AllowedOps(filter.String).Names(); !slices.Equal(got, all) {
		t.Error(got)
	}
	if got := filter.AllowedOps(filter.Date).Names(); !slices.Equal(got, append(slices.Clone(all[:9]), "exists")) {
		t.Error(got)
	}
	if got := filter.AllowedOps(filter.Boolean).Names(); !slices.Equal(got, []string{"eq", "neq", "inq", "nin", "exists"}) {
		t.Error(got)
	}
	for _, name := range all {
		if op, ok := filter.ParseOp(name); !ok || op.String() != name || !filter.OpsOf(op).Has(op) || filter.OpsOf(op).Has(op+1) {
			t.Error(name, op, ok)
		}
	}
	for _, name := range []string{"", "EQ", "$ne", "bogus"} {
		if op, ok := filter.ParseOp(name); ok {
			t.Error(name, op)
		}
	}
	if filter.Op(99).String() != "unknown operator" || filter.Type(0).String() != "unknown type" || filter.Date.String() != "date-time" {
		t.Error(filter.Op(99), filter.Type(0), filter.Date)
	}
	date := filter.Property{Type: filter.Date}
	dates := filter.Property{Type: filter.Date, Array: true}
	if date.Kind() != "date-time" || dates.Kind() != "date-time[]" {
		t.Error(date.Kind(), dates.Kind())
	}
}
