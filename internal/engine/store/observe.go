package store

import (
	"context"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Observer is notified of each call of a Backend's methods that read or write documents.
type Observer interface {
	// Begin is called before a call. The call gets the context that it returns, and end is called with the error of the call.
	Begin(context.Context, Call) (_ context.Context, end func(error))
}

// Call describes a call of a Backend.
type Call struct {
	Method     string // get, find, count, insert, update, update_all, delete or delete_all
	Collection string
	Query      filter.Query // of a find; only Where is set for count, update_all and delete_all
}

// Observe returns a backend that notifies the observers of each call. Ping, Scan and what concerns the whole store are not observed.
// Without observers, it returns the backend itself.
func Observe(b Backend, observers ...Observer) Backend {
	if len(observers) == 0 {
		return b
	}
	return observed{b, observers}
}

type observed struct {
	Backend
	observers []Observer
}

func (o observed) begin(ctx context.Context, method string, m *Model, q filter.Query) (context.Context, func(error)) {
	call := Call{method, m.Collection, q}
	if len(o.observers) == 1 {
		return o.observers[0].Begin(ctx, call)
	}
	ends := make([]func(error), len(o.observers))
	for i, observer := range o.observers {
		ctx, ends[i] = observer.Begin(ctx, call)
	}
	return ctx, func(err error) {
		for _, end := range ends {
			end(err)
		}
	}
}

func (o observed) Insert(ctx context.Context, m *Model, d Document) (err error) {
	ctx, end := o.begin(ctx, "insert", m, filter.Query{})
	defer func() { end(err) }()
	return o.Backend.Insert(ctx, m, d)
}

func (o observed) Get(ctx context.Context, m *Model, id string) (_ Document, err error) {
	ctx, end := o.begin(ctx, "get", m, filter.Query{})
	defer func() { end(err) }()
	return o.Backend.Get(ctx, m, id)
}

func (o observed) Find(ctx context.Context, m *Model, q *filter.Query, yield func(Document) error) (err error) {
	ctx, end := o.begin(ctx, "find", m, *q)
	defer func() { end(err) }()
	return o.Backend.Find(ctx, m, q, yield)
}

func (o observed) Count(ctx context.Context, m *Model, where filter.Where) (_ int64, err error) {
	ctx, end := o.begin(ctx, "count", m, filter.Query{Where: where})
	defer func() { end(err) }()
	return o.Backend.Count(ctx, m, where)
}

func (o observed) Update(ctx context.Context, m *Model, id string, set []Change, g Guard) (_ Document, err error) {
	ctx, end := o.begin(ctx, "update", m, filter.Query{})
	defer func() { end(err) }()
	return o.Backend.Update(ctx, m, id, set, g)
}

func (o observed) UpdateAll(ctx context.Context, m *Model, where filter.Where, set []Change) (_ int64, err error) {
	ctx, end := o.begin(ctx, "update_all", m, filter.Query{Where: where})
	defer func() { end(err) }()
	return o.Backend.UpdateAll(ctx, m, where, set)
}

func (o observed) Delete(ctx context.Context, m *Model, id string, g Guard) (err error) {
	ctx, end := o.begin(ctx, "delete", m, filter.Query{})
	defer func() { end(err) }()
	return o.Backend.Delete(ctx, m, id, g)
}

func (o observed) DeleteAll(ctx context.Context, m *Model, where filter.Where) (_ int64, err error) {
	ctx, end := o.begin(ctx, "delete_all", m, filter.Query{Where: where})
	defer func() { end(err) }()
	return o.Backend.DeleteAll(ctx, m, where)
}
