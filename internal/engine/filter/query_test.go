package filter_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestQueryRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query    string
		problems []string
	}{
		{`[]`, []string{" type"}}, {`"x"`, []string{" type"}}, {`1`, []string{" type"}}, {`true`, []string{" type"}},
		{`{"bogus":1,"Where":{}}`, []string{" additionalProperties", " additionalProperties"}},
		{`{"include":[]}`, []string{" additionalProperties"}}, {`{"__proto__":{"limit":1}}`, []string{" additionalProperties"}},
		{`{"limit":0}`, []string{"/limit minimum"}}, {`{"limit":-1}`, []string{"/limit minimum"}},
		{`{"limit":1001}`, []string{"/limit maximum"}},
		{`{"limit":1e400}`, []string{"/limit maximum"}}, {`{"limit":-1e99}`, []string{"/limit minimum"}},
		{`{"limit":1e-400}`, []string{"/limit type"}}, {`{"limit":1.5}`, []string{"/limit type"}},
		{`{"limit":"2"}`, []string{"/limit type"}}, {`{"limit":null}`, []string{"/limit type"}},
		{`{"limit":true}`, []string{"/limit type"}},
		{`{"limit":[1]}`, []string{"/limit type"}}, {`{"skip":-1}`, []string{"/skip minimum"}},
		{`{"skip":10001}`, []string{"/skip maximum"}},
		{`{"skip":1,"offset":-1}`, []string{"/offset minimum"}}, {`{"skip":null}`, []string{"/skip type"}},
		{`{"order":"title UP"}`, []string{"/order syntax"}}, {`{"order":"title,,id"}`, []string{"/order syntax"}},
		{`{"order":"title DESC ASC"}`, []string{"/order syntax"}}, {`{"order":"nosuch"}`, []string{"/order enum"}},
		{`{"order":"-title"}`, []string{"/order enum"}}, {`{"order":"title;drop"}`, []string{"/order enum"}},
		{`{"order":"DESC"}`, []string{"/order enum"}},
		{`{"order":"tags"}`, []string{"/order enum"}}, {`{"order":["id","TITLE"]}`, []string{"/order/1 enum"}},
		{`{"order":["id","id DESC"]}`, []string{"/order/1 uniqueItems"}}, {`{"order":[1]}`, []string{"/order/0 type"}},
		{`{"order":{"title":"DESC"}}`, []string{"/order type"}}, {`{"order":null}`, []string{"/order type"}},
		{`{"fields":["nosuch"]}`, []string{"/fields/0 enum"}}, {`{"fields":["title","title"]}`, []string{"/fields/1 uniqueItems"}},
		{`{"fields":{"nosuch":true}}`, []string{"/fields additionalProperties"}},
		{`{"fields":{"title":1}}`, []string{"/fields/title type"}},
		{`{"fields":{"title":"true"}}`, []string{"/fields/title type"}}, {`{"fields":"title"}`, []string{"/fields type"}},
		{`{"fields":null}`, []string{"/fields type"}}, {`{"fields":[1]}`, []string{"/fields/0 type"}},
		{`{"fields":["password"]}`, []string{"/fields/0 enum"}},
		{`{"where":null}`, []string{"/where type"}}, {`{"where":[]}`, []string{"/where type"}}, {`{"where":"x"}`, []string{"/where type"}},
		{`{"where":{"title":1},"limit":0,"order":"x"}`, []string{"/where/title type", "/limit minimum", "/order enum"}},
		{`{"limit":1,"limit":2}`, []string{" uniqueNames"}}, {`{"where":{"title":{"evil":1}},"where":{}}`, []string{" uniqueNames"}},
		{`{"where":{"title":"a","t\u0069tle":"b"}}`, []string{" uniqueNames"}},
		{`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"a":1}`, []string{" uniqueNames"}},
		{`{bad`, []string{" syntax"}}, {`{"where":`, []string{" syntax"}}, {`undefined`, []string{" syntax"}},
		{`{} {}`, []string{" syntax"}},
		{`{"limit":01}`, []string{" syntax"}}, {`{"limit":+1}`, []string{" syntax"}}, {` `, []string{" syntax"}},
		{"{}\x00", []string{" syntax"}},
		{"{\"where\":{\"title\":\"\xff\"}}", []string{" syntax"}}, {`{"where":{"title":"\ud800"}}`, []string{" syntax"}},
		{`{"where":{"title":"\ud800\u0041"}}`, []string{" syntax"}}, {`{"where":{"title":"\udc00\ud800"}}`, []string{" syntax"}},
		{`{"where":{"title":"\ud800\n\udc00"}}`, []string{" syntax"}},
		{strings.Repeat("[", 9000), []string{" depth"}}, {strings.Repeat("[", 8000) + strings.Repeat("]", 8000), []string{" depth"}},
		{`{"limit":1` + strings.Repeat(" ", filter.MaxText) + `}`, []string{" maxLength"}},
	} {
		_, err := news(t).Query([]byte(tt.query))
		if got := problems(t, err); !slices.Equal(got, tt.problems) {
			t.Errorf("%.80s: got %q, want %q", tt.query, got, tt.problems)
		}
	}
}

func TestQueryReads(t *testing.T) {
	t.Parallel()
	s := news(t)
	names := func(names ...string) map[string]bool {
		set := map[string]bool{}
		for _, name := range names {
			set[name] = true
		}
		return set
	}
	for _, tt := range []struct {
		query string
		want  filter.Query
	}{
		{` null `, filter.Query{Limit: 100}},
		{`{"limit":3.0,"skip":1e0}`, filter.Query{Limit: 3, Skip: 1}},
		{`{"limit":1000,"skip":10000}`, filter.Query{Limit: 1000, Skip: 10000}},
		{`{"limit":0.01e2,"skip":-0.0}`, filter.Query{Limit: 1}},
		{`{"fields":[]}`, filter.Query{Limit: 100}},
		{`{"fields":{}}`, filter.Query{Limit: 100}},
		{`{"fields":["title","secretless"]}`, filter.Query{Limit: 100, Fields: &filter.Fields{Names: names("title", "secretless")}}},
		{`{"fields":{"title":true,"body":false}}`, filter.Query{Limit: 100, Fields: &filter.Fields{Names: names("title")}}},
		{`{"fields":{"title":false,"body":false}}`, filter.Query{Limit: 100,
			Fields: &filter.Fields{Names: names("title", "body"), Exclude: true}}},
		{`{"order":["title desc,rank", " address.city "]}`, filter.Query{Limit: 100, Order: []filter.Order{
			{Property: s.Property("title"), Desc: true}, {Property: s.Property("rank")}, {Property: s.Property("address.city")}}}},
		{"\t{ \"where\" :\r\n{\"and\" : [ ] , \"views\":{\"inq\":[1 , null,2.0]}} }", filter.Query{Limit: 100, Where: filter.And{
			filter.And{}, &filter.Comparison{Property: s.Property("views"), Op: filter.Inq, Value: []any{int64(1), nil, int64(2)}}}}},
		{`{"where":{"title":"\ud83d\ude00\u00e9\\ud800"}}`, filter.Query{Limit: 100, Where: typed[string](t, s, "title").Eq(`😀é\ud800`)}},
	} {
		for range 2 { // the second time from the cache
			got, err := s.Query([]byte(tt.query))
			if err != nil {
				t.Errorf("%s: %v", tt.query, problems(t, err))
				continue
			}
			if want := tt.want; len(got.Order) != len(want.Order) || !reflect.DeepEqual(*got, want) {
				t.Errorf("%s: got %+v, want %+v", tt.query, *got, want)
			}
		}
	}
}

func TestQueryUsesPage(t *testing.T) {
	t.Parallel()
	s := news(t, filter.WithPage(5, 10, 0))
	if q, err := s.Query(nil); err != nil || q.Limit != 5 {
		t.Errorf("got %v, %v", q, err)
	}
	_, err := s.Query([]byte(`{"limit":11,"skip":1}`))
	if got := problems(t, err); !slices.Equal(got, []string{"/limit maximum", "/skip maximum"}) {
		t.Error(got)
	}
}

// TestErrorsQuoteNamesOnly checks that an error quotes unknown names, cut to 64 characters, and nothing else of the text.
func TestErrorsQuoteNamesOnly(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 65)
	_, err := news(t).Query([]byte(fmt.Sprintf(`{"where":{%q:1,"title":{"gt":hidden}}}`, long)))
	refused, _ := errors.AsType[*fault.Error](err)
	if strings.Contains(fmt.Sprintf("%+v", *refused), "hidden") {
		t.Error(refused)
	}
	_, err = news(t).Query([]byte(fmt.Sprintf(`{"where":{%q:"hidden","views":"hidden","title":{"regexp":"(hidden","like":"hidden\\"}}}`,
		long)))
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok || len(refused.Fields) != 4 {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", *refused); strings.Contains(text, "hidden") || strings.Contains(text, long) {
		t.Error(text)
	}
	want := map[string]any{"additionalProperty": strings.Repeat("é", 64) + "…", "allowed": []string{"and", "or", "nor"}}
	got := refused.Fields[0].Info
	if got["additionalProperty"] != want["additionalProperty"] || !slices.Contains(got["allowed"].([]string), "title") ||
		slices.Contains(got["allowed"].([]string), "rank") {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFieldsByID(t *testing.T) {
	t.Parallel()
	s := news(t)
	for _, tt := range []struct {
		text     string
		keeps    string // of title and body
		problems []string
	}{
		{``, "title body", nil}, {`null`, "title body", nil}, {`{}`, "title body", nil}, {`{"fields":["title"]}`, "title", nil},
		{`{"fields":{"body":false}}`, "title", nil}, {`[]`, "", []string{" type"}},
		{`{"where":{}}`, "", []string{" additionalProperties"}}, {`{"limit":1,"fields":["x"]}`, "",
			[]string{" additionalProperties", "/fields/0 enum"}},
	} {
		f, err := s.Fields([]byte(tt.text))
		if got := problems(t, err); !slices.Equal(got, tt.problems) {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.problems)
		}
		for _, name := range []string{"title", "body"} {
			if err == nil && f.Keeps(name) != strings.Contains(tt.keeps, name) {
				t.Errorf("%s: keeps %s: %v", tt.text, name, f.Keeps(name))
			}
		}
	}
}

// TestParse checks that a parsed value is reused only for the same text, schema and form.
func TestParse(t *testing.T) {
	t.Parallel()
	s, other := news(t), news(t)
	const text = `{"fields":["id"]}`
	ctx, err := s.Parse(t.Context(), filter.QueryForm, text)
	if err == nil {
		ctx, err = s.Parse(ctx, filter.FieldsForm, text)
	}
	if err == nil {
		ctx, err = s.Parse(ctx, filter.WhereForm, `{"title":"a"}`)
	}
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.QueryContext(ctx, []byte(text))
	for _, tt := range []struct {
		name   string
		schema *filter.Schema
		ctx    context.Context
		text   string
		same   bool
	}{
		{"the same text", s, ctx, text, true},
		{"another text", s, ctx, text + " ", false},
		{"another schema", other, ctx, text, false},
		{"another context", s, t.Context(), text, false},
	} {
		q, again := tt.schema.QueryContext(tt.ctx, []byte(tt.text))
		if err != nil || again != nil || (q == first) != tt.same || !reflect.DeepEqual(q, first) {
			t.Errorf("%s: %p, %v; first %p, %v", tt.name, q, again, first, err)
		}
	}
	f, err := s.FieldsContext(ctx, []byte(text))
	if err != nil || !reflect.DeepEqual(f, first.Fields) {
		t.Error(f, err)
	}
	w, err := s.WhereContext(ctx, []byte(`{"title":"a"}`))
	again, _ := s.WhereContext(ctx, []byte(`{"title":"a"}`))
	if c, is := w.(*filter.Comparison); err != nil || !is || again != w || c.Value != "a" {
		t.Error(w, again, err)
	}
	for form := filter.QueryForm; form <= filter.FieldsForm; form++ {
		if _, err := s.Parse(t.Context(), form, `{"unknown":1}`); err == nil {
			t.Error("no error for an unknown member in form", form)
		}
	}
	if _, err := s.WhereContext(ctx, nil); err == nil {
		t.Error("an empty where was taken from the context")
	}
}
