package client_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

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

func TestErrorsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	for _, tt := range []struct{ name, body, message string }{
		{"nothing", "", "Bad Gateway"},
		{"a proxy's page", "<html>", "Bad Gateway"},
		{"JSON of something else", `[1]`, "Bad Gateway"},
		{"another status in the envelope", `{"error":{"statusCode":404,"name":"x","message":"x"}}`, "Bad Gateway"},
		{"our envelope", `{"error":{"statusCode":502,"name":"x","message":"Gone."}}`, "Gone."},
		{"our problem", `{"status":502,"title":"x","detail":"Gone."}`, "Gone."},
	} {
		w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
			answer.WriteHeader(http.StatusBadGateway)
			_, _ = answer.Write([]byte(tt.body))
			return true
		})
		_, err := c.GetMe(t.Context())
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 502 || e.Message != tt.message {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
