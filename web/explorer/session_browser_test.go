//go:build browser

package explorer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

const (
	stored  = "JSON.parse(sessionStorage.getItem(`explorer.session ${location.origin}`))"
	signOut = "#sign-out"
)

// TestSession signs in as the tutorial does, by Try it out, and lives through reloads.
func TestSession(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	credentials := fmt.Sprintf(`{"email": %q, "password": %q}`, email, password)
	tab.visit("/explorer/")
	tab.open("users-signUp")
	tab.write("users-signUp", "textarea.body-param__text", credentials)
	tab.execute("users-signUp", email)
	tab.close("users-signUp")
	tab.open("sessions-signIn")
	tab.write("sessions-signIn", "textarea.body-param__text", credentials)
	tab.execute("sessions-signIn", "token")
	tab.close("sessions-signIn")
	tab.see("#who", "Signed in as "+email)
	tab.find(".btn.authorize.locked")

	tab.reload()
	tab.see("#who", "Signed in as "+email)
	tab.find(".btn.authorize.locked")
	if got := tab.evaluate(`Object.entries(localStorage).map(String).join() + document.cookie`); got != "" {
		t.Errorf("beyond the tab is kept: %.20q…", got)
	}

	second := tab.another()
	second.visit("/explorer/")
	second.see("#who", "Signed in as "+email)
	second.click(signOut)
	second.find("#sign-in")
	tab.find("#sign-in")
	tab.find(".btn.authorize.unlocked")
	tab.reload()
	tab.find("#sign-in")
	tab.find(".btn.authorize.unlocked")

	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	tab.click("#sign-in [value=sign-in]")
	tab.see("#who", "Signed in as "+email)
	tab.open("sessions-signOut")
	tab.executeFor("sessions-signOut", "204", "")
	tab.find("#sign-in")
	tab.check()
	second.check()
}

// TestRefresh has tokens that are good for four seconds.
func TestRefresh(t *testing.T) {
	base := serve(t, server.ExplorerOn, 4*time.Second)
	tab := openTab(t, base)
	tab.visit("/explorer/")
	tab.signUp()
	first := tab.evaluate(stored + ".token")
	renewed := fmt.Sprintf(`%s.token !== %q && %[1]s.refreshToken !== undefined`, stored, first)
	tab.wait(renewed)
	second := tab.another()
	second.visit("/explorer/")
	second.see("#who", "Signed in as "+email)
	// Through several lives of a token the tabs neither disturb each other nor are signed out, and Try it out works.
	for range 3 {
		before := tab.evaluate(stored + ".token")
		tab.wait(fmt.Sprintf(`%s.token !== %q`, stored, before))
	}
	tab.find(".btn.authorize.locked")
	tab.open("users-whoAmI")
	tab.execute("users-whoAmI", "")
	second.open("users-whoAmI")
	second.execute("users-whoAmI", "")
	tab.find("#account")
	second.find("#account")
	tab.check()
	second.check()

	// A session that is ended elsewhere ends here, and says so.
	tab.expected, second.expected = "Failed to load resource", "Failed to load resource"
	status := tab.evaluate(fmt.Sprintf(`fetch('/signout', {method: 'POST', headers: {Authorization: 'Bearer ' + `+
		`%s.token}}).then((answer) => String(answer.status))`, stored))
	if status != "204" {
		t.Fatalf("sign-out elsewhere: %s", status)
	}
	tab.find("#sign-in")
	tab.wait(`sessionStorage.length === 0`)
	tab.find(".btn.authorize.unlocked")
	second.find("#sign-in")
	tab.check()
}

// A server that cannot be reached is not the end of a session.
func TestRefreshLater(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, 5*time.Second))
	tab.expected = "Failed to load resource"
	tab.visit("/explorer/")
	tab.signUp()
	tab.evaluate(`(() => {
		const send = fetch;
		fetch = (url, init) => (window.down && String(url).endsWith('/refresh') ? Promise.reject(new TypeError('down')) : send(url, init));
		window.down = true;
		return '';
	})()`)
	tab.see("#notice", "cannot be reached")
	tab.find("#account")
	before := tab.evaluate(stored + ".token")
	tab.evaluate(`String(window.down = false)`)
	tab.wait(fmt.Sprintf(`%s.token !== %q`, stored, before))
	tab.wait(`document.querySelector('#notice').textContent === ''`)
	tab.check()
}

// Until somebody signs in, nothing of the API is shown, and nothing afterwards.
func TestSignedIn(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerSignedIn, time.Hour))
	tab.expected = "Failed to load resource"
	hidden := func() {
		t.Helper()
		tab.see("#state", "Sign in to see the API.")
		tab.wait(`!document.querySelector('#explorer *') && !document.body.textContent.includes('List news')`)
	}
	tab.visit("/explorer/#/news/findNews")
	hidden()
	tab.pictures("hidden", ".bar")
	tab.signUp()
	tab.find(findNews + ".is-open")
	tab.find(".btn.authorize.locked")
	tab.execute(find, "[]")
	tab.reload()
	tab.find(findNews + ".is-open")
	tab.click(signOut)
	hidden()
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	tab.click("#sign-in [value=sign-in]")
	tab.find(findNews)
	tab.execute(find, "[]")
	tab.check()
}
