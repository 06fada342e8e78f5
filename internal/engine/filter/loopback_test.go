package filter_test

import "testing"

// TestLoopBackAnswers compares the language with the responses of a LoopBack 4 application (reference, part C). The second table contains
// the intended differences: LoopBack's response is in the comment.
func TestLoopBackAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ query, ids string }{
		{``, "123456"}, {`{}`, "123456"}, {`null`, "123456"}, {`{"where":{}}`, "123456"},
		{`{"where":{"title":"10"}}`, "6"}, {`{"where":{"title":{"eq":"10"}}}`, "6"}, {`{"where":{"title":null}}`, ""},
		{`{"where":{"date_created":null}}`, "5"}, {`{"where":{"date_created":{"eq":null}}}`, "5"},
		{`{"where":{"date_created":{"neq":null}}}`, "12346"},
		{`{"where":{"id":"2"}}`, "2"}, {`{"where":{"id":"nosuch"}}`, ""}, {`{"where":{"title":"ALPHA ONE"}}`, ""},
		{`{"where":{"title":{"neq":"10"}}}`, "12345"},
		{`{"where":{"date_created":{"gt":"2021-02-01T00:00:00.000Z"}}}`, "34"},
		{`{"where":{"date_created":{"gte":"2021-02-01T00:00:00.000Z"}}}`, "234"},
		{`{"where":{"date_created":{"lt":"2021-02-01T00:00:00.000Z"}}}`, "16"},
		{`{"where":{"date_created":{"lte":"2021-02-01T00:00:00.000Z"}}}`, "126"},
		{`{"where":{"date_created":{"gt":"2021-02-01T00:00:00+05:00"}}}`, "234"},
		{`{"where":{"date_created":"2021-02-01T00:00:00.000Z"}}`, "2"},
		{`{"where":{"date_created":"2021-02-01T00:00:00+00:00"}}`, "2"},
		{`{"where":{"title":{"gt":"beta Two"}}}`, "4"}, {`{"where":{"title":{"gte":"beta Two"}}}`, "24"},
		{`{"where":{"title":{"lt":"beta Two"}}}`, "1356"}, {`{"where":{"title":{"lte":"beta Two"}}}`, "12356"},
		{`{"where":{"date_created":{"between":["2021-01-15T00:00:00Z","2021-03-15T00:00:00Z"]}}}`, "23"},
		{`{"where":{"date_created":{"between":["2021-03-15T00:00:00Z","2021-01-15T00:00:00Z"]}}}`, ""},
		{`{"where":{"title":{"between":["a","c"]}}}`, "25"},
		{`{"where":{"title":{"inq":["10","beta Two","zz"]}}}`, "26"}, {`{"where":{"title":{"inq":[]}}}`, ""},
		{`{"where":{"id":{"inq":["1","2"]}}}`, "12"}, {`{"where":{"title":{"inq":[null]}}}`, ""},
		{`{"where":{"title":{"nin":["10","beta Two"]}}}`, "1345"}, {`{"where":{"title":{"nin":[]}}}`, "123456"},
		{`{"where":{"date_created":{"nin":[null]}}}`, "12346"},
		{`{"where":{"title":{"like":"Alpha%"}}}`, "1"}, {`{"where":{"title":{"like":"%one"}}}`, "1"},
		{`{"where":{"title":{"like":"%a%"}}}`, "12345"}, {`{"where":{"title":{"like":"_lpha one"}}}`, "1"},
		{`{"where":{"title":{"like":"beta_Two"}}}`, "2"}, {`{"where":{"title":{"like":"Gamma 100%"}}}`, "3"},
		{`{"where":{"title":{"like":"Gamma 100\\%"}}}`, "3"}, {`{"where":{"title":{"like":"("}}}`, ""},
		{`{"where":{"title":{"like":""}}}`, ""}, {`{"where":{"title":{"ilike":"alpha%"}}}`, "15"},
		{`{"where":{"title":{"nlike":"Alpha%"}}}`, "23456"}, {`{"where":{"title":{"nlike":"%a%"}}}`, "6"},
		{`{"where":{"title":{"nilike":"alpha%"}}}`, "2346"},
		{`{"where":{"title":{"regexp":"^A"}}}`, "1"}, {`{"where":{"title":{"regexp":"/^a/i"}}}`, "15"},
		{`{"where":{"title":{"regexp":"/^a/g"}}}`, "5"}, {`{"where":{"title":{"regexp":""}}}`, "123456"},
		{`{"where":{"title":{"regexp":"\\d+"}}}`, "346"},
		{`{"where":{"and":[{"title":"10"},{"body":"9"}]}}`, "6"}, {`{"where":{"and":[{"title":"10"},{"body":"x"}]}}`, ""},
		{`{"where":{"or":[{"title":"10"},{"title":"beta Two"}]}}`, "26"}, {`{"where":{"or":[]}}`, ""},
		{`{"where":{"and":[]}}`, "123456"}, {`{"where":{"or":[{}]}}`, "123456"},
		{`{"where":{"or":[{"title":"10"},{"and":[{"title":"beta Two"},{"body":"second"}]}]}}`, "26"},
		{`{"where":{"title":"10","or":[{"body":"9"},{"body":"second"}]}}`, "6"},
		{`{"where":{"title":{"neq":"10","gt":"b"}}}`, "24"},
		{`{"limit":2}`, "12"}, {`{"limit":2,"skip":1}`, "23"}, {`{"limit":2,"offset":1}`, "23"}, {`{"skip":4}`, "56"},
		{`{"offset":4}`, "56"}, {`{"skip":1,"offset":2}`, "23456"}, {`{"offset":2,"skip":1}`, "23456"}, {`{"skip":1000}`, ""},
		{`{"order":"title"}`, "613524"}, {`{"order":"title ASC"}`, "613524"}, {`{"order":"title DESC"}`, "425316"},
		{`{"order":"title desc"}`, "425316"}, {`{"order":"title DESC, body"}`, "425316"},
		{`{"order":"date_created DESC"}`, "432165"}, {`{"order":"date_created ASC"}`, "561234"}, {`{"order":""}`, "123456"},
		{`{"order":"id DESC"}`, "654321"}, {`{"order":["title DESC"]}`, "425316"},
		{`{"order":["body ASC","title DESC"]}`, "635124"}, {`{"order":[]}`, "123456"}, {`{"order":[""]}`, "123456"},
	} {
		checkIDs(t, tt.query, tt.ids)
	}
	for _, tt := range []struct{ query, ids string }{
		{`{"where":{"title":{"like":"alpha"}}}`, ""},            // [5]: unanchored there
		{`{"where":{"title":{"like":"delta\\_4"}}}`, "4"},       // []: escapes are not SQL's there
		{`{"where":{"title":{"like":".*"}}}`, ""},               // all: a regexp there
		{`{"where":{"body":{"like":"a.b*c"}}}`, "3"},            // []
		{`{"where":{"title":{"nilike":"ALPHA"}}}`, "123456"},    // [2,3,4,6]
		{`{"where":{"date_created":{"exists":true}}}`, "12346"}, // 500
		{`{"where":{"date_created":{"exists":false}}}`, "5"},    // 500
		// []: unknown to the memory connector
		{`{"where":{"nor":[{"title":"10"}]}}`, "12345"},
		{`{"order":" title  DESC "}`, "425316"}, // 400
		// [2,3,4]: the last one is ignored
		{`{"where":{"date_created":{"lt":"2021-04-01T00:00:00Z","gte":"2021-02-01T00:00:00Z"}}}`, "23"},
		{`{"where":{"date_created":{"inq":["2021-02-01T00:00:00.000Z"]}}}`, "2"}, // []: compared as objects
	} {
		checkIDs(t, tt.query, tt.ids)
	}
}

// checkIDs runs a query over the rows.
func checkIDs(t *testing.T, query, want string) {
	t.Helper()
	q, err := news(t).Query([]byte(query))
	if err != nil {
		t.Errorf("%s: %v %v", query, err, problems(t, err))
		return
	}
	page, err := q.Apply(rows())
	if got := ids(t, page); err != nil || got != want {
		t.Errorf("%s: got %q, want %q (%v)", query, got, want, err)
	}
}
