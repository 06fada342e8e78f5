package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/identity"
)

// Collection contains the documents of one schema of the contract. T is the Go type that oapi-codegen generates for the schema.
//
// If the schema's x-collection names an owner, Collection sets it to the caller (identity.FromContext). Only the owner can change or delete
// a document and, if it is private, read it; a caller with x-collection's admin scope counts as the owner of every document. In such a
// collection, a context without a caller is an error. Errors are those of Backend, Forbidden for a document that another user owns, and
// BadRequest for a filter that the schema does not allow. It is safe for concurrent use.
type Collection[T any] struct {
	model   *Model
	backend Backend
	strays  *strays
	view    *view
}

// CollectionOf returns the collection of the contract's schema with that name. It panics if the contract has no such collection. That can
// only happen at the start of a program that does not fit its contract.
func CollectionOf[T any](s *Store, schema string) Collection[T] {
	m, err := s.model(schema)
	if err != nil {
		panic(err)
	}
	return Collection[T]{m, s.backend, s.strays, newView(m)}
}

// PropertyOf returns a property for conditions and orders in Go. It panics if the collection has no property of that name, or if its values
// do not have the type V: call it at the start of the program, as CollectionOf.
func PropertyOf[V filter.Value, T any](c Collection[T], name string) filter.TypedProperty[V] {
	p, err := filter.PropertyOf[V](c.model.Schema, name)
	if err != nil {
		panic(err)
	}
	return p
}

// Get returns the document with that id.
func (c Collection[T]) Get(ctx context.Context, id string) (T, Version, error) {
	d, err := c.get(ctx, id)
	if err != nil {
		var none T
		return none, 0, err
	}
	return decode[T](d)
}

// Read returns the JSON of the document with that id, or of the members that the filter's fields select. It uses the request's
// MemoryBudget.
func (c Collection[T]) Read(ctx context.Context, id string, fields json.RawMessage) (JSON, Version, error) {
	selected, err := c.model.Schema.FieldsContext(ctx, fields)
	if err != nil {
		return JSON{}, 0, err
	}
	d, err := c.get(ctx, id)
	if err != nil {
		return JSON{}, 0, err
	}
	w := jsonWriter{ctx: ctx}
	text, err := w.single(selected, d.JSON)
	return text, Version(d.Version), err
}

// Find returns the documents that match a filter, in order, as a JSON array. It uses the request's MemoryBudget.
func (c Collection[T]) Find(ctx context.Context, text json.RawMessage) (JSON, error) {
	parsed, err := c.model.Schema.QueryContext(ctx, text)
	if err != nil {
		return JSON{}, err
	}
	query := *parsed
	if query.Where, err = c.readable(ctx, parsed.Where); err != nil {
		return JSON{}, err
	}
	found := jsonWriter{ctx: ctx}
	err = c.backend.Find(AsScan(ctx), c.model, &query, c.each(func(d Document) error {
		return found.element(query.Fields, d.JSON)
	}))
	if err != nil {
		return JSON{}, err
	}
	return found.list()
}

// FindPage is Find. If total is true, it also counts all documents that match, whatever the filter's limit and offset (JSON.Total). The
// count may include writes that took place after the list was read.
func (c Collection[T]) FindPage(ctx context.Context, text json.RawMessage, total *bool) (JSON, error) {
	found, err := c.Find(ctx, text)
	if err != nil || total == nil || !*total {
		return found, err
	}
	query, err := c.model.Schema.QueryContext(ctx, text)
	if err != nil {
		return JSON{}, err
	}
	count, err := c.count(AsScan(ctx), query.Where)
	found.total = &count
	return found, err
}

// Each calls yield for each document that matches a query, in order, until yield returns an error, which Each then returns. It ignores the
// query's Fields. It returns an error if the collection's filter.Schema.CheckQuery does.
func (c Collection[T]) Each(ctx context.Context, query filter.Query, yield func(T, Version) error) (err error) {
	if err := c.model.Schema.CheckQuery(&query); err != nil {
		return err
	}
	if query.Where, err = c.readable(ctx, query.Where); err != nil {
		return err
	}
	return c.backend.Find(ctx, c.model, &query, c.each(func(d Document) error {
		value, version, err := decode[T](d)
		if err != nil {
			return err
		}
		return yield(value, version)
	}))
}

// First returns a document that matches, or NotFound. It rejects the same conditions as CountWhere.
func (c Collection[T]) First(ctx context.Context, where filter.Where) (first T, version Version, err error) {
	if err := c.model.Schema.CheckWhere(where); err != nil {
		return first, 0, err
	}
	err = c.Each(ctx, filter.Query{Where: where, Limit: 1}, func(value T, v Version) error {
		first, version = value, v
		return nil
	})
	if err == nil && version == 0 {
		err = NotFound(c.model, "")
	}
	return first, version, err
}

// Count returns the number of documents that match, or of all documents if the text is empty.
func (c Collection[T]) Count(ctx context.Context, text json.RawMessage) (int64, error) {
	var where filter.Where = filter.Everything{}
	if len(text) > 0 {
		var err error
		if where, err = c.model.Schema.WhereContext(ctx, text); err != nil {
			return 0, err
		}
	}
	return c.count(AsScan(ctx), where)
}

// CountWhere is Count with a condition built in Go. It returns an error if the condition is nil or the collection's
// filter.Schema.CheckWhere does.
func (c Collection[T]) CountWhere(ctx context.Context, where filter.Where) (int64, error) {
	if err := c.model.Schema.CheckWhere(where); err != nil {
		return 0, err
	}
	return c.count(ctx, where)
}

func (c Collection[T]) count(ctx context.Context, where filter.Where) (int64, error) {
	where, err := c.readable(ctx, where)
	if err != nil {
		return 0, err
	}
	return c.backend.Count(ctx, c.model, where)
}

func (c Collection[T]) get(ctx context.Context, id string) (Document, error) {
	own, err := c.readable(ctx, nil)
	if err != nil {
		return Document{}, err
	}
	d, err := c.backend.Get(ctx, c.model, id)
	if err != nil {
		return d, err
	}
	if err := c.see(&d); err != nil {
		return Document{}, c.stray(id, err)
	}
	if own == nil {
		return d, nil
	}
	if mine, err := filter.Match(ctx, own, d.JSON); err != nil || !mine {
		return Document{}, NotFound(c.model, id) // do not reveal that it exists
	}
	return d, nil
}

// readable restricts a condition to the documents that the caller may read.
func (c Collection[T]) readable(ctx context.Context, where filter.Where) (filter.Where, error) {
	if !c.model.Private {
		return where, nil
	}
	own, err := c.own(ctx)
	return narrow(where, own), err
}

// narrow combines a condition with that of own. Both may be nil.
func narrow(where, own filter.Where) filter.Where {
	switch {
	case own == nil:
		return where
	case where == nil:
		return own
	}
	return filter.All(where, own)
}

// owned returns the condition that a document belongs to the owner.
func owned(m *Model, owner string) filter.Where {
	return &filter.Comparison{Property: m.Owner, Op: filter.Eq, Value: owner}
}

// own returns the condition that the caller is the owner. It is nil if documents have no owner, or if the caller counts as the owner of
// all.
func (c Collection[T]) own(ctx context.Context) (filter.Where, error) {
	if c.model.Owner == nil {
		return nil, nil
	}
	caller, err := c.caller(ctx)
	if err != nil {
		return filter.Or{}, err
	}
	if c.model.Admin != "" && caller.HasScope(c.model.Admin) {
		return nil, nil
	}
	return owned(c.model, caller.ID), nil
}

func (c Collection[T]) caller(ctx context.Context) (identity.Principal, error) {
	p, ok := identity.FromContext(ctx)
	if !ok || p.ID == "" {
		return p, fmt.Errorf("store: %s has an owner, but the context has no caller; add security to the operation", c.model.Schema.Name())
	}
	return p, nil
}
