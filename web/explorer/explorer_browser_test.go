//go:build browser

package explorer_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/apitest"
)

// TestExplorer uses the explorer as a newcomer does. It leaves pictures in the folder NEWSDESK_SCREENSHOTS when that is set.
func TestExplorer(t *testing.T) {
	server := httptest.NewServer(apitest.New(t).Handler)
	t.Cleanup(server.Close)
	explore(t, server.URL)
}

func explore(t *testing.T, base string) {
	tab := openTab(t, base)
	email := fmt.Sprintf("explorer-%d@example.com", time.Now().UnixNano())
	title := "Written by " + email
	credentials := fmt.Sprintf(`{"email": %q, "password": "correct horse battery"}`, email)

	tab.visit("/")
	tab.picture("start", "body", desktop, light)
	tab.click(`a[href="explorer/"]`)
	tab.find(".btn.authorize.unlocked")
	tab.see("#session", "Not signed in")

	tab.open("users-signUp")
	tab.write("users-signUp", "textarea.body-param__text", credentials)
	tab.execute("users-signUp", email)
	tab.close("users-signUp")

	tab.open("users-signIn")
	tab.write("users-signIn", "textarea.body-param__text", credentials)
	tab.execute("users-signIn", "token")
	tab.close("users-signIn")
	tab.see("#session", "Signed in as "+email)
	tab.find(".btn.authorize.locked")
	tab.find(`#operations-news-createNews [aria-label="authorization button locked"]`)

	tab.open("news-createNews")
	tab.write("news-createNews", "textarea.body-param__text", fmt.Sprintf(`{"title": %q, "body": "Seen in a browser."}`, title))
	tab.execute("news-createNews", title)
	tab.close("news-createNews")

	tab.open("news-findNews")
	tab.write("news-findNews", `[data-param-name="filter"] textarea`, fmt.Sprintf(`{"where": {"title": %q}}`, title))
	tab.execute("news-findNews", title)
	if got := tab.text("#operations-news-findNews .request-url pre"); !strings.HasPrefix(got, base+"/news?filter=") {
		t.Errorf("the filter was sent to %q, want %s/news?filter=…", got, base)
	}
	for _, size := range []size{desktop, phone} {
		for _, scheme := range []scheme{light, dark} {
			tab.picture("explorer", ".info", size, scheme)
			tab.picture("answer", "#operations-news-findNews .live-responses-table", size, scheme)
		}
	}

	tab.visit("/explorer/")
	tab.see("#session", "Signed in as "+email)
	tab.find(".btn.authorize.locked")

	tab.visit("/explorer/?url=https://evil.example/x.json&configUrl=https://evil.example/c.json&config=https://evil.example/c.json")
	tab.find("#operations-news-findNews")
	tab.see(".info .link", "./openapi.json")

	tab.click("#sign-out")
	tab.see("#session", "Not signed in")
	tab.find(".btn.authorize.unlocked")
	tab.visit("/explorer/")
	tab.find(".btn.authorize.unlocked")
	tab.see("#session", "Not signed in")

	for _, fault := range tab.faults() {
		t.Error(fault)
	}
}
