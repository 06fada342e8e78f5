package spec

import (
	"strings"
	"testing"
)

// Both readers must be able to say no and yes, at the edge of each rule, or agreeing is nothing.
func TestFilterAgreementAtTheEdges(t *testing.T) {
	t.Parallel()
	a := newAgreement(t)
	where := func(condition string) string { return `{"where":` + condition + `}` }
	long := strings.Repeat("😀", 256)
	for text, want := range map[string]bool{
		`{}`: true, `[]`: false, `1`: false, `""`: false, where(`{}`): true, where(`null`): false, where(`[]`): false, `{"include":[]}`: false,
		`{"limit":1}`: true, `{"limit":0}`: false, `{"limit":1000}`: true, `{"limit":1001}`: false, `{"limit":2.5}`: false, `{"limit":1e2}`: true, `{"limit":null}`: false,
		`{"skip":0}`: true, `{"skip":-1}`: false, `{"offset":10000}`: true, `{"offset":10001}`: false, `{"skip":"5"}`: false,
		`{"order":"title DESC, id"}`: true, `{"order":"title DOWN"}`: false, `{"order":"title,"}`: false, `{"order":""}`: true, `{"order":["id aSc"]}`: true,
		`{"order":[1]}`: false, `{"order":null}`: false, `{"order":"password"}`: false, `{"order":"title DESC DESC"}`: false,
		`{"fields":["title"]}`: true, `{"fields":["title","title"]}`: false, `{"fields":["x"]}`: false, `{"fields":[]}`: true, `{"fields":{"id":true,"body":false}}`: true,
		`{"fields":{"id":1}}`: false, `{"fields":{"x":true}}`: false, `{"fields":"title"}`: false, `{"fields":null}`: false,
		where(`{"password":"x"}`): false, where(`{"title":null}`): true, where(`{"title":1}`): false, where(`{"title":[]}`): false, where(`{"title":{}}`): false,
		where(`{"title":{"eq":null,"neq":null,"gt":""}}`): true, where(`{"title":{"gt":null}}`): false, where(`{"title":{"eQ":"x"}}`): false,
		where(`{"title":{"between":["a","b"]}}`): true, where(`{"title":{"between":["a",null]}}`): false, where(`{"title":{"between":["a"]}}`): false,
		where(`{"title":{"between":["a","b","c"]}}`): false, where(`{"title":{"inq":[]}}`): true, where(`{"title":{"nin":["a",null]}}`): true,
		where(`{"title":{"inq":"a"}}`): false, where(`{"title":{"inq":[` + strings.Repeat("null,", 999) + `null]}}`): true,
		where(`{"title":{"inq":[` + strings.Repeat("null,", 1000) + `null]}}`): false,
		where(`{"title":{"like":"` + long + `"}}`):                             true, where(`{"title":{"like":"` + long + `x"}}`): false,
		where(`{"title":{"nilike":"a\\\\"}}`): true, where(`{"title":{"nilike":"a\\"}}`): false, where(`{"title":{"like":null}}`): false,
		where(`{"title":{"regexp":"/a/i"}}`): true, where(`{"title":{"regexp":"` + long + `x"}}`): false, where(`{"title":{"exists":1}}`): false,
		where(`{"date_created":"2020-01-01T00:00:00Z"}`): true, where(`{"date_created":"2020-02-30T00:00:00Z"}`): false, where(`{"date_created":{"like":"2%"}}`): false,
		where(`{"date_created":{"gte":"2020-01-01"}}`): false, where(`{"date_created":{"exists":false}}`): true,
		where(`{"and":[],"or":[{"nor":[{}]}]}`): true, where(`{"and":{}}`): false, where(`{"or":[null]}`): false, where(`{"not":{}}`): false,
	} {
		if byFilter, byKin := a.byFilter("NewsFilter", text), a.byContract(t, "NewsFilter", text); byFilter == nil != want || byKin == nil != want {
			t.Errorf("%.99s: filter.Schema says %v, the contract %v; to be taken: %v", text, byFilter, byKin, want)
		}
	}
}
