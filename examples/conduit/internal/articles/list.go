package articles

import (
	"context"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// ListArticles lists the articles that have the tag, the author and the favorite of the user that are asked for. A user who does not exist
// has none.
func (h Handlers) ListArticles(ctx context.Context, r api.ListArticlesRequestObject) (api.ListArticlesResponseObject, error) {
	conditions := []filter.Where{filter.Everything{}}
	if r.Params.Tag != nil {
		conditions = append(conditions, h.tag.Eq(*r.Params.Tag))
	}
	for name, condition := range map[*string]func(context.Context, string) (filter.Where, error){
		r.Params.Author:    func(_ context.Context, id string) (filter.Where, error) { return h.author.Eq(id), nil },
		r.Params.Favorited: h.favoritesOf,
	} {
		if name == nil {
			continue
		}
		user, err := h.User(ctx, *name)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		where, err := condition(ctx, user.ID)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, where)
	}
	body, err := h.page(ctx, filter.All(conditions...), r.Params.Limit, r.Params.Offset)
	return api.ListArticles200JSONResponse{ArticlesResponseJSONResponse: body}, err
}

// GetFeed lists the articles of the users whom the caller follows.
func (h Handlers) GetFeed(ctx context.Context, r api.GetFeedRequestObject) (api.GetFeedResponseObject, error) {
	followed, err := h.Followed(ctx)
	if err != nil {
		return nil, err
	}
	body, err := h.page(ctx, h.author.Inq(followed...), r.Params.Limit, r.Params.Offset)
	return api.GetFeed200JSONResponse{ArticlesResponseJSONResponse: body}, err
}

func (h Handlers) latest() []filter.Order { return []filter.Order{h.created.Desc()} }

// favoritesOf returns the condition that an article is a favorite of the user.
func (h Handlers) favoritesOf(ctx context.Context, user string) (filter.Where, error) {
	var ids []string
	query := filter.Query{Where: h.user.Eq(user), Limit: filter.NoLimit}
	err := h.favorites.Each(ctx, query, func(f api.Favorite, _ store.Version) error {
		ids = append(ids, f.Article)
		return nil
	})
	return h.id.Inq(ids...), err
}

// page returns a page of the articles that match, and the number of all that match.
func (h Handlers) page(ctx context.Context, where filter.Where, limit, offset *int) (api.ArticlesResponseJSONResponse, error) {
	var articles []api.Article
	query := filter.Query{Where: where, Order: h.latest(), Limit: 20, Skip: app.Value(offset)}
	if limit != nil {
		query.Limit = *limit
	}
	err := h.Articles.Each(ctx, query, func(a api.Article, _ store.Version) error {
		articles = append(articles, a)
		return nil
	})
	if err != nil {
		return api.ArticlesResponseJSONResponse{}, err
	}
	count, err := h.Articles.CountWhere(ctx, where)
	if err != nil {
		return api.ArticlesResponseJSONResponse{}, err
	}
	views, err := h.views(ctx, articles)
	return api.ArticlesResponseJSONResponse{Articles: views, ArticlesCount: int(count)}, err
}

func (h Handlers) bySlug(ctx context.Context, slug string) (api.ArticleResponseJSONResponse, error) {
	article, err := h.Article(ctx, slug)
	if err != nil {
		return api.ArticleResponseJSONResponse{}, err
	}
	views, err := h.views(ctx, []api.Article{article})
	if err != nil {
		return api.ArticleResponseJSONResponse{}, err
	}
	return api.ArticleResponseJSONResponse{Article: views[0]}, nil
}

// views returns the articles as the caller sees them.
func (h Handlers) views(ctx context.Context, articles []api.Article) ([]api.ArticleView, error) {
	views := make([]api.ArticleView, len(articles)) // not nil, which would be null
	if len(articles) == 0 {
		return views, nil
	}
	var authors, ids []string
	for _, a := range articles {
		authors, ids = append(authors, a.Author), append(ids, a.ID)
	}
	profiles, err := h.Profiles(ctx, authors...)
	if err != nil {
		return nil, err
	}
	caller, mine, count := app.Caller(ctx), map[string]bool{}, map[string]int64{}
	query := filter.Query{Where: h.favorited.Inq(ids...), Limit: filter.NoLimit}
	err = h.favorites.Each(ctx, query, func(f api.Favorite, _ store.Version) error {
		count[f.Article]++
		mine[f.Article] = mine[f.Article] || f.User == caller
		return nil
	})
	for i, a := range articles {
		views[i] = api.ArticleView{
			Slug: a.Slug, Title: a.Title, Description: a.Description, Body: a.Body, TagList: append([]string{}, app.Value(a.TagList)...),
			CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Favorited: mine[a.ID], FavoritesCount: count[a.ID], Author: profiles[a.Author],
		}
	}
	return views, err
}
