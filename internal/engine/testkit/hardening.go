package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// Methods sends every method to every path of the contract. Those that the path does not support must be rejected with 405 and Allow.
func Methods(t *testing.T, app server.App) {
	t.Helper()
	a := New(t, app)
	token := a.Token("ann", scopes(a)...)
	for _, op := range a.Contract.Operations() {
		path, _, _ := strings.Cut(sampled(t, op, nil).at("1").target(""), "?")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X"} {
			if a.Contract.Operation(method, a.Contract.BasePath()+path) != nil {
				continue
			}
			response := a.Do(method, path, token, "")
			if want := map[bool]int{true: 204, false: 405}[method == "OPTIONS"]; response.StatusCode != want {
				t.Errorf("%s %s: %d, want %d: %s", method, path, response.StatusCode, want, Body(response))
			}
			allowed := strings.Split(response.Header.Get("Allow"), ", ")
			if !slices.Contains(allowed, op.Method) || op.Method == "GET" && !slices.Contains(allowed, "HEAD") ||
				slices.Contains(allowed, method) != (method == "OPTIONS") {
				t.Errorf("%s %s: Allow %q, want %s, and not %s", method, path, allowed, op.Method, method)
			}
		}
	}
}

// Headers checks the headers of successful and rejected responses of every operation. Only public operations may let others cache.
func Headers(t *testing.T, app server.App) {
	t.Helper()
	a := New(t, app)
	for i, op := range a.Contract.Operations() {
		r := sampled(t, op, nil)
		for _, token := range []string{"", a.Token(user(i), scopes(a)...)} {
			for _, query := range []string{"?no_such_parameter=1", ""} {
				response := a.send(r, token, query)
				h := response.Header
				if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" || h.Get("X-Powered-By") != "" ||
					h.Get("Server") != "" {
					t.Errorf("%s: %d with the headers %v", op.ID, response.StatusCode, h)
				}
				caching, failed := h.Get("Cache-Control"), response.StatusCode >= 400
				shared := op.Public && strings.HasPrefix(caching, "public, ") // as a key set may be
				if caching != "no-store" && (failed || caching != "private, no-cache" && !shared) {
					t.Errorf("%s: %d with Cache-Control %q", op.ID, response.StatusCode, caching)
				}
			}
		}
	}
}

// ErrorsLeakNothing makes every operation fail in as many ways as it can. Every error must have the envelope and none may be a 5xx;
// a response that mentions Go, the store or the machine fails the test, as in every test of this package.
func ErrorsLeakNothing(t *testing.T, app server.App) {
	t.Helper()
	a := New(t, app)
	expected, seen := map[int]bool{}, map[int]bool{}
	for i, op := range a.Contract.Operations() {
		for _, status := range op.Statuses() {
			code, _ := strconv.Atoi(status)
			if code < 429 && (slices.Contains(refusals(op), status) || code == 404 && strings.Contains(op.Path, "{")) {
				expected[code] = true
			}
		}
		for _, f := range failures(sampled(t, op, nil), a.Token(user(i), scopes(a)...), a.Token(user(i))) {
			response := a.Do(op.Method, f.target, f.token, f.body, f.headers...)
			body, status := Body(response), response.StatusCode
			seen[status] = true
			if status >= 400 && !strings.HasPrefix(body, `{"error":{"statusCode":`+strconv.Itoa(status)+`,"name":"`) {
				t.Errorf("%s: %d without the envelope: %s", op.ID, status, body)
			}
			if status >= 500 {
				t.Errorf("%s: %d for %+v: %s", op.ID, status, f, body)
			}
		}
	}
	for status := range expected {
		if !seen[status] {
			t.Errorf("no response was %d", status)
		}
	}
}

type failing struct {
	target, token, body string
	headers             []string
}

// failures returns requests that are invalid in one way each. The last ones may succeed, if nothing but their path is wrong.
func failures(r request, token, bare string) (all []failing) {
	example := string(r.valid.Body)
	for _, query := range []string{
		"?no=1", "?filter=%", "?where={", `?filter={"where":{"$where":1}}`, "?where[id][regexp]=(", `?filter={"limit":1e999}`,
		"?filter[order]=id; DROP TABLE notes",
	} {
		all = append(all, failing{r.target(query), token, example, nil})
	}
	if r.op.TakesJSON() {
		for _, body := range []string{
			"", "{", "[]", "null", `{"a":1,"a":2}`, "\xff", `"\ud800"`, strings.Repeat("[", 1000), example + "x",
			strings.Repeat(" ", int(r.op.Limits.Body)+1), overwritten(example, "1e999"), overwritten(example, `[{}]`),
			overwritten(example, `{"$where":"\u0000"}`),
		} {
			all = append(all, failing{r.target(""), token, body, nil})
		}
		for _, header := range [][]string{
			{"Content-Type", "text/plain"}, {"Content-Type", "application/json; charset=x"}, {"Content-Encoding", "zip"},
		} {
			all = append(all, failing{r.target(""), token, example, header})
		}
	}
	hostile := r.at("'; DROP TABLE notes --").target("")
	return append(all,
		failing{hostile, "", example, nil}, failing{hostile, "x.y.z", example, nil}, failing{hostile, bare, example, nil},
		failing{hostile, token, example, nil}, failing{r.target(""), token, example, []string{"If-Match", "x"}},
		failing{r.target(""), token, example, []string{"If-None-Match", strings.Repeat("x", 2000)}})
}

// mark is in everything that SecretsStayOutOfTheLog sends, and must be in no line of the log.
const mark = "hunter2"

// SecretsStayOutOfTheLog sends requests with a secret text in the body, token, query and headers to every operation. Some succeed and
// some are rejected; it repeats them with a canceled context, with handlers that panic, and with a closed store. The log must not contain
// the text, or a token or password of a request or response. It may contain the path of a request and the id of its user.
func SecretsStayOutOfTheLog(t *testing.T, app server.App) {
	t.Helper()
	var panics bool
	backend := &gated{Backend: Backend(t), enter: func(context.Context) {
		if panics {
			panic("a defect")
		}
	}}
	var log bytes.Buffer
	a := NewWith(t, app, Options{Server: unlimited, Backend: backend,
		Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	var sends []func(context.Context)
	for i, op := range a.Contract.Operations() {
		name := mark + user(i)
		if a.Accounts == nil {
			name = user(i) // it is the id
		}
		own := a.SignIn(name)
		right, wrong := sampled(t, op, credentials(name, Password)), sampled(t, op, credentials(name, mark+"-password"))
		for _, token := range []string{"", mark + ".x.y", altered(own.Access), own.Access, a.Token(name, scopes(a)...)} {
			add := func(r request, query string) {
				sends = append(sends, func(ctx context.Context) { a.sendMarked(ctx, r, token, query) })
			}
			for _, query := range []string{"", "?where={}", `?where={"id":"MARK"}`, "?MARK=MARK", `?filter={"MARK":1}`} {
				add(right.at("unknown"), strings.ReplaceAll(query, "MARK", mark))
			}
			if example := string(wrong.valid.Body); op.HasBody() {
				for _, body := range []string{
					`MARK`, `"MARK`, `{"MARK":1,"MARK":1}`, `{"MARK":"MARK"}`, example, overwritten(example, `"MARK"`),
					overwritten(example, `{"MARK":"MARK\u0000"}`), overwritten(example, `"`+own.Refresh+`"`),
				} {
					add(right.with(strings.ReplaceAll(body, "MARK", mark)), "")
				}
			}
			add(right, "")
		}
	}
	for _, phase := range []struct {
		ctx   context.Context
		begin func()
	}{
		{t.Context(), func() {}}, {canceled, func() {}},
		{t.Context(), func() { panics = true }}, {t.Context(), func() { panics = false; a.Close() }},
	} {
		phase.begin()
		for _, send := range sends {
			send(phase.ctx)
		}
	}
	if at := strings.Index(log.String(), mark); at >= 0 {
		t.Errorf("the log has a secret: …%s…", log.String()[max(0, at-200):min(log.Len(), at+100)])
	}
	expected := []string{`"status":200`, `"status":400`, `"status":503`}
	for _, op := range a.Contract.Operations() {
		if op.TakesJSON() {
			expected = append(expected, `"status":422`)
		}
		if !op.Anonymous() {
			expected = append(expected, `"status":401`)
		}
	}
	if a.Accounts != nil {
		expected = append(expected, `"status":500`, "a defect", `"action":"signin_failed"`)
	}
	for _, seen := range expected {
		if !strings.Contains(log.String(), seen) {
			t.Errorf("the log has no %s: the test has not seen what it is for", seen)
		}
	}
}

// sendMarked sends a request with the mark in its headers. The tokens and passwords of the request and of the response are secrets too.
func (a *API) sendMarked(ctx context.Context, r request, token, query string) {
	q := httptest.NewRequestWithContext(ctx, r.op.Method, a.Contract.BasePath()+r.target(query), bytes.NewReader(r.valid.Body))
	for _, name := range []string{"Cookie", "X-Api-Key", "User-Agent", "Referer", "If-None-Match", "Proxy-Authorization"} {
		q.Header.Set(name, mark)
	}
	maps.Copy(q.Header, r.valid.Header)
	if q.Header.Get("Content-Type") == "" {
		q.Header.Set("Content-Type", "application/json")
	}
	q.Header.Set("X-Request-Id", mark+"\n")
	a.authorize(q, token)
	sent := a.leaks.request(q)
	w := a.record(r.op, q)
	a.leaks.lock.Lock()
	defer a.leaks.lock.Unlock()
	a.leaks.members(sent.Bytes())
	a.leaks.members(w.Body.Bytes())
}

// credentials are the values of the formats by which bodies name and prove an account.
func credentials(name, password string) map[string]string {
	return map[string]string{"email": Email(name), "username": Email(name), "password": password, "new-password": mark + "-next"}
}

func user(i int) string { return fmt.Sprint("user", i) }

// overwritten returns an object whose members all have that value, which is JSON. What is not an object it returns as it is.
func overwritten(object, value string) string {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(object), &members) != nil {
		return object
	}
	for name := range members {
		members[name] = json.RawMessage(value)
	}
	text, _ := json.Marshal(members) // fails for a value that is not JSON only
	return string(text)
}
