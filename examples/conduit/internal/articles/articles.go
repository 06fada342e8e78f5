// Package articles implements articles, favorites and tags.
package articles

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
	"unicode"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Handlers implements the operations tagged articles.
type Handlers struct {
	app.App
	id, author, tag filter.TypedProperty[string]
	created         filter.TypedProperty[time.Time]

	favorites       store.Collection[api.Favorite]
	favorited, user filter.TypedProperty[string] // the article and the user of a favorite

	comments  store.Collection[api.Comment]
	commented filter.TypedProperty[string] // the article of a comment
}

// New returns the handlers on the app's store.
func New(a app.App) Handlers {
	favorites := store.CollectionOf[api.Favorite](a.Store, "Favorite")
	comments := store.CollectionOf[api.Comment](a.Store, "Comment")
	return Handlers{
		App: a, id: store.PropertyOf[string](a.Articles, "id"), author: store.PropertyOf[string](a.Articles, "author"),
		tag: store.PropertyOf[string](a.Articles, "tagList"), created: store.PropertyOf[time.Time](a.Articles, "createdAt"),
		favorites: favorites, favorited: store.PropertyOf[string](favorites, "article"), user: store.PropertyOf[string](favorites, "user"),
		comments: comments, commented: store.PropertyOf[string](comments, "article"),
	}
}

// CreateArticle stores an article of the caller.
func (h Handlers) CreateArticle(ctx context.Context, r api.CreateArticleRequestObject) (api.CreateArticleResponseObject, error) {
	now := timestamp.Of(h.Now())
	in := r.Body.Article
	slug := slugOf(in.Title)
	_, _, err := h.Articles.Create(ctx, api.Article{
		Slug: slug, Title: in.Title, Description: in.Description, Body: in.Body, TagList: in.TagList, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		return nil, err
	}
	body, err := h.bySlug(ctx, slug)
	return api.CreateArticle201JSONResponse{ArticleResponseJSONResponse: body}, err
}

// GetArticle returns an article.
func (h Handlers) GetArticle(ctx context.Context, r api.GetArticleRequestObject) (api.GetArticleResponseObject, error) {
	body, err := h.bySlug(ctx, r.Slug)
	return api.GetArticle200JSONResponse{ArticleResponseJSONResponse: body}, err
}

// UpdateArticle changes the sent properties of an article of the caller. A new title gives it a new slug.
func (h Handlers) UpdateArticle(ctx context.Context, r api.UpdateArticleRequestObject) (api.UpdateArticleResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	change := struct {
		api.ArticleChange
		Slug      string         `json:"slug"`
		UpdatedAt timestamp.Time `json:"updatedAt"`
	}{r.Body.Article, article.Slug, timestamp.Of(h.Now())}
	if change.Title != nil && *change.Title != article.Title {
		change.Slug = slugOf(*change.Title)
	}
	if _, _, err := h.Articles.Update(ctx, article.ID, change, store.Any); err != nil {
		return nil, err
	}
	body, err := h.bySlug(ctx, change.Slug)
	return api.UpdateArticle200JSONResponse{ArticleResponseJSONResponse: body}, err
}

// DeleteArticle deletes an article of the caller, then its comments and favorites. If it fails between these, they are left, and nobody
// can reach them.
func (h Handlers) DeleteArticle(ctx context.Context, r api.DeleteArticleRequestObject) (api.DeleteArticleResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	if err := h.Articles.Delete(ctx, article.ID, store.Any); err != nil {
		return nil, err
	}
	if _, err := h.comments.DeleteWhere(ctx, h.commented.Eq(article.ID)); err != nil {
		return nil, err
	}
	_, err = h.favorites.DeleteWhere(ctx, h.favorited.Eq(article.ID))
	return api.DeleteArticle204Response{}, err
}

// ListTags returns the tags of the latest articles, each once, those of the latest article first.
func (h Handlers) ListTags(ctx context.Context, _ api.ListTagsRequestObject) (api.ListTagsResponseObject, error) {
	tags, seen := []string{}, map[string]bool{}
	err := h.Articles.Each(ctx, filter.Query{Order: h.latest(), Limit: 1000}, func(a api.Article, _ store.Version) error {
		for _, tag := range app.Value(a.TagList) {
			if !seen[tag] {
				seen[tag] = true
				tags = append(tags, tag)
			}
		}
		return nil
	})
	return api.ListTags200JSONResponse{Tags: tags}, err
}

// slugOf returns a slug for a title: its letters and digits in lower case with dashes between the words, and a random end, so that two
// articles can have one title.
func slugOf(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slug := []rune(strings.Join(words, "-"))
	return strings.TrimLeft(string(slug[:min(len(slug), 150)])+"-"+strings.ToLower(rand.Text()[:8]), "-")
}
