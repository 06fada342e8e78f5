package news_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// A caller with the scope news:admin may change all news items; their author stays the same.
func TestNewsAdmin(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	a.Grant("root", "admin")
	admin, writer := a.SignIn("root").Token, a.Token("root", "news:read", "news:write")
	news := create(t, a, "ann", "t")
	path := "/news/" + news.ID
	for _, tt := range []struct {
		method, path, body string
		admin, writer      string // the responses to both
	}{
		{"PATCH", path, `{"title":"1"}`, "204", "403"},
		{"PATCH", "/news?where={}&all=true", `{"title":"2"}`, `200 {"count":1}`, `200 {"count":0}`},
		{"PUT", path, `{"title":"3","body":"b"}`, "204", "403"},
	} {
		for token, want := range map[string]string{writer: tt.writer, admin: tt.admin} {
			if got := outcome(a.Do(tt.method, tt.path, token, tt.body)); got != want {
				t.Errorf("%s %s: %s, want %s", tt.method, tt.path, got, want)
			}
		}
	}
	if now := get(t, a, news.ID); *now.Author != a.ID("ann") || *now.Title != "3" {
		t.Errorf("%+v; want ann as author and title 3", now)
	}
	for _, tt := range []struct{ token, want string }{{writer, "403"}, {admin, "204"}} {
		if got := outcome(a.Do("DELETE", path, tt.token, "")); got != tt.want {
			t.Errorf("deleting: %s, want %s", got, tt.want)
		}
	}
}

// outcome is a status and, for 200, the body.
func outcome(answer *http.Response) string {
	if answer.StatusCode != http.StatusOK {
		return strconv.Itoa(answer.StatusCode)
	}
	return "200 " + strings.TrimSpace(testkit.Body(answer))
}

// One PATCH changes at most 1,000 news items.
func TestUpdateAllNewsIsBounded(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	ann := identity.NewContext(t.Context(), identity.Principal{ID: a.ID("ann")})
	news := store.CollectionOf[api.News](a.Store, "News")
	for range 1001 {
		if _, _, err := news.Create(ann, map[string]any{"title": "t", "body": "b", "date_created": timestamp.Of(a.Now())}); err != nil {
			t.Fatal(err)
		}
	}
	token := a.SignIn("ann").Token
	if got := a.Do("PATCH", "/news?where={}", token, `{"title":"u"}`); got.StatusCode != 400 ||
		!strings.Contains(testkit.Body(got), "UPDATE_TOO_LARGE") {
		t.Errorf("a PATCH of 1,001: %d", got.StatusCode)
	}
	if got := outcome(a.Do("GET", `/news/count?where={"title":"t"}`, token, "")); got != `200 {"count":1001}` {
		t.Errorf("after the rejected request: %s", got)
	}
}
