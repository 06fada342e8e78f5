package filter_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func typed[V filter.Value](t testing.TB, s *filter.Schema, name string) filter.TypedProperty[V] {
	t.Helper()
	p, err := filter.PropertyOf[V](s, name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTypedProperty(t *testing.T) {
	t.Parallel()
	s := news(t)
	title, views, rating := typed[string](t, s, "title"), typed[int64](t, s, "views"), typed[float64](t, s, "rating")
	published, created, tags := typed[bool](t, s, "published"), typed[time.Time](t, s, "date_created"), typed[string](t, s, "tags")
	one := views.Eq(1)
	for _, tt := range []struct {
		where filter.Where
		doc   string
		want  bool
	}{
		{one, `{"views":1}`, true}, {one, `{"views":2}`, false}, {title.IsNull(), `{}`, true}, {title.IsNull(), `{"title":""}`, false},
		{title.Neq("a"), `{"title":"a"}`, false}, {title.Neq("a"), `{}`, true}, {published.Eq(true), `{"published":true}`, true},
		{views.Gt(1), `{"views":1}`, false}, {views.Gte(1), `{"views":1}`, true}, {views.Lt(1), `{"views":1}`, false},
		{views.Lte(1), `{"views":1}`, true},
		{tags.Eq("b"), `{"tags":["a","b"]}`, true},
		{title.Inq("a", "b"), `{"title":"b"}`, true}, {title.Inq("a", "b"), `{}`, false}, {title.Inq(), `{"title":"a"}`, false},
		{created.Eq(time.Date(2021, 1, 1, 2, 0, 0, 999, time.FixedZone("", 7200))), `{"date_created":"2021-01-01T00:00:00.000Z"}`, true},
		{rating.Eq(9007199254740992), `{"rating":9007199254740992}`, true},
		{rating.Eq(9007199254740992), `{"rating":9007199254740993}`, false},
		{filter.All(), `{}`, true}, {filter.All(one, title.Eq("a")), `{"views":1,"title":"b"}`, false}, {filter.Everything{}, `{}`, true},
		{filter.All(filter.Everything{}, one), `{"views":2}`, false},
	} {
		if err := s.CheckWhere(tt.where); err != nil {
			t.Errorf("%+v: %v", tt.where, err)
		}
		if got, err := filter.Match(t.Context(), tt.where, []byte(tt.doc)); err != nil || got != tt.want {
			t.Errorf("%+v on %s: got %v (%v)", tt.where, tt.doc, got, err)
		}
	}
	if filter.All(one) != one || filter.All(filter.Everything{}) != (filter.Everything{}) {
		t.Error("All wraps what needs no wrapping")
	}
	if title.Asc().Desc || !title.Desc().Desc || title.Asc().Property != s.Property("title") {
		t.Error(title.Asc(), title.Desc())
	}
}

// TestPropertyOf checks the errors for unknown names and wrong types, which must list the known properties.
func TestPropertyOf(t *testing.T) {
	t.Parallel()
	s := news(t)
	_, misspelt := filter.PropertyOf[string](s, "titel")
	_, empty := filter.PropertyOf[string](s, "")
	_, date := filter.PropertyOf[string](s, "date_created")
	_, text := filter.PropertyOf[time.Time](s, "title")
	_, number := filter.PropertyOf[int64](s, "rating")
	for want, err := range map[string]error{
		`schema News: unknown property "titel"; known properties: id (string), title (string)`: misspelt,
		`tags (string[])`:                empty,
		`"date_created" is date-time`:    date,
		`time.Time is for date-time`:     text,
		`"rating" is number; a int64 is`: number,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// TestCheckWhere checks one error at a time, also inside another condition.
func TestCheckWhere(t *testing.T) {
	t.Parallel()
	s := news(t)
	other := &filter.Property{Name: "slug", Path: []string{"slug"}, Type: filter.String}
	retyped := *s.Property("title")
	retyped.Type = filter.Date
	day := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	compare := func(property string, op filter.Op, value any) filter.Where {
		return &filter.Comparison{Property: s.Property(property), Op: op, Value: value}
	}
	type stranger struct{ filter.And }
	for _, tt := range []struct {
		name, want string // in the error; empty: no error
		where      filter.Where
	}{
		{"everything", "", filter.Everything{}},
		{"an empty and", "", filter.And{}},
		{"null", "", compare("title", filter.Eq, nil)},
		{"a list with null", "", compare("title", filter.Inq, []any{"a", nil})},
		{"an integer for a number", "", compare("rating", filter.Gt, int64(1))},
		{"a day", "", compare("date_created", filter.Between, []any{day, day})},
		{"an element", "", compare("scores", filter.Eq, int64(1))},
		{"nil", "Everything", nil},
		{"a nil comparison", "Everything", (*filter.Comparison)(nil)},
		{"a misspelt property", `unknown property ""`, compare("titel", filter.Eq, "a")},
		{"a property of another schema", `unknown property "slug"; known properties: id`,
			&filter.Comparison{Property: other, Op: filter.Eq, Value: "a"}},
		{"a property of another type", `unknown property "title"`, &filter.Comparison{Property: &retyped, Op: filter.Eq, Value: day}},
		{"a text for a date", `"date_created" is date-time and cannot be compared by eq with string 2020-01-01`,
			compare("date_created", filter.Eq, "2020-01-01")},
		{"a time of another zone", "date_created", compare("date_created", filter.Eq, day.In(time.FixedZone("", 3600)))},
		{"a time with microseconds", "date_created", compare("date_created", filter.Eq, day.Add(time.Microsecond))},
		{"an int", `"views" is integer and cannot be compared by eq with int 1`, compare("views", filter.Eq, 1)},
		{"a fraction for an integer", "views", compare("views", filter.Eq, 1.5)},
		{"not a number", "rating", compare("rating", filter.Gt, math.NaN())},
		{"null that has an order", "views", compare("views", filter.Gt, nil)},
		{"an operator of another type", "by like", compare("views", filter.Like, "1%")},
		{"an unknown operator", "unknown operator", compare("views", 99, int64(1))},
		{"one end", "between", compare("views", filter.Between, []any{int64(1)})},
		{"a typed list", "inq", compare("title", filter.Inq, []string{"a"})},
		{"a list of another type", "nin", compare("title", filter.Nin, []any{int64(1)})},
		{"a text for a pattern", "regexp", compare("title", filter.Regexp, "a")},
		{"a nil pattern", "regexp", compare("title", filter.Regexp, (*filter.Pattern)(nil))},
		{"a text for true", "exists", compare("title", filter.Exists, "true")},
		{"another type of condition", "stranger", stranger{}},
	} {
		for i, where := range []filter.Where{tt.where, filter.And{filter.Everything{}, tt.where}, filter.Or{filter.Nor{tt.where}}} {
			err := s.CheckWhere(where)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s, %d: got %v, want %q", tt.name, i, err, tt.want)
			}
		}
	}
}

func TestCheckQuery(t *testing.T) {
	t.Parallel()
	s := news(t)
	for _, tt := range []struct {
		name, want string
		query      filter.Query
	}{
		{"all", "", filter.Query{Limit: filter.NoLimit}},
		{"a page", "", filter.Query{Where: filter.Everything{}, Order: []filter.Order{typed[string](t, s, "title").Desc()}, Limit: 1,
			Skip: 1}},
		{"the zero value", "Limit 0", filter.Query{}},
		{"a limit below nothing", "Limit -1", filter.Query{Limit: -1}},
		{"a skip below nothing", "Skip -1", filter.Query{Limit: 1, Skip: -1}},
		{"an order by nothing", "unknown property", filter.Query{Limit: 1, Order: []filter.Order{{}}}},
		{"an order by an array", "an array", filter.Query{Limit: 1, Order: []filter.Order{typed[string](t, s, "tags").Asc()}}},
		{"a wrong condition", "missing condition", filter.Query{Limit: 1, Where: filter.And{nil}}},
	} {
		err := s.CheckQuery(&tt.query)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := (&filter.Query{}).Apply([][]byte{[]byte(`{"id":"1"}`)}); err == nil {
		t.Error("Apply takes the zero value and finds nothing")
	}
}

// TestHoldsForAll checks that conditions that hold for every document by their form are recognized, and no others.
func TestHoldsForAll(t *testing.T) {
	t.Parallel()
	s := news(t)
	for text, want := range map[string]bool{
		`{}`: true, `{"and":[]}`: true, `{"nor":[]}`: true, `{"title":{"nin":[]}}`: true, `{"and":[{},{"and":[]}]}`: true,
		`{"or":[{}]}`:               true,
		`{"or":[{"title":"a"},{}]}`: true, `{"nor":[{"or":[]}]}`: true, `{"nor":[{"title":{"inq":[]}}]}`: true,
		`{"title":{"nin":[]},"and":[]}`:           true,
		`{"nor":[{"title":{"inq":[]},"id":"1"}]}`: true,

		`{"or":[]}`: false, `{"title":{"inq":[]}}`: false, `{"title":"a"}`: false, `{"and":[{"title":"a"},{}]}`: false,
		`{"nor":[{}]}`:            false,
		`{"nor":[{"title":"a"}]}`: false, `{"title":{"nin":[null]}}`: false, `{"title":{"like":"%"}}`: false,
		`{"id":{"exists":true}}`:            false,
		`{"nor":[{"title":"a"},{"or":[]}]}`: false, `{"and":[{"or":[]},{}]}`: false,
	} {
		w, err := s.Where([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, problems(t, err))
			continue
		}
		if got := filter.HoldsForAll(w); got != want {
			t.Errorf("%s: %v", text, got)
		}
		if everything := w == (filter.Everything{}); everything != (text == "{}") {
			t.Errorf("%s is read as %T", text, w)
		}
	}
	for _, text := range []string{``, `null`, `[]`, `[{}]`, `""`, `"{}"`, `0`, `false`, ` `} {
		if w, err := s.Where([]byte(text)); err == nil {
			t.Errorf("%q is read as %T", text, w)
		}
	}
}
