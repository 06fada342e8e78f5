package spec

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
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
	if o.anonymous() && (worst == nil || tells(worst) == 0) {
		return nil, nil
	}
	return nil, worst
}

// anonymous says whether a request without credentials meets the security.
func (o *Operation) anonymous() bool {
	return o.Public || slices.ContainsFunc(o.security, func(r []string) bool { return len(r) == 0 })
}

func (o *Operation) meet(r *http.Request, requirement []string, verifiers map[string]Verifier) (*auth.Principal, error) {
	var principal auth.Principal
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
		for _, scheme := range requirement {
			if verifiers[scheme] == nil {
				return fmt.Errorf("%s asks for the security scheme %s, which nothing verifies", o.ID, scheme)
			}
		}
	}
	return nil
}
