package testkit

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

var discard = slog.New(slog.DiscardHandler)

// Access sends every operation of the contract requests of every kind of caller, and holds each response and what is stored afterwards
// against what the contract says. There is no list of operations: a new one is in it the day it exists. What cannot be created and so is
// reached only as 404 is in the test's log.
func Access(t *testing.T, app server.App) {
	t.Helper()
	contract := readDocument(t, Contract(t, app).Document())
	for _, violation := range contract.contradictions() {
		t.Error(violation)
	}
	secluded := app
	secluded.OpenAPI = edited(t, Contract(t, app).Document(), private(contract))
	private := readDocument(t, secluded.OpenAPI)
	for _, op := range contract.operations {
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			access(t, contract, app, op, t.Errorf)
			other := private.operation(op.method, op.path)
			if op.collection != nil && !op.collection.Private && other.collection.Private {
				access(t, private, secluded, other, func(format string, args ...any) {
					t.Helper()
					t.Errorf("were the collection private: "+format, args...)
				})
			}
		})
	}
}

// private makes all collections private that have an owner and that nobody reads without a token.
func private(contract *document) func(schemas, paths map[string]any) {
	return func(schemas, _ map[string]any) {
		for name, s := range schemas {
			open := slices.ContainsFunc(contract.operations, func(op *operation) bool { return op.model == name && op.anonymous() })
			if x, ok := s.(map[string]any)["x-collection"].(map[string]any); ok && x["owner"] != nil && !open {
				x["private"] = true
			}
		}
	}
}

// edited returns a contract after a change.
func edited(t testing.TB, text []byte, change func(schemas, paths map[string]any)) []byte {
	t.Helper()
	var whole map[string]any
	must(t, json.Unmarshal(text, &whole))
	change(whole["components"].(map[string]any)["schemas"].(map[string]any), whole["paths"].(map[string]any))
	text, err := json.Marshal(whole)
	must(t, err)
	return text
}

type report func(format string, args ...any)

// access is one operation's part.
func access(t testing.TB, contract *document, app server.App, op *operation, violation report) {
	t.Helper()
	s := newFixture(t, contract, app)
	rejectedCallers := s.rejectedCallers()
	owner := s.person("the owner")
	target := s.target(op, owner)
	if !target.sure {
		t.Logf("%s: no operation creates or lists what it names, so it may be reached only as 404", op.ID)
	}
	for _, c := range rejectedCallers {
		s.rejected(op, c, target, violation)
	}
	if len(op.Scopes) > 0 {
		for _, missing := range op.Scopes {
			others := slices.DeleteFunc(contract.scopes(), func(scope string) bool { return scope == missing })
			s.allowedOrNot(op, s.scoped(s.person(""), "everything but "+missing, others...), owner, violation)
		}
	}
	s.serversProperties(op, violation)
	s.hidden(op, violation)
	if op.anonymous() && !op.public() {
		s.allowedOrNot(op, caller{name: "nobody"}, owner, violation)
	}
	if op.public() {
		s.allowedOrNot(op, s.person("a stranger"), owner, violation)
		return
	}
	if len(op.Scopes) > 0 {
		s.allowedOrNot(op, s.scoped(owner, "the owner without scopes"), owner, violation)
	}
	s.allowedOrNot(op, s.person("somebody else"), owner, violation)
	most := slices.DeleteFunc(contract.scopes(), func(scope string) bool { return op.collection != nil && scope == op.collection.Admin })
	s.allowedOrNot(op, s.scoped(s.person(""), "somebody else with every scope but x-collection's admin", most...), owner, violation)
	if op.collection != nil && op.collection.Admin != "" {
		s.allowedOrNot(op, s.scoped(s.person(""), "x-collection's admin", append(slices.Clone(op.Scopes), op.collection.Admin)...), owner,
			violation)
	}
	for _, role := range slices.Sorted(maps.Keys(contract.Roles)) {
		s.allowedOrNot(op, s.person("a user with the role "+role, role), owner, violation)
	}
	owner = s.person("the owner")
	s.allowedOrNot(op, owner, owner, violation)
}

// verdict is what the contract says of a caller who names something of the owner's: 401, 403, 404 or, for done, 200.
func verdict(op *operation, c, owner caller) int {
	switch {
	case op.public() && op.credentials() && (c.lostAccount || c.lostToken && slices.Contains(op.body.Required, "refresh_token")):
		return 401
	case op.public():
		return 200
	case op.anonymous() && c.token == "":
		return 200
	case c.lostToken:
		return 401
	case slices.ContainsFunc(op.Scopes, func(scope string) bool { return !slices.Contains(c.scopes, scope) }):
		return 403
	case c.user == owner.user || !op.item() && op.where("") == "":
		return 200
	case op.collection == nil:
		return 404 // what the contract declares no collection for is the caller's alone
	case op.collection.Owner == "":
		return 200
	case op.collection.Admin != "" && slices.Contains(c.scopes, op.collection.Admin):
		return 200
	case op.collection.Private:
		return 404
	case op.changes():
		return 403
	}
	return 200
}

// rejected sends a request of somebody who must not be known.
func (s *fixture) rejected(op *operation, c caller, target target, violation report) {
	s.t.Helper()
	want := verdict(op, c, caller{})
	if want != 401 || op.public() && c.email == "" && c.refresh == "" {
		return
	}
	before := s.snapshot()
	answer := s.request(op, c, target, op.where("{}"))
	switch {
	case answer.StatusCode != 401:
		violation("%s: %s is answered %d, want 401: %s", op.ID, c.name, answer.StatusCode, Body(answer))
	case !op.public() && !strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Bearer "):
		violation("%s: %s is answered 401 without a WWW-Authenticate for Bearer", op.ID, c.name)
	}
	after := s.snapshot()
	for _, key := range before.lost(after) {
		if !op.public() || !before.mentions(key, c.user) { // a refresh token with a wrong secret ends its session
			violation("%s: %s has changed %s", op.ID, c.name, key)
		}
	}
	if !op.public() && len(after) != len(before) {
		violation("%s: %s has made %d documents", op.ID, c.name, len(after)-len(before))
	}
}

// allowedOrNot sends the requests of somebody who is known: about something of the owner's by its id, and by every condition that could
// reach it.
func (s *fixture) allowedOrNot(op *operation, c, owner caller, violation report) {
	s.t.Helper()
	if op.where("{}") == "" {
		s.byID(op, c, owner, violation)
		return
	}
	conditions := []string{`{"id":"%s"}`, `{}`, `{"or":[{"id":"%s"},{"id":{"exists":true}}]}`, `{"and":[{"id":{"inq":["%s"]}}]}`,
		`{"nor":[{"id":"%sx"}]}`, `{"id":{"neq":null}}`}
	if op.collection.Owner != "" {
		conditions = append(conditions, `{"`+op.collection.Owner+`":"`+owner.user+`"}`)
	}
	for _, condition := range conditions {
		s.byCondition(op, c, owner, condition, violation)
	}
}

func (s *fixture) byID(op *operation, c, owner caller, violation report) {
	s.t.Helper()
	target, want := s.target(op, owner), verdict(op, c, owner)
	before := s.snapshot()
	answer := s.request(op, c, target, "")
	if want == 200 && answer.StatusCode == http.StatusNotFound && !target.sure {
		want = http.StatusNotFound
	}
	s.judge(op, c, owner, want, answer, before, violation)
	if want == 200 && op.item() && op.changes() && c.user != owner.user &&
		!slices.ContainsFunc(before.lost(s.snapshot()), func(key string) bool {
			return before.mentions(key, target.id, owner.user)
		}) && !op.public() {
		violation("%s: %s may, and nothing was changed", op.ID, c.name)
	}
}

// byCondition adds to byID that a condition reaches what the caller could reach by its id, and nothing else.
func (s *fixture) byCondition(op *operation, c, owner caller, condition string, violation report) {
	s.t.Helper()
	target, want := s.target(op, owner), verdict(op, c, owner)
	if !target.sure {
		return
	}
	condition = strings.ReplaceAll(condition, "%s", target.id)
	status := want
	if len(op.Scopes) == 0 || !slices.ContainsFunc(op.Scopes, func(scope string) bool { return !slices.Contains(c.scopes, scope) }) {
		status = 200 // they may ask; the question is what they reach
	}
	before := s.snapshot()
	answer := s.request(op, c, target, op.where(condition))
	text := Body(answer)
	answer.Body = http.NoBody
	s.judge(op, c, owner, status, answer, before, violation)
	if status != 200 {
		return
	}
	key := slices.IndexFunc(before.lost(s.snapshot()), func(key string) bool { return strings.HasSuffix(key, " "+target.id) })
	reached := strings.Contains(text, `"`+target.id+`"`) || key >= 0
	var counted struct{ Count int }
	if json.Unmarshal([]byte(text), &counted) == nil && counted.Count > 0 {
		reached = true
	}
	if reached != (want == 200) {
		violation("%s: where %s of %s reaches the owner's %s: %t, want %t: %s", op.ID, condition, c.name, target.id, reached, want == 200,
			text)
	}
}

// judge holds an answer against the verdict, and what is stored against both.
func (s *fixture) judge(op *operation, c, owner caller, want int, answer *http.Response, before snapshot, violation report) {
	s.t.Helper()
	after := s.snapshot()
	lost := before.lost(after)
	if got := answer.StatusCode; got != want && (want != 200 || got/100 != 2) {
		violation("%s: %s is answered %d, want %d: %s", op.ID, c.name, got, want, Body(answer))
	}
	if want != 200 && (len(lost) > 0 || len(after) != len(before)) {
		violation("%s: %s may not, and has changed %q and made %d documents", op.ID, c.name, lost, len(after)-len(before))
	}
	if !op.changes() && len(lost) > 0 {
		violation("%s: %s reads, and has changed %q", op.ID, c.name, lost)
	}
	powers := verdict(op, c, owner) == 200 && (op.item() || op.where("") != "")
	for _, key := range lost {
		if !powers && !before.mentions(key, c.user) {
			violation("%s: %s has changed %s, which is somebody else's", op.ID, c.name, key)
		}
	}
	if want == 200 && c.user != owner.user && op.collection == nil && !op.public() {
		if text := Body(answer); strings.Contains(text, owner.user) || strings.Contains(text, owner.email) ||
			strings.Contains(text, owner.session) {
			violation("%s: %s gets a response about somebody else: %s", op.ID, c.name, text)
		}
	}
}
