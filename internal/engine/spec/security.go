package spec

import (
	"cmp"
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

// ErrInvalidCredentials is in the chain of a Verifier's error if a request has credentials, but they are invalid.
var ErrInvalidCredentials = errors.New("invalid credentials")

// Verifier authenticates the caller of a request with one security scheme. It returns a fault of kind Unauthenticated. If credentials are
// invalid rather than missing, the fault's Challenge contains an error (RFC 6750, section 3), or it wraps ErrInvalidCredentials.
type Verifier func(*http.Request) (identity.Principal, error)

// authenticate checks a request against an operation's security: at least one requirement must be met, which means every
// scheme in it. If none is met, it returns the failure that is most useful to the caller.
func (o *Operation) authenticate(r *http.Request, verifiers map[string]Verifier) (*identity.Principal, error) {
	if o.Public {
		return nil, nil
	}
	var worst error
	for _, alternative := range o.security {
		if len(alternative) == 0 {
			continue // it comes last; otherwise no caller would ever be authenticated
		}
		principal, err := o.meet(r, alternative, verifiers)
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
	return o.Public || slices.ContainsFunc(o.security, func(r requirement) bool { return len(r) == 0 })
}

// readSecurity reads an operation's security or, if it has none, that of the document.
func (c *Contract) readSecurity(o *Operation, own *openapi3.SecurityRequirements) error {
	requirements := c.doc.Security
	if own != nil {
		requirements = *own
	}
	if requirements == nil {
		scheme := cmp.Or(c.accountScheme, "bearerAuth")
		return fmt.Errorf("%s has no security; write `security: [{%s: []}]`, or `security: []` for a public operation", o.ID, scheme)
	}
	o.Public = true
	for _, said := range requirements {
		alternative, err := c.readRequirement(o.ID, said)
		if err != nil {
			return err
		}
		o.security = append(o.security, alternative)
		o.Public = o.Public && len(alternative) == 0
	}
	for _, s := range o.Schemes() {
		o.extern = o.extern || s.Name != c.accountScheme
		if s.In == openapi3.ParameterInQuery {
			o.keys = append(o.keys, s.Parameter)
		}
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
		return fmt.Errorf("%s %s: %s allows requests without a token, but schema %s %s; write `security: [{%s: []}]`",
			op.Method, op.Path, op.ID, m.Schema.Name(), why, cmp.Or(c.accountScheme, "bearerAuth"))
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

// meet authenticates a request by all schemes of an alternative. Those that name a caller must name the same one; its scopes are theirs.
func (o *Operation) meet(r *http.Request, alternative requirement, verifiers map[string]Verifier) (*identity.Principal, error) {
	var caller identity.Principal
	for _, scheme := range alternative {
		p, err := verifiers[scheme.Name](r)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(scheme.scopes, func(scope string) bool { return !p.HasScope(scope) }) {
			return nil, insufficientScope(p.ID, slices.Concat(scheme.scopes, o.Scopes)...)
		}
		switch {
		case p.ID == "":
			continue
		case caller.ID == "":
			caller = p
			continue
		case caller.ID != p.ID:
			return nil, fault.New(fault.Forbidden, "", "The credentials belong to different callers.")
		}
		scopes := slices.Concat(caller.Scopes, p.Scopes)
		if caller.SessionID == "" {
			caller = p
		}
		caller.Scopes = scopes
	}
	if caller.ID == "" {
		return nil, fault.New(fault.Forbidden, "", "The credentials are valid, but name no caller.")
	}
	for _, scope := range o.Scopes {
		if !caller.HasScope(scope) {
			return nil, insufficientScope(caller.ID, o.Scopes...)
		}
	}
	return &caller, nil
}

// severity ranks failures by how useful they are to the caller: missing credentials 0, invalid credentials 1, forbidden 2, others 3.
func severity(err error) int {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && e.Kind == fault.Unauthenticated && !strings.Contains(e.Challenge, "error=") && !errors.Is(err, ErrInvalidCredentials):
		return 0
	case ok && e.Kind == fault.Unauthenticated:
		return 1
	case ok && e.Kind == fault.Forbidden:
		return 2
	}
	return 3
}

// CheckVerifiers returns an error if an operation requires a security scheme without a verifier, or if a verifier's scheme is unknown. The
// error contains what to write.
func (c *Contract) CheckVerifiers(verifiers map[string]Verifier) error {
	for _, scheme := range c.Schemes() {
		if verifiers[scheme.Name] == nil {
			return fmt.Errorf("the security scheme %s has no verifier; %s", scheme.Name, WriteVerifier(scheme.Name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(verifiers)) {
		if _, known := c.schemes[name]; !known {
			return fmt.Errorf("there is a verifier of %s, but no such security scheme; the schemes of the contract are: %s", name,
				strings.Join(slices.Sorted(maps.Keys(c.schemes)), ", "))
		}
	}
	return nil
}

// WriteVerifier returns what to write in an application for security schemes.
func WriteVerifier(schemes ...string) string {
	var lines strings.Builder
	for _, scheme := range schemes {
		fmt.Fprintf(&lines, "\t\t%q: func(ctx context.Context, c identity.Credentials) (identity.Principal, error) { … },\n", scheme)
	}
	return "write in internal/app/app.go, or add to the map there:\n\nfunc (a App) Verifiers() map[string]identity.Verifier {\n" +
		"\treturn map[string]identity.Verifier{\n" + lines.String() + "\t}\n}"
}

// insufficientScope is the response to a caller whose token lacks a scope that the operation requires: a fault of kind
// Forbidden whose Challenge lists all the required scopes (RFC 6750, section 3.1). required comes from the contract: at
// least one scope, each a scope-token of RFC 6749, section 3.3.
func insufficientScope(caller string, required ...string) error {
	scopes := strings.Join(required, " ")
	return &fault.Error{
		Kind:      fault.Forbidden,
		Code:      "INSUFFICIENT_SCOPE",
		Detail:    fmt.Sprintf("This operation needs a token with the scope %q.", scopes),
		Challenge: fmt.Sprintf(`error="insufficient_scope", scope="%s"`, scopes),
		Caller:    caller,
	}
}
