package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// maxBatch is the maximum number of documents in one response of the server; a response has at most 16 MiB in any case.
const maxBatch = 100

// Get implements store.Backend.
func (db *DB) Get(ctx context.Context, m *store.Model, id string) (d store.Document, err error) {
	if _, err := db.shapes.Of(m); err != nil {
		return d, err
	}
	ctx, done := db.begin(ctx)
	defer done()
	o := commented(ctx, options.FindOne().SetMaxTime(remaining(ctx)))
	raw, err := db.collection(m).FindOne(ctx, identified(id), o).Raw()
	if none(err) {
		return d, store.NotFound(m, id)
	}
	if err != nil {
		return d, problem(err)
	}
	return decode(nil, raw), nil
}

// Find implements store.Backend.
func (db *DB) Find(ctx context.Context, m *store.Model, q *filter.Query, yield func(store.Document) error) error {
	if err := q.CheckPage(); err != nil {
		return fault.New(fault.Internal, "", "%v", err)
	}
	s, where, err := db.matching(m, q.Where)
	if err != nil {
		return err
	}
	sort, err := s.sort(q.Order)
	if err != nil {
		return err
	}
	ctx, done := db.begin(ctx)
	defer done()
	o := commented(ctx, options.Find().SetSort(sort).SetLimit(int64(q.Limit)).SetSkip(int64(q.Skip)).
		SetBatchSize(maxBatch).SetMaxTime(remaining(ctx)))
	cursor, err := db.collection(m).Find(ctx, where, o)
	if err != nil {
		return problem(err)
	}
	defer func() {
		// ctx may have ended. Without this, the server would delete the cursor, but later.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), selectionTimeout)
		defer cancel()
		_ = cursor.Close(ctx)
	}()
	var text []byte
	for cursor.Next(ctx) {
		d := decode(text[:0], cursor.Current)
		if err := yield(d); err != nil {
			return err // yield's, which is not ours to translate
		}
		text = d.JSON
	}
	return problem(cursor.Err())
}

// Scan implements store.Backend. Its timeout is ten minutes instead of Config.Timeout.
func (db *DB) Scan(ctx context.Context, m *store.Model, yield func(store.Document) error) error {
	s, err := db.shapes.Of(m)
	if err != nil {
		return err
	}
	db.running.Add(1)
	defer db.running.Done()
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	var stop error // yield's, which is not ours to translate
	err = db.each(ctx, s, func(raw bson.Raw) error {
		stop = yield(decode(nil, raw))
		return stop
	})
	if stop != nil {
		return stop
	}
	return problem(err)
}

// Count implements store.Backend.
func (db *DB) Count(ctx context.Context, m *store.Model, where filter.Where) (int64, error) {
	_, condition, err := db.matching(m, where)
	if err != nil {
		return 0, err
	}
	ctx, done := db.begin(ctx)
	defer done()
	o := commented(ctx, options.Count().SetMaxTime(remaining(ctx)))
	n, err := db.collection(m).CountDocuments(ctx, condition, o)
	return n, problem(err)
}

// matching returns the compiled form of the model, and a condition on its documents.
func (db *DB) matching(m *store.Model, where filter.Where) (s *shape, condition bson.D, err error) {
	if s, err = db.shapes.Of(m); err != nil {
		return nil, nil, err
	}
	condition, err = db.condition(s).where(where)
	return s, condition, err
}

func identified(id string) bson.D { return on("_id", "$eq", id) }

// remaining returns the time until the context's deadline. All reads and Update send it to the server. Insert, Delete, UpdateAll and
// DeleteAll cannot send it: the driver's methods have no such option, and RunCommand would not retry after a change of primaries;
// findOneAndDelete has the option, but returns each document. There, only a write by id, or a transaction that is never committed, can
// outlast its context.
func remaining(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	return max(time.Until(deadline), time.Millisecond)
}
