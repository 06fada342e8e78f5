package explorer_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestPages holds the pages to what their Content-Security-Policy allows: a browser would drop the rest silently.
func TestPages(t *testing.T) {
	t.Parallel()
	handler := newHandler(t)
	for path, title := range map[string]string{"/": "Shop &amp; API", "/explorer/": "Shop &amp; API – API explorer"} {
		page := string(read(t, send(t, handler, "GET", path, nil).Body))
		if !strings.Contains(page, "<title>"+title+"</title>") {
			t.Errorf("%s: its title is not %q", path, title)
		}
		base, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, element := range elements(t, page) {
			if name := element.Name.Local; name == "style" || name == "script" && attribute(element, "src") == "" {
				t.Errorf("%s: inline <%s>", path, name)
			}
			for _, a := range element.Attr {
				if name := strings.ToLower(a.Name.Local); name == "style" || strings.HasPrefix(name, "on") {
					t.Errorf("%s: <%s> has the inline attribute %q", path, element.Name.Local, name)
				}
			}
			if address := attribute(element, "src") + attribute(element, "href"); address != "" {
				checkAddress(t, handler, base, element.Name.Local, address)
			}
		}
	}
}

// TestClients finds the name of the package that clients install.
func TestClients(t *testing.T) {
	t.Parallel()
	text := string(read(t, send(t, newHandler(t), "GET", "/explorer/", nil).Body))
	if !strings.Contains(text, "npm install shop-api-client<") ||
		!strings.Contains(text, "go get github.com/newsdesk-api/newsdesk/client<") {
		t.Errorf("/explorer/ does not say where the clients are:\n%s", text)
	}
}

// checkAddress wants relative addresses, and what a page loads by itself to be there.
func checkAddress(t *testing.T, handler http.Handler, base *url.URL, element, address string) {
	t.Helper()
	to, err := base.Parse(address)
	if err != nil || to.Scheme != "" || to.Host != "" || strings.HasPrefix(address, "/") {
		t.Errorf("%s: <%s> has the address %q, want a relative one", base, element, address)
		return
	}
	if element == "a" {
		return
	}
	if answer := send(t, handler, "GET", to.Path, nil); answer.StatusCode != http.StatusOK {
		t.Errorf("%s: <%s> wants %s, which answers %d", base, element, to.Path, answer.StatusCode)
	}
}

func elements(t *testing.T, page string) []xml.StartElement {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict = false
	decoder.AutoClose = xml.HTMLAutoClose
	decoder.Entity = xml.HTMLEntity
	var found []xml.StartElement
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("read the page: %v", err)
		}
		if element, ok := token.(xml.StartElement); ok {
			found = append(found, element.Copy())
		}
	}
}

func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
