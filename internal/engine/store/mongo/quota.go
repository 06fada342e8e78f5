package mongo

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// A quota is kept by each process: it counts what an owner has when it first writes for them, adds what it writes itself, and counts again when that seems to be
// too much or is old. What other processes write meanwhile it does not know: together they can exceed a quota by what each of them writes in recount.

const (
	recount   = time.Minute // for how long a count is believed
	countCost = 20          // a count of an owner's documents is repeated after this many times as long as it took
	maxOwners = 10000       // whose counts are kept
)

// usages are what owners have stored, by collection and owner.
type usages struct {
	sync.Mutex
	by map[[2]string]usage
}

type usage struct {
	documents, bytes int64
	at               time.Time     // of the count
	took             time.Duration // the count
}

// beyond says whether a usage is more than the quota.
func beyond(q *store.Quota, u usage) bool {
	return q.Documents > 0 && u.documents > q.Documents || q.Bytes > 0 && u.bytes > q.Bytes
}

// reserve adds to what an owner has stored, or refuses to. add is told the documents that there are, and returns how many documents and bytes there will be more.
func (db *DB) reserve(ctx context.Context, m *store.Model, owner string, add func(usage) (documents, bytes int64)) error {
	if m.Quota == nil || owner == "" {
		return nil
	}
	key := [2]string{m.Collection, owner}
	for counted := false; ; counted = true {
		db.usages.Lock()
		u, known := db.usages.by[key]
		if known && time.Since(u.at) < recount {
			now := u
			documents, bytes := add(u)
			now.documents, now.bytes = u.documents+documents, u.bytes+bytes
			if documents <= 0 && bytes <= 0 || !beyond(m.Quota, now) {
				db.usages.by[key] = now
				db.usages.Unlock()
				return nil
			}
		}
		db.usages.Unlock()
		if counted {
			return store.QuotaExceeded(m)
		}
		if known { // whoever is at the quota and tries again and again waits, and costs little
			select {
			case <-time.After(time.Until(u.at.Add(countCost * u.took))):
			case <-ctx.Done():
				return problem(ctx.Err())
			}
		}
		fresh, err := db.count(ctx, m, owner)
		if err != nil {
			return problem(err)
		}
		db.usages.Lock()
		if db.usages.by == nil || len(db.usages.by) >= maxOwners {
			db.usages.by = map[[2]string]usage{}
		}
		db.usages.by[key] = fresh
		db.usages.Unlock()
	}
}

// count reads what an owner has stored.
func (db *DB) count(ctx context.Context, m *store.Model, owner string) (u usage, err error) {
	u.at = time.Now()
	where := on(m.Owner.Name, "$eq", owner)
	var cursor *driver.Cursor
	if db.server.ferret { // it has no $bsonSize
		cursor, err = db.collection(m).Find(ctx, where)
	} else {
		cursor, err = db.collection(m).Aggregate(ctx, bson.A{
			bson.D{{Key: "$match", Value: where}},
			bson.D{{Key: "$group", Value: bson.D{
				{Key: "_id", Value: nil}, {Key: "documents", Value: bson.D{{Key: "$sum", Value: int64(1)}}},
				{Key: "bytes", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$toLong", Value: bson.D{{Key: "$bsonSize", Value: "$$ROOT"}}}}}}},
			}}},
		}, commented(ctx, options.Aggregate()))
	}
	if err != nil {
		return u, err
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		if db.server.ferret {
			u.documents, u.bytes = u.documents+1, u.bytes+int64(len(cursor.Current))
			continue
		}
		u.documents, _ = cursor.Current.Lookup("documents").AsInt64OK()
		u.bytes, _ = cursor.Current.Lookup("bytes").AsInt64OK()
	}
	u.took = time.Since(u.at)
	return u, cursor.Err()
}

// growth is how much larger a change makes a document. Only near the quota is it worth to read the document.
func (db *DB) growth(ctx context.Context, m *store.Model, id string, set []store.Change, written bson.Raw) (int64, error) {
	old, err := db.collection(m).FindOne(ctx, identified(id), commented(ctx, options.FindOne())).Raw()
	if none(err) {
		return 0, nil // the write will say so
	}
	if err != nil {
		return 0, problem(err)
	}
	size := int64(len(written)) - minDocument
	for _, c := range set {
		if v, err := old.LookupErr(c.Name); err == nil {
			size -= int64(1 + len(c.Name) + 1 + len(v.Value))
		}
	}
	return size, nil
}

const minDocument = 5 // bytes of an empty BSON document

// reserveUpdate is reserve for a change of one document of an owner.
func (db *DB) reserveUpdate(ctx context.Context, m *store.Model, owner, id string, set []store.Change, written bson.Raw) error {
	by := func(bytes int64) func(usage) (int64, int64) {
		return func(usage) (int64, int64) { return 0, bytes }
	}
	if m.Quota == nil || owner == "" || len(written) <= minDocument {
		return nil
	}
	q := m.Quota
	db.usages.Lock()
	u, known := db.usages.by[[2]string{m.Collection, owner}]
	db.usages.Unlock()
	u.bytes += int64(len(written))
	if known && time.Since(u.at) < recount && !beyond(&store.Quota{Bytes: q.Bytes}, u) {
		return db.reserve(ctx, m, owner, by(int64(len(written))-minDocument))
	}
	grows, err := db.growth(ctx, m, id, set, written)
	if err != nil || grows <= 0 {
		return err
	}
	return db.reserve(ctx, m, owner, by(grows))
}
