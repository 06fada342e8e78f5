package mongo

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	wire "go.mongodb.org/mongo-driver/x/mongo/driver"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Codes of errors, as MongoDB's error_codes.yml has them.
var (
	tooLargeCodes    = []int{10334, 17419, 17420}                        // BSONObjectTooLarge, and an update that would make one
	fullCodes        = []int{14031}                                      // OutOfDiskSpace
	goneCodes        = []int{91, 189, 10107, 11600, 11602, 13435, 13436} // no server that accepts writes
	unavailableCodes = []int{
		6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436, // retryable errors
		43,           // CursorNotFound: the server has restarted
		50, 202, 262, // time limits
		24, 46, 112, 246, 251, // lost locks, snapshots and transactions; conflicts
		64, 100, // WriteConcernFailed, UnsatisfiableWriteConcern
		51156, // a regular expression that takes too many steps
	}
)

// problem turns any error into the *fault.Error that a store.Backend may return.
func problem(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	_, concern := writeErrors(err)
	switch {
	case has(err, tooLargeCodes...), errors.Is(err, wire.ErrDocumentTooLarge):
		return tooLarge(err)
	case has(err, fullCodes...):
		return fault.Wrap(&store.Failure{Err: err}, fault.InsufficientStorage, "", "There is not enough space to store this.")
	case gone(err), has(err, goneCodes...):
		err = &store.Failure{Err: err}
		fallthrough
	case unreachable(err), has(err, unavailableCodes...), concern:
		f := fault.Wrap(err, fault.Unavailable, "",
			"The store did not respond in time, or is not available at the moment. Try again later.")
		f.RetryAfter = retryAfter
		return f
	case errors.As(err, new(driver.ServerError)):
		return fault.Wrap(err, fault.Internal, "", "the store rejected a command")
	}
	return fault.Wrap(err, fault.Internal, "", "the store failed")
}

// has reports whether the server's error has one of the codes.
func has(err error, codes ...int) bool {
	e, ok := errors.AsType[driver.ServerError](err)
	return ok && slices.ContainsFunc(codes, e.HasErrorCode)
}

// unreachable reports whether no server responded in time.
func unreachable(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		driver.IsTimeout(err) || driver.IsNetworkError(err) ||
		errors.As(err, new(topology.ServerSelectionError)) || errors.As(err, new(topology.ConnectionError)) ||
		errors.As(err, new(topology.WaitQueueTimeoutError)) || errors.As(err, new(wire.RetryablePoolError)) ||
		errors.Is(err, driver.ErrClientDisconnected) || errors.Is(err, topology.ErrPoolClosed) || errors.Is(err, topology.ErrTopologyClosed)
}

// gone reports whether no server could be reached at all, rather than one that was too slow.
func gone(err error) bool {
	return errors.As(err, new(topology.ServerSelectionError)) || errors.As(err, new(topology.ConnectionError)) ||
		driver.IsNetworkError(err) && !driver.IsTimeout(err)
}

// cause returns one line with the reason why no server can be used: the last error of one of them, not the driver's description of all.
func cause(err error) string {
	if e, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		err = errors.New("none of the servers is the primary of the replica set that the URI names")
		for _, s := range e.Desc.Servers {
			if s.LastError != nil {
				err = s.LastError
			}
		}
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

func tooLarge(err error) error {
	return fault.Wrap(err, fault.TooLarge, "", "The document is too large. The limit is 16 MiB.")
}

func none(err error) bool { return errors.Is(err, driver.ErrNoDocuments) }

// refused is problem for a write, which may violate a unique index; written is what it would have stored.
func (db *DB) refused(ctx context.Context, s *shape, written bson.Raw, err error) error {
	raw, text, ok := duplicate(err)
	if !ok {
		return problem(err)
	}
	if keys, ok := raw.Lookup("keyPattern").DocumentOK(); ok {
		if first, err := keys.IndexErr(0); err == nil {
			return store.Duplicate(s.model, s.property(first.Key()))
		}
	}
	if _, after, ok := strings.Cut(text, " index: "); ok {
		name, _, _ := strings.Cut(after, " ")
		if name == "_id_" {
			return store.Duplicate(s.model, "id")
		}
		for _, ix := range s.model.Indexes {
			if ix.Name == name {
				return store.Duplicate(s.model, ix.Keys[0].Property.Name)
			}
		}
	}
	return store.Duplicate(s.model, db.holder(ctx, s, written))
}

// holder returns the id, or the first property of the unique index, whose value is a duplicate, for a server that does not report it.
func (db *DB) holder(ctx context.Context, s *shape, written bson.Raw) string {
	if id, ok := written.Lookup("_id").StringValueOK(); ok && db.some(ctx, s, identified(id)) {
		return "id"
	}
	for _, ix := range s.model.Indexes {
		if !ix.Unique {
			continue
		}
		same := bson.D{}
		for _, k := range ix.Keys {
			if v, err := written.LookupErr(k.Property.Path...); err == nil && !isNull(v) {
				same = append(same, bson.E{Key: s.byName[k.Property.Name].field, Value: bson.D{{Key: "$eq", Value: v}}})
			}
		}
		if len(same) > 0 && db.some(ctx, s, same) {
			return ix.Keys[0].Property.Name
		}
	}
	for _, ix := range s.others {
		same := bson.D{}
		for _, k := range ix.Key {
			if v, err := written.LookupErr(strings.Split(k.Key, ".")...); err == nil && !isNull(v) {
				same = append(same, bson.E{Key: k.Key, Value: bson.D{{Key: "$eq", Value: v}}})
			}
		}
		if len(same) > 0 && db.some(ctx, s, same) {
			return s.property(ix.Key[0].Key)
		}
	}
	return "id"
}

// some reports whether a document meets the condition.
func (db *DB) some(ctx context.Context, s *shape, condition bson.D) bool {
	n, err := db.collection(s.model).CountDocuments(ctx, condition, commented(ctx, options.Count().SetLimit(1).SetMaxTime(remaining(ctx))))
	return err == nil && n > 0
}

// duplicate reports whether the error is a violation of a unique index, and returns the server's text.
func duplicate(err error) (raw bson.Raw, text string, ok bool) {
	writes, _ := writeErrors(err)
	for _, e := range writes {
		if e.HasErrorCode(11000) {
			return e.Raw, e.Message, true
		}
	}
	e, ok := errors.AsType[driver.CommandError](err)
	// FerretDB has no code for an update that violates an index.
	if ok && (driver.IsDuplicateKeyError(err) || e.Code == 1 && strings.Contains(e.Message, "UNIQUE constraint failed")) {
		return e.Raw, e.Message, true
	}
	return nil, "", driver.IsDuplicateKeyError(err)
}

// writeErrors returns the server's errors about documents, and whether it could not make a write durable.
func writeErrors(err error) (list driver.WriteErrors, concern bool) {
	if e, ok := errors.AsType[driver.WriteException](err); ok {
		return e.WriteErrors, e.WriteConcernError != nil && len(e.WriteErrors) == 0
	}
	return nil, false
}

// property returns the name of the property that a field stores.
func (s *shape) property(field string) string {
	for _, c := range s.columns {
		if c.field == field {
			return c.Name
		}
	}
	return field
}

// fixed returns the unique index all of whose keys are written, if there is one.
func (s *shape) fixed(written bson.Raw) *store.Index {
	for i, ix := range s.model.Indexes {
		first, err := written.LookupErr(ix.Keys[0].Property.Path...)
		whole := ix.Unique && err == nil && !isNull(first)
		for _, k := range ix.Keys {
			_, err := written.LookupErr(k.Property.Path[0])
			whole = whole && err == nil
		}
		if whole {
			return &s.model.Indexes[i]
		}
	}
	return nil
}
