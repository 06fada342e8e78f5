package news_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A missing condition does not match everything: the rest of a lost condition changes nothing, for any caller. {} matches all documents of
// the caller; all documents of all users require a confirmation.
func TestNoConditionIsNotEverything(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	create(t, a, "ann", "t")
	create(t, a, "bob", "t")
	ann, admin := a.Token("ann", "news:read", "news:write"), a.Token("root", "news:read", "news:write", "news:admin")
	for query, want := range map[string]struct{ ann, admin, count string }{ // there are two news items, one of them ann's
		``:                                      {"400", "400", "2"},
		`?where`:                                {"400", "400", "400"},
		`?where=`:                               {"400", "400", "400"},
		`?where=null`:                           {"400", "400", "400"},
		`?where=%20null%20`:                     {"400", "400", "400"},
		`?where=undefined`:                      {"400", "400", "400"},
		`?where=""`:                             {"400", "400", "400"},
		`?where="null"`:                         {"400", "400", "400"},
		`?where=[]`:                             {"400", "400", "400"},
		`?where=[{}]`:                           {"400", "400", "400"},
		`?where=[object%20Object]`:              {"400", "400", "400"},
		`?where={}&where={}`:                    {"400", "400", "400"},
		`?where[]=`:                             {"400", "400", "400"},
		`?where[]`:                              {"400", "400", "400"},
		`?where[and]=`:                          {"400", "400", "400"},
		`?where[and][]=`:                        {"400", "400", "400"},
		`?where[nor]=`:                          {"400", "400", "400"},
		`?where[title][nin]=`:                   {"400", "400", "400"},
		`?where[title]=`:                        {"0", "0", "0"},
		`?where={"title":{}}`:                   {"400", "400", "400"},
		`?where={"and":null}`:                   {"400", "400", "400"},
		`?where={"and":[null]}`:                 {"400", "400", "400"},
		`?where={"and":[]}`:                     {"400", "400", "2"},
		`?where={"and":[{}]}`:                   {"400", "400", "2"},
		`?where={"or":[{}]}`:                    {"400", "400", "2"},
		`?where={"or":[{},{"title":"x"}]}`:      {"400", "400", "2"},
		`?where={"nor":[]}`:                     {"400", "400", "2"},
		`?where={"nor":[{"or":[]}]}`:            {"400", "400", "2"},
		`?where={"title":{"nin":[]}}`:           {"400", "400", "2"},
		`?where={"nor":[{"title":{"inq":[]}}]}`: {"400", "400", "2"},
		`?where={"and":[]}&all=true`:            {"400", "400", "400"},
		`?where=null&all=true`:                  {"400", "400", "400"},
		`?all=true`:                             {"400", "400", "400"},
		`?where={"or":[]}`:                      {"0", "0", "0"},
		`?where={"title":{"inq":[]}}`:           {"0", "0", "0"},
		`?where={"title":"t"}`:                  {"1", "2", "2"},
		`?where={"and":[{},{"title":"t"}]}`:     {"1", "2", "2"},
		`?where={"title":"t"}&all=false`:        {"1", "2", "400"},
		`?where={"title":"t"}&all=true`:         {"1", "2", "400"},
		`?where={}`:                             {"1", "400", "2"},
		`?where=%20{%20}%20`:                    {"1", "400", "2"},
		`?where={}&all=false`:                   {"1", "400", "400"},
		`?where={}&all=`:                        {"400", "400", "400"},
		`?where={}&all=true&all=true`:           {"400", "400", "400"},
		`?where={}&all=true`:                    {"1", "2", "400"},
	} {
		for name, answer := range map[string]struct {
			*http.Response
			want string
		}{
			"by ann":   {a.Do("PATCH", "/news"+query, ann, `{"body":"x"}`), want.ann},
			"by admin": {a.Do("PATCH", "/news"+query, admin, `{"body":"x"}`), want.admin},
			"count":    {a.Do("GET", "/news/count"+query, ann, ""), want.count},
		} {
			body := testkit.Body(answer.Response)
			if answer.StatusCode == 400 && answer.want == "400" {
				continue
			}
			if answer.StatusCode != 200 || strings.TrimSpace(body) != `{"count":`+answer.want+`}` {
				t.Errorf("%s %s: %d %s, want %s", name, query, answer.StatusCode, body, answer.want)
			}
		}
	}
	answer := a.Do("PATCH", "/news?where={}", admin, `{"body":"x"}`)
	if body := testkit.Body(answer); !strings.Contains(body, "all=true") || !strings.Contains(body, `"parameter":"all"`) {
		t.Errorf("the error does not explain how to confirm: %s", body)
	}
}
