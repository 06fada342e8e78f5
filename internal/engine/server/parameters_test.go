package server_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp"
)

func TestForeignParameters(t *testing.T) {
	t.Parallel()
	h := newForeign(t, foreignapp.App())
	for _, tt := range []struct {
		name, query, headers string // headers: "name: value|name: value"
		status               int
		want                 string
	}{
		{"nothing", "", "", 200, `"Params":{}`},
		{"properties as parameters", "offset=2&sort=name", "", 200, `"Params":{"page":{"offset":2,"sort":"name"}}`},
		{"a wrong property", "offset=-1", "", 400,
			`"details":[{"path":"/offset","code":"minimum","message":"must be >= 0","info":{"comparison":">=",`},
		{"a wrong word", "sort=x", "", 400, `"path":"/sort","code":"enum"`},
		{"a property twice", "offset=1&offset=2", "", 400, `must be given once`},
		{"an object in one parameter", `page={"offset":1}`, "", 400,
			`must be written as a query parameter for each property: offset, sort`},
		{"a deep object", "price[from]=1&price[in]=2&price[in]=3", "", 200, `"Params":{"price":{"from":1,"in":[2,3],"to":9}}`},
		{"a deep object with indices", "price[in][0]=1&price[in][10]=3&price[in][2]=2", "", 200, `"in":[1,2,3]`},
		{"an unknown property of one", "price[x]=1", "", 400, `additionalProperties`},
		{"a wrong property of one", "price[from]=x", "", 400, `"path":"/from","code":"type","message":"must be integer"`},
		{"a property of one twice", "price[from]=1&price[from]=2", "", 400, `must be given once`},
		{"a property of one twice, once as an item", "price[from]=1&price[from][0]=2", "", 400, `must be given once`},
		{"a deeper one", "price[from][a]=1", "", 400, "UNKNOWN_PARAMETER"},
		{"JSON for a deep object", `price={"from":1}`, "", 400, "must be written as price[property]=value"},
		{"a map", "facets[red]=1&facets[blue]=2", "", 200, `"facets":{"blue":2,"red":1}`},
		{"a wrong value in a map", "facets[red]=x", "", 400, `"path":"/red","code":"type"`},
		{"a flat object", "box=x,1.5,y,2", "", 200, `"box":{"x":1.5,"y":2}`},
		{"a flat object with a property of the name of a parameter", "box=x,1,id,2&id=7", "", 200, `"box":{"x":1},"id":7`},
		{"a flat object without a value", "box=x,1.5,y", "", 400, "must be written as name,value"},
		{"a union, a number", "id=7", "", 200, `"id":7`},
		{"a union, a string", "id=seven", "", 200, `"id":"seven"`},
		{"a union, neither", "id=Seven", "", 400,
			`"code":"oneOf","message":"must match exactly one schema in oneOf: must be integer, or must match pattern`},
		{"JSON", `query={"text":"a","deep":[{"from":1}]}`, "", 200, `"query":{"deep":[{"from":1,"to":9}],"text":"a"}`},
		{"wrong JSON", `query={`, "", 400, `must be valid JSON`},
		{"JSON twice", `query={"text":"a"}&query={"text":"b"}`, "", 400, `must be given once`},
		{"JSON without a property", `query={}`, "", 400, `must have required property 'text'`},
		{"JSON with an unknown one", `query={"text":"a","x":1}`, "", 400, `additionalProperties`},
		{"a date", "since=2026-01-31T08:00:00Z", "", 200, `"since":"2026-01-31T08:00:00.000Z"`},
		{"a list", "tags=a|b", "", 200, `"tags":["a","b"]`},
		{"a header", "", "X-Trace: 7", 200, `"X-Trace":7`},
		{"a wrong header", "", "X-Trace: x", 400, `"parameter":"X-Trace"`},
		{"an integer that is too large", "", "X-Trace: 9223372036854775808", 400, `"parameter":"X-Trace"`},
		{"JSON in a header", "", `X-Query: {"text":"a"}`, 200, `"X-Query":{"text":"a"}`},
		{"wrong JSON in a header", "", `X-Query: {"text":1}`, 400, `"path":"/text","code":"type"`},
		{"cookies", "", "Cookie: theme=dark; visits=3; other=x", 200, `"Params":{"theme":"dark","visits":3}`},
		{"a wrong cookie", "", "Cookie: visits=0", 400, `"code":"minimum"`},
		{"a cookie that is not in the enum", "", "Cookie: theme=blue", 400, `"code":"enum"`},
		{"an unknown parameter", "limit=1", "", 400, "UNKNOWN_PARAMETER"},
	} {
		query := strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", "|", "%7C").Replace(tt.query)
		r, w := httptest.NewRequest("GET", "/search/all?"+query, nil), httptest.NewRecorder()
		for line := range strings.SplitSeq(tt.headers, "|") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		h.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s\nwant %d %s", tt.name, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
