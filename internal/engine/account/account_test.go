package account_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A configuration under which sessions would not do what they say is refused.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	contract := testkit.Contract(t, testapp.App())
	for want, change := range map[string]func(*engine.Config){
		`unknown default role "boss"`:          func(c *engine.Config) { c.DefaultRole = "boss" },
		"at least 1m":                          func(c *engine.Config) { c.TokenTTL, c.SessionIdle = time.Second, 59*time.Second },
		"the second no shorter than the first": func(c *engine.Config) { c.SessionMaxAge = c.SessionIdle - time.Second },
		"tokens that last 1h0m0s":              func(c *engine.Config) { c.SessionIdle = c.TokenTTL - time.Second },
		"":                                     func(c *engine.Config) { c.SessionIdle, c.SessionMaxAge = c.TokenTTL, c.TokenTTL },
	} {
		config, err := engine.ConfigForTests(store.New(nil, engine.Models(contract)), contract, "field-notes",
			slog.New(slog.DiscardHandler), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		change(&config)
		if _, err = engine.New(config); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
