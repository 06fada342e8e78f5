package main

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// TestConduit does what the RealWorld project's own tests do: each operation, as two users and without a token. testkit holds every
// response against the contract.
func TestConduit(t *testing.T) {
	t.Parallel()
	c := conduit{t, testkit.New(t, server.App(app()))}

	// Accounts.
	ann := c.want(201, "POST", "/users", "", `{"user":{"username":"ann","email":"Ann@Example.com","password":"correct horse"}}`).
		text("user.token")
	c.want(409, "POST", "/users", "", `{"user":{"username":"ann","email":"other@example.com","password":"correct horse"}}`)
	c.want(422, "POST", "/users", "", `{"user":{"username":"","email":"bob","password":"correct horse"}}`)
	bob := c.want(201, "POST", "/users", "", `{"user":{"username":"bob","email":"bob@example.com","password":"correct horse"}}`).
		text("user.token")
	c.want(401, "POST", "/users/login", "", `{"user":{"email":"ann@example.com","password":"wrong"}}`)
	c.want(200, "POST", "/users/login", "", `{"user":{"email":"ann@example.com","password":"correct horse"}}`).
		is("user.username", `"ann"`).is("user.email", `"ann@example.com"`)
	c.want(401, "GET", "/user", "", "")
	again := c.want(200, "GET", "/user", ann, "").is("user.bio", `""`).text("user.token")
	c.want(200, "PUT", "/user", again, `{"user":{"bio":"I ride.","email":"ann@example.org"}}`).
		is("user.bio", `"I ride."`).is("user.email", `"ann@example.org"`)
	c.want(200, "PUT", "/user", ann, `{"user":{"password":"battery staple"}}`)
	c.want(200, "POST", "/users/login", "", `{"user":{"email":"ann@example.org","password":"battery staple"}}`)
	c.want(409, "PUT", "/user", ann, `{"user":{"username":"bob"}}`)

	// Profiles.
	c.want(404, "GET", "/profiles/eve", "", "")
	c.want(200, "GET", "/profiles/ann", "", "").is("profile", `{"username":"ann","bio":"I ride.","image":"","following":false}`)
	c.want(401, "POST", "/profiles/ann/follow", "", "")
	for range 2 {
		c.want(200, "POST", "/profiles/ann/follow", bob, "").is("profile.following", `true`)
	}
	c.want(200, "GET", "/profiles/ann", bob, "").is("profile.following", `true`)
	c.want(200, "GET", "/profiles/bob", ann, "").is("profile.following", `false`)

	// Articles.
	c.want(401, "POST", "/articles", "", `{"article":{"title":"T","description":"D","body":"B"}}`)
	c.want(422, "POST", "/articles", ann, `{"article":{"title":"","body":"B"}}`)
	slug := c.want(201, "POST", "/articles", ann,
		`{"article":{"title":"How to Ride: a guide","description":"D","body":"B","tagList":["horses","sport"]}}`).
		is("article.tagList", `["horses","sport"]`).is("article.favoritesCount", `0`).is("article.author.username", `"ann"`).
		text("article.slug")
	if !strings.HasPrefix(slug, "how-to-ride-a-guide-") {
		t.Errorf("slug %s", slug)
	}
	c.Wait(time.Second)
	c.want(201, "POST", "/articles", bob, `{"article":{"title":"Cows","description":"D","body":"B","tagList":["cows"]}}`)
	c.want(200, "GET", "/articles", "", "").is("articlesCount", `2`).is("articles.0.title", `"Cows"`)
	c.want(200, "GET", "/articles?limit=1&offset=1", "", "").is("articlesCount", `2`).is("articles.0.slug", `"`+slug+`"`)
	c.want(400, "GET", "/articles?limit=0", "", "")
	for query, count := range map[string]string{
		"tag=horses": "1", "tag=pigs": "0", "author=ann": "1", "author=eve": "0", "author=bob&tag=horses": "0", "favorited=bob": "0",
	} {
		c.want(200, "GET", "/articles?"+query, "", "").is("articlesCount", count)
	}
	c.want(200, "GET", "/articles/feed", bob, "").is("articlesCount", `1`).is("articles.0.author.following", `true`)
	c.want(200, "GET", "/articles/feed", ann, "").is("articles", `[]`)
	c.want(401, "GET", "/articles/feed", "", "")
	c.want(404, "GET", "/articles/none", "", "")
	c.want(403, "PUT", "/articles/"+slug, bob, `{"article":{"body":"mine"}}`)
	c.want(200, "PUT", "/articles/"+slug, ann, `{"article":{"body":"Sit down."}}`).
		is("article.body", `"Sit down."`).is("article.slug", `"`+slug+`"`)
	old := slug
	slug = c.want(200, "PUT", "/articles/"+slug, ann, `{"article":{"title":"Riding"}}`).text("article.slug")
	c.want(404, "GET", "/articles/"+old, "", "")
	c.want(200, "GET", "/tags", "", "").is("tags", `["cows","horses","sport"]`)

	// Favorites.
	for range 2 {
		c.want(200, "POST", "/articles/"+slug+"/favorite", bob, "").is("article.favorited", `true`).is("article.favoritesCount", `1`)
	}
	c.want(200, "GET", "/articles/"+slug, ann, "").is("article.favorited", `false`).is("article.favoritesCount", `1`)
	c.want(200, "GET", "/articles?favorited=bob", "", "").is("articlesCount", `1`)
	c.want(200, "DELETE", "/articles/"+slug+"/favorite", bob, "").is("article.favoritesCount", `0`)

	// Comments.
	comments := "/articles/" + slug + "/comments"
	c.want(401, "POST", comments, "", `{"comment":{"body":"Thank you."}}`)
	c.want(200, "POST", comments, bob, `{"comment":{"body":"Thank you."}}`).is("comment.id", `1`).is("comment.author.username", `"bob"`)
	c.want(200, "POST", comments, ann, `{"comment":{"body":"Welcome."}}`).is("comment.id", `2`)
	c.want(200, "GET", comments, bob, "").is("comments.0.body", `"Thank you."`).is("comments.1.author.following", `true`)
	c.want(403, "DELETE", comments+"/1", ann, "")
	c.want(404, "DELETE", comments+"/3", ann, "")
	c.want(204, "DELETE", comments+"/1", bob, "")
	c.want(200, "GET", comments, "", "").is("comments.0.id", `2`)

	// The end.
	c.want(403, "DELETE", "/articles/"+slug, bob, "")
	c.want(204, "DELETE", "/articles/"+slug, ann, "")
	c.want(404, "GET", comments, "", "")
	c.want(200, "DELETE", "/profiles/ann/follow", bob, "").is("profile.following", `false`)
	c.want(200, "GET", "/articles/feed", bob, "").is("articlesCount", `0`)
}

type conduit struct {
	t *testing.T
	*testkit.API
}

// want sends a request and returns the response, which must have the status, and the form of errors if it is one.
func (c conduit) want(status int, method, path, token, body string) response {
	c.t.Helper()
	var headers []string
	if token != "" {
		headers = []string{"Authorization", "Token " + token}
	}
	got := c.Do(method, path, "", body, headers...)
	text := testkit.Body(got)
	if got.StatusCode != status {
		c.t.Fatalf("%s %s: %s, want %d; %s", method, path, got.Status, status, text)
	}
	r := response{c.t, method + " " + path, text}
	if status >= http.StatusBadRequest && r.at("errors") == nil {
		c.t.Errorf("%s: %s has no errors", r.of, text)
	}
	return r
}

// response is the JSON of a response.
type response struct {
	t        *testing.T
	of, body string
}

// is fails the test unless the value at a path such as articles.0.title is the JSON.
func (r response) is(path, want string) response {
	r.t.Helper()
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		r.t.Fatal(err)
	}
	if got := r.at(path); !reflect.DeepEqual(got, wanted) {
		r.t.Errorf("%s: %s is %v, want %v", r.of, path, got, wanted)
	}
	return r
}

// text returns the string at a path.
func (r response) text(path string) string {
	r.t.Helper()
	text, _ := r.at(path).(string)
	if text == "" {
		r.t.Fatalf("%s: no text at %s: %s", r.of, path, r.body)
	}
	return text
}

// at returns the value at a path, or nil.
func (r response) at(path string) (value any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.body), &value); err != nil {
		r.t.Fatalf("%s: %v in %s", r.of, err, r.body)
	}
	for _, name := range strings.Split(path, ".") {
		switch container := value.(type) {
		case map[string]any:
			value = container[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(container) {
				return nil
			}
			value = container[i]
		default:
			return nil
		}
	}
	return value
}
