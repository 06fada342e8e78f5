package mongo

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// contracts is the collection that stores the declarations of the other collections; no model can have its name.
const contracts = "_contract"

// Migrate implements store.Backend. Its Conflict lists all rejected changes, one per line.
//
// If a contract is new or has changed, each document of the collection is read once. The migration is not one transaction in MongoDB: a
// failed Migrate may have made some of the changes, and the next call makes the rest. Its timeout is ten minutes.
func (db *DB) Migrate(ctx context.Context, models []*store.Model) error {
	shapes, err := store.Compile(models, compile)
	if err != nil {
		return err
	}
	if err := db.run(ctx, shapes, &migration{ctx: ctx}); err != nil {
		return err
	}
	db.shapes.Publish(models, shapes)
	return nil
}

// Plan implements store.Backend. It reads what Migrate would read, but only Migrate detects that an index cannot be created on the existing
// documents.
func (db *DB) Plan(ctx context.Context, models []*store.Model) ([]string, error) {
	shapes, err := store.Compile(models, compile)
	if err != nil {
		return nil, err
	}
	plan := &migration{ctx: ctx, dry: true}
	if err := db.run(ctx, shapes, plan); err != nil {
		return nil, err
	}
	return plan.steps, nil
}

// Prune implements store.Backend. It drops an index only if its name begins with the collection's name and an underscore.
func (db *DB) Prune(ctx context.Context, models []*store.Model, dry bool) ([]string, error) {
	shapes, err := store.Compile(models, compile)
	if err != nil {
		return nil, err
	}
	m := &migration{ctx: ctx, dry: dry, prune: true}
	if err := db.run(ctx, shapes, m); err != nil {
		return nil, err
	}
	if !dry {
		db.shapes.Publish(models, shapes)
	}
	return m.steps, nil
}

// migration contains the steps that were executed or planned.
type migration struct {
	ctx   context.Context
	dry   bool
	prune bool // drop what the models do not have
	steps []string
}

// step executes a step or, in a plan, only adds it. The text of a step begins with the collection.
func (m *migration) step(s *shape, do func() error, format string, args ...any) error {
	step := s.model.Collection + ": " + fmt.Sprintf(format, args...)
	m.steps = append(m.steps, step)
	if m.dry {
		return nil
	}
	store.Progress(m.ctx, step)
	return do()
}

func (db *DB) run(ctx context.Context, shapes []*shape, m *migration) error {
	db.running.Add(1)
	defer db.running.Done()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	return problem(db.migrate(ctx, shapes, m))
}

// migrate checks everything before it changes anything.
func (db *DB) migrate(ctx context.Context, shapes []*shape, m *migration) error {
	var refused []string
	surveys := map[*shape]*survey{}
	for _, s := range shapes {
		same, err := db.remembers(ctx, s)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		if surveys[s], err = db.survey(ctx, s); err != nil {
			return err
		}
		refused = append(refused, surveys[s].refusals()...)
	}
	if err := refusal(refused); err != nil {
		return err
	}
	for _, s := range shapes {
		if err := db.rename(ctx, s, m); err != nil {
			return err
		}
		if err := db.fill(ctx, s, m); err != nil {
			return err
		}
		if m.prune {
			if err := db.remove(ctx, s, m); err != nil {
				return err
			}
		}
		if surveys[s] != nil && surveys[s].rewrite > 0 {
			err := m.step(s, func() error { return db.rewrite(ctx, s) }, "convert values to the types that the contract declares: %d",
				surveys[s].rewrite)
			if err != nil {
				return err
			}
		}
		list, err := db.index(ctx, s, m)
		if err != nil {
			return err
		}
		if refused = append(refused, list...); len(list) > 0 || surveys[s] == nil {
			continue
		}
		err = m.step(s, func() error { return db.remember(ctx, s) }, "record which properties the contract has and requires")
		if err != nil {
			return err
		}
	}
	return refusal(refused)
}

func refusal(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "MIGRATION_REFUSED", "%s", strings.Join(lines, "\n"))
}

// rename copies the values of former names that programs without x-was have written. It does so at each start, because such programs may
// still run.
func (db *DB) rename(ctx context.Context, s *shape, m *migration) error {
	for _, p := range s.model.Properties {
		if p.Was == "" {
			continue
		}
		differ := func(do func(raw bson.Raw, older bson.RawValue) error) error {
			cursor, err := db.collection(s.model).Find(ctx, on(p.Was, "$exists", true))
			if err != nil {
				return err
			}
			defer cursor.Close(context.WithoutCancel(ctx))
			for cursor.Next(ctx) {
				older := cursor.Current.Lookup(p.Was)
				if older.Equal(cursor.Current.Lookup(p.Name)) {
					continue
				}
				if err := do(cursor.Current, older); err != nil {
					return err
				}
			}
			return cursor.Err()
		}
		n := 0
		if err := differ(func(bson.Raw, bson.RawValue) error { n++; return nil }); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		err := m.step(s, func() error {
			return differ(func(raw bson.Raw, older bson.RawValue) error {
				// A document that changes in the meantime is left to the next Migrate.
				_, err := db.collection(s.model).UpdateOne(ctx, same(raw), bson.D{
					{Key: "$set", Value: bson.D{{Key: p.Name, Value: older}, {Key: versionField, Value: decode(nil, raw).Version + 1}}}})
				if err != nil {
					return db.refused(ctx, s, raw, err)
				}
				return nil
			})
		}, "copy %q to %q in documents of older programs: %d", p.Was, p.Name, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the values of former properties.
func (db *DB) remove(ctx context.Context, s *shape, m *migration) error {
	for _, name := range s.model.Removed {
		has := on(name, "$exists", true)
		n, err := db.collection(s.model).CountDocuments(ctx, has)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		err = m.step(s, func() error {
			_, err := db.collection(s.model).UpdateMany(ctx, has, bson.D{{Key: "$unset", Value: bson.D{{Key: name, Value: ""}}}})
			return err
		}, "delete %q from documents: %d", name, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// same returns the condition that a document has the id and the version of the given one.
func same(raw bson.Raw) bson.D {
	d := identified(decode(nil, raw).ID)
	version, missing := raw.LookupErr(versionField)
	if missing != nil {
		return append(d, bson.E{Key: versionField, Value: bson.D{{Key: "$exists", Value: false}}})
	}
	return append(d, bson.E{Key: versionField, Value: version})
}

// fill sets the default of each required property in the documents that lack it. It does so at each start, because programs with an older
// contract may have written such documents since.
func (db *DB) fill(ctx context.Context, s *shape, m *migration) error {
	var filled []store.Property
	any := bson.A{}
	for _, p := range s.model.Properties {
		if p.Required && p.Default != nil && p.Name != "id" {
			filled = append(filled, p)
			any = append(any, on(p.Name, "$exists", false))
		}
	}
	if len(filled) == 0 {
		return nil
	}
	n, err := db.collection(s.model).CountDocuments(ctx, bson.D{{Key: "$or", Value: any}}, options.Count().SetLimit(1))
	if err != nil || n == 0 {
		return err
	}
	for _, p := range filled {
		lacking := on(p.Name, "$exists", false)
		n, err := db.collection(s.model).CountDocuments(ctx, lacking)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		update, _, err := s.update([]store.Change{{Name: p.Name, JSON: p.Default}})
		if err != nil {
			return err
		}
		err = m.step(s, func() error {
			_, err := db.collection(s.model).UpdateMany(ctx, lacking, update)
			return err
		}, "give %q its default in documents that lack it: %d", p.Name, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// rewrite rewrites each document that contains a date-time or a number as text, or text as one of them.
func (db *DB) rewrite(ctx context.Context, s *shape) error {
	return db.each(ctx, s, func(raw bson.Raw) error {
		if !s.inspect(raw, newSurvey(s)) {
			return nil
		}
		d := decode(nil, raw)
		fresh, err := s.encodeAs(d, d.Version, true)
		if err == nil && !bytes.Equal(decode(nil, fresh).JSON, d.JSON) {
			fresh, err = s.encodeAs(d, d.Version+1, true)
		}
		if err != nil {
			return err
		}
		// A document that changes in the meantime is left to the next Migrate.
		_, err = db.collection(s.model).ReplaceOne(ctx, same(raw), fresh)
		return err
	})
}

// each calls do for each document of the collection.
func (db *DB) each(ctx context.Context, s *shape, do func(bson.Raw) error) error {
	cursor, err := db.collection(s.model).Find(ctx, bson.D{})
	if err != nil {
		return err
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		if err := do(cursor.Current); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// remembers reports whether the collection had the same declaration at its last migration.
func (db *DB) remembers(ctx context.Context, s *shape) (bool, error) {
	var was struct{ Declared string }
	err := db.database.Collection(contracts).FindOne(ctx, identified(s.model.Collection)).Decode(&was)
	if none(err) {
		return false, nil
	}
	return was.Declared == s.declared(), err
}

func (db *DB) remember(ctx context.Context, s *shape) error {
	_, err := db.database.Collection(contracts).UpdateOne(ctx, identified(s.model.Collection),
		bson.D{{Key: "$set", Value: bson.D{{Key: "declared", Value: s.declared()}}}}, options.Update().SetUpsert(true))
	return err
}
