// Package users implements the account operations: users manage their own account, administrators all accounts.
package users

import (
	"context"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Handlers implements the operations tagged users.
type Handlers struct {
	users    store.Collection[api.User]
	accounts *account.Accounts
}

// New returns the handlers on the app's store and accounts.
func New(a app.App) Handlers {
	return Handlers{store.CollectionOf[api.User](a.Store, "User"), a.Accounts}
}

// SignUp creates an account.
func (h Handlers) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
	input, err := account.Input(r.Body)
	if err != nil {
		return nil, err
	}
	id, err := h.accounts.Create(ctx, input)
	if err != nil {
		return nil, err
	}
	user, _, err := h.users.Get(ctx, id)
	return api.SignUp200JSONResponse(user), err
}

// WhoAmI returns the caller's id.
func (h Handlers) WhoAmI(ctx context.Context, _ api.WhoAmIRequestObject) (api.WhoAmIResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.WhoAmI200JSONResponse(caller.ID), nil
}

// GetMe returns the caller's account.
func (h Handlers) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	user, _, err := h.users.Get(ctx, caller.ID)
	return api.GetMe200JSONResponse(user), err
}

// UpdateMe updates the sent properties of the caller's account.
func (h Handlers) UpdateMe(ctx context.Context, r api.UpdateMeRequestObject) (api.UpdateMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	_, _, err := h.users.Update(ctx, caller.ID, r.Body, store.Any)
	return api.UpdateMe204Response{}, err
}

// DeleteMe deletes the caller's account.
func (h Handlers) DeleteMe(ctx context.Context, _ api.DeleteMeRequestObject) (api.DeleteMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.DeleteMe204Response{}, h.accounts.Delete(ctx, caller.ID)
}

// ChangePassword changes the caller's password.
func (h Handlers) ChangePassword(ctx context.Context, r api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.ChangePassword204Response{}, h.accounts.ChangePassword(ctx, caller, r.Body.OldPassword, r.Body.NewPassword)
}

// FindUsers lists accounts.
func (h Handlers) FindUsers(ctx context.Context, r api.FindUsersRequestObject) (api.FindUsersResponseObject, error) {
	found, err := h.users.FindPage(ctx, r.Params.Filter, r.Params.Total)
	return api.StoredJSON{Body: found}, err
}

// CountUsers counts accounts.
func (h Handlers) CountUsers(ctx context.Context, r api.CountUsersRequestObject) (api.CountUsersResponseObject, error) {
	count, err := h.users.Count(ctx, r.Params.Where)
	return api.CountUsers200JSONResponse{Count: count}, err
}

// GetUser returns an account.
func (h Handlers) GetUser(ctx context.Context, r api.GetUserRequestObject) (api.GetUserResponseObject, error) {
	user, _, err := h.users.Get(ctx, r.ID)
	return api.GetUser200JSONResponse(user), err
}

// UpdateUser updates the sent properties of another user's account.
func (h Handlers) UpdateUser(ctx context.Context, r api.UpdateUserRequestObject) (api.UpdateUserResponseObject, error) {
	if caller, _ := identity.FromContext(ctx); caller.ID == r.ID {
		return nil, fault.New(fault.Forbidden, "OWN_ACCOUNT", "Administrators cannot change their own roles or disable themselves. Ask "+
			"another one.")
	}
	return api.UpdateUser204Response{}, h.accounts.Change(ctx, r.ID, *r.Body)
}

// EndUserSessions ends all sessions of a user.
func (h Handlers) EndUserSessions(ctx context.Context, r api.EndUserSessionsRequestObject) (api.EndUserSessionsResponseObject, error) {
	if _, _, err := h.users.Get(ctx, r.ID); err != nil {
		return nil, err
	}
	return api.EndUserSessions204Response{}, h.accounts.Sessions.EndAll(ctx, r.ID, "")
}
