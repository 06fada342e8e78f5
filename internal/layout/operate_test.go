package layout

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
	"github.com/newsdesk-api/newsdesk/internal/engine/metrics"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// metricNames returns the names of the metrics of a server, and those of the series of its histograms.
func metricNames(t *testing.T) (names, series []string) {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New(testkit.Contract(t, apptest.App()), "")
	a := testkit.NewWith(t, apptest.App(), testkit.Options{
		Backend: store.Observe(backend, m.Store()), Server: server.Config{Observers: []server.Observer{m}},
	})
	log := logging.New(io.Discard, func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) })
	t.Cleanup(log.Close)
	m.Watch(metrics.Parts{Server: a.Handler.(*server.Server), Backend: backend, Tokens: a.Tokens, Accounts: a.Accounts, Log: log})
	a.SignIn("ann")
	a.Do("GET", "/nothing", "", "")
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)`).FindAllStringSubmatch(w.Body.String(), -1) {
		names, series = append(names, found[1]), append(series, found[1])
		if found[2] == "histogram" {
			series = append(series, found[1]+"_bucket", found[1]+"_count", found[1]+"_sum")
		}
	}
	return names, series
}

func operateFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "operate", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The guide lists each metric, and the dashboard uses no others.
func TestDocumentedMetrics(t *testing.T) {
	t.Parallel()
	names, series := metricNames(t)
	metric := regexp.MustCompile(`\b(api|go|process)_[a-z_]*[a-z]\b`)
	guide := metric.FindAllString(operateFile(t, "observe.md"), -1)
	for _, name := range names {
		if strings.HasPrefix(name, "api_") && !slices.Contains(guide, name) {
			t.Errorf("docs/operate/observe.md does not list %s", name)
		}
	}
	for _, name := range guide {
		if !slices.Contains(names, name) {
			t.Errorf("docs/operate/observe.md lists %s, but there is no such metric", name)
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(operateFile(t, "grafana.json")), &dashboard); err != nil || len(dashboard.Panels) < 10 {
		t.Fatalf("%d panels, %v", len(dashboard.Panels), err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			used := metric.FindAllString(target.Expr, -1)
			if len(used) == 0 {
				t.Errorf("the panel %q uses no metric", panel.Title)
			}
			for _, name := range used {
				if !slices.Contains(series, name) {
					t.Errorf("the panel %q uses %s, but there is no such series", panel.Title, name)
				}
			}
		}
	}
}

// The filter for fail2ban finds the client of each failed sign-in in the log, and nobody else.
func TestFail2ban(t *testing.T) {
	t.Parallel()
	definition := regexp.MustCompile(`(?m)^failregex = (.*)$`).FindStringSubmatch(operateFile(t, "fail2ban.conf"))
	if definition == nil {
		t.Fatal("docs/operate/fail2ban.conf has no failregex")
	}
	filter := regexp.MustCompile(strings.ReplaceAll(definition[1], "<ADDR>", `(?P<address>[0-9a-fA-F:.]+)`))
	var log bytes.Buffer
	a := testkit.NewWith(t, apptest.App(), testkit.Options{
		Server: server.Config{RateLimitsOff: true, TrustedProxies: []string{testkit.Peer}},
		Log:    slog.New(slog.NewJSONHandler(&log, nil)),
	})
	a.SignIn("ann")
	claim := `{"action":"signin_failed","address":"198.51.100.9"}`
	for address, password := range map[string]string{
		"203.0.113.7": "wrong password", "2001:db8::1": claim, "203.0.113.8": testkit.Password,
	} {
		body, err := json.Marshal(map[string]string{"email": testkit.Email("ann"), "password": password})
		if err != nil {
			t.Fatal(err)
		}
		a.Do("POST", "/signin", "", string(body), "X-Forwarded-For", address, "User-Agent", claim)
	}
	a.Do("GET", `/x`+strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(claim), "", "")
	var found []string
	for line := range strings.Lines(log.String()) {
		if match := filter.FindStringSubmatch(line); match != nil {
			found = append(found, match[1])
		}
	}
	slices.Sort(found)
	if want := []string{"2001:db8::1", "203.0.113.7"}; !slices.Equal(found, want) {
		t.Errorf("the filter finds %q, want %q, in %s", found, want, &log)
	}
}
