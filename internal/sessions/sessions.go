// Package sessions implements sign-in, refresh, sign-out and the management of sessions.
package sessions

import (
	"context"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Handlers implements the operations tagged sessions.
type Handlers struct {
	accounts *account.Accounts
	now      func() time.Time
}

// New returns the handlers on the app's accounts.
func New(a app.App) Handlers { return Handlers{a.Accounts, a.Now} }

// SignIn starts a session.
func (h Handlers) SignIn(ctx context.Context, r api.SignInRequestObject) (api.SignInResponseObject, error) {
	credentials := account.Credentials{Email: r.Body.Email, Password: r.Body.Password}
	if r.Body.RefreshToken != nil {
		credentials.RefreshToken = *r.Body.RefreshToken
	}
	tokens, err := h.accounts.SignIn(ctx, credentials)
	return api.SignIn200JSONResponse(h.token(tokens)), err
}

// Refresh returns the next tokens of a session.
func (h Handlers) Refresh(ctx context.Context, r api.RefreshRequestObject) (api.RefreshResponseObject, error) {
	tokens, err := h.accounts.Sessions.Refresh(ctx, r.Body.RefreshToken)
	return api.Refresh200JSONResponse(h.token(tokens)), err
}

// SignOut ends the session of the token.
func (h Handlers) SignOut(ctx context.Context, _ api.SignOutRequestObject) (api.SignOutResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.SignOut204Response{}, h.accounts.Sessions.SignOut(ctx, caller)
}

// ListSessions lists the caller's sessions.
func (h Handlers) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	found, err := h.accounts.Sessions.List(ctx, caller)
	return api.ListSessions200JSONResponse(found), err
}

// EndSession ends one of the caller's sessions.
func (h Handlers) EndSession(ctx context.Context, r api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.EndSession204Response{}, h.accounts.Sessions.End(ctx, caller, r.ID)
}

// EndOtherSessions ends the caller's sessions except the current one.
func (h Handlers) EndOtherSessions(ctx context.Context, _ api.EndOtherSessionsRequestObject) (api.EndOtherSessionsResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.EndOtherSessions204Response{}, h.accounts.Sessions.EndAll(ctx, caller.ID, caller.SessionID)
}

func (h Handlers) token(t account.Tokens) api.Token {
	return api.Token{
		Token: t.Access, RefreshToken: t.Refresh, TokenType: api.TokenTokenTypeBearer, UserID: t.User,
		ExpiresIn: int(t.Expires.Sub(h.now()).Round(time.Second).Seconds()),
	}
}
