//go:build browser

package explorer_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// TestAccessibility audits every state of the page.
func TestAccessibility(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/")
	tab.audit("the start page")
	tab.visit("/explorer/")
	tab.find(findNews)
	tab.click(".menu summary")
	tab.audit("signed out, the menu open")
	tab.click(".menu summary")
	tab.signUp()
	tab.open(find)
	tab.execute(find, "[]")
	tab.open("news-createNews")
	tab.open("news-updateNews")
	tab.audit("operations open")
	tab.click(".btn.authorize")
	tab.find(".modal-ux")
	tab.audit("the dialog")
}

// audit has axe look at the page, in light and dark, and wants no finding that it calls serious or critical.
func (b *tab) audit(what string) {
	b.t.Helper()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatalf("axe-core is missing: run make test-browser, or npm ci in web/explorer: %v", err)
	}
	for _, scheme := range []scheme{light, dark} {
		b.use(scheme)
		// Half of the way from one scheme's colours to the other's is nobody's choice.
		b.evaluate(string(axe) + `; document.getAnimations().forEach((transition) => transition.finish()); ''`)
		found := b.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
			.filter(({ impact }) => impact === 'serious' || impact === 'critical')
			.flatMap(({ id, impact, nodes }) => nodes.map(({ target, any }) =>
				[id, impact, target.join(' '), any[0]?.message ?? ''].join(' | '))).join('\n'))`)
		for line := range strings.Lines(found) {
			b.t.Errorf("%s, %s: %s", what, scheme, line)
		}
	}
}
