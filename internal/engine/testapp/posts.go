package testapp

import (
	"context"
	"slices"

	"github.com/newsdesk-api/newsdesk/internal/engine"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/testapp/gen/api"
)

type posts struct {
	posts store.Collection[api.Post]
	slug  filter.TypedProperty[string]
}

func newPosts(s engine.Services) posts {
	c := store.CollectionOf[api.Post](s.Store, "Post")
	return posts{c, store.PropertyOf[string](c, "slug")}
}

func (h posts) bySlug(ctx context.Context, slug string) (api.Post, store.Version, error) {
	post, version, err := h.posts.First(ctx, h.slug.Eq(slug))
	if fault.KindOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "Entity not found: Post with slug %q", slug)
	}
	return post, version, err
}

func (h posts) CreatePost(ctx context.Context, r api.CreatePostRequestObject) (api.CreatePostResponseObject, error) {
	post, version, err := h.posts.Create(ctx, r.Body)
	return api.StoredJSON{Body: post, ETag: version.ETag()}, err
}

func (h posts) FindPosts(ctx context.Context, r api.FindPostsRequestObject) (api.FindPostsResponseObject, error) {
	found, err := h.posts.Find(ctx, r.Params.Filter)
	return api.StoredJSON{Body: found}, err
}

func (h posts) GetPost(ctx context.Context, r api.GetPostRequestObject) (api.GetPostResponseObject, error) {
	post, version, err := h.bySlug(ctx, r.Slug)
	return api.GetPost200JSONResponse{Body: post, Headers: api.GetPost200ResponseHeaders{ETag: version.ETag()}}, err
}

func (h posts) UpdatePost(ctx context.Context, r api.UpdatePostRequestObject) (api.UpdatePostResponseObject, error) {
	post, _, err := h.bySlug(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	_, version, err := h.posts.Update(ctx, post.ID, r.Body, store.Any)
	return api.UpdatePost204Response{Headers: api.UpdatePost204ResponseHeaders{ETag: version.ETag()}}, err
}

func (h posts) DeletePost(ctx context.Context, r api.DeletePostRequestObject) (api.DeletePostResponseObject, error) {
	post, _, err := h.bySlug(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	return api.DeletePost204Response{}, h.posts.Delete(ctx, post.ID, store.Any)
}

// TagPost adds a tag to a post unless the post already has it.
func (h posts) TagPost(ctx context.Context, r api.TagPostRequestObject) (api.TagPostResponseObject, error) {
	post, _, err := h.bySlug(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	var tags []string
	if post.Tags != nil {
		tags = *post.Tags
	}
	if !slices.Contains(tags, r.Tag) {
		tags = append(tags, r.Tag)
	}
	_, _, err = h.posts.Update(ctx, post.ID, map[string]any{"tags": tags}, store.Any)
	return api.TagPost204Response{}, err
}
