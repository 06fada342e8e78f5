package testkit

import (
	"context"
	"net/http"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
)

// withTokens returns the application with verifiers that accept tokens of the API as the credentials of every security scheme, so that the
// tests can be every caller. They pass other credentials to the application's verifiers.
func withTokens(app server.App) server.App {
	register := app.Register
	app.Register = func(r server.Router, s engine.Services, m server.Middleware) {
		register(r, s, m)
		all := r.Verifiers()
		for scheme, verify := range all {
			all[scheme] = func(ctx context.Context, c identity.Credentials) (identity.Principal, error) {
				p, err := s.Tokens.Verify(c.Secret)
				if fault.KindOf(err) == fault.Unauthenticated {
					return verify(ctx, c)
				}
				return p, err
			}
		}
		r.Verify(all)
	}
	return app
}

// authorize adds a token to a request, unless it is empty, as the credentials that the request's operation requires.
func (a *API) authorize(r *http.Request, token string) {
	if token == "" {
		return
	}
	if op := a.Contract.Operation(r.Method, r.URL.EscapedPath()); op != nil {
		op.Authorize(r, token, a.Contract.AccountScheme())
		return
	}
	r.Header.Set("Authorization", "Bearer "+token)
}
