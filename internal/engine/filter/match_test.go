package filter_test

import (
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// TestMatch has rows for each operator and each rule of the package comment. Matching documents are in yes, the others in no.
func TestMatch(t *testing.T) {
	t.Parallel()
	const absent, nothing = `{}`, `{"title":null,"views":null,"rating":null,"published":null,"date_created":null,"tags":null,` +
		`"address":null}`
	type docs []string
	for _, tt := range []struct {
		where   string
		yes, no docs
	}{
		{`{"title":null}`, docs{absent, nothing}, docs{`{"title":""}`}},
		{`{"title":{"neq":null}}`, docs{`{"title":""}`}, docs{absent, nothing}},
		{`{"title":"a"}`, docs{`{"title":"a"}`, `{"title":"\u0061"}`},
			docs{absent, nothing, `{"title":"A"}`, `{"title":1}`, `{"title":["a"]}`}},
		{`{"title":{"neq":"a"}}`, docs{absent, nothing, `{"title":"A"}`, `{"title":1}`}, docs{`{"title":"a"}`}},
		{`{"title":{"inq":["a",null]}}`, docs{`{"title":"a"}`, absent, nothing}, docs{`{"title":"b"}`}},
		{`{"title":{"nin":["a",null]}}`, docs{`{"title":"b"}`}, docs{`{"title":"a"}`, absent, nothing}},
		{`{"title":{"nin":["a"]}}`, docs{`{"title":"b"}`, absent, nothing}, docs{`{"title":"a"}`}},
		{`{"title":{"exists":true}}`, docs{nothing, `{"title":"a"}`}, docs{absent}},
		{`{"title":{"exists":false}}`, docs{absent}, docs{nothing, `{"title":"a"}`}},
		{`{"address.city":{"exists":false}}`, docs{absent, nothing, `{"address":{}}`, `{"address":[{"city":1}]}`},
			docs{`{"address":{"city":null}}`}},
		{`{"address.city":"Bonn"}`, docs{`{"address":{"city":"Bonn"}}`}, docs{`{"address.city":"Bonn"}`, `{"city":"Bonn"}`}},
		{`{"title":{"gt":"b"}}`, docs{`{"title":"ba"}`, `{"title":"é"}`},
			docs{`{"title":"b"}`, `{"title":"B"}`, absent, nothing, `{"title":9}`}},
		{`{"title":{"gte":"b"}}`, docs{`{"title":"b"}`}, docs{`{"title":"a"}`, absent, nothing}},
		{`{"title":{"lt":"b"}}`, docs{`{"title":"B"}`, `{"title":""}`}, docs{`{"title":"b"}`, absent, nothing}},
		{`{"title":{"lte":"b"}}`, docs{`{"title":"b"}`}, docs{`{"title":"c"}`, absent, nothing}},
		{`{"title":{"gt":"\uffff"}}`, docs{`{"title":"😀"}`}, docs{`{"title":"\ufffe"}`}},
		{`{"title":{"between":["b","d"]}}`, docs{`{"title":"b"}`, `{"title":"d"}`},
			docs{`{"title":"a"}`, `{"title":"da"}`, absent, nothing}},

		{`{"views":9007199254740993}`, docs{`{"views":9007199254740993}`, `{"views":9007199254740993.0}`},
			docs{`{"views":9007199254740992}`, `{"views":9007199254740994}`}},
		{`{"views":{"gt":9223372036854775806}}`, docs{`{"views":9223372036854775807}`},
			docs{`{"views":9223372036854775806}`, `{"views":-9223372036854775808}`, `{"views":9223372036854775808}`}},
		{`{"views":{"lt":3e0}}`, docs{`{"views":-3}`, `{"views":20e-1}`}, docs{`{"views":3}`, `{"views":"2"}`, `{"views":2.5}`}},
		{`{"rating":{"gt":9007199254740992}}`, docs{`{"rating":9007199254740993}`, `{"rating":1e300}`},
			docs{`{"rating":9007199254740992.0}`, `{"rating":-1e300}`}},
		{`{"rating":{"lt":9007199254740993.0}}`, docs{`{"rating":9007199254740992}`, `{"rating":0.5}`},
			docs{`{"rating":9007199254740993}`}},
		{`{"rating":{"gt":1.5}}`, docs{`{"rating":2}`}, docs{`{"rating":1}`, `{"rating":1.5}`}},
		{`{"rating":{"gte":1.5}}`, docs{`{"rating":2}`, `{"rating":1.5}`}, docs{`{"rating":1}`}},
		{`{"rating":{"gt":-1.5}}`, docs{`{"rating":-1}`}, docs{`{"rating":-2}`}},
		{`{"rating":{"lt":9223372036854775807}}`, docs{`{"rating":-1e19}`}, docs{`{"rating":9223372036854775808}`, `{"rating":1e19}`}},
		{`{"rating":{"gt":-9223372036854775808}}`, docs{`{"rating":-9223372036854775807}`},
			docs{`{"rating":-9223372036854775808.0}`, `{"rating":-1e19}`}},
		{`{"rating":{"lt":-0.5}}`, docs{`{"rating":-1}`}, docs{`{"rating":0}`, `{"rating":-0.0}`, `{"rating":-0.25}`}},
		{`{"rating":0}`, docs{`{"rating":-0.0}`, `{"rating":0e9}`, `{"rating":1e-400}`}, docs{`{"rating":false}`, absent, nothing}},
		{`{"published":true}`, docs{`{"published":true}`}, docs{`{"published":false}`, `{"published":1}`, absent, nothing}},
		{`{"published":{"neq":true}}`, docs{`{"published":false}`, absent, nothing}, docs{`{"published":true}`}},
		{`{"date_created":"2021-02-01t01:00:00.0009+01:00"}`, docs{`{"date_created":"2021-02-01T00:00:00.000Z"}`},
			docs{`{"date_created":"2021-02-01T00:00:00.001Z"}`}},
		{`{"date_created":{"lt":"0000-01-01T00:00:00.0019z"}}`, docs{`{"date_created":"0000-01-01T00:00:00.000Z"}`},
			docs{`{"date_created":"0000-01-01T00:00:00.001Z"}`, `{"date_created":"soon"}`}},

		{`{"title":{"like":"a%c"}}`, docs{`{"title":"ac"}`, `{"title":"a%bc\nc"}`},
			docs{`{"title":"acd"}`, `{"title":"AC"}`, absent, nothing, `{"title":1}`}},
		{`{"title":{"like":"_\\_\\%\\\\"}}`, docs{`{"title":"😀_%\\"}`}, docs{`{"title":"😀é%\\"}`, `{"title":"_%\\"}`}},
		{`{"title":{"like":"%a%b%"}}`, docs{`{"title":"xaaxbb"}`, `{"title":"ab"}`}, docs{`{"title":"ba"}`}},
		{`{"title":{"like":"%ab"}}`, docs{`{"title":"aabab"}`}, docs{`{"title":"aba"}`}},
		{`{"title":{"like":"%"}}`, docs{`{"title":""}`, `{"title":"x"}`}, docs{absent, nothing}},
		{`{"title":{"like":""}}`, docs{`{"title":""}`}, docs{`{"title":"x"}`}},
		{`{"title":{"nlike":"a%"}}`, docs{absent, nothing, `{"title":"b"}`}, docs{`{"title":"a"}`}},
		{`{"title":{"ilike":"ÉK%"}}`, docs{`{"title":"éK"}`, `{"title":"ékx"}`}, docs{`{"title":"ek"}`}},
		{`{"title":{"ilike":"STRASSE"}}`, docs{`{"title":"ſtrasse"}`}, docs{`{"title":"Straße"}`}},
		{`{"title":{"nilike":"a"}}`, docs{absent, nothing, `{"title":"b"}`}, docs{`{"title":"A"}`}},
		{`{"title":{"regexp":"b.d"}}`, docs{`{"title":"abcde"}`}, docs{`{"title":"b\nd"}`, absent, nothing, `{"title":1}`}},
		{`{"title":{"regexp":"^a$"}}`, docs{`{"title":"a"}`}, docs{`{"title":"a\n"}`, `{"title":"b\na"}`}},
		{`{"title":{"regexp":"/^A$/im"}}`, docs{`{"title":"b\na\n"}`}, docs{`{"title":"ba"}`}},
		{`{"title":{"regexp":"/b.d/s"}}`, docs{`{"title":"b\nd"}`}, docs{`{"title":"B\nd"}`}},

		{`{"tags":"a"}`, docs{`{"tags":["b","a"]}`}, docs{`{"tags":[]}`, `{"tags":"a"}`, `{"tags":[["a"]]}`, absent, nothing}},
		{`{"tags":null}`, docs{absent, nothing}, docs{`{"tags":[]}`, `{"tags":[null]}`}},
		{`{"tags":{"neq":"a"}}`, docs{`{"tags":["b"]}`, `{"tags":[]}`, absent, nothing}, docs{`{"tags":["b","a"]}`}},
		{`{"tags":{"nin":["a",null]}}`, docs{`{"tags":["b",null]}`, `{"tags":[]}`}, docs{`{"tags":["a"]}`, absent, nothing}},
		{`{"tags":{"inq":["a",null]}}`, docs{`{"tags":["a"]}`, absent, nothing}, docs{`{"tags":[null]}`, `{"tags":[]}`}},
		{`{"tags":{"nlike":"a%"}}`, docs{`{"tags":["b"]}`, absent}, docs{`{"tags":["b","ab"]}`}},
		{`{"tags":{"exists":true}}`, docs{`{"tags":[]}`, nothing}, docs{absent}},
		{`{"scores":{"gt":2,"lt":2}}`, docs{`{"scores":[1,3]}`}, docs{`{"scores":[2]}`, `{"scores":[3]}`, `{"scores":["3",1]}`}},
		{`{"scores":{"between":[2,3]}}`, docs{`{"scores":[2]}`, `{"scores":[1,9]}`},
			docs{`{"scores":[1]}`, `{"scores":[9]}`, `{"scores":[]}`}},

		{`{"or":[{"title":"a"},{"views":1}]}`, docs{`{"title":"a"}`, `{"views":1}`}, docs{absent}},
		{`{"nor":[{"title":"a"},{"views":1}]}`, docs{absent}, docs{`{"title":"a"}`, `{"views":1}`}},
		{`{"nor":[]}`, docs{absent}, nil}, {`{"and":[]}`, docs{absent}, nil}, {`{"or":[]}`, nil, docs{absent}}, {`{}`, docs{absent}, nil},
		{`{"nor":[{}]}`, nil, docs{absent}}, {`{"title":{"inq":[]}}`, nil, docs{absent, nothing}},
		{`{"title":{"nin":[]}}`, docs{absent, nothing}, nil},
	} {
		w, err := news(t).Where([]byte(tt.where))
		if err != nil {
			t.Errorf("%s: %v", tt.where, problems(t, err))
		}
		for want, docs := range map[bool]docs{true: tt.yes, false: tt.no} {
			for _, doc := range docs {
				if got, err := filter.Match(t.Context(), w, []byte(doc)); err != nil || got != want {
					t.Errorf("%s on %s: got %v, want %v (%v)", tt.where, doc, got, want, err)
				}
			}
		}
	}
}

func TestMatchRefusesDocuments(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{``, `[]`, `1`, `{`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
		if _, err := filter.Match(t.Context(), nil, []byte(doc)); err == nil {
			t.Errorf("%s is taken", doc)
		}
		if _, err := (&filter.Query{Limit: 1}).Apply([][]byte{[]byte(doc)}); err == nil {
			t.Errorf("%s is taken", doc)
		}
	}
}

func TestApplyOrders(t *testing.T) {
	t.Parallel()
	docs := [][]byte{
		[]byte(`{"id":"a","rating":1}`), []byte(`{"id":"b","rating":0.5}`), []byte(`{"id":"c","rating":null}`),
		[]byte(`{"id":"d","published":true}`),
		[]byte(`{"id":"e","rating":1.0,"published":false}`), []byte(`{"id":"f","rating":9007199254740993}`),
		[]byte(`{"id":"g","rating":9007199254740992}`),
	}
	for _, tt := range []struct{ query, ids string }{
		{`{}`, "abcdefg"},
		{`{"order":"rating"}`, "cdbaegf"},
		{`{"order":"rating DESC"}`, "fgeabdc"},
		{`{"order":"rating DESC, id"}`, "fgaebcd"},
		{`{"order":"published, rating DESC"}`, "fgabced"},
		{`{"order":"published DESC, rating","skip":1,"limit":3}`, "ecb"},
		{`{"skip":7}`, ""},
	} {
		q, err := news(t).Query([]byte(tt.query))
		if err != nil {
			t.Fatal(err)
		}
		page, err := q.Apply(docs)
		if got := ids(t, page); err != nil || got != tt.ids {
			t.Errorf("%s: got %s, want %s (%v)", tt.query, got, tt.ids, err)
		}
	}
}
