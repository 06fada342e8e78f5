//go:build browser

package explorer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// TestFilterForm writes a filter with the form, by clicking.
func TestFilterForm(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	tab.signUp()
	tab.open(find)
	form := findNews + " .filter-form"
	row := func(n int) string { return fmt.Sprintf(form+` [aria-label="Where"] .filter-row:nth-of-type(%d)`, n) }
	written := func(want string) {
		t.Helper()
		tab.wait(fmt.Sprintf(`document.querySelector(%q).value === %q`, findNews+` [data-param-name="filter"] textarea`, want))
	}
	tab.press(form, "Remove the condition on title")
	tab.press(form, "Remove the order by date_created")
	written(`{"limit":10}`)

	tab.press(form, "Add a condition")
	tab.choose(row(1)+` [aria-label="Property"]`, "title")
	tab.choose(row(1)+` [aria-label="Operator"]`, "like")
	tab.enter(row(1)+` [aria-label="Value"]`, "Go%")
	written(`{"where":{"title":{"like":"Go%"}},"limit":10}`)
	tab.press(form, "Add a condition")
	tab.choose(row(2)+` [aria-label="Property"]`, "date_created")
	tab.choose(row(2)+` [aria-label="Operator"]`, "exists")
	tab.choose(row(2)+` [aria-label="Value"]`, "true")
	written(`{"where":{"title":{"like":"Go%"},"date_created":{"exists":true}},"limit":10}`)
	tab.choose(form+` [aria-label="Match"]`, "any")
	written(`{"where":{"or":[{"title":{"like":"Go%"}},{"date_created":{"exists":true}}]},"limit":10}`)

	tab.press(form, "Add an order")
	tab.choose(form+` [aria-label="Order by"]`, "title")
	tab.choose(form+` [aria-label="Direction"]`, "DESC")
	tab.enter(form+` [data-part="limit"]`, "3")
	tab.click(form + ` [aria-label="Send"] label:nth-of-type(3) input`)
	tab.click(form + ` [aria-label="Send"] label:nth-of-type(1) input`)
	written(`{"where":{"or":[{"title":{"like":"Go%"}},{"date_created":{"exists":true}}]},"fields":["author","date_created"],` +
		`"order":"title DESC","limit":3}`)
	tab.execute(find, "[]")
	tab.press(findNews, "TypeScript")
	tab.see(findNews+" .snippets pre", `api.GET("/news", { params: { query: { filter: { where: { or: [{ title: { like: "Go%" } }`)
	tab.press(findNews, "Go")
	tab.see(findNews+" .snippets pre", "api.FindNews(ctx, client.NewsFilter{Where: client.Or(client.NewsWhere.Title.Like(")
	tab.pictures("form", form)

	// What is written beside the form is in the form.
	tab.write(find, `[data-param-name="filter"] textarea`,
		`{"where": {"author": "ann", "date_created": {"between": ["2026-01-31T08:00:00.000Z", "2026-02-01T08:00:00.000Z"]}}}`)
	tab.wait(fmt.Sprintf(`document.querySelector(%q)?.value === 'author'`, row(1)+` [aria-label="Property"]`))
	tab.wait(fmt.Sprintf(`new Date(document.querySelector(%q)?.value).toISOString() === '2026-02-01T08:00:00.000Z'`,
		row(2)+` [aria-label="Most"]`))
	tab.check()
}

// TestFilterForms: every filter and condition of the contract has a form, made from its schemas.
func TestFilterForms(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	tab.find(findNews)
	got := tab.evaluate(`(async () => {
		const { shapeOf } = await import('/explorer/filter.js'), { operationAt } = await import('/explorer/contract.js');
		const contract = await (await fetch('/openapi.json')).json(), lines = [];
		for (const [path, item] of Object.entries(contract.paths))
		for (const method of Object.keys(item).filter((key) => key !== 'parameters')) {
			const operation = operationAt(contract, path, method);
			for (const parameter of operation.parameters.filter((p) => p.in === 'query')) {
				const shape = shapeOf(contract, parameter);
				if (shape) lines.push([operation.operationId, parameter.name, shape.resource, shape.conditions?.length,
					shape.fields?.length, shape.order?.length, shape.limit?.maximum].join(' '));
			}
		}
		return lines.sort().join('\n');
	})()`)
	want := `countAudit where AuditEvent 10   
countNews where News 5   
countUsers where User 6   
findAudit filter AuditEvent 10 10 10 1000
findNews filter News 5 5 4 1000
findUsers filter User 6 6 5 1000
getNews filter News  5  
updateAllNews where News 5   `
	if got != want {
		t.Errorf("forms:\n%s\nwant:\n%s", got, want)
	}
	tab.check()
}

// TestFilterText: what the form can show comes back from it with the same meaning, and nothing else is shown.
func TestFilterText(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	tab.find(findNews)
	for text, want := range map[string]string{
		``:                                   `{}`,
		`{}`:                                 `{}`,
		`{"where": {}}`:                      `{}`,
		`{"where": {"title": "Go"}}`:         `{"where":{"title":"Go"}}`,
		`{"where": {"title": {"eq": "Go"}}}`: `{"where":{"title":"Go"}}`,

		`{"where": {"title": {"gt": "a", "lt": "c"}}}`:                   `{"where":{"and":[{"title":{"gt":"a"}},{"title":{"lt":"c"}}]}}`,
		`{"where": {"and": [{"title": "a"}, {"title": "b"}]}}`:           `{"where":{"and":[{"title":"a"},{"title":"b"}]}}`,
		`{"where":{"or":[{"title":"a"},{"body":{"inq":["b","c d"]}}]}}`:  `{"where":{"or":[{"title":"a"},{"body":{"inq":["b","c d"]}}]}}`,
		`{"where":{"id":{"between":["0","7"]},"body":{"exists":false}}}`: `{"where":{"id":{"between":["0","7"]},"body":{"exists":false}}}`,

		`{"order": ["title", "id desc"], "skip": 5}`:                     `{"order":"title ASC, id DESC","skip":5}`,
		`{"fields": ["id", "title"]}`:                                    `{"fields":["id","title"]}`,
		`{"fields": {"id": true}}`:                                       ``,
		`{"where": {"nor": [{"title": "a"}]}}`:                           ``,
		`{"where": {"or": [{"title": "a", "body": "b"}]}}`:               ``,
		`{"where": {"or": [{"title": "a"}], "body": "b"}}`:               ``,
		`{"where": {"and": [{"or": [{"title": "a"}, {"title": "b"}]}]}}`: ``,
		`{"where": {"title": null}}`:                                     ``,
		`{"where": {"title": ""}}`:                                       ``,
		`{"where": {"title": {"inq": []}}}`:                              ``,
		`{"where": {"title": {"inq": ["a\nb"]}}}`:                        ``,
		`{"where": {"titel": "a"}}`:                                      ``,
		`{"where": {"title": {"$ne": "a"}}}`:                             ``,
		`{"where": {"__proto__": {"eq": "a"}}}`:                          ``,
		`{"order": "nothing"}`:                                           ``,
		`{"offset": 5}`:                                                  ``,
		`{"limit": `:                                                     ``,
		`[]`:                                                             ``,
		`null`:                                                           ``,
		`7`:                                                              ``,
	} {
		got := tab.evaluate(fmt.Sprintf(`(async () => {
			const { shapeOf, read, write } = await import('/explorer/filter.js');
			const contract = await (await fetch('/openapi.json')).json();
			const shape = shapeOf(contract, contract.paths['/news'].get.parameters[0]), state = read(shape, %q);
			return state ? write(shape, state) : '';
		})()`, text))
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestSnippets writes requests in every language.
func TestSnippets(t *testing.T) {
	base := serve(t, server.ExplorerOn, time.Hour)
	tab := openTab(t, base)
	tab.visit("/explorer/")
	tab.find(findNews)
	for _, tt := range []struct{ name, path, method, values, body, curl, go_, typescript string }{
		{"list", "/news", "get", `{query: {filter: {where: {title: {ilike: "%go%"}, date_created: {gte: "2026-01-31T08:00:00.250Z"}}, ` +
			`order: "date_created DESC, title", limit: 10}}}`, "undefined",
			`curl 'URL/news' \
  -H "Authorization: Bearer $token" \
  -G \
  --data-urlencode 'filter={"where":{"title":{"ilike":"%go%"},"date_created":{"gte":"2026-01-31T08:00:00.250Z"}},` +
				`"order":"date_created DESC, title","limit":10}'`,
			`for document, err := range api.FindNews(ctx, client.NewsFilter{Where: client.And(client.NewsWhere.Title.ILike("%go%"), ` +
				`client.NewsWhere.DateCreated.Gte(time.Date(2026, 1, 31, 8, 0, 0, 250e6, time.UTC))), Order: ` +
				`client.NewsOrder.DateCreated.Desc().Then(client.NewsOrder.Title.Asc()), Limit: 10}) { … }`,
			`const { data } = await api.GET("/news", { params: { query: { filter: { where: { title: { ilike: "%go%" }, date_created: { ` +
				`gte: "2026-01-31T08:00:00.250Z" } }, order: "date_created DESC, title", limit: 10 } } } });`},
		{"all", "/news", "get", `{}`, "undefined", "curl 'URL/news' \\\n  -H \"Authorization: Bearer $token\"",
			`for document, err := range api.FindNews(ctx, client.NewsFilter{}) { … }`, `const { data } = await api.GET("/news");`},
		{"fields", "/news", "get", `{query: {filter: {fields: ["id"], skip: 2}}}`, "undefined", "",
			"// fields and skip: not supported by this client, which reads whole documents, page by page\nfor document, err := range " +
				"api.FindNews(ctx, client.NewsFilter{}) { … }", ""},
		{"count", "/news/count", "get", `{query: {where: {or: [{id: "7"}, {author: null}]}}}`, "undefined", "",
			`result, err := api.CountNews(ctx, client.Or(client.NewsWhere.ID.Eq("7"), client.NewsWhere.Author.IsNull()))`, ""},
		{"count all", "/news/count", "get", `{}`, "undefined", "", `result, err := api.CountNews(ctx, client.Where[client.News]{})`, ""},
		{"create", "/news", "post", `{}`, `{title: "It's \"out\"", body: "x", date_created: "2026-01-31T08:00:00Z"}`,
			`curl 'URL/news' \
  -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' \
  -d '{"title":"It'\''s \"out\"","body":"x","date_created":"2026-01-31T08:00:00Z"}'`,
			"result, err := api.CreateNews(ctx, client.NewsInput{Title: `It's \"out\"`, Body: \"x\", DateCreated: new(time.Date(2026, 1, " +
				"31, 8, 0, 0, 0, time.UTC))})",
			`const { data } = await api.POST("/news", { body: { title: "It's \"out\"", body: "x", date_created: "2026-01-31T08:00:00Z" } ` +
				`});`},
		{"change", "/news/{id}", "patch", `{path: {id: "a/b"}, header: {"If-Match": '"1"'}}`, `{title: "x"}`,
			`curl -X PATCH 'URL/news/a%2Fb' \
  -H "Authorization: Bearer $token" \
  -H 'If-Match: "1"' \
  -H 'Content-Type: application/json' \
  -d '{"title":"x"}'`,
			"err = api.UpdateNews(ctx, \"a/b\", client.NewsPatch{Title: new(\"x\")}, client.IfMatch(`\"1\"`))",
			`const { data } = await api.PATCH("/news/{id}", { params: { path: { id: "a/b" }, header: { "If-Match": "\"1\"" } }, body: { ` +
				`title: "x" } });`},
		{"change all", "/news", "patch", `{query: {where: {}}}`, `{title: "x"}`,
			`curl -X PATCH 'URL/news?where=%7B%7D' \
  -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' \
  -d '{"title":"x"}'`,
			`result, err := api.UpdateAllNews(ctx, client.Where[client.News]{}, client.NewsPatch{Title: new("x")})`, ""},
		{"roles", "/users/{id}", "patch", `{path: {id: "7"}}`, `{roles: ["admin"]}`, "",
			"var body client.UserPatch\nerr = json.Unmarshal([]byte(`{\"roles\":[\"admin\"]}`), &body)\nerr = api.UpdateUser(ctx, \"7\", " +
				"body)", ""},
		{"sign in", "/signin", "post", `{}`, `{email: "a@b.c", password: "x"}`,
			"curl 'URL/signin' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"email\":\"a@b.c\",\"password\":\"x\"}'",
			`err = api.SignIn(ctx, "a@b.c", "x")`, ""},
		{"sign out", "/signout", "post", `{}`, "undefined", "curl -X POST 'URL/signout' \\\n  -H \"Authorization: Bearer $token\"",
			`err = api.SignOut(ctx)`, `const { data } = await api.POST("/signout");`},
		{"no JSON", "/news", "get", `{query: {filter: "{limit"}}`, "undefined", "",
			"// The request is incomplete, or cannot be expressed in Go.", ""},
		{"no property", "/news", "get", `{query: {filter: {where: {constructor: "x"}}}}`, "undefined", "",
			"// The request is incomplete, or cannot be expressed in Go.", ""},
	} {
		for language, want := range map[string]string{"curl": tt.curl, "go": tt.go_, "typescript": tt.typescript} {
			if want == "" {
				continue
			}
			got := tab.evaluate(fmt.Sprintf(`(async () => {
				const { go } = await import('/explorer/go.js'), { credentialsOf, curl, typescript } = await import('/explorer/request.js');
				const { operationAt } = await import('/explorer/contract.js');
				const contract = await (await fetch('/openapi.json')).json(), operation = operationAt(contract, %q, %q);
				const request = { operation, method: %[2]q, path: %[1]q, values: { path: {}, query: {}, header: {}, ...%[3]s },
					body: %[4]s, credentials: credentialsOf(contract, operation) };
				const text = { curl: () => curl(request), go: () => go(contract, request), typescript: () => typescript(request) }[%[5]q]();
				return text.replaceAll(location.origin, 'URL').replace(/^(api, err := client.New|const api = new Client).*\n/, '');
			})()`, tt.path, tt.method, tt.values, tt.body, language))
			if got != want {
				t.Errorf("%s in %s:\n%s\nwant:\n%s", tt.name, language, got, want)
			}
		}
	}
	tab.check()
}

// TestParameterSnippets writes requests with parameters of every kind.
func TestParameterSnippets(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	tab.find(findNews)
	for _, tt := range []struct{ name, values, curl, go_, typescript string }{
		{"none", `{path: {id: "7"}}`, `curl 'URL/things/7'`, `result, err := api.FindThings(ctx, 7, nil)`,
			`const { data } = await api.GET("/things/{id}", { params: { path: { id: "7" } } });`},
		{"scalars", `{path: {id: 7}, query: {limit: 10, name: "a b"}, header: {"X-Trace": "t", "If-None-Match": '"1"'}, cookie: {theme: ` +
			`"dark"}}`,
			"curl 'URL/things/7' \\\n  -H 'X-Trace: t' \\\n  -H 'If-None-Match: \"1\"' \\\n  -b 'theme=dark' \\\n  -G \\\n" +
				"  --data-urlencode 'limit=10' \\\n  --data-urlencode 'name=a b'",
			"result, err := api.FindThings(ctx, 7, &client.FindThingsParams{Limit: new(10), Name: \"a b\", XTrace: new(\"t\"), " +
				"Theme: new(\"dark\")}, client.IfNoneMatch(`\"1\"`))",
			`const { data } = await api.GET("/things/{id}", { params: { path: { id: 7 }, query: { limit: 10, name: "a b" }, ` +
				`header: { "X-Trace": "t", "If-None-Match": "\"1\"" }, cookie: { theme: "dark" } } });`},
		{"values", `{path: {id: 7}, query: {tags: ["a", "b"], price: {from: 1}}}`,
			"curl 'URL/things/7' \\\n  -G \\\n  --data-urlencode 'tags=a|b' \\\n  --data-urlencode 'price[from]=1'",
			"var params client.FindThingsParams\nerr = json.Unmarshal([]byte(`{\"tags\":[\"a\",\"b\"],\"price\":{\"from\":1}}`), " +
				"&params)\n" +
				"result, err := api.FindThings(ctx, 7, &params)", ""},
	} {
		for language, want := range map[string]string{"curl": tt.curl, "go": tt.go_, "typescript": tt.typescript} {
			if want == "" {
				continue
			}
			got := tab.evaluate(fmt.Sprintf(`(async () => {
				const { go } = await import('/explorer/go.js'), { curl, typescript } = await import('/explorer/request.js');
				const operation = { operationId: 'findThings', responses: { 200: { content: { 'application/json': {} } } }, parameters: [
					{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
					{ name: 'limit', in: 'query', schema: { type: 'integer' } },
					{ name: 'name', in: 'query', required: true, schema: { type: 'string' } },
					{ name: 'tags', in: 'query', style: 'pipeDelimited', explode: false, schema: { type: 'array',
						items: { type: 'string' } } },
					{ name: 'price', in: 'query', style: 'deepObject', schema: { type: 'object',
						properties: { from: { type: 'integer' } } } },
					{ name: 'X-Trace', in: 'header', schema: { type: 'string' } },
					{ name: 'If-None-Match', in: 'header', schema: { type: 'string' } },
					{ name: 'theme', in: 'cookie', schema: { type: 'string' } }] };
				const request = { operation, method: 'get', path: '/things/{id}', credentials: [],
					values: { path: {}, query: {}, header: {}, cookie: {}, ...%s } };
				const text = { curl: () => curl(request), go: () => go({}, request), typescript: () => typescript(request) }[%q]();
				return text.replaceAll(location.origin, 'URL').replace(/^(api, err := client.New|const api = new Client).*\n/, '');
			})()`, tt.values, language))
			if got != want {
				t.Errorf("%s in %s:\n%s\nwant:\n%s", tt.name, language, got, want)
			}
		}
	}
	tab.check()
}

// TestPathSnippets writes paths in each style.
func TestPathSnippets(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	got := tab.evaluate(`(async () => {
		const { go } = await import('/explorer/go.js'), { curl } = await import('/explorer/request.js');
		const list = (type) => ({ type: 'array', items: { type } });
		const operation = { operationId: 'getThing', responses: { 204: {} }, parameters: [
			{ name: 'shelf-id', in: 'path', schema: { type: 'string' } },
			{ name: 'ids', in: 'path', schema: list('integer') },
			{ name: 'names', in: 'path', style: 'label', explode: true, schema: list('string') },
			{ name: 'flags', in: 'path', style: 'matrix', explode: true, schema: list('boolean') },
			{ name: 'n', in: 'path', style: 'matrix', schema: list('number') }] };
		const request = { operation, method: 'get', path: '/{shelf-id}/{ids}/{names}/{flags}/{n}', credentials: [], values: { query: {},
			header: {}, path: { 'shelf-id': 'a b', ids: [1, 2], names: ['x', 'y/z'], flags: [true, false], n: [1.5, 2] } } };
		return [curl(request), go({}, request)].join('\n').replaceAll(location.origin, 'URL').replace(/^api, err := client.New.*\n/m, '');
	})()`)
	want := "curl 'URL/a%20b/1,2/.x.y%2Fz/;flags=true;flags=false/;n=1.5,2'\n" +
		`err = api.GetThing(ctx, "a b", []int64{1, 2}, []string{"x", "y/z"}, []bool{true, false}, []float64{1.5, 2})`
	if got != want {
		t.Errorf("%s\nwant:\n%s", got, want)
	}

	// An operation overrides parameters of its path, and has no references.
	got = tab.evaluate(`(async () => {
		const { operationAt } = await import('/explorer/contract.js');
		const contract = { components: { requestBodies: { B: { content: {} } },
			parameters: { N: { name: 'n', in: 'query', required: true } } },
			paths: { '/a': { parameters: [{ name: 'n', in: 'query' }, { name: 'n', in: 'header' }],
				post: { parameters: [{ $ref: '#/components/parameters/N' }], requestBody: { $ref: '#/components/requestBodies/B' } } } } };
		return JSON.stringify(operationAt(contract, '/a', 'post'));
	})()`)
	want = `{"parameters":[{"name":"n","in":"header"},{"name":"n","in":"query","required":true}],"requestBody":{"content":{}}}`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	tab.check()
}

// TestCredentialSnippets writes curl commands for each kind of security scheme.
func TestCredentialSnippets(t *testing.T) {
	tab := openTab(t, serve(t, server.ExplorerOn, time.Hour))
	tab.visit("/explorer/")
	for security, want := range map[string]string{
		"undefined":                              `-H "Authorization: Bearer $token"`, // of the document
		"[]":                                     "",
		"[{}]":                                   "",
		"[{header: []}, {}]":                     `-H "X-Key: $key"`,
		"[{query: []}]":                          `--url-query "key=$key"`,
		"[{cookie: []}]":                         `-b "sid=$key"`,
		"[{header: [], oauth: []}, {basic: []}]": `-u "$user:$password"`,
		"[{header: [], oauth: []}]":              `-H "X-Key: $key" -H "Authorization: Bearer $token"`,
	} {
		got := tab.evaluate(fmt.Sprintf(`(async () => {
			const { credentialsOf, curl } = await import('/explorer/request.js');
			const { accountScheme } = await import('/explorer/contract.js');
			const contract = { security: [{ jwt: [] }], components: { securitySchemes: { jwt: { type: 'http', scheme: 'bearer' },
				header: { type: 'apiKey', in: 'header', name: 'X-Key' }, query: { type: 'apiKey', in: 'query', name: 'key' },
				cookie: { type: 'apiKey', in: 'cookie', name: 'sid' }, basic: { type: 'http', scheme: 'basic' },
				oauth: { type: 'oauth2' } } } };
			if (accountScheme(contract) !== 'jwt') return 'the scheme of the accounts is ' + accountScheme(contract);
			const values = { path: {}, query: {}, header: {} }, credentials = credentialsOf(contract, { security: %s });
			return curl({ operation: { parameters: [] }, method: 'get', path: '/x', values,
				credentials }).split(/ \\\n  /).slice(1).join(' ');
		})()`, security))
		if got != want {
			t.Errorf("%s: %s, want %s", security, got, want)
		}
	}
	tab.check()
}
