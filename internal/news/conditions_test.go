package news_test

import (
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// TestConditions tests the preconditions of RFC 9110, section 13, on a news item with the ETag "1".
func TestConditions(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	token := a.Token("ann", "news:read", "news:write")
	methods := []string{"GET", "HEAD", "PUT", "PATCH", "DELETE"}
	bodies := map[string]string{"PUT": `{"title":"new","body":"new"}`, "PATCH": `{"title":"new"}`}
	done := map[string]int{"GET": 200, "HEAD": 200, "PUT": 204, "PATCH": 204, "DELETE": 204}
	const ok = 0 // done
	for _, tt := range []struct {
		match, noneMatch []string // lines
		read, write      int
	}{
		// Section 13.1.1.
		{[]string{`"xyzzy"`}, nil, 412, 412},
		{[]string{`"xyzzy", "r2d2xxxx", "c3piozzzz"`}, nil, 412, 412},
		{[]string{`"xyzzy", "r2d2xxxx", "1"`}, nil, ok, ok},
		{[]string{`*`}, nil, ok, ok},
		{[]string{`"1"`}, nil, ok, ok},
		{[]string{`"2"`}, nil, 412, 412},
		{[]string{`W/"1"`}, nil, 412, 412},
		{[]string{`W/"1", "2"`}, nil, 412, 412},
		{[]string{`"2" ,	"1"`}, nil, ok, ok},
		{[]string{`"2","1",`}, nil, ok, ok},
		{[]string{`,, "1"`}, nil, ok, ok},
		{[]string{`"2"`, `"1"`}, nil, ok, ok},
		{[]string{`"2"`, `W/"1"`, `"3"`}, nil, 412, 412},
		{[]string{`"1,2"`}, nil, 412, 412},
		{[]string{`"2, "1"`}, nil, 400, 400},
		{[]string{`""`}, nil, 412, 412},
		{[]string{`"01"`}, nil, 412, 412},
		{[]string{`"99999999999999999999"`}, nil, 412, 412},
		{[]string{`"ä"`}, nil, 412, 412},
		// Section 13.1.2.
		{nil, []string{`"xyzzy"`}, ok, ok},
		{nil, []string{`W/"xyzzy"`}, ok, ok},
		{nil, []string{`"xyzzy", "r2d2xxxx", "c3piozzzz"`}, ok, ok},
		{nil, []string{`W/"xyzzy", W/"r2d2xxxx", W/"c3piozzzz"`}, ok, ok},
		{nil, []string{`*`}, 304, 412},
		{nil, []string{`"1"`}, 304, 412},
		{nil, []string{`W/"1"`}, 304, 412},
		{nil, []string{`"2", W/"1"`}, 304, 412},
		{nil, []string{`"2"`, `"1"`}, 304, 412},
		{nil, []string{`"2"`, `"3"`}, ok, ok},
		// Section 13.2.2: If-Match first.
		{[]string{`"2"`}, []string{`"1"`}, 412, 412},
		{[]string{`"1"`}, []string{`"1"`}, 304, 412},
		{[]string{`"1"`}, []string{`"2"`}, ok, ok},
		{[]string{`*`}, []string{`*`}, 304, 412},
		{[]string{`*`}, []string{`"1"`}, 304, 412},
		// Invalid lists of tags.
		{[]string{`1`}, nil, 400, 400},
		{[]string{`"1`}, nil, 400, 400},
		{[]string{`'1'`}, nil, 400, 400},
		{[]string{`w/"1"`}, nil, 400, 400},
		{[]string{`W/ "1"`}, nil, 400, 400},
		{[]string{`W/1`}, nil, 400, 400},
		{[]string{`"1" "2"`}, nil, 400, 400},
		{[]string{`"1";"2"`}, nil, 400, 400},
		{[]string{`*, "1"`}, nil, 400, 400},
		{[]string{`*`, `*`}, nil, 400, 400},
		{[]string{`"a b"`}, nil, 400, 400},
		{[]string{`,`}, nil, 400, 400},
		{nil, []string{`1`}, 400, 400},
		{nil, []string{`"1", *`}, 400, 400},
		{[]string{`"1"`}, []string{`2`}, 400, 400},
	} {
		for _, method := range methods {
			news := create(t, a, "ann", "old")
			var headers []string
			for name, lines := range map[string][]string{"If-Match": tt.match, "If-None-Match": tt.noneMatch} {
				for _, line := range lines {
					headers = append(headers, name, line)
				}
			}
			want := tt.write
			if slices.Contains(methods[:2], method) {
				want = tt.read
			}
			if want == ok {
				want = done[method]
			}
			answer := a.Do(method, "/news/"+news.ID, token, bodies[method], headers...)
			if answer.StatusCode != want {
				t.Errorf("%s with %q: %d, want %d; %s", method, headers, answer.StatusCode, want, testkit.Body(answer))
			}
			if method == "PUT" && (*get(t, a, news.ID).Title == "new") != (want == 204) {
				t.Errorf("%s with %q: answered with %d, and yet", method, headers, want)
			}
		}
	}
}
