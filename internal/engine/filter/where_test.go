package filter_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

func TestWhereRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ where, problem string }{
		{`[]`, " type"}, {`1`, " type"},
		{`{"nosuch":1}`, " additionalProperties"}, {`{"":1}`, " additionalProperties"}, {`{"title.x":"1"}`, " additionalProperties"},
		{`{"$where":"1==1"}`, " additionalProperties"}, {`{"not":{"title":"10"}}`, " additionalProperties"},
		{`{"__proto__":{"title":"10"}}`, " additionalProperties"}, {`{"constructor":"x"}`, " additionalProperties"},
		{`{"rank":"x"}`, " additionalProperties"}, {`{"address":{"city":"x"}}`, " additionalProperties"},
		{`{"author":"x"}`, "/author additionalProperties"}, {`{"author":{"eq":"x"}}`, "/author additionalProperties"},
		{`{"title":{}}`, "/title minProperties"}, {`{"title":{"$ne":"10"}}`, "/title additionalProperties"},
		{`{"title":{"GT":"10"}}`, "/title additionalProperties"}, {`{"title":{"not":"10"}}`, "/title additionalProperties"},
		{`{"title":{"like":"a","options":"i"}}`, "/title additionalProperties"}, {`{"views":{"like":"1"}}`, "/views additionalProperties"},
		{`{"published":{"gt":true}}`, "/published additionalProperties"},
		{`{"title":10}`, "/title type"}, {`{"title":true}`, "/title type"}, {`{"title":["10"]}`, "/title type"},
		{`{"title":{"eq":{"a":1}}}`, "/title/eq type"}, {`{"tags":["a"]}`, "/tags type"},
		{`{"title":{"gt":null}}`, "/title/gt type"}, {`{"title":{"gt":{}}}`, "/title/gt type"},
		{`{"views":"1"}`, "/views type"}, {`{"views":1.5}`, "/views type"}, {`{"views":9223372036854775808}`, "/views format"},
		{`{"views":1e400}`, "/views format"}, {`{"rating":"1"}`, "/rating type"}, {`{"rating":1e400}`, "/rating format"},
		{`{"published":"true"}`, "/published type"}, {`{"published":1}`, "/published type"},
		{`{"date_created":1612137600000}`, "/date_created type"}, {`{"date_created":"2021-02-01"}`, "/date_created format"},
		{`{"date_created":"garbage"}`, "/date_created format"}, {`{"date_created":"2021-02-01 00:00:00Z"}`, "/date_created format"},
		{`{"date_created":"2021-02-01T0:00:00Z"}`, "/date_created format"},
		{`{"date_created":"2021-02-01T00:00:00,5Z"}`, "/date_created format"},
		{`{"date_created":"2021-02-30T00:00:00Z"}`, "/date_created format"},
		{`{"date_created":"2016-12-31T23:59:60Z"}`, "/date_created format"},
		{`{"date_created":"2021-02-01T00:00:00"}`, "/date_created format"},
		{`{"date_created":"2021-02-01T00:00:00+24:00"}`, "/date_created format"},
		{`{"date_created":"0000-01-01T00:00:00+00:01"}`, "/date_created format"},
		{`{"date_created":"9999-12-31T23:59:59-00:01"}`, "/date_created format"},
		{`{"title":{"between":["a"]}}`, "/title/between minItems"}, {`{"title":{"between":["a","b","c"]}}`, "/title/between maxItems"},
		{`{"title":{"between":"a"}}`, "/title/between type"}, {`{"title":{"between":["a",null]}}`, "/title/between/1 type"},
		{`{"title":{"inq":"10"}}`, "/title/inq type"}, {`{"title":{"inq":{"0":"10"}}}`, "/title/inq type"},
		{`{"title":{"nin":["a",1]}}`, "/title/nin/1 type"},
		{`{"title":{"like":5}}`, "/title/like type"}, {`{"title":{"nilike":null}}`, "/title/nilike type"},
		{`{"title":{"like":"a\\"}}`, "/title/like pattern"},
		{`{"title":{"like":"\\\\\\"}}`, "/title/like pattern"},
		{`{"title":{"regexp":5}}`, "/title/regexp type"}, {`{"title":{"regexp":"("}}`, "/title/regexp format"},
		{`{"title":{"regexp":"(?<=1)0"}}`, "/title/regexp format"}, {`{"title":{"regexp":"(a)\\1"}}`, "/title/regexp format"},
		{`{"title":{"regexp":"a{1001}"}}`, "/title/regexp format"}, {`{"title":{"regexp":"/a/x"}}`, "/title/regexp pattern"},
		{`{"title":{"regexp":"(ab{500}){2}c{1000}d{1000}e{1000}f{1000}"}}`, "/title/regexp pattern"},
		{`{"title":{"regexp":"\\pL{9}"}}`, "/title/regexp pattern"},
		{`{"title":{"exists":"false"}}`, "/title/exists type"}, {`{"title":{"exists":0}}`, "/title/exists type"},
		{`{"title":{"exists":null}}`, "/title/exists type"},
		{`{"or":{"title":"10"}}`, "/or type"}, {`{"or":"x"}`, "/or type"}, {`{"nor":null}`, "/nor type"}, {`{"and":[1]}`, "/and/0 type"},
		{`{"and":[{"or":[{},{"title":{"gt":1}}]}]}`, "/and/0/or/1/title/gt type"},
	} {
		_, err := news(t).Where([]byte(tt.where))
		if got := problems(t, err); !slices.Equal(got, []string{tt.problem}) {
			t.Errorf("%s: got %q, want %q", tt.where, got, tt.problem)
		}
	}
}

// TestWhereLimits checks each limit and one more than each limit.
func TestWhereLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) string {
		return strings.Repeat(`{"and":[`, n) + `{"title":{"inq":["x"]}}` + strings.Repeat(`]}`, n)
	}
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	operand := func(op string) func(int) string {
		return func(n int) string { return fmt.Sprintf(`{"title":{%q:%q}}`, op, strings.Repeat("é", n)) }
	}
	for _, tt := range []struct {
		name    string
		where   func(n int) string
		most    int
		problem string // has one more
	}{
		{"depth", nested, filter.MaxDepth, strings.Repeat("/and/0", filter.MaxDepth) + "/and depth"},
		{"terms", func(n int) string { return `{"or":` + list(n, `{"title":"x"}`) + `}` }, filter.MaxTerms, "/or/64/title terms"},
		{"empty terms", func(n int) string { return `{"or":` + list(n, `{}`) + `}` }, filter.MaxTerms, "/or/64 terms"},
		{"empty groups", func(n int) string { return `{"or":` + list(n, `{"and":[]}`) + `}` }, filter.MaxTerms, "/or/64/and terms"},
		{"list", func(n int) string { return `{"views":{"inq":` + list(n, "1") + `}}` }, filter.MaxList, "/views/inq maxItems"},
		{"like", operand("like"), filter.MaxPattern, "/title/like maxLength"},
		{"regexp", operand("regexp"), filter.MaxPattern, "/title/regexp maxLength"},
		{"regexps together", func(n int) string {
			return `{"or":` + list(n, `{"title":{"regexp":"a{1000}"}}`) + `}`
		}, 2, "/or/2/title/regexp pattern"},
		{"text", func(n int) string { return `{"title":"` + strings.Repeat("x", n-len(`{"title":""}`)) + `"}` }, filter.MaxText,
			" maxLength"},
	} {
		if _, err := news(t).Where([]byte(tt.where(tt.most))); err != nil {
			t.Errorf("%s: the limit itself is refused: %v", tt.name, problems(t, err))
		}
		_, err := news(t).Where([]byte(tt.where(tt.most + 1)))
		if got := problems(t, err); !slices.Equal(got, []string{tt.problem}) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.problem)
		}
	}
	_, err := news(t).Where([]byte(`{"title":{"inq":` + list(30, "1") + `}}`))
	if got := problems(t, err); len(got) != 20 {
		t.Errorf("%d problems are listed", len(got))
	}
	order := `"id,title,body,date_created,views,rating,published,rank`
	if _, err := news(t).Query([]byte(`{"order":` + order + `"}`)); err != nil {
		t.Error(err)
	}
	_, err = news(t).Query([]byte(`{"order":` + order + `,author"}`))
	if got := problems(t, err); !slices.Equal(got, []string{"/order maxItems"}) {
		t.Error(got)
	}
}

// TestRegexpSource checks that the source that stores run means the same in RE2 and PCRE, and matches what the client's expression matches.
func TestRegexpSource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, source string }{
		{`a$`, `a\z`}, {`^a`, `\Aa`}, {`\d\s`, `[0-9][\t\n\f\r ]`}, {`(?P<name>a)(b|c)`, `a[bc]`}, {`((ab))*`, `(?:ab)*`},
		{`\v`, `\x0b`}, {`[\v\\]`, `[\x0b\\]`}, {`\\v`, `\\v`}, {`/a.b/s`, `(?s:a.b)`}, {`/^a$/im`, `(?im:^A$)`}, {`\/a/b`, `/a/b`},
		{`/a`, `/a`}, {`/a/b/gu`, `a/b`},
		{`\Qa.b\E`, `a\.b`},
	} {
		w, err := news(t).Where(fmt.Appendf(nil, `{"title":{"regexp":%q}}`, tt.pattern))
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, problems(t, err))
			continue
		}
		if got := w.(*filter.Comparison).Value.(*filter.Pattern); got.Source != tt.source || got.String() != tt.source {
			t.Errorf("%s: got %s, want %s", tt.pattern, got.Source, tt.source)
		}
	}
}
