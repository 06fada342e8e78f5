package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
	api "github.com/newsdesk-api/newsdesk/gen/client"
)

// A request without a condition changes and counts nothing: the client or the server rejects it.
func TestNoConditionIsNotEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	title := client.NewsWhere.Title
	for range 3 {
		if _, err := c.CreateNews(t.Context(), client.NewsInput{Title: "old", Body: "…"}); err != nil {
			t.Fatal(err)
		}
	}
	var zero client.Where[client.News]
	change := "changed"
	patch := client.NewsPatch{Title: &change}
	for _, tt := range []struct {
		name  string
		where client.Where[client.News]
		sent  bool // and rejected by the server
	}{
		{"the zero value", zero, false}, {"the zero value inside", client.And(title.Eq("old"), zero), false},
		{"the zero value deep inside", client.Or(client.Nor(zero)), false},
		{"an empty list", client.And[client.News](), true}, {"nothing excluded", client.Nor[client.News](), true},
		{"no values excluded", title.Nin(), true}, {"an alternative of everything",
			client.Or(title.Eq("old"), client.Everything[client.News]()), true},
	} {
		before := w.requests.Load()
		_, err := c.UpdateAllNews(t.Context(), tt.where, patch)
		if sent := w.requests.Load() > before; err == nil || sent != tt.sent || !strings.Contains(err.Error(), "every document") &&
			!strings.Contains(err.Error(), "Everything") {
			t.Errorf("%s: sent: %v, %v", tt.name, sent, err)
		}
		if _, err := c.CountNews(t.Context(), tt.where); (err == nil) != tt.sent {
			t.Errorf("%s, counted: %v", tt.name, err)
		}
	}
	// The generated client, with parameters that are not set.
	for name, parameters := range map[string]*api.UpdateAllNewsParams{"none": nil, "the zero value": {}} {
		answer, err := c.UpdateAllNewsWithResponse(t.Context(), parameters, patch)
		if err == nil {
			t.Errorf("%s: %s", name, answer.Status())
		}
	}
	if count, err := c.CountNews(t.Context(), title.Eq("old")); err != nil || count.Count != 3 {
		t.Errorf("%d are unchanged, %v", count.Count, err)
	}
	if count, err := c.UpdateAllNews(t.Context(), client.Everything[client.News](), patch); err != nil || count.Count != 3 {
		t.Errorf("everything: %d, %v", count.Count, err)
	}
}

// With the administrators' scope, Everything includes the documents of all users and must be confirmed.
func TestConfirmAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	if _, err := c.CreateNews(t.Context(), client.NewsInput{Title: "old", Body: "…"}); err != nil {
		t.Fatal(err)
	}
	admin := w.client(t, client.WithTokens(client.Tokens{Access: w.Token("root", "news:write", "news:admin"),
		Expires: w.Now().Add(time.Hour)}))
	change := "changed"
	patch := client.NewsPatch{Title: &change}
	_, err := admin.UpdateAllNews(t.Context(), client.Everything[client.News](), patch)
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.Status != http.StatusBadRequest ||
		!strings.Contains(err.Error(), "all=true") {
		t.Errorf("unconfirmed: %v", err)
	}
	if count, err := admin.UpdateAllNews(t.Context(), client.Everything[client.News](), patch, client.ConfirmAll); err != nil ||
		count.Count != 1 {
		t.Errorf("confirmed: %d, %v", count.Count, err)
	}
	if count, err := admin.UpdateAllNews(t.Context(), client.NewsWhere.Title.Eq("changed"), patch); err != nil || count.Count != 1 {
		t.Errorf("with a condition: %d, %v", count.Count, err)
	}
}
