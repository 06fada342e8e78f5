package testapp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

type system struct {
	store *store.Store
	keys  *auth.Keys
	now   func() time.Time
}

func newSystem(s engine.Services) system { return system{s.Store, s.Keys, s.Now} }

func (h system) Ping(context.Context, api.PingRequestObject) (api.PingResponseObject, error) {
	return api.Ping200JSONResponse{Greeting: "Hello", Date: timestamp.Of(h.now())}, nil
}

func (h system) Health(context.Context, api.HealthRequestObject) (api.HealthResponseObject, error) {
	return api.Health200JSONResponse{Status: api.HealthStatusUp}, nil
}

func (h system) Ready(ctx context.Context, _ api.ReadyRequestObject) (api.ReadyResponseObject, error) {
	return api.Ready200JSONResponse{Status: api.HealthStatusUp}, h.store.Ping(ctx)
}

func (h system) GetKeys(context.Context, api.GetKeysRequestObject) (api.GetKeysResponseObject, error) {
	var set api.KeySet
	err := json.Unmarshal(h.keys.JWKS(), &set)
	return api.GetKeys200JSONResponse(set), err
}

type sessions struct {
	accounts *account.Accounts
	now      func() time.Time
}

func newSessions(s engine.Services) sessions { return sessions{s.Accounts, s.Now} }

func (h sessions) SignIn(ctx context.Context, r api.SignInRequestObject) (api.SignInResponseObject, error) {
	credentials := account.Credentials{Email: r.Body.Email, Password: r.Body.Password}
	if r.Body.RefreshToken != nil {
		credentials.RefreshToken = *r.Body.RefreshToken
	}
	tokens, err := h.accounts.SignIn(ctx, credentials)
	return api.SignIn200JSONResponse(h.token(tokens)), err
}

func (h sessions) Refresh(ctx context.Context, r api.RefreshRequestObject) (api.RefreshResponseObject, error) {
	tokens, err := h.accounts.Sessions.Refresh(ctx, r.Body.RefreshToken)
	return api.Refresh200JSONResponse(h.token(tokens)), err
}

func (h sessions) token(t account.Tokens) api.Token {
	return api.Token{
		Token: t.Access, RefreshToken: t.Refresh, TokenType: api.TokenTokenTypeBearer, UserID: t.User,
		ExpiresIn: int(t.Expires.Sub(h.now()).Round(time.Second).Seconds()),
	}
}

func (h sessions) SignOut(ctx context.Context, _ api.SignOutRequestObject) (api.SignOutResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.SignOut204Response{}, h.accounts.Sessions.SignOut(ctx, caller)
}

func (h sessions) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	found, err := h.accounts.Sessions.List(ctx, caller)
	return api.ListSessions200JSONResponse(found), err
}

func (h sessions) EndSession(ctx context.Context, r api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.EndSession204Response{}, h.accounts.Sessions.End(ctx, caller, r.ID)
}

func (h sessions) EndOtherSessions(ctx context.Context, _ api.EndOtherSessionsRequestObject) (api.EndOtherSessionsResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.EndOtherSessions204Response{}, h.accounts.Sessions.EndAll(ctx, caller.ID, caller.SessionID)
}

type users struct {
	users    store.Collection[api.User]
	events   store.Collection[account.Event]
	accounts *account.Accounts
}

func newUsers(s engine.Services) users {
	return users{store.CollectionOf[api.User](s.Store, "User"), store.CollectionOf[account.Event](s.Store, "AuditEvent"), s.Accounts}
}

func (h users) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
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

func (h users) WhoAmI(ctx context.Context, _ api.WhoAmIRequestObject) (api.WhoAmIResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.WhoAmI200JSONResponse(caller.ID), nil
}

func (h users) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	user, _, err := h.users.Get(ctx, caller.ID)
	return api.GetMe200JSONResponse(user), err
}

func (h users) UpdateMe(ctx context.Context, r api.UpdateMeRequestObject) (api.UpdateMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	_, _, err := h.users.Update(ctx, caller.ID, r.Body, store.Any)
	return api.UpdateMe204Response{}, err
}

func (h users) DeleteMe(ctx context.Context, _ api.DeleteMeRequestObject) (api.DeleteMeResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.DeleteMe204Response{}, h.accounts.Delete(ctx, caller.ID)
}

func (h users) ChangePassword(ctx context.Context, r api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	caller, _ := identity.FromContext(ctx)
	return api.ChangePassword204Response{}, h.accounts.ChangePassword(ctx, caller, r.Body.OldPassword, r.Body.NewPassword)
}

func (h users) FindUsers(ctx context.Context, _ api.FindUsersRequestObject) (api.FindUsersResponseObject, error) {
	found, err := h.users.Find(ctx, nil)
	return api.StoredJSON{Body: found}, err
}

func (h users) FindAudit(ctx context.Context, _ api.FindAuditRequestObject) (api.FindAuditResponseObject, error) {
	found, err := h.events.Find(ctx, nil)
	return api.StoredJSON{Body: found}, err
}

func (h users) UpdateUser(ctx context.Context, r api.UpdateUserRequestObject) (api.UpdateUserResponseObject, error) {
	if caller, _ := identity.FromContext(ctx); caller.ID == r.ID {
		return nil, fault.New(fault.Forbidden, "OWN_ACCOUNT", "Administrators cannot change their own roles or disable themselves. Ask "+
			"another one.")
	}
	return api.UpdateUser204Response{}, h.accounts.Change(ctx, r.ID, *r.Body)
}

func (h users) EndUserSessions(ctx context.Context, r api.EndUserSessionsRequestObject) (api.EndUserSessionsResponseObject, error) {
	if _, _, err := h.users.Get(ctx, r.ID); err != nil {
		return nil, err
	}
	return api.EndUserSessions204Response{}, h.accounts.Sessions.EndAll(ctx, r.ID, "")
}
