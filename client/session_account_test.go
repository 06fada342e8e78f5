package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

// A call that wants to refresh tokens that another call has just replaced gets the new ones.
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

// The response of a refresh is lost: the server has accepted the refresh token, but the client has no other.
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

// Another client has used the refresh token.
func TestReusedRefreshTokenSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved []client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = append(saved, now) }))
	thief := w.client(t, client.WithTokens(saved[0]))
	if err := thief.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Wait(time.Hour) // more than the 10 seconds in which the same refresh token is accepted again
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
		t.Errorf("%d tokens were saved, last %v; want Ann's, then none", len(saved), saved[len(saved)-1])
	}
	if _, err := c.Ping(t.Context()); err != nil {
		t.Errorf("without a token: %v", err)
	}
	if err := c.SignIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("signed in again: %v", err)
	}
}

// While a refresh fails, a token that is still valid is used.
func TestFailedRefresh(t *testing.T) {
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
		t.Errorf("before expiry: %v", err)
	}
	w.Wait(time.Minute)
	_, err := c.GetMe(t.Context())
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != http.StatusBadGateway || errors.Is(err, client.ErrSignedOut) {
		t.Errorf("after expiry: %v", err)
	}
	w.intercept(nil)
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Errorf("when a refresh succeeds again: %v", err)
	}
}

// An access token alone is enough until it expires, even without the user's id.
func TestWithTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved client.Tokens
	w.ann(t, client.OnTokens(func(now client.Tokens) { saved = now }))
	access := w.client(t, client.WithTokens(client.Tokens{Access: saved.Access}))
	refresh := w.client(t, client.WithTokens(client.Tokens{Access: "expired", Refresh: saved.Refresh, Expires: w.Now().Add(time.Hour)}))
	for name, c := range map[string]*client.Client{"access": access, "refresh": refresh} {
		if _, err := c.GetMe(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.refreshes.Load(); n != 1 {
		t.Errorf("%d refreshes", n)
	}
	w.Wait(2 * time.Hour)
	before := w.requests.Load()
	_, err := access.GetMe(t.Context())
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 401 || w.requests.Load() != before+1 {
		t.Errorf("%d requests, %v", w.requests.Load()-before, err)
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

func TestTokensAreNotShown(t *testing.T) {
	t.Parallel()
	tokens := client.Tokens{Access: "secret", Refresh: "secret", UserID: "7"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("signed in", "tokens", tokens)
	for _, shown := range []string{log.String(), fmt.Sprint(tokens), fmt.Sprintf("%+v %#v %s %q", tokens, &tokens, tokens,
		[]client.Tokens{tokens})} {
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
