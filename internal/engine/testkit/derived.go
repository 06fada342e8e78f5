package testkit

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/spec"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Derived tests what the contract says of every operation of a tag, without a list of them: who is kept out, which bodies and
// queries are refused, and that nothing opens when the store does not answer. A new operation is in it the day it exists.
// Who may do what with whose documents is the access matrix's, TestMatrix, for all tags.
func Derived(t *testing.T, tag string) { derived(t, Contract(t), tag) }

func derived(t *testing.T, contract *spec.Contract, tag string) {
	a := NewOf(t, contract)
	fresh := a.Token("ann", scopes(a)...)
	away := NewOf(t, contract)
	stranded := away.Token("ann", scopes(away)...)
	away.Close()
	bare := a.Token("ann")
	for _, op := range a.Contract.Operations() {
		if op.Tag != tag {
			continue
		}
		t.Run(op.ID, func(t *testing.T) {
			callers(t, a, op, bare)
			bodies(t, a, op, fresh)
			rates(t, op)
			concurrent(t, op)
			expect(t, a.send(op, fresh, string(op.Example()), "?no_such_parameter=1"), 400, op)
			expect(t, a.send(op, fresh, string(op.Example()), "?filter=%zz"), 400, op)
			if slices.Contains(op.Statuses(), "503") {
				expect(t, a.cancelled(op, fresh), 503, op)
				expect(t, away.send(op, stranded, string(op.Example()), ""), 503, op)
			}
		})
	}
}

func callers(t *testing.T, a *API, op *spec.Operation, bare string) {
	t.Helper()
	if op.Public {
		return
	}
	body := string(op.Example())
	for name, token := range map[string]string{"no token": "", "junk": "junk", "three parts of junk": "a.b.c", "expired": expired(a)} {
		answer := a.send(op, token, body, "")
		if token == "" && op.Anonymous() {
			if answer.StatusCode == 401 || answer.StatusCode == 403 {
				t.Errorf("%s: %d, though security lets it in", name, answer.StatusCode)
			}
			continue
		}
		if answer.StatusCode != 401 || !strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%s: %d, WWW-Authenticate %q; want 401 and Bearer", name, answer.StatusCode, answer.Header.Get("WWW-Authenticate"))
		}
	}
	if len(op.Scopes) > 0 {
		answer := a.send(op, bare, body, "")
		if answer.StatusCode != 403 || !strings.Contains(answer.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
			t.Errorf("without scopes: %d, WWW-Authenticate %q; want 403", answer.StatusCode, answer.Header.Get("WWW-Authenticate"))
		}
	}
}

// expired returns a token whose time is over for a clock that stands where it stood.
func expired(a *API) string {
	a.Wait(-48 * time.Hour)
	defer a.Wait(48 * time.Hour)
	return a.Token("ann", scopes(a)...)
}

// scopes returns every scope that the contract has.
func scopes(a *API) []string {
	return a.Contract.Roles().Scopes(slices.Collect(maps.Keys(a.Contract.Roles())))
}

func bodies(t *testing.T, a *API, op *spec.Operation, token string) {
	t.Helper()
	if !op.HasBody() {
		return
	}
	example := string(op.Example())
	expect(t, a.send(op, token, "", ""), 400, op)
	expect(t, a.send(op, token, "{", ""), 400, op)
	expect(t, a.send(op, token, example+" {}", ""), 400, op)
	expect(t, a.send(op, token, `{"x":1,"x":1}`, ""), 400, op)
	expect(t, a.send(op, token, "[]", ""), 422, op)
	expect(t, a.send(op, token, `{"no such property":1}`, ""), 422, op)
	expect(t, a.send(op, token, example, "", "Content-Type", "text/plain"), 415, op)
	expect(t, a.send(op, token, example, "", "Content-Type", "application/json; charset=latin1"), 415, op)
	expect(t, a.send(op, token, example, "", "Content-Encoding", "gzip"), 415, op)
	expect(t, a.send(op, token, `"`+strings.Repeat("x", int(op.Limits.Body))+`"`, ""), 413, op)
}

// rates sends one request more than an operation takes, waits as long as it is told to, and tries again.
func rates(t *testing.T, op *spec.Operation) {
	t.Helper()
	if len(op.Limits.Rates) == 0 {
		return
	}
	a := NewIn(t, server.Config{})
	token := ""
	if !op.Public {
		token = a.Token("ann", scopes(a)...)
	}
	least := slices.MinFunc(op.Limits.Rates, func(a, b spec.Rate) int { return a.Count - b.Count })
	for i := range least.Count {
		if answer := a.send(op, token, "", ""); answer.StatusCode == 429 {
			t.Errorf("request %d of %s is refused", i+1, least)
		}
	}
	refused := a.send(op, token, "", "")
	expect(t, refused, 429, op)
	after, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	if err != nil {
		t.Errorf("Retry-After: %v", err)
	}
	a.Wait(time.Duration(after) * time.Second)
	if answer := a.send(op, token, "", ""); answer.StatusCode == 429 {
		t.Errorf("%s: still refused after Retry-After, %d s", least, after)
	}
}

// concurrent sends more requests than may be in progress and wait, while none can end. The first response must be a refusal, and no other
// request is refused, nor one of another caller.
func concurrent(t *testing.T, op *spec.Operation) {
	t.Helper()
	if len(op.Limits.Concurrent) == 0 {
		return
	}
	gate := &gated{Backend: open(t), goOn: make(chan struct{})}
	a := on(t, Contract(t), gate, server.Config{RateLimitsOff: true}, slog.New(slog.DiscardHandler))
	most := slices.MinFunc(op.Limits.Concurrent, func(a, b spec.Concurrency) int { return a.Count - b.Count })
	answers := make(chan *http.Response, 1)
	ask := func(token string) { answers <- a.send(op, token, string(op.Example()), "") }
	token, sent := a.Token("ann", scopes(a)...), most.Count*(1+server.WaitingPerSlot)+1
	for range sent {
		go ask(token)
	}
	refused := <-answers
	after, text := refused.Header.Get("Retry-After"), Body(refused)
	if refused.StatusCode != 429 || !strings.Contains(text, fault.TooManyConcurrentRequests) || after == "" {
		t.Errorf("%s: %d %s, want 429 with its code and Retry-After", op.ID, refused.StatusCode, text)
	}
	go ask(a.Token("bob", scopes(a)...))
	close(gate.goOn)
	for range sent {
		if answer := <-answers; answer.StatusCode == 429 || answer.StatusCode >= 500 {
			t.Errorf("%s: %d after the others have ended: %s", op.ID, answer.StatusCode, Body(answer))
		}
	}
}

// gated is a store that does nothing for a caller before goOn is closed.
type gated struct {
	store.Backend
	goOn chan struct{}
}

func (g *gated) wait(ctx context.Context) {
	if _, known := identity.FromContext(ctx); known {
		<-g.goOn
	}
}

func (g *gated) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	g.wait(ctx)
	return g.Backend.Insert(ctx, m, d)
}

func (g *gated) Update(ctx context.Context, m *store.Model, id string, set []store.Change, guard store.Guard) (store.Document, error) {
	g.wait(ctx)
	return g.Backend.Update(ctx, m, id, set, guard)
}

func (g *gated) Delete(ctx context.Context, m *store.Model, id string, guard store.Guard) error {
	g.wait(ctx)
	return g.Backend.Delete(ctx, m, id, guard)
}

func (g *gated) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	g.wait(ctx)
	return g.Backend.Find(ctx, m, q, yield)
}

func (g *gated) Get(ctx context.Context, m *store.Model, id string) (store.Document, error) {
	g.wait(ctx)
	return g.Backend.Get(ctx, m, id)
}

func (g *gated) Count(ctx context.Context, m *store.Model, where filter.Where) (int64, error) {
	g.wait(ctx)
	return g.Backend.Count(ctx, m, where)
}

func (g *gated) UpdateAll(ctx context.Context, m *store.Model, where filter.Where, set []store.Change) (int64, error) {
	g.wait(ctx)
	return g.Backend.UpdateAll(ctx, m, where, set)
}

// send sends the operation a request; its {id} is an unknown one, its where is everything.
func (a *API) send(op *spec.Operation, token, body, query string, headers ...string) *http.Response {
	return a.Do(op.Method, target(op, query), token, body, headers...)
}

// cancelled sends a request whose time is over before it began.
func (a *API) cancelled(op *spec.Operation, token string) *http.Response {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, op.Method, target(op, ""), strings.NewReader(string(op.Example())))
	r.Header.Set("Content-Type", "application/json")
	if !op.Public {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return a.serve(r)
}

func target(op *spec.Operation, query string) string {
	if query == "" && op.Requires("where") {
		query = "?where={}"
		if op.Takes("all") {
			query += "&all=true"
		}
	}
	return strings.ReplaceAll(op.Path, "{id}", "0198c5d2-0000-7000-8000-000000000000") + query
}

func expect(t *testing.T, answer *http.Response, status int, op *spec.Operation) {
	t.Helper()
	if answer.StatusCode != status {
		t.Errorf("%s %s: %d, want %d: %s", op.Method, op.Path, answer.StatusCode, status, Body(answer))
	}
	if text := Body(answer); status >= 400 && !strings.Contains(text, `"statusCode":`+strconv.Itoa(status)) && text != "" {
		t.Errorf("%s: the envelope's statusCode is not %d: %s", op.ID, status, text)
	}
}
