//go:build browser

package explorer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/newsdesk-api/newsdesk/internal/app/apptest"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

const (
	createAccount = "#sign-in [value=sign-up]"
	username      = "#sign-in [name=username]"
)

// object is a part of a contract.
type object = map[string]any

// extended starts a server whose contract was changed, and opens the explorer, which records the requests that it sends with a body.
func extended(t *testing.T, change func(contract object)) *tab {
	t.Helper()
	app := apptest.App()
	var contract object
	must(t, yaml.Unmarshal(app.OpenAPI, &contract))
	change(contract)
	document, err := json.Marshal(contract)
	must(t, err)
	app.OpenAPI = document
	tab := openTab(t, serveApp(t, app, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	tab.find(findNews)
	tab.record()
	return tab
}

func (b *tab) record() {
	b.t.Helper()
	b.evaluate(`(() => {
		const send = fetch;
		window.requests = [];
		fetch = (url, init) => {
			if (init?.body) requests.push([init.method, new URL(url).pathname, init.body].join(' '));
			return send(url, init);
		};
		return '';
	})()`)
}

// sent waits for the requests with a body since the last call.
func (b *tab) sent(want ...string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("window.requests.length >= %d", len(want)))
	for _, want := range want {
		if got := b.evaluate("window.requests.shift()"); got != want {
			b.t.Errorf("the request was %s, want %s", got, want)
		}
	}
}

func schemas(contract object) object { return contract["components"].(object)["schemas"].(object) }

// add adds properties to the body of signUp.
func add(contract, properties object) {
	maps.Copy(schemas(contract)["UserInput"].(object)["properties"].(object), properties)
}

// require makes a property of the body of signUp required; the example gets the value.
func require(contract object, name string, value any) {
	body := contract["paths"].(object)["/signup"].(object)["post"].(object)["requestBody"].(object)
	body["content"].(object)["application/json"].(object)["example"].(object)[name] = value
	input := schemas(contract)["UserInput"].(object)
	input["required"] = append(input["required"].([]any), name)
}

// A contract that extends UserInput changes the form, and the values have the types of the contract.
func TestExtendedSignUp(t *testing.T) {
	tab := extended(t, func(contract object) {
		add(contract, object{
			"username":   object{"type": "string", "minLength": 2, "maxLength": 30, "pattern": "^[a-z]+$", "description": "Lower case"},
			"birth_year": object{"type": "integer", "minimum": 1900, "maximum": 2100},
			"plan":       object{"$ref": "#/components/schemas/Plan"},
			"seats":      object{"type": "integer", "enum": []any{1, 5}, "title": "Number of seats"},
			"newsletter": object{"type": "boolean"},
			"terms":      object{"type": "boolean", "title": "I accept the terms"},
			"created_by": object{"type": "string", "readOnly": true},
			"tags":       object{"type": "array", "maxItems": 3, "items": object{"type": "string", "maxLength": 9}},
		})
		schemas(contract)["Plan"] = object{"type": "string", "enum": []any{"free", "team"}}
		require(contract, "username", "ann")
		require(contract, "terms", true)
	})
	visible := func(want string) {
		t.Helper()
		if got := tab.evaluate(`[...document.querySelectorAll('#sign-in :is(input, select)')].filter((e) => e.checkVisibility())` +
			`.map((e) => e.ariaLabel).join(', ')`); got != want {
			t.Errorf("fields %q, want %q", got, want)
		}
	}
	const all = "E-mail, Password, Username, I accept the terms, Birth year, Name, Newsletter, Plan, Number of seats"
	visible("E-mail, Password")
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	tab.click("#sign-in [value=sign-in]") // takes no account of the additional fields
	tab.expected = "Failed to load resource"
	tab.see("#notice", "password")
	tab.sent(`POST /signin {"email":"` + email + `","password":"` + password + `"}`)

	tab.click(createAccount)
	tab.find(username + "[title='Lower case']:required:invalid")
	visible(all)
	tab.enter(username, "Ann!")
	tab.click(createAccount)
	tab.find(username + ":invalid")
	tab.enter(username, "ann")
	tab.enter("#sign-in [name=birth_year]", "1850")
	tab.click(createAccount)
	tab.find("#sign-in [name=birth_year]:invalid")
	tab.wait(`window.requests.length === 0`)
	tab.pictures("sign-up", ".bar")
	tab.audit("the form to create an account")
	tab.enter("#sign-in [name=birth_year]", "1990")
	tab.choose("#sign-in [name=plan]", "team")
	tab.choose("#sign-in [name=seats]", "5")
	tab.click("#sign-in [value=sign-in]")
	visible("E-mail, Password")
	tab.see("#notice", "password")
	tab.sent(`POST /signin {"email":"` + email + `","password":"` + password + `"}`)

	tab.click(createAccount)
	tab.see("#who", "Signed in as "+email)
	tab.sent(`POST /signup {"email":"`+email+`","password":"`+password+`","username":"ann","terms":false,"birth_year":1990,`+
		`"plan":"team","seats":5}`, `POST /signin {"email":"`+email+`","password":"`+password+`"}`)
	tab.click(signOut)
	tab.find("#sign-in")
	visible("E-mail, Password")
	tab.check()
}

// A contract whose sign-up adds nothing that is required has the form of the page: one press creates the account.
func TestSignUp(t *testing.T) {
	tab := extended(t, func(object) {})
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	const form = `[...document.querySelectorAll('#sign-in > :not([hidden])')].map((e) => e.ariaLabel || e.textContent).join()`
	if got, want := tab.evaluate(form), "E-mail,Password,Sign in,Create account"; got != want {
		t.Errorf("the form is %s, want %s", got, want)
	}
	tab.click(createAccount)
	tab.see("#who", "Signed in as "+email)
	credentials := `{"email":"` + email + `","password":"` + password + `"}`
	tab.sent("POST /signup "+credentials, "POST /signin "+credentials)
	tab.check()
}

// The paths are those of the contract. A proxy renames them: the server's routes are generated.
func TestPathsOfSignUp(t *testing.T) {
	target, err := url.Parse(serve(t, server.ExplorerOn, time.Hour))
	must(t, err)
	renamed := map[string]string{"/people": "/signup", "/people/token": "/signin"}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Accept-Encoding")
			if to, ok := renamed[r.In.URL.Path]; ok {
				r.Out.URL.Path = to
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path != "/openapi.json" {
				return nil
			}
			document, err := io.ReadAll(r.Body)
			for to, from := range renamed {
				document = bytes.Replace(document, []byte(`"`+from+`":`), []byte(`"`+to+`":`), 1)
			}
			r.Body = io.NopCloser(bytes.NewReader(document))
			r.ContentLength = int64(len(document))
			r.Header.Set("Content-Length", strconv.Itoa(len(document)))
			return err
		},
	})
	t.Cleanup(proxy.Close)
	tab := openTab(t, proxy.URL)
	tab.visit("/explorer/")
	tab.find(findNews)
	tab.record()
	tab.signUp()
	credentials := `{"email":"` + email + `","password":"` + password + `"}`
	tab.sent("POST /people "+credentials, "POST /people/token "+credentials)
	tab.check()
}

// A sign-up that needs what the form cannot have is not sent.
func TestSignUpThatNeedsAList(t *testing.T) {
	tab := extended(t, func(contract object) {
		add(contract, object{"tags": object{"type": "array", "maxItems": 3, "items": object{"type": "string", "maxLength": 9}}})
		require(contract, "tags", []any{"a"})
	})
	tab.enter("#sign-in [name=email]", email)
	tab.enter("#sign-in [name=password]", password)
	tab.click(createAccount)
	tab.see("#notice", "no field for tags. Use POST /signup below.")
	tab.wait(`window.requests.length === 0`)
	tab.check()
}

// Without x-token nobody knows how to sign in.
func TestContractWithoutSignIn(t *testing.T) {
	tab := extended(t, func(contract object) {
		delete(contract["components"].(object)["securitySchemes"].(object)["bearerAuth"].(object), "x-token")
	})
	tab.wait(`document.querySelector('#sign-in').hidden && document.querySelector('#account').hidden`)
	tab.check()
}
