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

// Access sends requests of every kind of caller to every operation of the contract, and checks each response and the stored documents
// against the rules of the contract. New operations are tested automatically. If an operation can be reached only as 404, because no
// operation creates or lists what it names, the test's log says so.
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
					t.Errorf("with the collection made private: "+format, args...)
				})
			}
		})
	}
}

// private returns a change that makes all collections private that have an owner and that cannot be read without a token.
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

// edited returns the contract with a change.
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

// access tests one operation.
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

// expected returns the status that follows from the contract if a caller names a document of the owner: 401, 403, 404, or 200 for success.
func expected(op *operation, c, owner caller) int {
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
		return 404 // without a collection, callers see only what is theirs
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

// rejected sends a request of a caller without valid credentials.
func (s *fixture) rejected(op *operation, c caller, target target, violation report) {
	s.t.Helper()
	want := expected(op, c, caller{})
	if want != 401 || op.public() && c.email == "" && c.refresh == "" {
		return
	}
	before := s.snapshot()
	response := s.request(op, c, target, op.where("{}"))
	switch {
	case response.StatusCode != 401:
		violation("%s: %s gets %d, want 401: %s", op.ID, c.name, response.StatusCode, Body(response))
	case !op.public() && response.Header.Get("WWW-Authenticate") == "":
		violation("%s: %s gets 401 without WWW-Authenticate", op.ID, c.name)
	}
	after := s.snapshot()
	for _, key := range before.lost(after) {
		if !op.public() || !before.mentions(key, c.user) { // a refresh token with a wrong secret ends its session
			violation("%s: %s has changed %s", op.ID, c.name, key)
		}
	}
	if !op.public() && len(after) != len(before) {
		violation("%s: %s has created %d documents", op.ID, c.name, len(after)-len(before))
	}
}

// allowedOrNot sends requests of a caller with valid credentials: for a document of the owner by its id, and with every condition that
// could match it.
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
	target, want := s.target(op, owner), expected(op, c, owner)
	before := s.snapshot()
	response := s.request(op, c, target, "")
	if want == 200 && response.StatusCode == http.StatusNotFound && !target.sure {
		want = http.StatusNotFound
	}
	s.check(op, c, owner, want, response, before, violation)
	if want == 200 && op.item() && op.changes() && c.user != owner.user &&
		!slices.ContainsFunc(before.lost(s.snapshot()), func(key string) bool {
			return before.mentions(key, target.id, owner.user)
		}) && !op.public() {
		violation("%s: %s has access, but nothing was changed", op.ID, c.name)
	}
}

// byCondition checks that a condition matches the document if the caller has access to it by its id, and does not match it otherwise.
func (s *fixture) byCondition(op *operation, c, owner caller, condition string, violation report) {
	s.t.Helper()
	target, want := s.target(op, owner), expected(op, c, owner)
	if !target.sure {
		return
	}
	condition = strings.ReplaceAll(condition, "%s", target.id)
	status := want
	if len(op.Scopes) == 0 || !slices.ContainsFunc(op.Scopes, func(scope string) bool { return !slices.Contains(c.scopes, scope) }) {
		status = 200 // the request is allowed; what it matches is checked below
	}
	before := s.snapshot()
	response := s.request(op, c, target, op.where(condition))
	text := Body(response)
	response.Body = http.NoBody
	s.check(op, c, owner, status, response, before, violation)
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
		violation("%s: where %s of %s matches the owner's %s: %t, want %t: %s", op.ID, condition, c.name, target.id, reached, want == 200,
			text)
	}
}

// check compares a response with the expected status, and the stored documents with both.
func (s *fixture) check(op *operation, c, owner caller, want int, response *http.Response, before snapshot, violation report) {
	s.t.Helper()
	after := s.snapshot()
	lost := before.lost(after)
	if got := response.StatusCode; got != want && (want != 200 || got/100 != 2) {
		violation("%s: %s gets %d, want %d: %s", op.ID, c.name, got, want, Body(response))
	}
	if want != 200 && (len(lost) > 0 || len(after) != len(before)) {
		violation("%s: %s has no access, but has changed %q and created %d documents", op.ID, c.name, lost, len(after)-len(before))
	}
	if !op.changes() && len(lost) > 0 {
		violation("%s: a read by %s has changed %q", op.ID, c.name, lost)
	}
	powers := expected(op, c, owner) == 200 && (op.item() || op.where("") != "")
	for _, key := range lost {
		if !powers && !before.mentions(key, c.user) {
			violation("%s: %s has changed %s, which is somebody else's", op.ID, c.name, key)
		}
	}
	if want == 200 && c.user != owner.user && op.collection == nil && !op.public() {
		if text := Body(response); slices.ContainsFunc([]string{owner.user, owner.email, owner.session}, func(part string) bool {
			return part != "" && strings.Contains(text, part)
		}) {
			violation("%s: %s gets a response about somebody else: %s", op.ID, c.name, text)
		}
	}
}
