package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestOneRefreshForAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		clocks func(w *world) client.Option
	}{
		{"before the token expires", func(w *world) client.Option { return client.WithClock(w.Now, w.wait) }},
		{"when the server says that it has", func(w *world) client.Option {
			start := w.Now()
			return client.WithClock(func() time.Time { return start }, w.wait)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.ann(t, tt.clocks(w))
			w.Wait(61 * time.Minute)
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if me, err := c.GetMe(t.Context()); err != nil || me.Email != email {
						t.Errorf("%v, %v", me, err)
					}
				})
			}
			all.Wait()
			if n := w.refreshes.Load(); n != 1 {
				t.Errorf("%d refreshes", n)
			}
		})
	}
}

// Who asks for a refresh of tokens that another call has just replaced gets those.
func TestReplacedTokensAreNotRefreshed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved []client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = append(saved, now) }))
	for range 2 {
		if err := c.RefreshThese(saved[0]); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.refreshes.Load(); n != 1 || len(saved) != 2 {
		t.Errorf("%d refreshes, %d tokens", n, len(saved))
	}
}

func TestTokensAreRenewedBeforeTheyExpire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  int64
	}{{time.Hour - 31*time.Second, 0}, {time.Hour - 30*time.Second, 1}} {
		w := newWorld(t)
		c := w.ann(t)
		w.Wait(tt.after)
		if _, err := c.GetMe(t.Context()); err != nil || w.refreshes.Load() != tt.want {
			t.Errorf("after %s: %d refreshes, %v; want %d", tt.after, w.refreshes.Load(), err, tt.want)
		}
	}
}

// An answer is lost on its way: the server has used the refresh token up, the client has no other.
func TestLostRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	w.Wait(2 * time.Hour)
	w.intercept(func(answer http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/refresh" || w.refreshes.Load() > 1 {
			return false
		}
		lost := httptest.NewRecorder()
		w.Handler.ServeHTTP(lost, r)
		if lost.Code != http.StatusOK {
			t.Error(lost.Code, lost.Body)
		}
		panic(http.ErrAbortHandler) // the connection is cut
	})
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.refreshes.Load(); n != 2 {
		t.Errorf("%d refreshes", n)
	}
	w.Wait(2 * time.Hour)
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("the next refresh: %v", err)
	}
}

// Somebody else has used the refresh token.
func TestReusedRefreshTokenSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved []client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = append(saved, now) }))
	thief := w.client(t, client.WithTokens(saved[0]))
	if err := thief.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Wait(time.Hour) // beyond the 10 seconds in which the same refresh token is taken again
	for _, call := range []string{"the one that finds out", "the next one"} {
		_, err := c.GetMe(t.Context())
		e, ok := errors.AsType[*client.Error](err)
		if !errors.Is(err, client.ErrSignedOut) || !ok || e.Code != "INVALID_REFRESH_TOKEN" || e.Status != 401 {
			t.Errorf("%s: %v", call, err)
		}
	}
	if n := w.refreshes.Load(); n != 2 {
		t.Errorf("%d refreshes", n)
	}
	if len(saved) != 2 || saved[1] != (client.Tokens{}) {
		t.Errorf("%d tokens are told of, the last ones are %v; want Ann's, then none", len(saved), saved[len(saved)-1])
	}
	if _, err := c.Ping(t.Context()); err != nil {
		t.Errorf("what needs no token: %v", err)
	}
	if err := c.SignIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("signed in again: %v", err)
	}
}

// A token that still works is used while no other can be got.
func TestRefreshCannotBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	w.intercept(func(answer http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/refresh" {
			return false
		}
		answer.WriteHeader(http.StatusBadGateway)
		return true
	})
	w.Wait(time.Hour - 20*time.Second)
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("before the end: %v", err)
	}
	w.Wait(time.Minute)
	_, err := c.GetMe(t.Context())
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != http.StatusBadGateway || errors.Is(err, client.ErrSignedOut) {
		t.Errorf("after it: %v", err)
	}
	w.intercept(nil)
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("when it can be done again: %v", err)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = now }))
	copied := w.client(t, client.WithTokens(saved))
	w.intercept(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	if err := c.SignOut(t.Context()); err == nil {
		t.Error("the server was not asked, and it counts as signed out")
	}
	w.intercept(nil)
	if err := c.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	requests := w.requests.Load()
	if _, err := c.GetMe(t.Context()); !errors.Is(err, client.ErrSignedOut) {
		t.Error(err)
	}
	if err := c.SignOut(t.Context()); err != nil {
		t.Errorf("twice: %v", err)
	}
	if w.requests.Load() != requests {
		t.Error("the server was asked again")
	}
	if saved != (client.Tokens{}) {
		t.Error("nobody was told")
	}
	if err := copied.Refresh(t.Context()); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("the session goes on at the server: %v", err)
	}
}

// What Ann has begun is not sent again in Bob's name.
func TestAnotherUserSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	if _, err := c.SignUp(t.Context(), client.NewUser{Email: "bob@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	w.intercept(func(answer http.ResponseWriter, r *http.Request) (answered bool) {
		if r.URL.Path != "/news" {
			return false
		}
		once.Do(func() {
			if err := c.SignIn(context.Background(), "bob@example.com", password); err != nil {
				t.Error(err)
			}
			answer.WriteHeader(http.StatusUnauthorized)
			answered = true
		})
		return answered
	})
	_, err := c.CreateNews(t.Context(), client.NewsInput{Title: "Ann's", Body: "…"})
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 401 {
		t.Error(err)
	}
}

func TestCancelledCallerDoesNotCancelTheRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	w.Wait(2 * time.Hour)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	w.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/refresh" {
			close(arrived)
			<-goOn
		}
		return false
	})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := c.GetMe(ctx)
		gaveUp <- err
	}()
	<-arrived
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
	if _, err := c.GetMe(t.Context()); err != nil || w.refreshes.Load() != 1 {
		t.Errorf("%d refreshes, %v", w.refreshes.Load(), err)
	}
}

// Tokens that arrive after a sign-out bring nothing back.
func TestSignOutDuringARefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	w.intercept(func(answer http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/refresh" {
			return false
		}
		done := httptest.NewRecorder()
		w.Handler.ServeHTTP(done, r)
		close(arrived)
		<-goOn
		answer.WriteHeader(done.Code)
		_, _ = answer.Write(done.Body.Bytes())
		return true
	})
	refreshed := make(chan error)
	go func() { refreshed <- c.Refresh(context.Background()) }()
	<-arrived
	if err := c.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-refreshed; !errors.Is(err, client.ErrSignedOut) {
		t.Error(err)
	}
	requests := w.requests.Load()
	if _, err := c.GetMe(t.Context()); !errors.Is(err, client.ErrSignedOut) || w.requests.Load() != requests {
		t.Errorf("%d requests, %v", w.requests.Load()-requests, err)
	}
}

func TestTokensAreNotShown(t *testing.T) {
	t.Parallel()
	tokens := client.Tokens{Access: "secret", Refresh: "secret", UserID: "7"}
	for _, shown := range []string{fmt.Sprint(tokens), fmt.Sprintf("%+v %#v %s %q", tokens, &tokens, tokens, []client.Tokens{tokens})} {
		if strings.Contains(shown, "secret") {
			t.Error(shown)
		}
	}
	text, err := json.Marshal(tokens)
	var kept client.Tokens
	if err != nil || json.Unmarshal(text, &kept) != nil || kept != tokens {
		t.Errorf("%s, %v", text, err)
	}
}
