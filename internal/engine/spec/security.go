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

// Verifier authenticates the caller of a request with one security scheme. It returns a fault of kind Unauthenticated; the
// fault's Challenge contains an error if credentials are invalid, and none if they are missing (RFC 6750, section 3).
type Verifier func(*http.Request) (identity.Principal, error)

// authenticate checks a request against an operation's security: at least one requirement must be met, which means every
// scheme in it. If none is met, it returns the failure that is most useful to the caller.
func (o *Operation) authenticate(r *http.Request, verifiers map[string]Verifier) (*identity.Principal, error) {
	if o.Public {
		return nil, nil
	}
	var worst error
	for _, requirement := range o.security {
		if len(requirement) == 0 {
			continue // it comes last; otherwise no caller would ever be authenticated
		}
		principal, err := o.meet(r, requirement, verifiers)
		if err == nil {
			return principal, nil
		}
		if worst == nil || severity(err) > severity(worst) {
			worst = err
		}
	}
	if o.Anonymous() && (worst == nil || severity(worst) == 0) {
		return nil, nil
	}
	return nil, worst
}

// Anonymous reports whether the operation allows requests without credentials. Requests with invalid credentials may still be rejected.
func (o *Operation) Anonymous() bool {
	return o.Public || slices.ContainsFunc(o.security, func(r []string) bool { return len(r) == 0 })
}

// readSecurity reads an operation's security. Scopes in it are an error: OpenAPI 3.0 does not define them for schemes of type http.
func (o *Operation) readSecurity(requirements *openapi3.SecurityRequirements) error {
	if requirements == nil {
		return fmt.Errorf("%s has no security; write `security: [{bearerAuth: []}]`, or `security: []` for a public operation", o.ID)
	}
	o.Public = true
	for _, requirement := range *requirements {
		for scheme, scopes := range requirement {
			if len(scopes) > 0 {
				return fmt.Errorf("%s: scopes in security are not supported; write `security: [{%s: []}]` and `%s: [%s]`",
					o.ID, scheme, xScopes, strings.Join(scopes, ", "))
			}
		}
		o.security = append(o.security, slices.Sorted(maps.Keys(requirement)))
		o.Public = o.Public && len(requirement) == 0
	}
	return nil
}

// checkAnonymous returns an error if an operation allows anonymous access to documents with an owner, except reading public ones.
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
		return fmt.Errorf("%s %s: %s allows requests without a token, but schema %s %s; write `security: [{bearerAuth: []}]`",
			op.Method, op.Path, op.ID, m.Schema.Name(), why)
	}
	return nil
}

// modelOf returns the collection of an operation: the one that appears in the filters or responses of this operation, or of another
// operation with the same first path segment.
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

// severity ranks failures by how useful they are to the caller: missing credentials 0, invalid credentials 1, forbidden 2, others 3.
func severity(err error) int {
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

// checkVerifiers returns an error if an operation requires a security scheme without a verifier.
func (o *Operation) checkVerifiers(verifiers map[string]Verifier) error {
	for _, requirement := range o.security {
		for _, scheme := range requirement {
			if verifiers[scheme] == nil {
				return fmt.Errorf("%s requires the security scheme %s, which has no verifier", o.ID, scheme)
			}
		}
	}
	return nil
}

// insufficientScope is the response to a caller whose token lacks a scope that the operation requires: a fault of kind
// Forbidden whose Challenge lists all the required scopes (RFC 6750, section 3.1). required comes from the contract: at
// least one scope, each a scope-token of RFC 6749, section 3.3.
func insufficientScope(required ...string) error {
	scopes := strings.Join(required, " ")
	return &fault.Error{
		Kind:      fault.Forbidden,
		Code:      "INSUFFICIENT_SCOPE",
		Detail:    fmt.Sprintf("This operation needs a token with the scope %q.", scopes),
		Challenge: fmt.Sprintf(`error="insufficient_scope", scope="%s"`, scopes),
	}
}
