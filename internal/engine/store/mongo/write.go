package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/bson"
	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/x/bsonx/bsoncore"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Insert implements store.Backend. If the driver retries after a broken connection, the document is stored only once.
func (db *DB) Insert(ctx context.Context, m *store.Model, d store.Document) error {
	s, err := db.shapes.Of(m)
	if err != nil {
		return err
	}
	if err := store.Storable(d.JSON); err != nil {
		return err
	}
	raw, err := s.encode(d, max(d.Version, 1))
	if err != nil {
		return err
	}
	ctx, done := db.begin(ctx)
	defer done()
	if m.Quota != nil {
		owner, _ := raw.Lookup(m.Owner.Name).StringValueOK()
		done, err := db.reserve(ctx, m, owner, func(amount) amount { return amount{1, int64(len(raw))} })
		if err != nil {
			return err
		}
		defer done()
	}
	o := commented(ctx, options.InsertOne())
	_, err = db.collection(m).InsertOne(ctx, raw, o)
	return db.refused(ctx, s, raw, err)
}

// Update implements store.Backend.
func (db *DB) Update(ctx context.Context, m *store.Model, id string, set []store.Change, g store.Guard) (d store.Document, err error) {
	s, err := db.shapes.Of(m)
	if err != nil {
		return d, err
	}
	guarded, err := db.guard(s, id, g)
	if err != nil {
		return d, err
	}
	if g.Version == 0 {
		guarded = append(guarded, versioned()...)
	}
	update, written, err := s.update(set)
	if err != nil {
		return d, err
	}
	ctx, done := db.begin(ctx)
	defer done()
	reserved, err := db.reserveUpdate(ctx, m, m.OwnerIn(g.Where), id, set, written)
	if err != nil {
		return d, err
	}
	defer reserved()
	o := commented(ctx, options.FindOneAndUpdate().SetReturnDocument(options.After).SetMaxTime(remaining(ctx)))
	raw, err := db.collection(m).FindOneAndUpdate(ctx, guarded, update, o).Raw()
	if none(err) {
		if err := db.adopt(ctx, m, id); err != nil {
			return d, err
		}
		raw, err = db.collection(m).FindOneAndUpdate(ctx, guarded, update, o).Raw()
	}
	switch {
	case none(err):
		return d, db.refusal(ctx, s, id, g)
	case err != nil:
		return d, db.refused(ctx, s, written, err)
	}
	return decode(nil, raw), nil
}

// adopt sets the version of the document with that id if it has none, because another program wrote it.
func (db *DB) adopt(ctx context.Context, m *store.Model, id string) error {
	_, err := db.collection(m).UpdateOne(ctx, unversioned(identified(id)),
		bson.D{{Key: "$set", Value: bson.D{{Key: versionField, Value: int64(1)}}}}, commented(ctx, options.Update()))
	return problem(err)
}

// unversioned restricts a condition to documents without a version. The version is checked first, so that a slow condition, such as a
// pattern, is not evaluated for other documents.
func unversioned(condition bson.D) bson.D {
	return bson.D{{Key: "$and", Value: bson.A{bson.D{{Key: "$nor", Value: bson.A{versioned()}}}, condition}}}
}

// adopting returns an update of documents without a version; a missing version counts as 1.
func adopting(update bson.D) bson.D {
	set := bson.D{{Key: versionField, Value: int64(2)}}
	adopted := bson.D{}
	for _, e := range update {
		switch written, isRaw := e.Value.(bson.Raw); {
		case e.Key == "$set" && isRaw:
			elements, _ := written.Elements() // update has built it
			for _, element := range elements {
				set = append(set, bson.E{Key: element.Key(), Value: element.Value()})
			}
		case e.Key == "$unset":
			adopted = append(adopted, e)
		}
	}
	return append(adopted, bson.E{Key: "$set", Value: set})
}

// versioned returns the condition that a document has a version that $inc can increment.
func versioned() bson.D {
	return bson.D{{Key: versionField, Value: bson.D{{Key: "$gte", Value: int64(1)}, {Key: "$type", Value: bson.A{"long", "int"}}}}}
}

// UpdateAll implements store.Backend. On a server without transactions, a failure, such as a lost connection, may leave some of the matches
// changed.
func (db *DB) UpdateAll(ctx context.Context, m *store.Model, where filter.Where, set []store.Change) (n int64, err error) {
	s, condition, err := db.matching(m, where)
	if err != nil {
		return 0, err
	}
	update, written, err := s.update(set)
	if err != nil {
		return 0, err
	}
	ctx, done := db.begin(ctx)
	defer done()
	// Without a transaction, the update cannot be rolled back, so each of the owner's documents may grow by everything that is written.
	owner := m.OwnerIn(where)
	reserved, full := db.reserve(ctx, m, owner, func(a amount) amount {
		return amount{bytes: a.documents * (int64(len(written)) - minDocument)}
	})
	defer reserved()
	if full != nil && (fault.KindOf(full) != fault.Forbidden || !db.server.transactions) {
		return 0, full
	}
	o := commented(ctx, options.Update())
	err = db.together(ctx, func(ctx context.Context) error {
		if err := db.bounded(ctx, s, condition, set); err != nil {
			return err
		}
		if err := db.alone(ctx, s, condition, written); err != nil {
			return err
		}
		var before amount
		if full != nil {
			if before, err = db.count(ctx, m, owner); err != nil {
				return err
			}
		}
		result, err := db.collection(m).UpdateMany(ctx, bson.D{{Key: "$and", Value: bson.A{versioned(), condition}}}, update, o)
		if err != nil {
			return err
		}
		n = result.MatchedCount
		if result, err = db.collection(m).UpdateMany(ctx, unversioned(condition), adopting(update), o); err != nil {
			return err
		}
		n += result.MatchedCount
		if full != nil {
			if after, err := db.count(ctx, m, owner); err != nil || after.bytes > before.bytes && beyond(m.Quota, after) {
				return errors.Join(err, full)
			}
		}
		return nil
	})
	if err != nil {
		return 0, db.refused(ctx, s, written, err)
	}
	return n, nil
}

// Delete implements store.Backend.
func (db *DB) Delete(ctx context.Context, m *store.Model, id string, g store.Guard) error {
	s, err := db.shapes.Of(m)
	if err != nil {
		return err
	}
	guarded, err := db.guard(s, id, g)
	if err != nil {
		return err
	}
	ctx, done := db.begin(ctx)
	defer done()
	o := commented(ctx, options.Delete())
	result, err := db.collection(m).DeleteOne(ctx, guarded, o)
	if err == nil && result.DeletedCount == 0 && g.Version != 0 {
		if err = db.adopt(ctx, m, id); err == nil {
			result, err = db.collection(m).DeleteOne(ctx, guarded, o)
		}
	}
	if err != nil {
		return problem(err)
	}
	if result.DeletedCount == 0 {
		return db.refusal(ctx, s, id, g)
	}
	return nil
}

// DeleteAll implements store.Backend; see UpdateAll.
func (db *DB) DeleteAll(ctx context.Context, m *store.Model, where filter.Where) (n int64, err error) {
	_, condition, err := db.matching(m, where)
	if err != nil {
		return 0, err
	}
	ctx, done := db.begin(ctx)
	defer done()
	o := commented(ctx, options.Delete())
	err = db.together(ctx, func(ctx context.Context) error {
		result, err := db.collection(m).DeleteMany(ctx, condition, o)
		if err == nil {
			n = result.DeletedCount
		}
		return err
	})
	if err != nil {
		return 0, problem(err)
	}
	return n, nil
}

// together runs do in a transaction if the server supports them. After a conflict with another transaction, do may run again, until ctx
// ends.
func (db *DB) together(ctx context.Context, do func(context.Context) error) error {
	if !db.server.transactions {
		return do(ctx)
	}
	return db.client.UseSession(ctx, func(session driver.SessionContext) error {
		_, err := session.WithTransaction(session, func(ctx driver.SessionContext) (any, error) {
			err := do(ctx)
			if err != nil && ctx.Err() != nil {
				// The driver retries its own retryable errors for two minutes, even if the context has ended.
				err = fmt.Errorf("%w: %v", ctx.Err(), err)
			}
			return nil, err
		})
		return err
	})
}

// bounded returns an error if there is more to change than an UpdateAll may. It also evaluates the condition in time, because, unlike an
// update, it sends the deadline to the server.
func (db *DB) bounded(ctx context.Context, s *shape, condition bson.D, set []store.Change) error {
	if db.server.ferret { // FerretDB cannot return the size of a document
		n, err := db.collection(s.model).CountDocuments(ctx, condition,
			commented(ctx, options.Count().SetLimit(store.MaxUpdateDocuments+1).SetMaxTime(remaining(ctx))))
		if err != nil {
			return err
		}
		return store.CheckUpdate(n, 0, set)
	}
	cursor, err := db.collection(s.model).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: condition}},
		bson.D{{Key: "$limit", Value: store.MaxUpdateDocuments + 1}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: nil},
			{Key: "n", Value: bson.D{{Key: "$sum", Value: int64(1)}}},
			{Key: "bytes", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$bsonSize", Value: "$$ROOT"}}}}},
		}}},
	}, commented(ctx, options.Aggregate().SetMaxTime(remaining(ctx))))
	if err != nil {
		return err
	}
	var found []struct{ N, Bytes int64 }
	if err := cursor.All(ctx, &found); err != nil || len(found) == 0 {
		return err
	}
	return store.CheckUpdate(found[0].N, found[0].Bytes, set)
}

// alone returns an error if several documents would get the same value of a unique index, before any of them has it, because not every
// server could roll that back.
func (db *DB) alone(ctx context.Context, s *shape, condition bson.D, written bson.Raw) error {
	ix := s.fixed(written)
	if ix == nil {
		return nil
	}
	n, err := db.collection(s.model).CountDocuments(ctx, condition, commented(ctx, options.Count().SetLimit(2).SetMaxTime(remaining(ctx))))
	if err == nil && n > 1 {
		err = store.Duplicate(s.model, ix.Keys[0].Property.Name)
	}
	return err
}

// guard returns the condition of a write to one document.
func (db *DB) guard(s *shape, id string, g store.Guard) (bson.D, error) {
	d := identified(id)
	if g.Version != 0 {
		d = append(d, bson.E{Key: versionField, Value: g.Version})
	}
	if g.Where == nil {
		return d, nil
	}
	where, err := db.condition(s).where(g.Where)
	return append(d, bson.E{Key: "$and", Value: bson.A{where}}), err
}

// refusal returns the error for a write to one document that has found none.
func (db *DB) refusal(ctx context.Context, s *shape, id string, g store.Guard) error {
	guarded, err := db.guard(s, id, store.Guard{Where: g.Where})
	if err != nil {
		return err
	}
	o := commented(ctx, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetMaxTime(remaining(ctx)))
	switch err := db.collection(s.model).FindOne(ctx, guarded, o).Err(); {
	case none(err):
		return store.NotFound(s.model, id)
	case err != nil:
		return problem(err)
	}
	return store.PreconditionFailed(s.model, id)
}

// update returns the update document, which also increments the version, and the part of it that is written.
func (s *shape) update(set []store.Change) (update bson.D, written bson.Raw, err error) {
	removed, seen := bson.D{}, map[string]bool{}
	start, assigned := bsoncore.AppendDocumentStart(nil)
	for _, c := range set {
		if s.properties[c.Name] == nil || seen[c.Name] {
			return nil, nil, fault.New(fault.Internal, "", "collection %s: invalid change of %q: it is unknown, is the id, or is "+
				"changed twice", s.model.Collection, c.Name)
		}
		seen[c.Name] = true
		if err := store.Storable(c.JSON); err != nil {
			return nil, nil, err
		}
		if c.JSON == nil {
			removed = append(removed, bson.E{Key: c.Name, Value: ""})
		} else if assigned, err = s.appendMember(assigned, c.Name, c.JSON); err != nil {
			return nil, nil, err
		}
	}
	assigned, _ = bsoncore.AppendDocumentEnd(assigned, start)
	written = assigned
	if len(written) > maxDocument {
		return nil, nil, tooLarge(nil)
	}
	update = bson.D{{Key: "$inc", Value: bson.D{{Key: versionField, Value: int64(1)}}}}
	if len(set) > len(removed) {
		update = append(update, bson.E{Key: "$set", Value: written})
	}
	if len(removed) > 0 {
		update = append(update, bson.E{Key: "$unset", Value: removed})
	}
	return update, written, nil
}

// collection returns the model's collection, with the concerns of the client.
func (db *DB) collection(m *store.Model) *driver.Collection {
	return db.database.Collection(m.Collection)
}

func (db *DB) condition(s *shape) condition { return condition{s, db.server} }
