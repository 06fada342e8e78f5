package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/client"
)

// The methods that no other test calls.
func TestOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	ctx := t.Context()
	news, err := c.CreateNews(ctx, client.NewsInput{Title: "A title", Body: "…"})
	check(t, err)
	check(t, c.ReplaceNews(ctx, news.ID, client.NewsInput{Title: "Another", Body: "…"}))
	read, err := c.GetNews(ctx, news.ID)
	check(t, err)
	if read.Title != "Another" || read.Author != news.Author || !read.DateCreated.Equal(w.Now()) {
		t.Errorf("%+v", read)
	}
	me, err := c.WhoAmI(ctx)
	check(t, err)
	sessions, err := c.ListSessions(ctx)
	check(t, err)
	if me != news.Author || len(sessions) != 1 || !sessions[0].Current {
		t.Errorf("%s, %+v", me, sessions)
	}
	whole, err := c.GetNewsWithResponse(ctx, news.ID, nil)
	check(t, err)
	_, err = c.GetNews(ctx, news.ID, client.IfNoneMatch(whole.Headers200.ETag))
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != http.StatusNotModified {
		t.Errorf("%v; want 304", err)
	}
	check(t, c.DeleteNews(ctx, news.ID))
	if _, err = c.GetNewsWithResponse(ctx, news.ID, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("the generated methods reject it too: %v", err)
	}
	check(t, c.DeleteMe(ctx))
	if _, err := c.GetMe(ctx); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("without an account: %v", err)
	}
}

// An id that would change the URL to that of another operation is not sent: DELETE /sessions/ and DELETE /users/../sessions would end
// the caller's other sessions.
func TestInvalidIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	before := w.requests.Load()
	for _, id := range []string{"", ".", ".."} {
		_, read := c.GetNews(t.Context(), id)
		for _, err := range []error{read, c.EndSession(t.Context(), id), c.EndUserSessions(t.Context(), id),
			c.DeleteNews(t.Context(), id, client.IfMatch(`"1"`))} {
			if err == nil || !strings.Contains(err.Error(), `id "`+id+`"`) {
				t.Errorf("%q: %v", id, err)
			}
		}
	}
	if got := w.requests.Load(); got != before {
		t.Errorf("%d requests were sent", got-before)
	}
	if _, err := c.GetNews(t.Context(), "../users/me"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("%v, want the server's response", err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
