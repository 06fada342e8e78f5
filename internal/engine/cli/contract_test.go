package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/testapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/testkit"
)

// A deployment of this program keeps to its contract.
func TestContract(t *testing.T) {
	t.Parallel()
	junit := filepath.Join(t.TempDir(), "report.xml")
	serving(t, memory, func(url string) {
		var out, log bytes.Buffer
		if code := runApp(t.Context(), []string{"conformance", url + "/", "--junit=" + junit}, nil, &out, &log); code != 0 ||
			!strings.Contains(out.String(), " 0 problems\n") {
			t.Errorf("exit code %d: %s\n%s", code, &log, &out)
		}
	}, "--rate-limits=off")
	if text, err := os.ReadFile(junit); err != nil || !strings.Contains(string(text), `<testsuite name="notes"`) {
		t.Errorf("%v, %.300s", err, text)
	}
}

// The exit code is 1 if there is no deployment at the URL, or if it violates its contract.
func TestContractRefuses(t *testing.T) {
	t.Parallel()
	served := map[string]string{"/openapi.json": string(testkit.Contract(t, testapp.App()).Document()),
		"/old/openapi.json": `{"swagger":"2.0"}`, "/long/openapi.json": strings.Repeat(" ", maxContract+1)}
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, has := served[r.URL.Path]; has {
			_, _ = w.Write([]byte(text))
			return
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(broken.Close)
	for name, tt := range map[string]struct {
		url, want string
		flags     []string
	}{
		"signs nobody up":  {url: broken.URL, want: "signUp: status 418"},
		"our contract":     {broken.URL + "/none", "signUp: status 418", []string{"--contract=own"}},
		"no contract":      {url: broken.URL + "/none", want: "418"},
		"another contract": {url: broken.URL + "/old", want: "contract: "},
		"a long contract":  {url: broken.URL + "/long", want: "longer than"},
		"no URL":           {url: "notes", want: "http://host"},
		"a password":       {url: "http://ann:secret@127.0.0.1:1", want: "http://host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, log bytes.Buffer
			code := runApp(t.Context(), append([]string{"conformance", tt.url}, tt.flags...), nil, &out, &log)
			if code != 1 || !strings.Contains(log.String(), tt.want) || strings.Contains(log.String(), "secret") {
				t.Errorf("exit code %d: %s; want 1, %q", code, &log, tt.want)
			}
		})
	}
}
