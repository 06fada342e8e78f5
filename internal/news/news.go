// Package news implements LoopBack's eight operations on the news collection.
package news

import (
	"context"

	"github.com/newsdesk-api/newsdesk/gen/api"
	"github.com/newsdesk-api/newsdesk/internal/app"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Handlers implements the operations tagged news.
type Handlers struct{ news store.Collection[api.News] }

// New returns the handlers on the app's store.
func New(a app.App) Handlers { return Handlers{store.CollectionOf[api.News](a.Store, "News")} }

// CreateNews stores a news item owned by the caller.
func (h Handlers) CreateNews(ctx context.Context, r api.CreateNewsRequestObject) (api.CreateNewsResponseObject, error) {
	news, version, err := h.news.Create(ctx, r.Body)
	return api.StoredJSON{Body: news, ETag: version.ETag()}, err
}

// FindNews lists the news of all users.
func (h Handlers) FindNews(ctx context.Context, r api.FindNewsRequestObject) (api.FindNewsResponseObject, error) {
	found, err := h.news.FindPage(ctx, r.Params.Filter, r.Params.Total)
	return api.StoredJSON{Body: found}, err
}

// CountNews counts the news of all users.
func (h Handlers) CountNews(ctx context.Context, r api.CountNewsRequestObject) (api.CountNewsResponseObject, error) {
	count, err := h.news.Count(ctx, r.Params.Where)
	return api.CountNews200JSONResponse{Count: count}, err
}

// UpdateAllNews updates the caller's news items that match the condition.
func (h Handlers) UpdateAllNews(ctx context.Context, r api.UpdateAllNewsRequestObject) (api.UpdateAllNewsResponseObject, error) {
	count, err := h.news.UpdateAll(ctx, r.Params.Where, r.Params.All, r.Body)
	return api.UpdateAllNews200JSONResponse{Count: count}, err
}

// GetNews returns a news item, unless the caller already has its current version.
func (h Handlers) GetNews(ctx context.Context, r api.GetNewsRequestObject) (api.GetNewsResponseObject, error) {
	news, version, err := h.news.Read(ctx, r.ID, r.Params.Filter)
	if err != nil {
		return nil, err
	}
	unchanged, err := store.If(r.Params.IfMatch, r.Params.IfNoneMatch).NotModified(version)
	if unchanged {
		return api.GetNews304Response{Headers: api.GetNews304ResponseHeaders{ETag: version.ETag()}}, err
	}
	return api.StoredJSON{Body: news, ETag: version.ETag()}, err
}

// UpdateNews updates the sent properties of a news item.
func (h Handlers) UpdateNews(ctx context.Context, r api.UpdateNewsRequestObject) (api.UpdateNewsResponseObject, error) {
	_, version, err := h.news.Update(ctx, r.ID, r.Body, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
	return api.UpdateNews204Response{Headers: api.UpdateNews204ResponseHeaders{ETag: version.ETag()}}, err
}

// ReplaceNews replaces a news item.
func (h Handlers) ReplaceNews(ctx context.Context, r api.ReplaceNewsRequestObject) (api.ReplaceNewsResponseObject, error) {
	_, version, err := h.news.Replace(ctx, r.ID, r.Body, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
	return api.ReplaceNews204Response{Headers: api.ReplaceNews204ResponseHeaders{ETag: version.ETag()}}, err
}

// DeleteNews deletes a news item.
func (h Handlers) DeleteNews(ctx context.Context, r api.DeleteNewsRequestObject) (api.DeleteNewsResponseObject, error) {
	return api.DeleteNews204Response{}, h.news.Delete(ctx, r.ID, store.If(r.Params.IfMatch, r.Params.IfNoneMatch))
}
