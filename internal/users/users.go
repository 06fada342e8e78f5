// Package users makes accounts and signs people in.
package users

import (
	"context"
	"strings"
	"time"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/auth"
	"github.com/newsdesk-api/newsdesk/internal/fault"
	"github.com/newsdesk-api/newsdesk/internal/filter"
	"github.com/newsdesk-api/newsdesk/internal/store"
	"github.com/newsdesk-api/newsdesk/internal/timestamp"
)

// Handlers answers the operations tagged users.
type Handlers struct {
	users     store.Collection[api.User]
	secrets   store.Collection[secret]
	email     *filter.Property
	tokens    *auth.Tokens
	passwords *auth.Passwords
	scopes    []string
	now       func() time.Time
}

// New returns the handlers on the app's store, tokens and passwords.
func New(a app.App) Handlers {
	a.Store.Add(secrets)
	users := store.For[api.User](a.Store, "User")
	return Handlers{
		users: users, secrets: store.For[secret](a.Store, secrets.Schema.Name()), email: users.Property("email"),
		tokens: a.Tokens, passwords: a.Passwords, scopes: a.Scopes, now: a.Now,
	}
}

// SignUp makes an account. The password goes first: a secret without a user harms nobody, a user without one could never sign in.
func (h Handlers) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
	hash, err := h.passwords.Hash(ctx, r.Body.Password)
	if err != nil {
		return nil, err
	}
	id := store.NewID()
	if _, _, err := h.secrets.CreateAs(ctx, id, secret{Hash: hash}); err != nil {
		return nil, err
	}
	user, _, err := h.users.CreateAs(ctx, id, api.User{Email: canonical(r.Body.Email), DateCreated: timestamp.Of(h.now())})
	if err != nil {
		_ = h.secrets.Delete(ctx, id, store.Any) // what stays behind can open nothing
		return nil, err
	}
	return api.SignUp200JSONResponse(user), nil
}

// SignIn gives a token for an e-mail address and its password. An unknown address takes as long as a wrong password and
// gets the same answer, so that nobody learns who has an account.
func (h Handlers) SignIn(ctx context.Context, r api.SignInRequestObject) (api.SignInResponseObject, error) {
	user, err := h.check(ctx, canonical(r.Body.Email), r.Body.Password)
	if err != nil {
		return nil, err
	}
	token, principal, err := h.tokens.Issue(auth.Grant{Subject: user.ID, Session: store.NewID(), Scopes: h.scopes})
	if err != nil {
		return nil, err
	}
	return api.SignIn200JSONResponse{
		Token: token, TokenType: api.TokenTokenTypeBearer, ExpiresIn: int(principal.Expires.Sub(h.now()).Round(time.Second).Seconds()),
	}, nil
}

// WhoAmI tells the caller's id.
func (h Handlers) WhoAmI(ctx context.Context, _ api.WhoAmIRequestObject) (api.WhoAmIResponseObject, error) {
	caller, _ := auth.FromContext(ctx)
	return api.WhoAmI200JSONResponse(caller.ID), nil
}

// GetMe sends the caller's account.
func (h Handlers) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	caller, _ := auth.FromContext(ctx)
	user, _, err := h.users.Get(ctx, caller.ID)
	return api.GetMe200JSONResponse(user), err
}

// check returns the user with that e-mail address and password.
func (h Handlers) check(ctx context.Context, email, password string) (api.User, error) {
	wrong := fault.New(fault.Unauthenticated, "", "Invalid email or password.")
	user, _, err := h.users.First(ctx, filter.Equal(h.email, email))
	if fault.KindOf(err) == fault.NotFound {
		if err := h.passwords.CheckNothing(ctx, password); err != nil {
			return user, err
		}
		return user, wrong
	}
	if err != nil {
		return user, err
	}
	stored, version, err := h.secrets.Get(ctx, user.ID)
	if err != nil {
		return user, err
	}
	ok, rehash, err := h.passwords.Check(ctx, stored.Hash, password)
	switch {
	case err != nil:
		return user, err
	case !ok:
		return user, wrong
	case rehash:
		h.rehash(ctx, user.ID, password, version)
	}
	return user, nil
}

// rehash keeps a password in today's form. When it fails, the old form goes on working and the next sign-in tries again.
func (h Handlers) rehash(ctx context.Context, id, password string, version store.Version) {
	if hash, err := h.passwords.Hash(ctx, password); err == nil {
		_, _, _ = h.secrets.Replace(ctx, id, secret{Hash: hash}, version)
	}
}

// canonical is the form in which e-mail addresses are stored and compared.
func canonical(email string) string { return strings.ToLower(email) }
