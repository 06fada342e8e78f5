package articles

import (
	"context"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// FavoriteArticle makes an article a favorite of the caller; twice is once.
func (h Handlers) FavoriteArticle(ctx context.Context, r api.FavoriteArticleRequestObject) (api.FavoriteArticleResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	_, _, err = h.favorites.Create(ctx, map[string]any{"article": article.ID, "user": app.Caller(ctx)})
	if err != nil && fault.KindOf(err) != fault.Conflict {
		return nil, err
	}
	body, err := h.bySlug(ctx, r.Slug)
	return api.FavoriteArticle200JSONResponse{ArticleResponseJSONResponse: body}, err
}

// UnfavoriteArticle takes the caller's favorite back.
func (h Handlers) UnfavoriteArticle(
	ctx context.Context, r api.UnfavoriteArticleRequestObject,
) (api.UnfavoriteArticleResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	where := filter.All(h.favorited.Eq(article.ID), h.user.Eq(app.Caller(ctx)))
	if _, err := h.favorites.DeleteWhere(ctx, where); err != nil {
		return nil, err
	}
	body, err := h.bySlug(ctx, r.Slug)
	return api.UnfavoriteArticle200JSONResponse{ArticleResponseJSONResponse: body}, err
}
