package spec

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/fault"
)

// Verifier finds out who sent a request, by one security scheme. Without credentials it returns an
// Unauthenticated fault whose Challenge has no error, with bad ones a fault whose Challenge has one (RFC 6750, section 3).
type Verifier func(*http.Request) (auth.Principal, error)

// authenticate holds a request against an operation's security: any one of its requirements must be met, and of
// a requirement every scheme. When none is, the answer is the failure that tells the caller most.
func (o *Operation) authenticate(r *http.Request, verifiers map[string]Verifier) (*auth.Principal, error) {
	if o.Public {
		return nil, nil
	}
	var worst error
	anonymous := false
	for _, requirement := range o.security {
		if len(requirement) == 0 {
			anonymous = true // the last resort, or nobody would ever be known
			continue
		}
		principal, err := o.meet(r, requirement, verifiers)
		if err == nil {
			return principal, nil
		}
		if worst == nil || tells(err) > tells(worst) {
			worst = err
		}
	}
	if anonymous && (worst == nil || tells(worst) == 0) {
		return nil, nil
	}
	return nil, worst
}

func (o *Operation) meet(r *http.Request, requirement openapi3.SecurityRequirement, verifiers map[string]Verifier) (*auth.Principal, error) {
	var principal auth.Principal
	for scheme := range requirement {
		p, err := verifiers[scheme](r)
		if err != nil {
			return nil, err
		}
		principal = p
	}
	for _, scope := range o.Scopes {
		if !principal.HasScope(scope) {
			return nil, auth.InsufficientScope(o.Scopes...)
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
		for scheme := range requirement {
			if verifiers[scheme] == nil {
				return fmt.Errorf("%s asks for the security scheme %s, which nothing verifies", o.ID, scheme)
			}
		}
	}
	return nil
}
