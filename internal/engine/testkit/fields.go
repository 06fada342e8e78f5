package testkit

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// foreign are names that no client may set in a document or body, with the properties of all other collections.
var foreign = []string{
	"password", "password_hash", "scopes", "emailVerified", "__proto__", "constructor", "toString", "$where", "$or", "author.email",
	"userCredentials",
}

// serversProperties sends bodies with properties that clients may not write: those that the server sets, and those of other collections.
func (s *fixture) serversProperties(op *operation, violation report) {
	s.t.Helper()
	if len(op.body.Properties) == 0 {
		return
	}
	c := s.scoped(s.person(""), "somebody with every scope", s.contract.scopes()...)
	target := s.target(op, c)
	before := s.snapshot()
	for _, name := range s.properties() {
		p, theirs := op.body.Properties[name]
		if theirs && !p.ReadOnly {
			continue
		}
		members := map[string]any{}
		must(s.t, json.Unmarshal([]byte(s.body(op, c)), &members))
		members[name] = s.value(op, name, c)
		text, err := json.Marshal(members)
		must(s.t, err)
		response := s.Do(op.method, target.path+op.where("{}"), c.token, string(text))
		if response.StatusCode != 422 && (!p.ReadOnly || response.StatusCode != 403) {
			violation("%s: a body with %s gets %d, want 422: %s", op.ID, name, response.StatusCode, Body(response))
		}
	}
	after := s.snapshot()
	if lost := before.lost(after); len(lost) > 0 || len(after) != len(before) {
		violation("%s: bodies with properties that only the server sets have changed %q, and created %d documents",
			op.ID, lost, len(after)-len(before))
	}
}

// value returns a possible value of the property.
func (s *fixture) value(op *operation, name string, c caller) any {
	p := s.contract.Components.Schemas[op.model].Properties[name]
	switch {
	case name == "id":
		return "0198c5d2-0000-7000-8000-000000000000"
	case op.collection != nil && name == op.collection.Owner && !op.body.Properties[name].ReadOnly: // which may be what is stored
		return c.user
	case p.Type == "boolean":
		return false
	case p.Format == "date-time":
		return "2020-01-01T00:00:00Z"
	case p.Items != nil:
		return s.contract.resolve(*p.Items).Enum
	}
	return "x"
}

// hidden uses properties of other collections in filters. If the server evaluated them, responses could reveal the secrets of others bit by
// bit.
func (s *fixture) hidden(op *operation, violation report) {
	s.t.Helper()
	c := s.scoped(s.person(""), "somebody with every scope", s.contract.scopes()...)
	target := s.target(op, c)
	for _, f := range op.filters {
		for _, name := range s.properties() {
			if _, open := s.contract.Components.Schemas[op.model].Properties[name]; open {
				continue
			}
			for _, text := range naming(reference(f.schema()), name) {
				query := "?" + f.Name + "=" + url.QueryEscape(text)
				response := s.Do(op.method, target.path+query, c.token, s.body(op, c))
				if response.StatusCode != 400 {
					violation("%s: %s=%s gets %d, want 400: %s", op.ID, f.Name, text, response.StatusCode, Body(response))
				}
			}
		}
	}
}

// naming returns filters of the schema that name a property.
func naming(schema, property string) []string {
	quoted, _ := json.Marshal(property) // never fails for a string
	all := []string{`{%:"x"}`, `{%:{"exists":true}}`, `{%:{"regexp":"^a"}}`, `{"and":[{"or":[{%:null}]}]}`}
	if !strings.HasSuffix(schema, "Where") {
		for i := range all {
			all[i] = `{"where":` + all[i] + `}`
		}
		all = append(all, `{"fields":[%]}`, `{"fields":{%:true}}`, `{"order":%}`, `{"order":[%]}`, `{"include":[%]}`,
			`{"include":[{"relation":%}]}`)
	}
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "%", string(quoted))
	}
	return all
}

// properties returns the names of all stored properties, and the foreign ones.
func (s *fixture) properties() []string {
	names := map[string]bool{}
	for _, m := range s.Store.Models() {
		for _, p := range m.Properties {
			names[p.Name] = true
		}
	}
	for _, name := range foreign {
		names[name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
