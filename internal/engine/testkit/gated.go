package testkit

import (
	"context"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// gated is a store that calls enter before it does something.
type gated struct {
	store.Backend
	enter func(context.Context)
}

func (g *gated) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	g.enter(ctx)
	return g.Backend.Insert(ctx, m, d)
}

func (g *gated) Update(ctx context.Context, m *store.Model, id string, set []store.Change, guard store.Guard) (store.Document, error) {
	g.enter(ctx)
	return g.Backend.Update(ctx, m, id, set, guard)
}

func (g *gated) Delete(ctx context.Context, m *store.Model, id string, guard store.Guard) error {
	g.enter(ctx)
	return g.Backend.Delete(ctx, m, id, guard)
}

func (g *gated) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	g.enter(ctx)
	return g.Backend.Find(ctx, m, q, yield)
}

func (g *gated) Get(ctx context.Context, m *store.Model, id string) (store.Document, error) {
	g.enter(ctx)
	return g.Backend.Get(ctx, m, id)
}

func (g *gated) Count(ctx context.Context, m *store.Model, where filter.Where) (int64, error) {
	g.enter(ctx)
	return g.Backend.Count(ctx, m, where)
}

func (g *gated) UpdateAll(ctx context.Context, m *store.Model, where filter.Where, set []store.Change) (int64, error) {
	g.enter(ctx)
	return g.Backend.UpdateAll(ctx, m, where, set)
}
