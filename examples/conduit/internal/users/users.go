// Package users implements accounts and the sign-in.
package users

import (
	"context"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Handlers implements the operations tagged users.
type Handlers struct{ app.App }

// New returns the handlers on the app's store and accounts.
func New(a app.App) Handlers { return Handlers{a} }

// CreateUser creates an account and signs it in.
func (h Handlers) CreateUser(ctx context.Context, r api.CreateUserRequestObject) (api.CreateUserResponseObject, error) {
	input, err := account.Input(r.Body.User)
	if err != nil {
		return nil, err
	}
	if _, err := h.Accounts.Create(ctx, input); err != nil {
		return nil, err
	}
	body, err := h.signIn(ctx, r.Body.User.Email, r.Body.User.Password)
	return api.CreateUser201JSONResponse{UserResponseJSONResponse: body}, err
}

// Login starts a session.
func (h Handlers) Login(ctx context.Context, r api.LoginRequestObject) (api.LoginResponseObject, error) {
	body, err := h.signIn(ctx, r.Body.User.Email, r.Body.User.Password)
	return api.Login200JSONResponse{UserResponseJSONResponse: body}, err
}

// GetCurrentUser returns the caller's account with a new token of the same session.
func (h Handlers) GetCurrentUser(ctx context.Context, _ api.GetCurrentUserRequestObject) (api.GetCurrentUserResponseObject, error) {
	body, err := h.current(ctx)
	return api.GetCurrentUser200JSONResponse{UserResponseJSONResponse: body}, err
}

// UpdateCurrentUser changes the sent properties of the caller's account. A new password ends the caller's other sessions.
func (h Handlers) UpdateCurrentUser(
	ctx context.Context, r api.UpdateCurrentUserRequestObject,
) (api.UpdateCurrentUserResponseObject, error) {
	change, caller := r.Body.User, app.Caller(ctx)
	password := change.Password
	change.Password = nil
	if _, _, err := h.Users.Update(ctx, caller, change, store.Any); err != nil {
		return nil, err
	}
	if password != nil {
		principal, _ := identity.FromContext(ctx)
		if err := h.Accounts.SetPassword(ctx, caller, *password, principal.SessionID); err != nil {
			return nil, err
		}
	}
	body, err := h.current(ctx)
	return api.UpdateCurrentUser200JSONResponse{UserResponseJSONResponse: body}, err
}

func (h Handlers) signIn(ctx context.Context, email, password string) (api.UserResponseJSONResponse, error) {
	tokens, err := h.Accounts.SignIn(ctx, account.Credentials{Email: email, Password: password})
	if err != nil {
		return api.UserResponseJSONResponse{}, err
	}
	return h.user(ctx, tokens.User, tokens.Access)
}

func (h Handlers) current(ctx context.Context) (api.UserResponseJSONResponse, error) {
	caller, _ := identity.FromContext(ctx)
	token, _, err := h.Tokens.Issue(auth.TokenRequest{Subject: caller.ID, Session: caller.SessionID, Scopes: caller.Scopes})
	if err != nil {
		return api.UserResponseJSONResponse{}, err
	}
	return h.user(ctx, caller.ID, token)
}

func (h Handlers) user(ctx context.Context, id, token string) (api.UserResponseJSONResponse, error) {
	user, _, err := h.Users.Get(ctx, id)
	return api.UserResponseJSONResponse{User: api.CurrentUser{
		Email: user.Email, Token: token, Username: user.Username, Bio: app.Value(user.Bio), Image: app.Value(user.Image),
	}}, err
}
