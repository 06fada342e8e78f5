package spec

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

func TestSecurity(t *testing.T) {
	t.Parallel()
	const (
		bearer  = "security: [{bearerAuth: []}]"
		either  = "security: [{bearerAuth: []}, {keyAuth: []}]"
		both    = "security: [{bearerAuth: [], keyAuth: []}]"
		nobody  = "security: [{}]"
		anybody = "security: [{}, {bearerAuth: []}]"
		scoped  = "x-required-scopes: [a, b]"
	)
	missing, bad := "missing", "bad" // challenges of a 401
	for _, tt := range []struct {
		name            string
		members         []string
		bearer, key     string // credentials
		caller, refusal string // at most one of them; neither: anonymous access
	}{
		{"public", []string{"security: []"}, "ann", "", "", ""},
		{"public, with bad credentials", []string{"security: []"}, "bad", "", "", ""},
		{"one, met", []string{bearer}, "ann", "", "ann", ""},
		{"one, without credentials", []string{bearer}, "", "", "", missing},
		{"one, with credentials of another", []string{bearer}, "", "ann", "", missing},
		{"one, with bad credentials", []string{bearer}, "bad", "", "", bad},
		{"one, with all scopes", []string{bearer, scoped}, "ann a b c", "", "ann", ""},
		{"one, with a scope missing", []string{bearer, scoped}, "ann a", "", "", "forbidden"},
		{"either, the first met", []string{either}, "ann", "", "ann", ""},
		{"either, the second met", []string{either}, "", "bob", "bob", ""},
		{"either, both met", []string{either}, "ann", "bob", "ann", ""},
		{"either, the first bad, the second met", []string{either}, "bad", "bob", "bob", ""},
		{"either, without credentials", []string{either}, "", "", "", missing},
		{"either, one bad: reported instead of the missing one", []string{either}, "", "bad", "", bad},
		{"either, one bad and one without scopes: the scopes are reported", []string{either, scoped}, "bad", "ann a", "", "forbidden"},
		{"either, scopes spread over both", []string{either, scoped}, "ann a", "ann b", "", "forbidden"},
		{"either, the store down and one bad: the store is reported", []string{either}, "down", "bad", "", "unavailable"},
		{"both, met", []string{both}, "ann", "ann", "ann", ""},
		{"both, one missing", []string{both}, "ann", "", "", missing},
		{"both, one bad", []string{both}, "ann", "bad", "", bad},
		{"both, of different callers", []string{both}, "ann", "bob", "", "forbidden"},
		{"both, scopes of either", []string{both, scoped}, "ann a", "ann b", "ann", ""},
		{"optional, with an ignored caller", []string{nobody}, "ann", "", "", ""},
		{"anybody, without credentials", []string{anybody}, "", "", "", ""},
		{"anybody, known", []string{anybody}, "ann", "", "ann", ""},
		{"anybody, with bad credentials: not treated as anonymous", []string{anybody}, "bad", "", "", bad},
		{"anybody, the store down: not treated as anonymous", []string{anybody}, "down", "", "", "unavailable"},
	} {
		check := only(t, small(t, tt.members...))
		r := httptest.NewRequest("POST", "/things", nil)
		r.Header.Set("bearerAuth", tt.bearer)
		r.Header.Set("keyAuth", tt.key)
		answer, err := check.ValidateRequest(t.Context(), r, nil, nil, nil)
		if got := refusal(err); got != tt.refusal {
			t.Errorf("%s: %q (%v), want %q", tt.name, got, err, tt.refusal)
		}
		if err != nil {
			continue
		}
		if caller, known := identity.FromContext(answer.Context()); caller.ID != tt.caller || known != (tt.caller != "") {
			t.Errorf("%s: the caller is %q, want %q", tt.name, caller.ID, tt.caller)
		}
	}
}

func TestSchemeWithoutVerifier(t *testing.T) {
	t.Parallel()
	for _, security := range []string{"security: [{keyAuth: []}]", "security: [{bearerAuth: []}, {keyAuth: []}]",
		"security: [{bearerAuth: [], keyAuth: []}]"} {
		for name, verifiers := range map[string]map[string]Verifier{
			"missing": {"bearerAuth": header("bearerAuth")},
			"nil":     {"bearerAuth": header("bearerAuth"), "keyAuth": nil},
		} {
			err := small(t, security).CheckVerifiers(verifiers)
			if err == nil || !strings.Contains(err.Error(), "scheme keyAuth has no verifier") ||
				!strings.Contains(err.Error(), `"keyAuth": func(ctx context.Context`) {
				t.Errorf("%s, its verifier %s: %v", security, name, err)
			}
		}
	}
}

// only returns the check of the contract's only operation.
func only(t *testing.T, c *Contract) Check {
	t.Helper()
	checks := c.Checks(map[string]Verifier{"bearerAuth": header("bearerAuth"), "keyAuth": header("keyAuth")}, time.Now)
	if len(checks) != 1 {
		t.Fatal(len(checks))
	}
	return checks[c.Operations()[0].ID]
}

// header returns a verifier that reads a caller and their scopes from the header field of that name: "ann news:read".
func header(name string) Verifier {
	return func(r *http.Request) (identity.Principal, error) {
		words := strings.Fields(r.Header.Get(name))
		switch {
		case len(words) == 0:
			return identity.Principal{}, &fault.Error{Kind: fault.Unauthenticated, Challenge: `Bearer realm="test"`}
		case words[0] == "bad":
			return identity.Principal{}, &fault.Error{Kind: fault.Unauthenticated, Challenge: `Bearer realm="test", error="invalid_token"`}
		case words[0] == "down":
			return identity.Principal{}, fault.New(fault.Unavailable, "", "the store is unavailable")
		}
		return identity.Principal{ID: words[0], Scopes: words[1:]}, nil
	}
}

func refusal(err error) string {
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		if strings.Contains(err.(*fault.Error).Challenge, "error=") {
			return "bad"
		}
		return "missing"
	case fault.Forbidden:
		return "forbidden"
	case fault.Unavailable:
		return "unavailable"
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestInsufficientScope(t *testing.T) {
	t.Parallel()
	e, ok := errors.AsType[*fault.Error](insufficientScope("ann", "news:write", "news:read"))
	if !ok || e.Kind != fault.Forbidden || e.Code != "INSUFFICIENT_SCOPE" ||
		e.Detail != `This operation needs a token with the scope "news:write news:read".` ||
		e.Challenge != `error="insufficient_scope", scope="news:write news:read"` {
		t.Errorf("%+v", e)
	}
}
