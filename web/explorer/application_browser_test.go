//go:build browser

package explorer_test

import (
	"os"
	"testing"
)

// TestApplication uses the explorer of the application that .ci/scaffold makes, at EXPLORER_URL: it signs up, out and in, and sends a valid
// and an invalid body.
func TestApplication(t *testing.T) {
	base := os.Getenv("EXPLORER_URL")
	if base == "" {
		t.Skip("needs a server: run .ci/scaffold")
	}
	const create = "reviews-createReview"
	tab := openTab(t, base)
	tab.visit("/explorer/")
	tab.signUp()
	tab.click(signOut)
	tab.find("#sign-in")
	tab.find(".btn.authorize.unlocked")
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	tab.click("#sign-in [value=sign-in]")
	tab.find(".btn.authorize.locked")

	tab.open(create)
	tab.execute(create, `"date_created":`)
	tab.expected = "Failed to load resource"
	tab.write(create, "textarea.body-param__text", `{"title": "A review", "rating": 6}`)
	tab.executeFor(create, "422", "/rating")
	tab.close(create)
	tab.open("reviews-publishReview")
	tab.close("reviews-publishReview")
	tab.check()
}
