package testkit

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
)

// Refusals tests for every operation which callers, bodies and queries must be rejected according to the contract, and that every request
// fails if the store does not respond. New operations are tested automatically. Access tests who has access to which documents.
func Refusals(t *testing.T, app server.App) {
	t.Helper()
	for _, tag := range Contract(t, app).Tags() {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			refused(t, app, tag)
		})
	}
}

func refused(t *testing.T, app server.App, tag string) {
	a := New(t, app)
	fresh := a.Token("ann", scopes(a)...)
	away := New(t, app)
	stranded := away.Token("ann", scopes(away)...)
	away.Close()
	bare := a.Token("ann")
	for _, op := range a.Contract.Operations() {
		if op.Tag != tag {
			continue
		}
		t.Run(op.ID, func(t *testing.T) {
			r := sampled(t, op, nil)
			unknownCallers(t, a, r, bare)
			bodies(t, a, r, fresh)
			rates(t, app, r)
			concurrent(t, app, r)
			expect(t, a.send(r, fresh, "?no_such_parameter=1"), 400, op)
			expect(t, a.send(r, fresh, "?filter=%zz"), 400, op)
			if slices.Contains(op.Statuses(), "503") {
				expect(t, a.canceled(r, fresh), 503, op)
				expect(t, away.send(r, stranded, ""), 503, op)
			}
			for _, status := range refusals(op) {
				if slices.Contains(op.Statuses(), status) && !wasSeen(op, status) {
					t.Errorf("%s is documented but was not seen", status)
				}
			}
		})
	}
}

// refusals returns the statuses of an operation that Refusals covers, so that the tests of a tag need not.
func refusals(op *spec.Operation) []string {
	found := []string{"400", "503"}
	for status, shown := range map[string]bool{
		"401": !op.Public, "403": len(op.Scopes) > 0 && !op.Anonymous(), "413": op.HasBody(), "415": op.HasBody(), "422": op.TakesJSON(),
		"429": len(op.Limits.Rates)+len(op.Limits.Concurrent) > 0,
	} {
		if shown {
			found = append(found, status)
		}
	}
	return found
}

// request is a valid request of an operation, for a resource that does not exist.
type request struct {
	op    *spec.Operation
	valid spec.Request
}

// sampled returns a valid request with those values for the formats of its body.
func sampled(t testing.TB, op *spec.Operation, formats map[string]string) request {
	t.Helper()
	valid, err := op.Sample(formats)
	must(t, err)
	return request{op, valid}
}

// at returns the request with that value for every parameter of the path.
func (r request) at(value string) request {
	r.valid.Path = maps.Clone(r.valid.Path)
	for name := range r.valid.Path {
		r.valid.Path[name] = value
	}
	return r
}

func (r request) with(body string) request {
	r.valid.Body = []byte(body)
	return r
}

// target returns the path with the given query or, without one, the valid query.
func (r request) target(query string) string {
	path := r.op.Path
	for name, value := range r.valid.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	values := maps.Clone(r.valid.Query)
	if r.op.Takes("all") {
		values.Set("all", "true")
	}
	if query == "" && len(values) > 0 {
		query = "?" + values.Encode()
	}
	return path + query
}

func unknownCallers(t *testing.T, a *API, r request, bare string) {
	t.Helper()
	op := r.op
	if op.Public {
		return
	}
	for name, token := range map[string]string{"no token": "", "junk": "junk", "three parts of junk": "a.b.c", "expired": expired(a)} {
		response := a.send(r, token, "")
		if token == "" && op.Anonymous() {
			if response.StatusCode == 401 || response.StatusCode == 403 {
				t.Errorf("%s: %d, although security allows it", name, response.StatusCode)
			}
			continue
		}
		if challenges := response.Header.Values("WWW-Authenticate"); response.StatusCode != 401 || !challenged(op, challenges) {
			t.Errorf("%s: %d, WWW-Authenticate %q; want 401 and a challenge for each scheme", name, response.StatusCode, challenges)
		}
	}
	schemes, more := op.Credentials(a.Contract.AccountScheme())
	if len(op.Scopes)+len(more) > 0 {
		response := a.send(r, bare, "")
		tokens := slices.ContainsFunc(schemes, func(s spec.Scheme) bool { return s.HTTP == "bearer" })
		challenge := response.Header.Get("WWW-Authenticate")
		if response.StatusCode != 403 || tokens && !strings.Contains(challenge, `error="insufficient_scope"`) {
			t.Errorf("without scopes: %d, WWW-Authenticate %q; want 403", response.StatusCode, challenge)
		}
	}
}

// challenged reports whether there is a challenge for each security scheme of an operation.
func challenged(op *spec.Operation, challenges []string) bool {
	for _, s := range op.Schemes() {
		if !slices.ContainsFunc(challenges, func(challenge string) bool {
			name, _, _ := strings.Cut(challenge, " ")
			return strings.EqualFold(name, cmp.Or(s.HTTP, "ApiKey"))
		}) {
			return false
		}
	}
	return true
}

// expired returns a token that has expired at the current time of the clock.
func expired(a *API) string {
	a.Wait(-48 * time.Hour)
	defer a.Wait(48 * time.Hour)
	return a.Token("ann", scopes(a)...)
}

// scopes returns all scopes of the contract.
func scopes(a *API) []string {
	all := a.Contract.Roles().Scopes(slices.Collect(maps.Keys(a.Contract.Roles())))
	for _, op := range a.Contract.Operations() {
		_, more := op.Credentials(a.Contract.AccountScheme())
		all = append(append(all, more...), op.Scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func bodies(t *testing.T, a *API, r request, token string) {
	t.Helper()
	op := r.op
	if !op.HasBody() {
		return
	}
	example := string(r.valid.Body)
	if !op.TakesJSON() {
		expect(t, a.send(r.with(example), token, "", "Content-Type", "text/x-unknown"), 415, op)
		expect(t, a.send(r.with(strings.Repeat("x", int(op.Limits.Body)+1)), token, ""), 413, op)
		return
	}
	expect(t, a.send(r.with(""), token, ""), 400, op)
	expect(t, a.send(r.with("{"), token, ""), 400, op)
	expect(t, a.send(r.with(example+" {}"), token, ""), 400, op)
	expect(t, a.send(r.with(`{"x":1,"x":1}`), token, ""), 400, op)
	expect(t, a.send(r.with("[]"), token, ""), 422, op)
	expect(t, a.send(r.with(`{"no such property":1}`), token, ""), 422, op)
	expect(t, a.send(r.with(example), token, "", "Content-Type", "text/plain"), 415, op)
	expect(t, a.send(r.with(example), token, "", "Content-Type", "application/json; charset=latin1"), 415, op)
	expect(t, a.send(r.with(example), token, "", "Content-Encoding", "gzip"), 415, op)
	expect(t, a.send(r.with(`"`+strings.Repeat("x", int(op.Limits.Body))+`"`), token, ""), 413, op)
}

// rates sends one request more than an operation allows, waits for Retry-After, and tries again.
func rates(t *testing.T, app server.App, r request) {
	t.Helper()
	op := r.op
	if len(op.Limits.Rates) == 0 {
		return
	}
	a := NewIn(t, app, server.Config{})
	token := ""
	if !op.Public {
		token = a.Token("ann", scopes(a)...)
	}
	least := slices.MinFunc(op.Limits.Rates, func(a, b spec.Rate) int { return a.Count - b.Count })
	for i := range least.Count {
		if response := a.send(r.with(""), token, ""); response.StatusCode == 429 {
			t.Errorf("request %d of %s was rejected", i+1, least)
		}
	}
	refused := a.send(r.with(""), token, "")
	expect(t, refused, 429, op)
	after, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	if err != nil {
		t.Errorf("Retry-After: %v", err)
	}
	a.Wait(time.Duration(after) * time.Second)
	if response := a.send(r.with(""), token, ""); response.StatusCode == 429 {
		t.Errorf("%s: still rejected after Retry-After, %d s", least, after)
	}
}

// concurrent sends more requests than may be in progress and wait, while none of them can end. The first response must be a 429; no other
// request, and no request of another caller, may be rejected.
func concurrent(t *testing.T, app server.App, r request) {
	t.Helper()
	op := r.op
	if len(op.Limits.Concurrent) == 0 {
		return
	}
	goOn := make(chan struct{})
	gate := &gated{Backend: Backend(t), enter: func(ctx context.Context) {
		if _, known := identity.FromContext(ctx); known {
			<-goOn
		}
	}}
	a := NewWith(t, app, Options{Server: server.Config{RateLimitsOff: true}, Backend: gate})
	most := slices.MinFunc(op.Limits.Concurrent, func(a, b spec.Concurrency) int { return a.Count - b.Count })
	responses := make(chan *http.Response, 1)
	ask := func(token string) { responses <- a.send(r, token, "") }
	token, sent := a.Token("ann", scopes(a)...), most.Count*(1+server.WaitingPerSlot)+1
	for range sent {
		go ask(token)
	}
	refused := <-responses
	after, text := refused.Header.Get("Retry-After"), Body(refused)
	if refused.StatusCode != 429 || !strings.Contains(text, fault.TooManyConcurrentRequests) || after == "" {
		t.Errorf("%s: %d %s, want 429 with its code and Retry-After", op.ID, refused.StatusCode, text)
	}
	go ask(a.Token("bob", scopes(a)...))
	close(goOn)
	for range sent {
		if response := <-responses; response.StatusCode == 429 || response.StatusCode >= 500 {
			t.Errorf("%s: %d after the other requests have ended: %s", op.ID, response.StatusCode, Body(response))
		}
	}
}

// send sends the request with the token; a given query replaces the valid one.
func (a *API) send(r request, token, query string, headers ...string) *http.Response {
	for name := range r.valid.Header {
		if !slices.Contains(headers, name) {
			headers = append([]string{name, r.valid.Header.Get(name)}, headers...)
		}
	}
	return a.Do(r.op.Method, r.target(query), token, string(r.valid.Body), headers...)
}

// canceled sends a request whose context has already ended.
func (a *API) canceled(valid request, token string) *http.Response {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, valid.op.Method, a.Contract.BasePath()+valid.target(""), bytes.NewReader(valid.valid.Body))
	maps.Copy(r.Header, valid.valid.Header)
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if !valid.op.Public {
		a.authorize(r, token)
	}
	return a.serve(r)
}

func expect(t *testing.T, response *http.Response, status int, op *spec.Operation) {
	t.Helper()
	if response.StatusCode != status {
		t.Errorf("%s %s: %d, want %d: %s", op.Method, op.Path, response.StatusCode, status, Body(response))
	}
	if text := Body(response); status >= 400 && !strings.Contains(text, `"statusCode":`+strconv.Itoa(status)) && text != "" {
		t.Errorf("%s: the envelope's statusCode is not %d: %s", op.ID, status, text)
	}
}
