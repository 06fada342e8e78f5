package client_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

// In each order, every document that existed before is returned exactly once, regardless of concurrent writes and deletions.
func TestFindNewsWhileOthersWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, bob := w.ann(t), w.client(t)
	if _, err := bob.SignUp(t.Context(), client.UserInput{Email: "bob@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	if err := bob.SignIn(t.Context(), "bob@example.com", password); err != nil {
		t.Fatal(err)
	}
	write := func(c *client.Client, i int) client.News {
		date := w.Now().Add(time.Duration(i%100) * time.Hour) // there are 100 dates
		news, err := c.CreateNews(t.Context(), client.NewsInput{Title: fmt.Sprintf("%d", i%7), Body: "…", DateCreated: &date})
		if err != nil {
			t.Error(err)
		}
		return news
	}
	all := make([]client.News, 2500)
	if testing.Short() {
		all = all[:500]
	}
	var writers sync.WaitGroup
	for first := range 8 {
		writers.Go(func() {
			for i := first; i < len(all); i += 8 {
				all[i] = write(c, i)
			}
		})
	}
	writers.Wait()
	byTitle := func(a, b client.News) int { return strings.Compare(a.Title, b.Title) }
	byDate := func(a, b client.News) int { return a.DateCreated.Compare(b.DateCreated) }
	byID := func(a, b client.News) int { return strings.Compare(a.ID, b.ID) }
	for _, tt := range []struct {
		name    string
		order   client.Sorting[client.News]
		compare func(a, b client.News) int
	}{
		{"by id", client.Sorting[client.News]{}, byID},
		{"by id, the latest first", client.NewsOrder.ID.Desc(), func(a, b client.News) int { return byID(b, a) }},
		{"by date", client.NewsOrder.DateCreated.Asc(), func(a, b client.News) int { return cmp.Or(byDate(a, b), byID(a, b)) }},
		{"by date, the latest first", client.NewsOrder.DateCreated.Desc(),
			func(a, b client.News) int { return cmp.Or(byDate(b, a), byID(b, a)) }},
		{"by title, then date", client.NewsOrder.Title.Asc().Then(client.NewsOrder.DateCreated.Desc()),
			func(a, b client.News) int { return cmp.Or(byTitle(a, b), byDate(b, a), byID(b, a)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []client.News
			seen := 0
			for news, err := range c.FindNews(t.Context(), client.NewsFilter{Order: tt.order}) {
				if err != nil {
					t.Fatal(err)
				}
				if seen++; seen%100 == 50 {
					written := write(bob, seen*37)
					if seen%200 == 50 {
						if err := bob.DeleteNews(t.Context(), written.ID); err != nil {
							t.Fatal(err)
						}
					}
				}
				if news.Author == all[0].Author {
					got = append(got, news)
				}
			}
			want := slices.SortedFunc(slices.Values(all), tt.compare)
			if !slices.Equal(got, want) {
				t.Errorf("%d news, want the %d that existed before, each once and in order", len(got), len(want))
			}
		})
	}
}

func TestFindNewsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	for i := range 10 {
		if _, err := c.CreateNews(t.Context(), client.NewsInput{Title: fmt.Sprint(i), Body: "…"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name           string
		filter         client.NewsFilter
		stopAfter      int
		want, requests int
	}{
		{"one page", client.NewsFilter{}, 100, 10, 1},
		{"a page that is not full ends it", client.NewsFilter{PageSize: 4}, 100, 10, 3},
		{"a full one does not", client.NewsFilter{PageSize: 5}, 100, 10, 3},
		{"a limit", client.NewsFilter{Limit: 7, PageSize: 5}, 100, 7, 2},
		{"a limit of whole pages", client.NewsFilter{Limit: 10, PageSize: 5}, 100, 10, 2},
		{"a loop that is left", client.NewsFilter{PageSize: 4}, 5, 5, 2},
		{"a condition", client.NewsFilter{Where: client.NewsWhere.Title.Gt("6"), PageSize: 2}, 100, 3, 2},
		{"a condition that is an alternative", client.NewsFilter{Where: client.Or(client.NewsWhere.Title.Eq("0"),
			client.NewsWhere.Title.Eq("9")), PageSize: 1}, 100, 2, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.requests.Load()
			got := 0
			for _, err := range c.FindNews(t.Context(), tt.filter) {
				if err != nil {
					t.Fatal(err)
				}
				if got++; got == tt.stopAfter {
					break
				}
			}
			if requests := int(w.requests.Load() - before); got != tt.want || requests != tt.requests {
				t.Errorf("%d news in %d requests, want %d in %d", got, requests, tt.want, tt.requests)
			}
		})
	}
}

// Users without a name are included in both directions.
func TestFindUsersByAnOptionalProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"", "Bea", "", "Ann", "", "Bea", ""}
	for i, name := range names {
		user := client.UserInput{Email: fmt.Sprintf("user%d@example.com", i), Password: password}
		if name != "" {
			user.Name = &name
		}
		if _, err := w.client(t).SignUp(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	admin := w.client(t, client.WithTokens(client.Tokens{Access: w.Token("root", "users:admin"), Expires: w.Now().Add(time.Hour)}))
	for _, tt := range []struct {
		order client.Sorting[client.User]
		want  string
	}{
		{client.UserOrder.Name.Asc(), "user0 user2 user4 user6 root user3 user1 user5"},
		{client.UserOrder.Name.Desc(), "user5 user1 user3 root user6 user4 user2 user0"},
		{client.UserOrder.Disabled.Asc().Then(client.UserOrder.Name.Desc()), "user5 user1 user3 root user6 user4 user2 user0"},
	} {
		for size := range 4 {
			var got []string
			for user, err := range admin.FindUsers(t.Context(), client.UserFilter{Order: tt.order, PageSize: size}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.TrimSuffix(user.Email, "@example.com"))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%v in pages of %d: %s; want %s", tt.order, size, got, tt.want)
			}
		}
	}
}

func TestFindNewsErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	for _, tt := range []struct {
		name, page string // the response of the server
		filter     client.NewsFilter
		want       string
		documents  int
	}{
		{name: "a page size that the contract refuses", filter: client.NewsFilter{PageSize: 1001}, want: "/limit must be <= 1000"},
		{name: "a time that has no JSON", filter: client.NewsFilter{Where: client.NewsWhere.DateCreated.Gt(
			time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, want: "year outside of range"},
		{name: "a limit below nothing", filter: client.NewsFilter{Limit: -1}, want: "Limit -1"},
		{name: "a page size below nothing", filter: client.NewsFilter{PageSize: -1}, want: "PageSize -1"},
		{name: "a condition with nothing in it", filter: client.NewsFilter{Where: client.And(client.Where[client.News]{})},
			want: "Everything"},
		{name: "no list", page: `{}`, want: "GET /news"},
		{name: "no JSON", page: `<html>`, want: "GET /news"},
		{name: "a document of another shape", page: `[{"id":"1"},{"id":2}]`, want: "id of type string", documents: 1},
		{name: "no id", page: `[{},{}]`, filter: client.NewsFilter{PageSize: 2}, want: "without an id", documents: 2},
		{name: "a list", page: `[[]]`, filter: client.NewsFilter{PageSize: 1}, want: "cannot unmarshal array"},
		{name: "more than was asked for", page: `[{"id":"1"},{"id":"2"}]`, filter: client.NewsFilter{PageSize: 1},
			want: "does not follow the filter"},
		{name: "the same again and again", page: `[{"id":"1"}]`, filter: client.NewsFilter{PageSize: 1}, want: "does not follow the filter",
			documents: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
				if tt.page != "" {
					answer.Header().Set("Content-Type", "application/json")
					_, _ = answer.Write([]byte(tt.page))
				}
				return tt.page != ""
			})
			var errs []error
			documents := 0
			for _, err := range c.FindNews(t.Context(), tt.filter) {
				if err != nil {
					errs = append(errs, err)
				} else if documents++; documents > 10 {
					break
				}
			}
			if len(errs) != 1 || !strings.Contains(errs[0].Error(), tt.want) || documents != tt.documents {
				t.Errorf("%d documents and %q; want %d and one error with %q", documents, errs, tt.documents, tt.want)
			}
		})
	}
}

// The server understands what the builder of filters writes.
func TestWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	for i, title := range []string{"Go", "gopher", "Rust 100%"} {
		date := day(i + 1)
		if _, err := c.CreateNews(t.Context(), client.NewsInput{Title: title, Body: "…", DateCreated: &date}); err != nil {
			t.Fatal(err)
		}
	}
	title, date := client.NewsWhere.Title, client.NewsWhere.DateCreated
	for _, tt := range []struct {
		where client.Where[client.News]
		json  string
		count int64
	}{
		{client.Everything[client.News](), `{}`, 3},
		{title.Eq("Go"), `{"title":{"eq":"Go"}}`, 1},
		{title.Neq("Go"), `{"title":{"neq":"Go"}}`, 2},
		{title.IsNull(), `{"title":{"eq":null}}`, 0},
		{title.IsNotNull(), `{"title":{"neq":null}}`, 3},
		{title.Exists(false), `{"title":{"exists":false}}`, 0},
		{title.Gt("Go"), `{"title":{"gt":"Go"}}`, 2},
		{title.Gte("Go"), `{"title":{"gte":"Go"}}`, 3},
		{title.Lt("Rust"), `{"title":{"lt":"Rust"}}`, 1},
		{title.Lte("gopher"), `{"title":{"lte":"gopher"}}`, 3},
		{title.Inq("Go", "gopher"), `{"title":{"inq":["Go","gopher"]}}`, 2},
		{title.Inq(), `{"title":{"inq":[]}}`, 0},
		{title.Nin("Go"), `{"title":{"nin":["Go"]}}`, 2},
		{title.Like("G%"), `{"title":{"like":"G%"}}`, 1},
		{title.NLike("G%"), `{"title":{"nlike":"G%"}}`, 2},
		{title.ILike("g%"), `{"title":{"ilike":"g%"}}`, 2},
		{title.NILike(`%\%`), `{"title":{"nilike":"%\\%"}}`, 2},
		{title.Regexp("/^go/i"), `{"title":{"regexp":"/^go/i"}}`, 2},
		{date.Between(day(2), day(3)), `{"date_created":{"between":["2026-01-02T00:00:00Z","2026-01-03T00:00:00Z"]}}`, 2},
		{date.Eq(day(2).In(time.FixedZone("", 3600))), `{"date_created":{"eq":"2026-01-02T01:00:00+01:00"}}`, 1},
		{date.Gt(day(2).Add(time.Nanosecond)), `{"date_created":{"gt":"2026-01-02T00:00:00.000000001Z"}}`, 1},
		{client.And[client.News](), `{"and":[]}`, 3},
		{client.Or[client.News](), `{"or":[]}`, 0},
		{client.And(title.ILike("go%"), date.Gt(day(1))),
			`{"and":[{"title":{"ilike":"go%"}},{"date_created":{"gt":"2026-01-01T00:00:00Z"}}]}`, 1},
		{client.Or(title.Eq("Go"), client.Nor(date.Lt(day(3)))),
			`{"or":[{"title":{"eq":"Go"}},{"nor":[{"date_created":{"lt":"2026-01-03T00:00:00Z"}}]}]}`, 2},
	} {
		text, err := json.Marshal(tt.where)
		if err != nil || string(text) != tt.json {
			t.Errorf("%s, %v; want %s", text, err, tt.json)
		}
		count, err := c.CountNews(t.Context(), tt.where)
		if err != nil || count.Count != tt.count {
			t.Errorf("%s: %d, %v; want %d", tt.json, count.Count, err, tt.count)
		}
	}
}
