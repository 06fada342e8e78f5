package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://127.0.0.1:3000", "https://news.example.com/", "https://example.com/news/v1"} {
		if _, err := client.New(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "news.example.com", "127.0.0.1:3000", "ftp://example.com", "http://", "/news",
		"http://ann:secret@example.com", "http://example.com?secret=1", "http://example.com#secret", "http://a b", "http://%zz"} {
		_, err := client.New(bad)
		if err == nil {
			t.Errorf("%q is accepted", bad)
		} else if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "like https://news.example.com") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestServerBelowAPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.intercept(func(answer http.ResponseWriter, r *http.Request) bool {
		http.StripPrefix("/example", w.Handler).ServeHTTP(answer, r)
		return true
	})
	c, err := client.New(w.URL+"/example", client.WithHTTPClient(&http.Client{Timeout: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// A wrong password is an error of SignIn, and the previous session continues.
func TestSignInFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	err := c.SignIn(t.Context(), email, "wrong password")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 401 || errors.Is(err, client.ErrSignedOut) {
		t.Error(err)
	}
	if _, err := c.GetMe(t.Context()); err != nil || w.refreshes.Load() != 0 {
		t.Errorf("%d refreshes, %v", w.refreshes.Load(), err)
	}
}

func TestAnonymousClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(t)
	_, err := c.GetMe(t.Context())
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 401 || w.refreshes.Load() != 0 {
		t.Errorf("%d refreshes, %v", w.refreshes.Load(), err)
	}
	if err := c.Refresh(t.Context()); !errors.Is(err, client.ErrSignedOut) {
		t.Error(err)
	}
	if err := c.SignOut(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestResponsesAreBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit int64
		fails bool
	}{{4, true}, {5, false}} {
		text, err := io.ReadAll(client.Bounded(strings.NewReader("12345"), tt.limit))
		if (err != nil) != tt.fails || err != nil && !strings.Contains(err.Error(), "PageSize") {
			t.Errorf("limit %d: %q, %v", tt.limit, text, err)
		}
	}
}

func FuzzAfter(f *testing.F) {
	for _, document := range []string{
		`{}`, `{"id":"1"}`, `{"id":"1","title":null}`, `{"id":"1","title":"x","address":{"city":"Rome"}}`, `{"id":"1","address":7}`, `null`,
		`[]`, `"id"`, ``,
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) { client.After(t, document) })
}
