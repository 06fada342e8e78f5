package testkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// target is the resource that a request to an operation addresses.
type target struct {
	path string // with its parameters filled in
	id   string // of the document; empty when the operation names none
	sure bool   // whether it exists, so that 404 would mean no access
}

var parameters = regexp.MustCompile(`\{([^}]+)\}`)

// target returns a document of the owner that the operation can name: one that the owner creates, if an operation does that, and otherwise
// one from a list. A parameter of the path gets the document's property of the same name, or its id if there is none.
func (s *fixture) target(op *operation, owner caller) target {
	s.t.Helper()
	t := target{path: op.path, sure: true}
	var document any
	segments := strings.Split(op.path, "/")
	for _, match := range parameters.FindAllStringSubmatchIndex(op.path, -1) {
		name, before := op.path[match[2]:match[3]], op.path[:match[0]]
		made := s.document(before[:strings.LastIndexByte(before, '/')], t.path, owner)
		if made != nil {
			document = made
		}
		value, ok := member(document, name)
		if !ok {
			value, ok = member(made, "id")
		}
		if !ok {
			value, ok = member(s.account(owner), name)
		}
		if !ok {
			t.sure = false
			at := slices.IndexFunc(op.Parameters, func(p parameter) bool { return p.In == "path" && p.Name == name })
			value = cmp.Or(op.Parameters[at].Example, any("1"))
		}
		t.path = strings.Replace(t.path, "{"+name+"}", url.PathEscape(fmt.Sprint(value)), 1)
	}
	if op.where("{}") != "" && !strings.HasSuffix(op.path, "}") { // the document that its condition should match
		document = nil
		for at := len(segments); at > 1 && document == nil; at-- {
			document = s.document(strings.Join(segments[:at], "/"), t.path, owner)
		}
		t.sure = document != nil
	}
	id, _ := member(document, "id")
	t.id, _ = id.(string)
	return t
}

// document returns a document of the collection at a path of the contract: one that the owner creates, or one of the list, preferably about
// the owner. It returns nil if there is neither. filled is a path with the values of the parameters in path.
func (s *fixture) document(path, filled string, owner caller) any {
	s.t.Helper()
	at := strings.Join(strings.Split(filled, "/")[:len(strings.Split(path, "/"))], "/")
	if post := s.contract.operation(http.MethodPost, path); post != nil && !post.public() {
		response := s.Do(post.method, at, owner.token, s.body(post, owner))
		var made any
		if text := Body(response); response.StatusCode >= 300 || json.Unmarshal([]byte(text), &made) != nil {
			s.t.Logf("%s creates nothing: %s %s", post.ID, response.Status, text)
			return nil
		}
		return made
	}
	list := s.contract.operation(http.MethodGet, path)
	if list == nil {
		return nil
	}
	reader := s.scoped(s.signIn(owner), "reader", s.contract.scopes()...) // in a session beside the owner's
	var found []any
	if json.Unmarshal([]byte(Body(s.Do(list.method, at, reader.token, ""))), &found) != nil || len(found) == 0 {
		return nil
	}
	theirs := slices.IndexFunc(found, func(document any) bool {
		id, _ := member(document, "id")
		return id == owner.user || list.collection == nil && id != reader.session
	})
	return found[max(theirs, 0)]
}

// account returns the stored account of the owner.
func (s *fixture) account(owner caller) any {
	s.t.Helper()
	if s.Accounts == nil {
		return map[string]any{"id": owner.user}
	}
	var stored any
	d, err := s.backend.Get(s.t.Context(), s.model("User"), owner.user)
	must(s.t, err)
	must(s.t, json.Unmarshal(d.JSON, &stored))
	return stored
}

// member returns a member of an object, or of the nearest object in it that has one of that name.
func member(value any, name string) (any, bool) {
	for objects := []any{value}; len(objects) > 0; objects = objects[1:] {
		object, _ := objects[0].(map[string]any)
		if found, ok := object[name]; ok {
			return found, true
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			objects = append(objects, object[key])
		}
	}
	return nil, false
}

// request sends the contract's example to the operation, with the caller's credentials if they are part of the body.
func (s *fixture) request(op *operation, c caller, t target, query string) *http.Response {
	s.t.Helper()
	if _, isJSON := op.RequestBody.Content["application/json"]; !isJSON && len(op.RequestBody.Content) > 0 {
		sample, err := s.Contract.ByID(op.ID).Sample(nil)
		must(s.t, err)
		return s.Do(op.method, t.path+query, c.token, string(sample.Body), "Content-Type", sample.Header.Get("Content-Type"))
	}
	return s.Do(op.method, t.path+query, c.token, s.body(op, c))
}

// body returns the example of a body with new values for unique properties.
func (s *fixture) body(op *operation, c caller) string {
	s.t.Helper()
	example := op.RequestBody.Content["application/json"].Example
	members := map[string]any{}
	if len(example) == 0 || json.Unmarshal(example, &members) != nil {
		return string(example)
	}
	s.bodies++
	if op.collection != nil {
		for _, index := range op.collection.Indexes {
			value, isText := members[index.Fields[0]].(string)
			switch {
			case !isText || !index.Unique:
			case strings.Contains(value, "@"):
				members[index.Fields[0]] = fmt.Sprint("u", s.bodies, ".", value)
			default:
				members[index.Fields[0]] = fmt.Sprint(value, s.bodies)
			}
		}
	}
	if op.public() && op.credentials() {
		for name, value := range map[string]string{"email": c.email, "password": Password, "refresh_token": c.refresh} {
			if members[name] != nil && value != "" {
				members[name] = value
			}
		}
	}
	text, err := json.Marshal(members)
	must(s.t, err)
	return string(text)
}
