package filter_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query string
		form  filter.Form
		text  string
		keys  int
	}{
		{"", filter.QueryForm, ``, 0},
		{"unknown=1&filter.limit=1&xfilter[a]=1&where=x", filter.QueryForm, ``, 0},
		{`filter={"limit":2}&x=1`, filter.QueryForm, `{"limit":2}`, 1},
		{"filter=", filter.QueryForm, ``, 1},
		{"filter[where][title]=10", filter.QueryForm, `{"where":{"title":"10"}}`, 1},
		{"filter[where][title][like]=x%25", filter.QueryForm, `{"where":{"title":{"like":"x%"}}}`, 1},
		{"filter[limit]=2&filter[skip]=x&filter[offset]=", filter.QueryForm, `{"limit":2,"offset":"","skip":"x"}`, 3},
		{"filter[limit]=1e0&filter[skip]=01", filter.QueryForm, `{"limit":1e0,"skip":"01"}`, 2},
		{"filter[order]=title%20DESC", filter.QueryForm, `{"order":"title DESC"}`, 1},
		{"filter[order][0]=body&filter[order][1]=title%20DESC", filter.QueryForm, `{"order":["body","title DESC"]}`, 2},
		{"filter[order][]=b&filter[order][]=a", filter.QueryForm, `{"order":["b","a"]}`, 1},
		{"filter[fields][title]=true&filter[fields][body]=1", filter.QueryForm, `{"fields":{"body":"1","title":true}}`, 2},
		{"filter[fields][]=true", filter.QueryForm, `{"fields":["true"]}`, 1},
		{"filter[fields][0]=false", filter.FieldsForm, `{"fields":["false"]}`, 1},
		{"filter[fields]=title", filter.QueryForm, `{"fields":"title"}`, 1},
		{"filter[where][or][0][title]=10&filter[where][or][1][views][inq][]=1&filter[where][or][1][views][inq][]=a", filter.QueryForm,
			`{"where":{"or":[{"title":"10"},{"views":{"inq":[1,"a"]}}]}}`, 2},
		{"filter[where][published]=true&filter[where][rating][gt]=-1.5&filter[where][tags][exists]=false", filter.QueryForm,
			`{"where":{"published":true,"rating":{"gt":-1.5},"tags":{"exists":false}}}`, 3},
		{"filter[where][scores][between][0]=1&filter[where][scores][between][1]=2", filter.QueryForm,
			`{"where":{"scores":{"between":[1,2]}}}`, 2},
		{"filter[where][views][like]=1&filter[where][date_created]=null", filter.QueryForm,
			`{"where":{"date_created":"null","views":{"like":"1"}}}`, 2},
		{"where[title]=true&where[address.city]=%22", filter.WhereForm, `{"address.city":"\"","title":"true"}`, 2},
		{"filter[]=x", filter.QueryForm, `["x"]`, 1},
		{"filter[where][title][inq]=a&filter[where][title][inq]=b", filter.QueryForm, `{"where":{"title":{"inq":["a","b"]}}}`, 1},
		{"filter[where][views][inq]=2&filter[where][views][inq]=1&filter[where][views][inq]=2", filter.QueryForm,
			`{"where":{"views":{"inq":[2,1,2]}}}`, 1},
		{"filter[order]=title&filter[limit]=1&filter[order]=id%20DESC", filter.QueryForm, `{"limit":1,"order":["title","id DESC"]}`, 2},
		{"filter[fields]=title&filter[fields]=id", filter.QueryForm, `{"fields":["title","id"]}`, 1},
		{"filter[where][or][0][title]=a&filter[where][or][0][title]=b", filter.QueryForm, `{"where":{"or":[{"title":["a","b"]}]}}`, 1},
		{"filter[limit]=1&filter[limit]=2", filter.QueryForm, `{"limit":[1,2]}`, 1}, // rejected later by the parser, as in LoopBack
		{"filter[order]=&filter[order]=", filter.QueryForm, `{"order":["",""]}`, 1},
		{"filter[order][0]=a&filter[order][0]=b", filter.QueryForm, `{"order":[["a","b"]]}`, 1},
		{"filter[order][1]=a", filter.QueryForm, `{"order":["a"]}`, 1},
		{"filter[order][10]=c&filter[order][2]=b&filter[order][0]=a", filter.QueryForm, `{"order":["a","b","c"]}`, 3},
		{"filter[where][or][3][title]=a&filter[where][or][7][title]=b", filter.QueryForm, `{"where":{"or":[{"title":"a"},{"title":"b"}]}}`,
			2},
		{"where[title][inq]=a&where[title][inq]=b", filter.WhereForm, `{"title":{"inq":["a","b"]}}`, 1},
		{"filter[bogus][a]=1", filter.QueryForm, `{"bogus":{"a":"1"}}`, 1},
	} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		name := "filter"
		if tt.form == filter.WhereForm {
			name = "where"
		}
		text, keys, err := news(t).Fold(values, name, tt.form)
		if err != nil || text != tt.text || len(keys) != tt.keys {
			t.Errorf("%s: got %s %q, want %s; %v", tt.query, text, keys, tt.text, problems(t, err))
		}
	}
}

func TestFoldRefusals(t *testing.T) {
	t.Parallel()
	many := func(n int, format string) string {
		var pairs []string
		for i := range n {
			pairs = append(pairs, fmt.Sprintf(format, i))
		}
		return strings.Join(pairs, "&")
	}
	for _, tt := range []struct{ query, problem string }{
		{"filter={}&filter={}", " conflict"},
		{"filter={}&filter[limit]=1", " conflict"},
		{"filter[where]=x&filter[where][title]=y", "/where conflict"},
		{"filter[order]=a&filter[order]=b&filter[order][]=c", "/order conflict"},
		{"filter[where][title][inq]=a&filter[where][title][inq]=b&filter[where][title][inq][0]=c", "/where/title/inq conflict"},
		{"filter[where][title]=a&filter[where][title]=b&filter[where][title][like]=c", "/where/title conflict"},
		{"filter[order][]=a&filter[order][0]=b", "/order conflict"},
		{"filter[order][]=a&filter[order]=b", "/order conflict"},
		{"filter[order][]=a&filter[order][x]=b", "/order conflict"},
		{"filter[", " syntax"}, {"filter[where", " syntax"}, {"filter[where]x", " syntax"}, {"filter[where][title", " syntax"},
		{"filter[where]title]", " syntax"}, {"filter[a[b]]", " syntax"}, {"filter[][a]=1", " syntax"}, {"filter[where]]=1", " syntax"},
		{"filter[order][00]=a", "/order syntax"}, {"filter[order][0]=a&filter[order][a]=b", "/order syntax"},
		{"filter[order][999999999]=a", "/order syntax"}, {"filter[order][99999999999999999999]=a", "/order syntax"},
		{"filter[where][title]=%ff", "/where/title syntax"}, {"filter[%ff]=1", " syntax"},
		{many(257, "filter[where][or][%d][title]=x"), " maxProperties"},
		{many(257, "filter[order][]=%d"), " maxProperties"}, {many(257, "filter[order]=%d"), " maxProperties"},
		{"filter[order][0x0]=a", "/order syntax"}, {"filter[order][1000]=a", "/order syntax"},
		{"filter" + strings.Repeat("[a]", 23) + "=1", " depth"}, {"filter" + strings.Repeat("[a]", 99999) + "=1", " depth"},
	} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		text, keys, err := news(t).Fold(values, "filter", filter.QueryForm)
		if got := problems(t, err); !slices.Equal(got, []string{tt.problem}) || text != "" || keys != nil {
			t.Errorf("%.60s: got %q, want %q; %s %q", tt.query, got, tt.problem, text, keys)
		}
	}
	values, err := url.ParseQuery(many(256, "filter[order][%d]=x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, keys, err := news(t).Fold(values, "filter", filter.QueryForm); err != nil || len(keys) != 256 {
		t.Error(len(keys), err)
	}
}
