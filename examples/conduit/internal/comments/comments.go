// Package comments implements comments on articles.
package comments

import (
	"context"

	"github.com/newsdesk-api/newsdesk/examples/conduit/gen/api"
	"github.com/newsdesk-api/newsdesk/examples/conduit/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/timestamp"
)

// Handlers implements the operations tagged comments.
type Handlers struct {
	app.App
	comments store.Collection[api.Comment]
	article  filter.TypedProperty[string]
	number   filter.TypedProperty[int64]
}

// New returns the handlers on the app's store.
func New(a app.App) Handlers {
	comments := store.CollectionOf[api.Comment](a.Store, "Comment")
	return Handlers{a, comments, store.PropertyOf[string](comments, "article"), store.PropertyOf[int64](comments, "number")}
}

// ListComments lists the comments on an article, the oldest first.
func (h Handlers) ListComments(ctx context.Context, r api.ListCommentsRequestObject) (api.ListCommentsResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	var comments []api.Comment
	query := filter.Query{Where: h.article.Eq(article.ID), Order: []filter.Order{h.number.Asc()}, Limit: filter.NoLimit}
	err = h.comments.Each(ctx, query, func(c api.Comment, _ store.Version) error {
		comments = append(comments, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	views, err := h.views(ctx, comments)
	return api.ListComments200JSONResponse{Comments: views}, err
}

// CreateComment adds a comment of the caller, whose number follows the highest one of the article. If two are added at once, the unique
// index lets one of them have it, and the other takes the next.
func (h Handlers) CreateComment(ctx context.Context, r api.CreateCommentRequestObject) (api.CreateCommentResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	comment := api.Comment{Article: article.ID, Body: r.Body.Comment.Body, Author: app.Caller(ctx), CreatedAt: timestamp.Of(h.Now())}
	for {
		comment.Number, err = h.next(ctx, article.ID)
		if err != nil {
			return nil, err
		}
		_, _, err = h.comments.Create(ctx, comment)
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.Conflict || ctx.Err() != nil {
			return nil, err
		}
	}
	views, err := h.views(ctx, []api.Comment{comment})
	if err != nil {
		return nil, err
	}
	return api.CreateComment200JSONResponse{Comment: views[0]}, nil
}

// DeleteComment deletes a comment of the caller.
func (h Handlers) DeleteComment(ctx context.Context, r api.DeleteCommentRequestObject) (api.DeleteCommentResponseObject, error) {
	article, err := h.Article(ctx, r.Slug)
	if err != nil {
		return nil, err
	}
	comment, _, err := h.comments.First(ctx, filter.All(h.article.Eq(article.ID), h.number.Eq(r.ID)))
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "The comment does not exist.")
	}
	if err != nil {
		return nil, err
	}
	if comment.Author != app.Caller(ctx) {
		return nil, fault.New(fault.Forbidden, "", "Only the author can delete a comment.")
	}
	return api.DeleteComment204Response{}, h.comments.Delete(ctx, comment.ID, store.Any)
}

// next returns the number after the highest one of an article's comments.
func (h Handlers) next(ctx context.Context, article string) (int64, error) {
	highest := int64(0)
	query := filter.Query{Where: h.article.Eq(article), Order: []filter.Order{h.number.Desc()}, Limit: 1}
	err := h.comments.Each(ctx, query, func(c api.Comment, _ store.Version) error {
		highest = c.Number
		return nil
	})
	return highest + 1, err
}

// views returns the comments as the caller sees them.
func (h Handlers) views(ctx context.Context, comments []api.Comment) ([]api.CommentView, error) {
	var authors []string
	for _, c := range comments {
		authors = append(authors, c.Author)
	}
	profiles, err := h.Profiles(ctx, authors...)
	views := make([]api.CommentView, len(comments)) // not nil, which would be null
	for i, c := range comments {
		views[i] = api.CommentView{ID: c.Number, Body: c.Body, CreatedAt: c.CreatedAt, UpdatedAt: c.CreatedAt, Author: profiles[c.Author]}
	}
	return views, err
}
