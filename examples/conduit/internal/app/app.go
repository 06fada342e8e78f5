// Package app contains what the resources of Conduit share: the collections, and what everybody may see of a user.
package app

import (
	"context"
	"strings"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// App is passed to the New of every resource, by value.
type App struct {
	engine.Services
	Users    store.Collection[api.User]
	Articles store.Collection[api.Article]
	Follows  store.Collection[api.Follow]

	userID, username   filter.TypedProperty[string]
	slug               filter.TypedProperty[string]
	follower, followed filter.TypedProperty[string]
}

// New returns the application on the engine's services.
func New(s engine.Services) App {
	users := store.CollectionOf[api.User](s.Store, "User")
	articles := store.CollectionOf[api.Article](s.Store, "Article")
	follows := store.CollectionOf[api.Follow](s.Store, "Follow")
	return App{
		Services: s, Users: users, Articles: articles, Follows: follows,
		userID: store.PropertyOf[string](users, "id"), username: store.PropertyOf[string](users, "username"),
		slug:     store.PropertyOf[string](articles, "slug"),
		follower: store.PropertyOf[string](follows, "follower"), followed: store.PropertyOf[string](follows, "followed"),
	}
}

// Verifiers returns the verifier of the scheme Token: `Authorization: Token`, and a token of the engine.
func (a App) Verifiers() map[string]identity.Verifier {
	return map[string]identity.Verifier{"Token": func(_ context.Context, c identity.Credentials) (identity.Principal, error) {
		token, ok := strings.CutPrefix(c.Secret, "Token ")
		if !ok {
			return identity.Principal{}, fault.New(fault.Unauthenticated, "", "The header must be: Authorization: Token and the token")
		}
		return a.Tokens.Verify(token)
	}}
}

// User returns the user with that name, or a fault of kind NotFound.
func (a App) User(ctx context.Context, name string) (api.User, error) {
	user, _, err := a.Users.First(ctx, a.username.Eq(name))
	return user, missing(err, "The user does not exist.")
}

// Article returns the article with that slug, or a fault of kind NotFound.
func (a App) Article(ctx context.Context, slug string) (api.Article, error) {
	article, _, err := a.Articles.First(ctx, a.slug.Eq(slug))
	return article, missing(err, "The article does not exist.")
}

// missing gives a fault of kind NotFound a text without the id of a document, which nobody knows here.
func missing(err error, text string) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "%s", text)
	}
	return err
}

// Follow returns the condition that a document is the caller's follow of the user.
func (a App) Follow(ctx context.Context, user string) filter.Where {
	return filter.All(a.follower.Eq(Caller(ctx)), a.followed.Eq(user))
}

// Followed returns the ids of the users whom the caller follows: all, or those of the given ones.
func (a App) Followed(ctx context.Context, of ...string) ([]string, error) {
	where := a.follower.Eq(Caller(ctx))
	if len(of) > 0 {
		where = filter.All(where, a.followed.Inq(of...))
	}
	var ids []string
	err := a.Follows.Each(ctx, filter.Query{Where: where, Limit: filter.NoLimit}, func(f api.Follow, _ store.Version) error {
		ids = append(ids, f.Followed)
		return nil
	})
	return ids, err
}

// Profiles returns the profiles of users by their ids, as the caller sees them.
func (a App) Profiles(ctx context.Context, ids ...string) (map[string]api.Profile, error) {
	profiles := map[string]api.Profile{}
	query := filter.Query{Where: a.userID.Inq(ids...), Limit: filter.NoLimit}
	err := a.Users.Each(ctx, query, func(u api.User, _ store.Version) error {
		profiles[u.ID] = api.Profile{Username: u.Username, Bio: Value(u.Bio), Image: Value(u.Image)}
		return nil
	})
	if err != nil || Caller(ctx) == "" || len(ids) == 0 {
		return profiles, err
	}
	followed, err := a.Followed(ctx, ids...)
	for _, id := range followed {
		profile := profiles[id]
		profile.Following = true
		profiles[id] = profile
	}
	return profiles, err
}

// Caller returns the id of the caller, which is empty without a token.
func Caller(ctx context.Context) string {
	caller, _ := identity.FromContext(ctx)
	return caller.ID
}

// Value returns the value of an optional property, or the zero value.
func Value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
