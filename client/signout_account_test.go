package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var saved client.Tokens
	c := w.ann(t, client.OnTokens(func(now client.Tokens) { saved = now }))
	copied := w.client(t, client.WithTokens(saved))
	w.intercept(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	if err := c.SignOut(t.Context()); err == nil {
		t.Error("the request failed, but the client is signed out")
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
		t.Error("another request was sent")
	}
	if saved != (client.Tokens{}) {
		t.Error("OnTokens was not called")
	}
	if err := copied.Refresh(t.Context()); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("the session continues on the server: %v", err)
	}
}

// Tokens that arrive after a sign-out do not restore the session.
func TestSignOutDuringRefresh(t *testing.T) {
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

// A request that Ann started is not retried as Bob.
func TestAnotherUserSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	if _, err := c.SignUp(t.Context(), client.UserInput{Email: "bob@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	w.intercept(func(answer http.ResponseWriter, r *http.Request) (answered bool) {
		if r.Method != http.MethodPatch {
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
	err := c.UpdateMe(t.Context(), client.Profile{Name: new("Ann")})
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 401 {
		t.Error(err)
	}
	if me, err := c.GetMe(t.Context()); err != nil || me.Email != "bob@example.com" || me.Name != nil {
		t.Errorf("%+v, %v", me, err)
	}
}

// A sign-out ends the session at its start, not one that has started meanwhile.
func TestSignInDuringSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	w.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/signout" {
			if err := c.SignIn(context.Background(), email, password); err != nil {
				t.Error(err)
			}
		}
		return false
	})
	if err := c.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetMe(t.Context()); err != nil {
		t.Error(err)
	}
}
