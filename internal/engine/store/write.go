package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Create stores a new document made from in, a struct whose JSON has properties of the schema, and returns the stored JSON, with id and
// owner. Create and the methods that change documents do not store a document that violates the schema: they return an error of kind
// Internal that names the place.
func (c Collection[T]) Create(ctx context.Context, in any) (JSON, Version, error) {
	return c.CreateWithID(ctx, NewID(), in)
}

// CreateWithID is Create with an id that the caller chooses. If the id exists, the error is a Conflict.
func (c Collection[T]) CreateWithID(ctx context.Context, id string, in any) (JSON, Version, error) {
	members, err := c.members(in)
	if err == nil {
		err = c.complete(members, false)
	}
	if err != nil {
		return JSON{}, 0, err
	}
	members["id"] = quote(id)
	if c.model.Owner != nil {
		caller, err := c.caller(ctx)
		if err != nil {
			return JSON{}, 0, err
		}
		members[c.model.Owner.Name] = quote(caller.ID)
	}
	d := Document{ID: id, Version: 1, JSON: c.join(members)}
	if err := c.check(d.JSON, true); err != nil {
		return JSON{}, 0, err
	}
	text := d.JSON
	d.JSON = c.model.Stored(text, members)
	if err := c.backend.Insert(ctx, c.model, d); err != nil {
		return JSON{}, 0, err
	}
	return inMemory(text), Version(d.Version), nil
}

// Replace sets the properties of the document with that id to those of in and removes all others, except id, owner, those that are readOnly
// in the schema, and those that the schema does not have. It returns the JSON that is then stored, without the latter.
func (c Collection[T]) Replace(ctx context.Context, id string, in any, expected Precondition) (JSON, Version, error) {
	return c.change(ctx, id, in, expected, true)
}

// Update changes the document with that id: it sets the properties that the argument in contains. It returns the JSON that is then stored,
// without properties that the schema does not have.
func (c Collection[T]) Update(ctx context.Context, id string, in any, expected Precondition) (JSON, Version, error) {
	return c.change(ctx, id, in, expected, false)
}

// UpdateAll sets the properties that the argument in contains, in all matching documents of the caller, and returns their number.
//
// {} matches all of the caller's documents. If these are the documents of all users, because the caller has the admin scope or documents
// have no owner, it returns BadRequest unless all is true. It always rejects an empty text, and a condition that holds for every document
// by its form alone.
func (c Collection[T]) UpdateAll(ctx context.Context, text json.RawMessage, all *bool, in any) (int64, error) {
	where, err := c.model.Schema.WhereContext(ctx, text)
	if err != nil {
		return 0, err
	}
	own, err := c.own(ctx)
	if err != nil {
		return 0, err
	}
	if where == (filter.Everything{}) && own == nil && (all == nil || !*all) {
		return 0, unconfirmed(c.model)
	}
	return c.UpdateWhere(AsScan(ctx), where, in)
}

// UpdateWhere is UpdateAll with a condition built in Go. filter.Everything matches all of the caller's documents, without confirmation.
// Conditions that CountWhere rejects, and those that hold for every document by their form alone, are errors.
func (c Collection[T]) UpdateWhere(ctx context.Context, where filter.Where, in any) (int64, error) {
	members, err := c.members(in)
	if err != nil {
		return 0, err
	}
	if err := c.check(c.join(members), false); err != nil {
		return 0, err
	}
	if where, err = c.writable(ctx, where); err != nil {
		return 0, err
	}
	return c.backend.UpdateAll(ctx, c.model, where, c.changes(members, false))
}

// DeleteWhere deletes all matching documents of the caller, and returns their number. It accepts the same conditions as UpdateWhere.
func (c Collection[T]) DeleteWhere(ctx context.Context, where filter.Where) (int64, error) {
	where, err := c.writable(ctx, where)
	if err != nil {
		return 0, err
	}
	return c.backend.DeleteAll(ctx, c.model, where)
}

// Delete deletes the document with that id.
func (c Collection[T]) Delete(ctx context.Context, id string, expected Precondition) error {
	return c.guarded(ctx, id, expected, func(g Guard) error { return c.backend.Delete(ctx, c.model, id, g) })
}

func (c Collection[T]) change(ctx context.Context, id string, in any, expected Precondition, replace bool) (JSON, Version, error) {
	members, err := c.members(in)
	if err == nil && replace {
		err = c.complete(members, true)
	}
	if err == nil {
		err = c.check(c.join(members), false)
	}
	if err != nil {
		return JSON{}, 0, err
	}
	var d Document
	err = c.guarded(ctx, id, expected, func(g Guard) (err error) {
		d, err = c.update(ctx, id, c.changes(members, replace), g)
		return err
	})
	if err != nil {
		return JSON{}, 0, err
	}
	return inMemory(c.view.of(d.JSON)), Version(d.Version), nil
}

// writable restricts a condition to the documents that the caller may change.
func (c Collection[T]) writable(ctx context.Context, where filter.Where) (filter.Where, error) {
	if err := c.model.Schema.CheckWhere(where); err != nil {
		return nil, err
	}
	if where != (filter.Everything{}) && filter.HoldsForAll(where) {
		return nil, fmt.Errorf("store: %s: the condition matches every document; use filter.Everything to change all of them",
			c.model.Schema.Name())
	}
	own, err := c.own(ctx)
	return narrow(where, own), err
}

// guarded calls write with a guard that allows only changes of the caller that meet the precondition.
func (c Collection[T]) guarded(ctx context.Context, id string, expected Precondition, write func(Guard) error) error {
	own, err := c.own(ctx)
	if err != nil {
		return err
	}
	if version, exact := expected.exact(); exact {
		g := Guard{Version: int64(version), Where: own}
		return c.explain(ctx, id, g, write(g))
	}
	for {
		d, err := c.get(ctx, id)
		if err != nil {
			return err
		}
		if own != nil {
			if mine, err := filter.Match(ctx, own, d.JSON); err != nil {
				return err
			} else if !mine {
				return Forbidden(c.model)
			}
		}
		if err := expected.met(c.model, id, Version(d.Version)); err != nil {
			return err
		}
		g := Guard{Version: d.Version, Where: own}
		if err = c.explain(ctx, id, g, write(g)); fault.KindOf(err) != fault.PreconditionFailed { // otherwise it has changed meanwhile
			return err
		}
	}
}

// explain turns the error of a guarded write into the one that the caller may see: Forbidden if the document exists but another user owns
// it.
func (c Collection[T]) explain(ctx context.Context, id string, g Guard, err error) error {
	if fault.KindOf(err) != fault.NotFound || g.Where == nil || c.model.Private {
		return err
	}
	if _, gone := c.backend.Get(ctx, c.model, id); gone != nil {
		return gone
	}
	return Forbidden(c.model)
}
