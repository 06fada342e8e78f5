// Package profiles implements profiles and following.
package profiles

import (
	"context"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// Handlers implements the operations tagged profiles.
type Handlers struct{ app.App }

// New returns the handlers on the app's store.
func New(a app.App) Handlers { return Handlers{a} }

// GetProfile returns a user's profile.
func (h Handlers) GetProfile(ctx context.Context, r api.GetProfileRequestObject) (api.GetProfileResponseObject, error) {
	user, err := h.User(ctx, r.Username)
	if err != nil {
		return nil, err
	}
	body, err := h.profile(ctx, user.ID)
	return api.GetProfile200JSONResponse{ProfileResponseJSONResponse: body}, err
}

// FollowUser makes the caller follow a user; following twice is following once.
func (h Handlers) FollowUser(ctx context.Context, r api.FollowUserRequestObject) (api.FollowUserResponseObject, error) {
	user, err := h.User(ctx, r.Username)
	if err != nil {
		return nil, err
	}
	_, _, err = h.Follows.Create(ctx, map[string]any{"follower": app.Caller(ctx), "followed": user.ID})
	if err != nil && fault.KindOf(err) != fault.Conflict {
		return nil, err
	}
	body, err := h.profile(ctx, user.ID)
	return api.FollowUser200JSONResponse{ProfileResponseJSONResponse: body}, err
}

// UnfollowUser makes the caller follow a user no longer.
func (h Handlers) UnfollowUser(ctx context.Context, r api.UnfollowUserRequestObject) (api.UnfollowUserResponseObject, error) {
	user, err := h.User(ctx, r.Username)
	if err != nil {
		return nil, err
	}
	if _, err := h.Follows.DeleteWhere(ctx, h.Follow(ctx, user.ID)); err != nil {
		return nil, err
	}
	body, err := h.profile(ctx, user.ID)
	return api.UnfollowUser200JSONResponse{ProfileResponseJSONResponse: body}, err
}

func (h Handlers) profile(ctx context.Context, id string) (api.ProfileResponseJSONResponse, error) {
	profiles, err := h.Profiles(ctx, id)
	return api.ProfileResponseJSONResponse{Profile: profiles[id]}, err
}
