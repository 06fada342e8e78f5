package spec

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Verifier finds out who sent a request, by one security scheme. Without credentials it returns an
// Unauthenticated fault whose Challenge has no error, with bad ones a fault whose Challenge has one (RFC 6750, section 3).
type Verifier func(*http.Request) (identity.Principal, error)

// authenticate holds a request against an operation's security: any one of its requirements must be met, and of
// a requirement every scheme. When none is, the answer is the failure that tells the caller most.
func (o *Operation) authenticate(r *http.Request, verifiers map[string]Verifier) (*identity.Principal, error) {
	if o.Public {
		return nil, nil
	}
	var worst error
	for _, requirement := range o.security {
		if len(requirement) == 0 {
			continue // the last resort, or nobody would ever be known
		}
		principal, err := o.meet(r, requirement, verifiers)
		if err == nil {
			return principal, nil
		}
		if worst == nil || tells(err) > tells(worst) {
			worst = err
		}
	}
	if o.Anonymous() && (worst == nil || tells(worst) == 0) {
		return nil, nil
	}
	return nil, worst
}

// Anonymous reports whether a request without credentials meets the security. One with bad credentials may be refused all the same.
func (o *Operation) Anonymous() bool {
	return o.Public || slices.ContainsFunc(o.security, func(r []string) bool { return len(r) == 0 })
}

// readSecurity reads an operation's security. Scopes in it are refused: OpenAPI 3.0 gives them no meaning for tokens of type http.
func (o *Operation) readSecurity(requirements *openapi3.SecurityRequirements) error {
	if requirements == nil {
		return fmt.Errorf("%s has no security; say `security: [{bearerAuth: []}]`, or `security: []` for everybody", o.ID)
	}
	o.Public = true
	for _, requirement := range *requirements {
		for scheme, scopes := range requirement {
			if len(scopes) > 0 {
				return fmt.Errorf("%s: scopes in security are not read; write `security: [{%s: []}]` and `%s: [%s]`",
					o.ID, scheme, xScopes, strings.Join(scopes, ", "))
			}
		}
		o.security = append(o.security, slices.Sorted(maps.Keys(requirement)))
		o.Public = o.Public && len(requirement) == 0
	}
	return nil
}

// checkAnonymous refuses an operation that lets anybody in to documents that have an owner, unless it only reads what anybody may read.
func (c *Contract) checkAnonymous() error {
	for _, op := range c.operations {
		m := c.modelOf(op)
		if m == nil || m.Owner == nil || !op.Anonymous() || op.Safe() && !m.Private {
			continue
		}
		why := "is private"
		if !m.Private {
			why = "has an owner"
		}
		return fmt.Errorf("%s %s: %s lets requests without a token in, and schema %s %s; say `security: [{bearerAuth: []}]`",
			op.Method, op.Path, op.ID, m.Schema.Name(), why)
	}
	return nil
}

// modelOf returns the collection that an operation is about: the one that it, or another operation below the same first part of the
// path, filters or answers with.
func (c *Contract) modelOf(op *Operation) *store.Model {
	resource := func(o *Operation) string { return strings.SplitN(o.Path, "/", 3)[1] }
	others := slices.DeleteFunc(slices.Clone(c.operations), func(o *Operation) bool { return o == op || resource(o) != resource(op) })
	for _, o := range append([]*Operation{op}, others...) {
		s := o.Signature()
		if s.Filter != nil {
			return c.model(s.Filter.Schema)
		}
		if m := c.model(strings.TrimPrefix(s.Answer, "Partial")); m != nil {
			return m
		}
	}
	return nil
}

func (o *Operation) meet(r *http.Request, requirement []string, verifiers map[string]Verifier) (*identity.Principal, error) {
	var principal identity.Principal
	for i, scheme := range requirement {
		p, err := verifiers[scheme](r)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			if principal.ID != p.ID {
				return nil, fault.New(fault.Forbidden, "", "The credentials belong to different callers.")
			}
			p.Scopes = slices.Concat(principal.Scopes, p.Scopes)
		}
		principal = p
	}
	for _, scope := range o.Scopes {
		if !principal.HasScope(scope) {
			return nil, insufficientScope(o.Scopes...)
		}
	}
	return &principal, nil
}

// tells ranks a failure: credentials missing 0, credentials bad 1, not allowed 2, all else 3.
func tells(err error) int {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && e.Kind == fault.Unauthenticated && !strings.Contains(e.Challenge, "error="):
		return 0
	case ok && e.Kind == fault.Unauthenticated:
		return 1
	case ok && e.Kind == fault.Forbidden:
		return 2
	}
	return 3
}

// checkVerifiers says which scheme an operation asks for that nobody verifies.
func (o *Operation) checkVerifiers(verifiers map[string]Verifier) error {
	for _, requirement := range o.security {
		for _, scheme := range requirement {
			if verifiers[scheme] == nil {
				return fmt.Errorf("%s asks for the security scheme %s, which nothing verifies", o.ID, scheme)
			}
		}
	}
	return nil
}

// insufficientScope is the response to a caller whose token lacks a scope that the operation requires: a fault of kind
// Forbidden whose Challenge lists all the required scopes (RFC 6750, section 3.1). The scopes are the contract's, at
// least one, each a scope-token of RFC 6749, section 3.3.
func insufficientScope(required ...string) error {
	scopes := strings.Join(required, " ")
	return &fault.Error{
		Kind:      fault.Forbidden,
		Code:      "INSUFFICIENT_SCOPE",
		Detail:    fmt.Sprintf("This operation needs a token with the scope %q.", scopes),
		Challenge: fmt.Sprintf(`error="insufficient_scope", scope="%s"`, scopes),
	}
}
