package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/client"
)

func TestRetries(t *testing.T) {
	t.Parallel()
	get := func(ctx context.Context, c *client.Client) error {
		_, err := c.GetMe(ctx)
		return err
	}
	update := func(ctx context.Context, c *client.Client) error {
		return c.UpdateMe(ctx, client.Profile{Name: new("Ann")})
	}
	updateFromReader := func(ctx context.Context, c *client.Client) error {
		_, err := c.UpdateMeWithBody(ctx, "application/json", struct{ *strings.Reader }{strings.NewReader(`{"name":"Ann"}`)})
		return err
	}
	remove := func(ctx context.Context, c *client.Client) error { return c.DeleteMe(ctx) }
	for _, tt := range []struct {
		name       string
		call       func(context.Context, *client.Client) error
		refusals   int64
		status     int
		retryAfter string
		want       int // the status of the error; 0: success
		requests   int64
		waits      time.Duration // the minimum wait, of which the maximum is one and a half times; 0: no wait
	}{
		{"a read that is refused once", get, 1, 503, "", 0, 2, 500 * time.Millisecond},
		{"for as long as the server says", get, 1, 503, "7", 0, 2, 7 * time.Second},
		{"a read that is refused twice", get, 2, 503, "1", 503, 2, time.Second},
		{"too many requests", get, 1, 429, "2", 0, 2, 2 * time.Second},
		{"too many writes, of which none was done", update, 1, 429, "2", 0, 2, 2 * time.Second},
		{"a body that could be read once only", updateFromReader, 1, 429, "2", 0, 2, 2 * time.Second},
		{"a write that may have been done", update, 1, 503, "1", 503, 1, 0},
		{"a deletion that may have been done", remove, 1, 503, "1", 503, 1, 0},
		{"an hour is too long to wait", get, 1, 429, "3600", 429, 1, 0},
		{"a failure that time does not heal", get, 1, 500, "1", 500, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.ann(t)
			before := w.requests.Load()
			w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
				if w.requests.Load()-before > tt.refusals {
					return false
				}
				if tt.retryAfter != "" {
					answer.Header().Set("Retry-After", tt.retryAfter)
				}
				answer.WriteHeader(tt.status)
				return true
			})
			err := tt.call(t.Context(), c)
			if e, ok := errors.AsType[*client.Error](err); ok != (tt.want != 0) || ok && e.Status != tt.want || !ok && err != nil {
				t.Errorf("%v; want %d", err, tt.want)
			}
			if n := w.requests.Load() - before; n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
			if tt.waits == 0 && len(w.waits) != 0 || tt.waits != 0 && (len(w.waits) != 1 || w.waits[0] < tt.waits ||
				w.waits[0] > tt.waits*3/2) {
				t.Errorf("waits %v, want %s", w.waits, tt.waits)
			}
		})
	}
}

// A retry sends the whole body again, no matter how much of it the transport has read.
func TestBodyIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var bodies []string
	c := w.client(t, client.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(r.Body)
		bodies = append(bodies, string(text))
		return &http.Response{StatusCode: http.StatusTooManyRequests, Body: http.NoBody, Request: r}, err
	})}))
	err := c.UpdateMe(t.Context(), client.Profile{Name: new("Ann")})
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != 429 || len(bodies) != 2 || bodies[0] == "" || bodies[0] != bodies[1] {
		t.Errorf("%q, %v", bodies, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The rate of the contract: 30 sign-ins a minute from one address.
func TestRetryAfterRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorldWithRates(t)
	c := w.ann(t)
	for range 30 {
		if err := c.SignIn(t.Context(), email, password); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.waits) != 1 || w.waits[0] < 2*time.Second {
		t.Errorf("waits %v", w.waits)
	}
}

func TestContextEndsDuringWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := w.ann(t, client.WithClock(w.Now, func(ctx context.Context, _ time.Duration) error {
		cancel()
		return client.Sleep(ctx, time.Hour)
	}))
	w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
		answer.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, err := c.GetMe(ctx)
	if e, ok := errors.AsType[*client.Error](err); !errors.Is(err, context.Canceled) || !ok || e.Status != 503 {
		t.Error(err)
	}
}

func TestDeadlineIsBeforeTheRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ann(t)
	w.intercept(func(answer http.ResponseWriter, _ *http.Request) bool {
		answer.Header().Set("Retry-After", "20")
		answer.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	_, err := c.GetMe(ctx)
	if e, ok := errors.AsType[*client.Error](err); !ok || e.RetryAfter != 20*time.Second || len(w.waits) != 0 {
		t.Errorf("%v, waits %v", err, w.waits)
	}
}

func TestSleep(t *testing.T) {
	t.Parallel()
	if err := client.Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
