package news_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// TestNewsAsItWasRead sends the response of GET back, as LoopBack's clients do.
func TestNewsAsItWasRead(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	ann, bob, root := a.Token("ann", "news:read", "news:write"), a.Token("bob", "news:read", "news:write"),
		a.Token("root", "news:read", "news:write", "news:admin")
	made := create(t, a, "ann", "old")
	path := "/news/" + made.ID
	read := testkit.Body(a.Do("GET", path, ann, ""))
	change := func(old, replacement string) string {
		if !strings.Contains(read, old) {
			t.Fatalf("%s is not in %s", old, read)
		}
		return strings.Replace(read, old, replacement, 1)
	}
	for _, tt := range []struct {
		name, method, path, token, body, match string
		status                                 int
		want                                   string // in the response
	}{
		{"as it was read", "PUT", path, ann, read, "", 204, ""},
		{"as it was read", "PATCH", path, ann, read, "", 204, ""},
		{"at its version", "PUT", path, ann, read, `"3"`, 204, ""},
		{"at another version", "PATCH", path, ann, read, `"3"`, 412, "VERSION_MISMATCH"},
		{"at another version, with another author", "PATCH", path, ann, change(a.ID("ann"), a.ID("bob")), `"3"`, 412, "VERSION_MISMATCH"},
		{"by an administrator", "PUT", path, root, change(`"old"`, `"new"`), "", 204, ""},
		{"nothing but its id", "PATCH", path, ann, `{"id":"` + made.ID + `"}`, "", 204, ""},
		{"nothing but its id", "PUT", path, ann, `{"id":"` + made.ID + `"}`, "", 422, `"missingProperty":"title"`},
		{"another author", "PUT", path, ann, change(a.ID("ann"), a.ID("bob")), "", 422, `"path":"/author","code":"readOnly"`},
		{"another author, by an administrator", "PATCH", path, root, change(a.ID("ann"), a.ID("root")), "", 422,
			`"path":"/author","code":"readOnly"`},
		{"another id", "PATCH", path, ann, change(made.ID, nothing), "", 422, `"path":"/id","code":"readOnly"`},
		{"another id and author", "PATCH", path, ann, `{"id":"1","author":"2"}`, "", 422,
			`"path":"/author","code":"readOnly","message":"must equal the stored value or be omitted: the server sets ` +
				`it","info":{}},{"path":"/id"`},
		{"somebody else's", "PUT", path, bob, read, "", 403, "AUTHORIZATION_ACCESS_DENIED"},
		{"somebody else's, to take it", "PATCH", path, bob, change(a.ID("ann"), a.ID("bob")), "", 403, "AUTHORIZATION_ACCESS_DENIED"},
		{"one that there is not", "PUT", "/news/" + nothing, ann, read, "", 404, "ENTITY_NOT_FOUND"},
		{"an unknown property", "PATCH", path, ann, change(`"id"`, `"x":1,"id"`), "", 422, `"additionalProperty":"x"`},
		{"a new one", "POST", "/news", ann, read, "", 422, `"additionalProperty":"author"`},
		{"all", "PATCH", `/news?where={}`, ann, read, "", 422, `"additionalProperty":"id"`},
	} {
		var headers []string
		if tt.match != "" {
			headers = []string{"If-Match", tt.match}
		}
		answer := a.Do(tt.method, tt.path, tt.token, tt.body, headers...)
		if body := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s: %d %s, want %d with %s", tt.method, tt.name, answer.StatusCode, body, tt.status, tt.want)
		}
	}
	after := a.Do("GET", path, ann, "")
	if body := testkit.Body(after); body != change(`"old"`, `"new"`) || after.Header.Get("ETag") != `"6"` {
		t.Errorf("afterwards it is %s at %s", body, after.Header.Get("ETag"))
	}
	answer, err := a.As("ann").ReplaceNewsWithResponse(t.Context(), made.ID, nil,
		client.NewsInput{ID: &made.ID, Author: &made.Author, Title: "typed", Body: made.Body, DateCreated: &made.DateCreated})
	if err != nil || answer.StatusCode() != 204 {
		t.Errorf("through the client: %v, %v", answer, err)
	}
}
