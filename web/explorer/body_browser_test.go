//go:build browser

package explorer_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/foreignapp"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/web/explorer"
)

// TestBodySnippets writes request bodies of each kind.
func TestBodySnippets(t *testing.T) {
	app := foreignapp.App()
	app.Explorer = explorer.Handler
	tab := openTab(t, serveApp(t, app, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	for _, tt := range []struct{ operation, media, curl, typescript string }{
		{"patchFeedback", "", "curl -X PATCH 'URL/feedback' \\\n  -H 'Content-Type: application/merge-patch+json' \\\n" +
			"  -d '{\"big\":0,\"name\":\"string\"}'", `api.PATCH("/feedback", { body: { big: 0, name: "string" } });`},
		{"createFeedback", "application/x-www-form-urlencoded", "curl 'URL/feedback' \\\n  --data-urlencode 'address[city]=string' \\\n" +
			"  --data-urlencode 'address[numbers]=0' \\\n  --data-urlencode 'age=0'", `api.POST("/feedback", { body: { address: { city: ` +
			`"string", numbers: [0] }, age: 0, `},
		{"upload", "", "curl 'URL/uploads' \\\n  --form-string 'count=9' \\\n  -F 'file=@file' \\\n  --form-string 'labels=TEXT' \\\n" +
			"  --form-string 'meta={\"public\":true}' \\\n  -F 'more=@file' \\\n  --form-string 'title=string'",
			`api.POST("/uploads", { body: { count: 9, file: file, labels: ["TEXT"], meta: { public: true }, more: [file], title: ` +
				`"string" } });`},
		{"putBlob", "", "curl -X PUT 'URL/blob' \\\n  -H 'Content-Type: application/octet-stream' \\\n  --data-binary '@file'",
			`api.PUT("/blob", { body: file });`},
	} {
		id := "bodies-" + tt.operation
		tab.open(id)
		if tt.media != "" {
			tab.press("#operations-"+id, "curl")
			tab.choose("#operations-"+id+" .body-param-content-type select", tt.media)
			tab.see("#operations-"+id+" .snippets pre", "urlencode")
		}
		for i, language := range []string{"curl", "TypeScript"} {
			tab.press("#operations-"+id, language)
			shown := "#operations-" + id + " .snippets pre"
			tab.see(shown, []string{"curl ", "new Client("}[i])
			got := strings.ReplaceAll(tab.evaluate(fmt.Sprintf(`document.querySelector(%q).textContent`, shown)), tab.base, "URL")
			if _, call, ok := strings.Cut(got, "await "); ok {
				got = call
			}
			if want := []string{tt.curl, tt.typescript}[i]; !strings.HasPrefix(random.ReplaceAllString(got, "${1}TEXT"), want) {
				t.Errorf("%s in %s:\n%s\nwant:\n%s", tt.operation, language, got, want)
			}
		}
	}
	tab.press("#operations-bodies-upload", "Go")
	tab.see("#operations-bodies-upload .snippets pre", "cannot be expressed in Go")
	tab.check()
}

// random matches a label, which Swagger UI makes of a pattern.
var random = regexp.MustCompile(`(labels=|labels: \[")[a-z]+`)
