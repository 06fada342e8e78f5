package system_test

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

func TestPing(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	got := testkit.Body(a.Do("GET", "/ping", "", "", "X-Secret", "do not echo"))
	if want := `{"date":"2026-01-31T08:00:00.000Z","greeting":"Hello from ` + a.Contract.Title() + `"}`; strings.TrimSpace(got) != want {
		t.Errorf("ping: %s, want %s", got, want)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	if answer := a.Do("GET", "/health", "", ""); answer.StatusCode != 200 {
		t.Errorf("health: %d", answer.StatusCode)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	a := apptest.New(t)
	if answer := a.Do("GET", "/ready", "", ""); answer.StatusCode != 200 {
		t.Errorf("ready: %d", answer.StatusCode)
	}
	a.Close()
	if answer := a.Do("GET", "/ready", "", ""); answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" {
		t.Errorf("ready without a store: %d, want 503 with Retry-After", answer.StatusCode)
	}
	if answer := a.Do("GET", "/health", "", ""); answer.StatusCode != 200 {
		t.Errorf("health without a store: %d, want 200: the process is up", answer.StatusCode)
	}
}
