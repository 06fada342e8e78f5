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

// Each process enforces a quota by itself: it counts the documents of an owner before its first write for the owner, adds its own writes,
// and counts again if the result exceeds the quota or is old. It does not know the writes of other processes in the meantime: together they
// can exceed a quota by what each of them writes within recount.

const (
	recount   = time.Minute // how long a count is valid
	countCost = 20          // a count of an owner's documents is repeated after this many times as long as it took
	maxOwners = 10000       // whose counts are kept
)

// usages contains the usage of each owner, by collection and owner.
type usages struct {
	sync.Mutex
	by map[[2]string]*usage
}

// usage is what one owner has stored, including the writes that have begun. The holder of turn may use it, except begun, which usages
// guards.
type usage struct {
	turn    chan struct{}
	stored  amount
	begun   amount        // the part of writes that have not ended, which a count may miss
	at      time.Time     // when the count began
	took    time.Duration // the count
	counted bool
}

type amount struct{ documents, bytes int64 }

func (a amount) plus(b amount) amount { return amount{a.documents + b.documents, a.bytes + b.bytes} }

// beyond reports whether an amount exceeds the quota.
func beyond(q *store.Quota, a amount) bool {
	return q.Documents > 0 && a.documents > q.Documents || q.Bytes > 0 && a.bytes > q.Bytes
}

// usage returns the usage of an owner. The caller holds its turn until it releases it.
func (db *DB) usage(ctx context.Context, m *store.Model, owner string) (*usage, error) {
	key := [2]string{m.Collection, owner}
	db.usages.Lock()
	if len(db.usages.by) >= maxOwners || db.usages.by == nil {
		db.usages.by = map[[2]string]*usage{}
	}
	u := db.usages.by[key]
	if u == nil {
		u = &usage{turn: make(chan struct{}, 1)}
		db.usages.by[key] = u
	}
	db.usages.Unlock()
	select {
	case u.turn <- struct{}{}:
		return u, nil
	case <-ctx.Done():
		return nil, problem(ctx.Err())
	}
}

// begun adds to the amount of the writes that have not ended, and returns it.
func (db *DB) begun(u *usage, more amount) amount {
	db.usages.Lock()
	defer db.usages.Unlock()
	u.begun = u.begun.plus(more)
	return u.begun
}

// reserve adds to the usage of an owner, or returns an error if that exceeds the quota; add gets the current usage. The caller must call
// done when the write has ended.
func (db *DB) reserve(ctx context.Context, m *store.Model, owner string, add func(stored amount) amount) (done func(), err error) {
	done = func() {}
	if m.Quota == nil || owner == "" {
		return done, nil
	}
	arrived := time.Now()
	u, err := db.usage(ctx, m, owner)
	if err != nil {
		return done, err
	}
	defer func() { <-u.turn }()
	for {
		more := add(u.stored)
		if u.counted && time.Since(u.at) < recount && (more.documents <= 0 && more.bytes <= 0 || !beyond(m.Quota, u.stored.plus(more))) {
			u.stored = u.stored.plus(more)
			db.begun(u, more)
			return func() { db.begun(u, amount{-more.documents, -more.bytes}) }, nil
		}
		if u.counted && u.at.After(arrived) {
			return done, store.QuotaExceeded(m)
		}
		if u.counted { // repeated attempts at the quota must wait, so that they cost little
			select {
			case <-time.After(time.Until(u.at.Add(countCost * u.took))):
			case <-ctx.Done():
				return done, problem(ctx.Err())
			}
		}
		at, begun := time.Now(), db.begun(u, amount{})
		stored, err := db.count(ctx, m, owner)
		if err != nil {
			return done, problem(err)
		}
		u.stored, u.at, u.took, u.counted = stored.plus(begun), at, time.Since(at), true
	}
}

// count counts what an owner has stored.
func (db *DB) count(ctx context.Context, m *store.Model, owner string) (a amount, err error) {
	where := on(m.Owner.Name, "$eq", owner)
	var cursor *driver.Cursor
	if db.server.ferret { // FerretDB has no $bsonSize
		cursor, err = db.collection(m).Find(ctx, where)
	} else {
		cursor, err = db.collection(m).Aggregate(ctx, bson.A{
			bson.D{{Key: "$match", Value: where}},
			bson.D{{Key: "$group", Value: bson.D{
				{Key: "_id", Value: nil}, {Key: "documents", Value: bson.D{{Key: "$sum", Value: int64(1)}}},
				{Key: "bytes", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$toLong",
					Value: bson.D{{Key: "$bsonSize", Value: "$$ROOT"}}}}}}},
			}}},
		}, commented(ctx, options.Aggregate()))
	}
	if err != nil {
		return a, err
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		if db.server.ferret {
			a.documents, a.bytes = a.documents+1, a.bytes+int64(len(cursor.Current))
			continue
		}
		a.documents, _ = cursor.Current.Lookup("documents").AsInt64OK()
		a.bytes, _ = cursor.Current.Lookup("bytes").AsInt64OK()
	}
	return a, cursor.Err()
}

// growth returns by how much a change enlarges a document. It reads the document only near the quota.
func (db *DB) growth(ctx context.Context, m *store.Model, id string, set []store.Change, written bson.Raw) (int64, error) {
	old, err := db.collection(m).FindOne(ctx, identified(id), commented(ctx, options.FindOne())).Raw()
	if none(err) {
		return 0, nil // the write will report it
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
func (db *DB) reserveUpdate(ctx context.Context, m *store.Model, owner, id string, set []store.Change,
	written bson.Raw) (done func(), err error) {
	done = func() {}
	if m.Quota == nil || m.Quota.Bytes == 0 || owner == "" || len(written) <= minDocument {
		return done, nil
	}
	u, err := db.usage(ctx, m, owner)
	if err != nil {
		return done, err
	}
	grows := int64(len(written)) - minDocument
	near := !u.counted || time.Since(u.at) >= recount || u.stored.bytes+grows > m.Quota.Bytes
	<-u.turn
	if near {
		if grows, err = db.growth(ctx, m, id, set, written); err != nil || grows <= 0 {
			return done, err
		}
	}
	return db.reserve(ctx, m, owner, func(amount) amount { return amount{bytes: grows} })
}
