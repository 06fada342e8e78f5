package store

import "context"

// Create stores a new document made of in, a struct whose JSON has properties of the schema, and returns its JSON as it is stored, with
// its id and owner.
// What breaks the schema is not stored, here and in the methods that change documents: the error, of the kind Internal, names the place.
func (c Collection[T]) Create(ctx context.Context, in any) (JSON, Version, error) {
	return c.CreateWithID(ctx, NewID(), in)
}

// CreateWithID is Create with an id that the caller chose: a taken one is a Conflict.
func (c Collection[T]) CreateWithID(ctx context.Context, id string, in any) (JSON, Version, error) {
	members, err := c.members(in)
	if err == nil {
		err = c.complete(members)
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
	if err = c.check(d.JSON, true); err == nil {
		err = c.backend.Insert(ctx, c.model, d)
	}
	if err != nil {
		return JSON{}, 0, err
	}
	return inMemory(d.JSON), Version(d.Version), nil
}
