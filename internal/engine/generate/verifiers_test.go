package generate

import (
	"io"
	"os"
	"strings"
	"testing"
)

// A security scheme other than that of the accounts needs a verifier in package app. The Go client has a function for each.
func TestVerifiers(t *testing.T) {
	module(t, `
openapi: 3.0.3
info: {title: Small, version: "1"}
x-limits: {body: 1KiB, deadline: 1s}
security: [{jwt: []}]
paths:
  /pets:
    get:
      operationId: getPets
      tags: [pets]
      responses:
        '204': {description: Done}
    put:
      operationId: putPets
      tags: [pets]
      security: [{header-key: []}, {query_key: []}, {cookieKey: []}, {password: []}, {oauth: []}]
      responses:
        '204': {description: Done}
components:
  securitySchemes:
    jwt: {type: http, scheme: bearer}
    header-key: {type: apiKey, in: header, name: X-Key}
    query_key: {type: apiKey, in: query, name: key}
    cookieKey: {type: apiKey, in: cookie, name: sid}
    password: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sign.example', scopes: {}}}}
`)
	write := func(text string) {
		t.Helper()
		if err := os.MkdirAll(appFolder("."), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(appFolder(".")+"/app.go", []byte("package app\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{
		"", `const unused = "cookieKey header-key oauth password query_key"`,
		"func (a App) Verifiers() any { return []string{`header-key`, `oauth`, `password`, `query_key`} }",
	} {
		write(text)
		err := Run(".", io.Discard)
		const want, where = "line 24: /components/securitySchemes/cookieKey: it has no verifier", "; write in internal/app/app.go"
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), where) ||
			!strings.Contains(err.Error(), `"cookieKey": func(ctx context.Context, c identity.Credentials)`) {
			t.Errorf("%s: %v", text, err)
		}
	}
	write("func (a App) Verifiers() any { return []string{`cookieKey`, `header-key`, `oauth`, `password`, `query_key`} }")
	if err := Run(".", io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]string{
		"gen/wire/wire.gen.go": {"router.Verify(a.Verifiers())"},
		"client/operations.gen.go": {
			`func AuthorizeHeaderKey(key string) RequestEditor { return header("X-Key", key) }`,
			"func AuthorizeQueryKey(key string) RequestEditor {", `parameters.Set("key", key)`,
			`r.AddCookie(&http.Cookie{Name: "sid", Value: key})`, "func AuthorizePassword(user, password string) RequestEditor {",
			`return header("Authorization", "Bearer "+token)`,
			"func renew(context.Context, *api.Client, string) (issued, error) {", // without accounts
			"o.signedIn.GetPets(", "o.public.PutPets(",
		},
	} {
		text := read(t, name)
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s:\n%s", name, part, text)
			}
		}
	}
}
