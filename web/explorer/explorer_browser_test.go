//go:build browser

package explorer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

const (
	email    = "ann@example.com"
	password = "correct horse battery"
	find     = "news-findNews"
	findNews = "#operations-" + find
)

// TestExplorer uses the explorer as a newcomer does. It leaves pictures in the folder NEWSDESK_SCREENSHOTS when that is set.
func TestExplorer(t *testing.T) {
	base := serve(t, server.ExplorerOn, time.Hour)
	tab := openTab(t, base)

	tab.visit("/")
	tab.picture("start", "body", desktop, light)
	tab.click(`a[href="explorer/"]`)
	tab.find(".btn.authorize.unlocked")
	tab.pictures("signed-out", ".bar")
	tab.signUp()
	tab.find(".btn.authorize.locked")
	tab.find(`#operations-news-createNews [aria-label="authorization button locked"]`)
	tab.see("#scopes", "news:read news:write")
	tab.see("#left", "60 min left, renews itself")

	tab.open("news-createNews")
	tab.write("news-createNews", "textarea.body-param__text", `{"title": "Go 1.26 is out", "body": "Seen in a browser."}`)
	tab.execute("news-createNews", "Seen in a browser.")
	tab.close("news-createNews")

	tab.open(find)
	tab.enter(findNews+` .filter-row [aria-label="Value"]`, "%1.26%")
	tab.execute(find, "Go 1.26 is out")
	if got := tab.text(findNews + " .request-url pre"); !strings.HasPrefix(got, base+"/news?filter=") || !strings.Contains(got, "1.26") {
		t.Errorf("the filter was sent to %q, want %s/news?filter=… with the value of the form", got, base)
	}
	if shown := tab.text(findNews); strings.Contains(shown, "eyJ") {
		t.Error("a token is on the screen")
	}
	tab.click("#who") // the mouse is out of the way
	tab.pictures("filter", findNews)
	tab.pictures("answer", findNews+" .snippets")
	tab.check()
}

// An error says what is wrong, in the answer and at the top.
func TestError(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.expected = "Failed to load resource"
	tab.visit("/explorer/")
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", "12345678")
	tab.click("#sign-in [value=sign-up]")
	tab.see("#notice", "password: ")
	tab.pictures("refused", ".bar")
	tab.signUp()
	tab.wait(`document.querySelector('#notice').textContent === ''`)

	tab.open(find)
	tab.write(find, `[data-param-name="filter"] textarea`, `{"limit": 100000}`)
	tab.click(findNews + " .execute")
	tab.see(findNews+" .validation-errors", "less than or equal to 1000") // the contract says so, before anything is sent
	tab.write(find, `[data-param-name="filter"] textarea`, `{"where": {"titel": "x"}}`)
	tab.see(findNews+" .filter-form", "contains more than the form can show")
	tab.executeFor(find, "400", "titel")
	tab.pictures("error", findNews+" .live-responses-table")
	tab.press(findNews+" .filter-form", "Start again with the form")
	tab.wait(`document.querySelector('` + findNews + ` textarea').value === '{}'`)
	tab.check()
}

// A link opens an operation, and nothing else: not somebody else's contract.
func TestLinks(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/?url=https://evil.example/x.json&configUrl=https://evil.example/c.json&" +
		"config=https://evil.example/c.json#/news/countNews")
	tab.find("#operations-news-countNews.is-open .filter-form")
	tab.see(".info .title", "Newsdesk")
	tab.wait(`Math.abs(document.querySelector('#operations-news-countNews').getBoundingClientRect().top - 64) < 2`) // below the bar
	tab.click("#operations-news-getNews .opblock-summary-control")
	tab.wait(`location.hash === '#/news/getNews'`)

	tab.click(".menu summary")
	for _, name := range []string{"openapi.yaml", "openapi.json"} {
		link := fmt.Sprintf(`.menu a[download=%q]`, name)
		tab.find(link)
		if got := tab.evaluate(fmt.Sprintf(`fetch(document.querySelector(%q).href).then((answer) => answer.text())`,
			link)); !strings.Contains(got, "findNews") {
			t.Errorf("%s is %.100q", name, got)
		}
	}
	tab.pictures("menu", ".bar")
	tab.click(".menu summary")
	tab.click("section.models h4 button")
	tab.find("#model-NewsFilter")
	if got := tab.evaluate(`[...document.querySelectorAll('.models .model-title')].map((e) => e.textContent).filter((name) => ` +
		`!/^([A-Z][a-z]+)+$/.test(name)).join(' ')`); got != "" {
		t.Errorf("names of schemas that are not words: %s", got)
	}
	tab.pictures("schemas", "section.models")
	tab.check()
}

// On a phone nothing is wider than the screen.
func TestPhone(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.resize(phone)
	tab.visit("/explorer/")
	tab.signUp()
	for _, operation := range []string{find, "news-createNews", "news-updateAllNews"} {
		tab.open(operation)
		if got := tab.evaluate(`[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 ` +
			`&& !e.closest('pre, .highlight-code')).map((e) => e.tagName + '.' + e.className).join(' ')`); got != "" {
			t.Errorf("with %s open, wider than the screen: %s", operation, got)
		}
		if got := tab.evaluate(`String(document.documentElement.scrollWidth - innerWidth)`); got != "0" {
			t.Errorf("with %s open, the page is %s pixels wider than the screen", operation, got)
		}
	}
	tab.check()
}
