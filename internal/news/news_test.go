package news_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/client"
	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

const nothing = "0198c5d2-0000-7000-8000-000000000000" // an unknown id

func TestCreateNews(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	ann := a.Token("ann", "news:read", "news:write")
	for _, tt := range []struct {
		name, token, body string
		status            int
		want              string // in the response
	}{
		{"without a token", "", `{"title":"t","body":"b"}`, 401, "Authorization header not found."},
		{"without the scope", a.Token("ann", "news:read"), `{"title":"t","body":"b"}`, 403, "INSUFFICIENT_SCOPE"},
		{"without a date", ann, `{"title":"t","body":"b"}`, 200, `"date_created":"2026-01-31T08:00:00.000Z"`},
		{"with a date", ann, `{"title":"t","body":"b","date_created":"2022-01-01T02:00:00+02:00"}`, 200,
			`"date_created":"2022-01-01T00:00:00.000Z"`},
		{"with microseconds", ann, `{"title":"t","body":"b","date_created":"2020-02-29T23:59:59.123456Z"}`, 200,
			`"date_created":"2020-02-29T23:59:59.123Z"`},
		{"on 30 February", ann, `{"title":"t","body":"b","date_created":"2021-02-30T00:00:00Z"}`, 422,
			`"path":"/date_created","code":"format"`},
		{"empty title", ann, `{"title":"","body":"b"}`, 422, `"path":"/title","code":"minLength"`},
		{"nothing right", ann, `{"title":5,"x":1,"y":2}`, 422, `"missingProperty":"body"`},
		{"NUL in the title", ann, `{"title":"a\u0000b","body":"b"}`, 422, `"path":"/title","code":"pattern"`},
		{"another's name as author", ann, `{"title":"t","body":"b","author":"bob"}`, 422, `"additionalProperty":"author"`},
		{"a chosen id", ann, `{"title":"t","body":"b","id":"1"}`, 422, `"additionalProperty":"id"`},
		{"Unicode", ann, `{"title":"Ünïcødé 😀\uFFFF","body":"\"\\/\b"}`, 200, `Ünïcødé 😀`},
	} {
		answer := a.Do("POST", "/news", tt.token, tt.body)
		if body := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, answer.StatusCode, body, tt.status, tt.want)
		}
	}
}

func TestCreateNewsMakesTheCallerItsAuthor(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	news := create(t, a, "ann", "t")
	if news.Author != a.ID("ann") || news.ID == "" {
		t.Errorf("author %q, id %q; want ann, %q", news.Author, news.ID, a.ID("ann"))
	}
}

func TestFindNews(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for _, title := range []string{"Alpha", "beta", "Gamma"} {
		create(t, a, "ann", title)
		a.Wait(time.Hour)
	}
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{``, []string{"Alpha", "beta", "Gamma"}},
		{`?filter={"order":"title DESC"}`, []string{"beta", "Gamma", "Alpha"}},
		{`?filter[order]=date_created DESC&filter[limit]=2`, []string{"Gamma", "beta"}},
		{`?filter={"where":{"title":{"ilike":"%25A%25"}},"skip":1}`, []string{"beta", "Gamma"}},
		{`?filter={"where":{"date_created":{"gte":"2026-01-31T09:00:00Z"}}}`, []string{"beta", "Gamma"}},
		{`?filter[where][or][0][title]=Alpha&filter[where][or][1][title]=Gamma`, []string{"Alpha", "Gamma"}},
		{`?filter[where][title][inq]=Alpha&filter[where][title][inq]=Gamma`, []string{"Alpha", "Gamma"}},
		{`?filter={"where":{"author":"nobody"}}`, nil},
	} {
		answer := a.Do("GET", "/news"+tt.query, a.Token("bob", "news:read"), "")
		if got := titles(t, answer); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}

func TestFindNewsFields(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	create(t, a, "ann", "Alpha")
	for query, want := range map[string]string{
		`?filter={"fields":["title"]}`:                                   `[{"title":"Alpha"}]`,
		`?filter[fields][title]=true&filter[fields][body]=true`:          `[{"title":"Alpha","body":"b"}]`,
		`?filter={"fields":{"id":false,"author":false,"body":false}}`:    `[{"title":"Alpha","date_created":"2026-01-31T08:00:00.000Z"}]`,
		`?filter={"fields":["title"],"where":{"title":{"like":"%25Z"}}}`: `[]`,
	} {
		got := strings.TrimSpace(testkit.Body(a.Do("GET", "/news"+query, a.Token("ann", "news:read"), "")))
		if got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestFindNewsErrors(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for query, want := range map[string]string{
		`?filter={"limit":0}`:                          `"path":"/limit","code":"minimum"`,
		`?filter={"limit":1001}`:                       `"path":"/limit","code":"maximum"`,
		`?filter={"where":{"hash":"x"}}`:               `"path":"/where"`,
		`?filter={"where":{"title":{"$ne":"x"}}}`:      `"path":"/where/title"`,
		`?filter={"where":{"date_created":{"gt":"x"}}`: `INVALID_PARAMETER_VALUE`,
		`?filter={"order":"password"}`:                 `"path":"/order"`,
		`?filter={"include":["author"]}`:               `"additionalProperty":"include"`,
		`?filter={}&filter={}`:                         `INVALID_PARAMETER_VALUE`,
		`?where={}`:                                    `UNKNOWN_PARAMETER`,
	} {
		answer := a.Do("GET", "/news"+query, a.Token("ann", "news:read"), "")
		if body := testkit.Body(answer); answer.StatusCode != 400 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want 400 with %s", query, answer.StatusCode, body, want)
		}
	}
}

func TestCountNews(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	create(t, a, "ann", "Alpha")
	create(t, a, "bob", "beta")
	for query, want := range map[string]string{
		``:                                `{"count":2}`,
		`?where={"title":"Alpha"}`:        `{"count":1}`,
		`?where[title]=none`:              `{"count":0}`,
		`?where={"author":{"neq":"nil"}}`: `{"count":2}`,
	} {
		if got := strings.TrimSpace(testkit.Body(a.Do("GET", "/news/count"+query, a.Token("ann", "news:read"), ""))); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// The total is that of all documents which match, and a page has it only on request.
func TestFindNewsTotal(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	for _, title := range []string{"Alpha", "beta", "gamma"} {
		create(t, a, "ann", title)
	}
	for query, want := range map[string]string{
		``:                            "",
		`?total=false`:                "",
		`?total=true`:                 "3",
		`?filter[limit]=1&total=true`: "3",
		`?filter={"where":{"title":{"neq":"beta"}},"limit":1,"skip":5,"fields":["id"]}&total=true`: "2",
		`?filter[where][title]=none&total=true`:                                                    "0",
	} {
		answer := a.Do("GET", "/news"+query, a.Token("ann", "news:read"), "")
		if got := answer.Header.Get("X-Total-Count"); answer.StatusCode != 200 || got != want {
			t.Errorf("%s: %d with X-Total-Count %q, want %q", query, answer.StatusCode, got, want)
		}
	}
}

func TestUpdateAllNews(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	create(t, a, "ann", "one")
	create(t, a, "ann", "two")
	theirs := create(t, a, "bob", "one")
	token := a.Token("ann", "news:read", "news:write")
	for _, tt := range []struct{ query, body, want string }{
		{`?where={"title":"one"}`, `{"body":"x"}`, `{"count":1}`},
		{`?where[title]=none`, `{"body":"x"}`, `{"count":0}`},
		{`?where={"author":"` + a.ID("bob") + `"}`, `{"body":"x"}`, `{"count":0}`},
		{`?where={"or":[{"author":"` + a.ID("bob") + `"},{"id":{"neq":null}}]}`, `{"body":"y"}`, `{"count":2}`},
		{`?where={}`, `{"body":"z"}`, `{"count":2}`},
	} {
		if got := strings.TrimSpace(testkit.Body(a.Do("PATCH", "/news"+tt.query, token, tt.body))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.query, got, tt.want)
		}
	}
	if answer := a.Do("PATCH", "/news", token, `{"body":"x"}`); answer.StatusCode != 400 {
		t.Errorf("without a where: %d, want 400", answer.StatusCode)
	}
	if after := get(t, a, theirs.ID); after.Body == nil || *after.Body != "b" {
		t.Errorf("bob's news item changed: %+v", after)
	}
}

func TestGetNews(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	news := create(t, a, "ann", "Alpha")
	token := a.Token("bob", "news:read")
	for _, tt := range []struct {
		name, target, ifNoneMatch string
		status                    int
		want                      string
	}{
		{"somebody else's", news.ID, "", 200, `"title":"Alpha"`},
		{"its title only", news.ID + `?filter={"fields":["title"]}`, "", 200, `{"title":"Alpha"}`},
		{"with a slash behind", news.ID + "/", "", 200, `"title":"Alpha"`},
		{"the version that the caller has", news.ID, `"1"`, 304, ""},
		{"one of several", news.ID, `"7", W/"1"`, 304, ""},
		{"another version", news.ID, `"2"`, 200, `"title":"Alpha"`},
		{"no tag", news.ID, `1`, 400, `"code":"pattern"`},
		{"none", nothing, "", 404, `Entity not found: News with id \"` + nothing + `\"`},
		{"an id with a slash in it", "1%2F2", "", 404, `1/2`},
		{"an id with NUL", "%00", "", 404, "ENTITY_NOT_FOUND"},
		{"a percent sign", "%25", "", 404, `id \"%\"`},
		{"an id of 65", strings.Repeat("x", 65), "", 400, `"code":"maxLength"`},
		{"by a where", news.ID + `?filter={"where":{}}`, "", 400, `"additionalProperty":"where"`},
	} {
		headers := []string{}
		if tt.ifNoneMatch != "" {
			headers = []string{"If-None-Match", tt.ifNoneMatch}
		}
		answer := a.Do("GET", "/news/"+tt.target, token, "", headers...)
		if body := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, answer.StatusCode, body, tt.status, tt.want)
		}
	}
}

// Updates and deletions follow the same rules: the author may, if the version matches.
func TestUpdateNews(t *testing.T)  { changes(t, "PATCH", `{"title":"new"}`, 204) }
func TestReplaceNews(t *testing.T) { changes(t, "PUT", `{"title":"new","body":"new"}`, 204) }
func TestDeleteNews(t *testing.T)  { changes(t, "DELETE", "", 204) }

func changes(t *testing.T, method, body string, done int) {
	t.Parallel()
	a := apptest.New(t)
	news := create(t, a, "ann", "old")
	ann, bob := a.Token("ann", "news:read", "news:write"), a.Token("bob", "news:read", "news:write")
	for _, tt := range []struct {
		name, token, id, ifMatch string
		status                   int
		want                     string
	}{
		{"without a token", "", news.ID, "", 401, ""},
		{"with a token to read", a.Token("ann", "news:read"), news.ID, "", 403, "INSUFFICIENT_SCOPE"},
		{"as somebody else", bob, news.ID, "", 403, "AUTHORIZATION_ACCESS_DENIED"},
		{"as somebody else who knows the version", bob, news.ID, `"1"`, 403, "AUTHORIZATION_ACCESS_DENIED"},
		{"of none", ann, nothing, "", 404, "ENTITY_NOT_FOUND"},
		{"of none, at any version", ann, nothing, "*", 404, "ENTITY_NOT_FOUND"},
		{"at another version", ann, news.ID, `"2"`, 412, "VERSION_MISMATCH"},
		{"at no version", ann, news.ID, `1`, 400, `"code":"pattern"`},
		{"as somebody else, at another version or a third", bob, news.ID, `"2", "3"`, 403, "AUTHORIZATION_ACCESS_DENIED"},
		{"of none, at one version or another", ann, nothing, `"1", "2"`, 404, "ENTITY_NOT_FOUND"},
		{"as its author, at its version", ann, news.ID, `"1"`, done, ""},
	} {
		headers := []string{}
		if tt.ifMatch != "" {
			headers = []string{"If-Match", tt.ifMatch}
		}
		answer := a.Do(method, "/news/"+tt.id, tt.token, body, headers...)
		if text := testkit.Body(answer); answer.StatusCode != tt.status || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, answer.StatusCode, text, tt.status, tt.want)
		}
	}
	after := a.Do("GET", "/news/"+news.ID, ann, "")
	if method == "DELETE" {
		if after.StatusCode != 404 {
			t.Errorf("after the deletion: %d, want 404", after.StatusCode)
		}
		return
	}
	if text := testkit.Body(after); after.Header.Get("ETag") != `"2"` || !strings.Contains(text, `"title":"new"`) ||
		!strings.Contains(text, a.ID("ann")) || !strings.Contains(text, news.ID) {
		t.Errorf("afterwards: ETag %s, %s", after.Header.Get("ETag"), text)
	}
}

func TestReplaceNewsResetsDefaults(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	news := create(t, a, "ann", "old")
	a.Wait(time.Hour)
	a.Do("PUT", "/news/"+news.ID, a.Token("ann", "news:write"), `{"title":"new","body":"new"}`)
	if after := get(t, a, news.ID); !after.DateCreated.Equal(a.Now()) {
		t.Errorf("date_created %v, want now, %v", after.DateCreated, a.Now())
	}
}

func TestUpdateNewsErrors(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	news := create(t, a, "ann", "old")
	for body, want := range map[string]string{
		`{}`:                    `"code":"minProperties"`,
		`{"title":null}`:        `"path":"/title","code":"type"`,
		`{"date_created":null}`: `"path":"/date_created","code":"type"`,
		`{"id":"77"}`:           `"path":"/id","code":"readOnly"`,
		`{"author":"bob"}`:      `"path":"/author","code":"readOnly"`,
		`{"id":77}`:             `"path":"/id","code":"type"`,
		`{"id":null}`:           `"path":"/id","code":"type"`,
	} {
		answer := a.Do("PATCH", "/news/"+news.ID, a.Token("ann", "news:write"), body)
		if text := testkit.Body(answer); answer.StatusCode != 422 || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want 422 with %s", body, answer.StatusCode, text, want)
		}
	}
}

func create(t *testing.T, a *apptest.API, author, title string) client.News {
	t.Helper()
	answer, err := a.As(author).CreateNewsWithResponse(t.Context(), client.NewsInput{Title: title, Body: "b"})
	if err != nil || answer.JSON200 == nil {
		t.Fatal("create:", err, answer)
	}
	return *answer.JSON200
}

func get(t *testing.T, a *apptest.API, id string) client.PartialNews {
	t.Helper()
	answer, err := a.As("reader").GetNewsWithResponse(t.Context(), id, nil)
	if err != nil || answer.JSON200 == nil {
		t.Fatal("get:", err, answer)
	}
	return *answer.JSON200
}
