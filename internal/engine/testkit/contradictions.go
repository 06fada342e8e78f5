package testkit

import (
	"fmt"
	"slices"
)

// contradictions compares the rules for callers within the contract: each must agree with all others, so that no protection can be
// dropped in a single place.
func (d *document) contradictions() []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, op := range d.operations {
		d.contradict(op, say)
	}
	for name, s := range d.Components.Schemas {
		if s.Collection == nil {
			continue
		}
		d.writers(name, s, say)
		for _, role := range d.Roles {
			if role.Default && slices.Contains(role.Scopes, s.Collection.Admin) {
				say("x-roles: every new account has %s, with which nobody owns a %s", s.Collection.Admin, name)
			}
		}
	}
	slices.Sort(found)
	return found
}

func (d *document) contradict(op *operation, say func(string, ...any)) {
	_, unauthorized := op.Responses["401"]
	_, forbidden := op.Responses["403"]
	owned := op.collection != nil && op.collection.Owner != ""
	names := op.collection != nil && (op.item() || op.where("") != "" || op.response().Items != nil || owned) && len(d.scopes()) > 0
	switch {
	case names && len(op.Scopes) == 0 && (!op.anonymous() || op.changes() || op.collection.Private): // to read may be for everybody
		say("%s: it reaches any %s and needs no scope", op.ID, op.model)
	case !op.public() && !unauthorized && !op.others():
		say("%s: it needs a token and documents no 401", op.ID)
	case op.public() && unauthorized && !op.credentials():
		say("%s: it documents 401 and lets everybody in", op.ID)
	case len(op.Scopes) > 0 && !forbidden && !op.others():
		say("%s: it needs scopes and documents no 403", op.ID)
	case len(op.Scopes) == 0 && forbidden && !op.credentials():
		say("%s: it documents 403 and needs no scope", op.ID)
	}
	if !owned || !op.changes() {
		return
	}
	for _, other := range d.operations {
		if other.model == op.model && !other.changes() && contains(other.Scopes, op.Scopes) {
			say("%s: it changes %s with no more scopes than %s needs to read", op.ID, op.model, other.ID)
		}
	}
}

// others reports whether the operation documents all errors at once.
func (o *operation) others() bool {
	_, all := o.Responses["4XX"]
	_, rest := o.Responses["default"]
	return all || rest
}

// writers finds properties of a collection that one operation allows to be written only with a scope, and another without it.
func (d *document) writers(name string, s schema, say func(string, ...any)) {
	for property := range s.Properties {
		var writers []*operation
		for _, op := range d.operations {
			if p, writes := op.body.Properties[property]; writes && !p.ReadOnly && op.model == name {
				writers = append(writers, op)
			}
		}
		for _, op := range writers {
			if property == "id" || property == s.Collection.Owner {
				say("%s: its body has %s.%s, which is the server's to write", op.ID, name, property)
			}
			for _, other := range writers {
				if !contains(op.Scopes, other.Scopes) {
					say("%s: it writes %s.%s without the scopes %q of %s", op.ID, name, property, other.Scopes, other.ID)
				}
			}
		}
	}
}

// contains reports whether all contains every element of some.
func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
