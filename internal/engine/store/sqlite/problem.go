package sqlite

import (
	"context"
	"errors"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// unavailable tells a client that the state of the store is the cause, which is in the log.
const unavailable = "The store is not available at the moment. Try again later."

// closed returns the fault for calls after Close.
func closed() error { return fault.New(fault.Unavailable, "", "The store is closed. Try again later.") }

// problem turns any error into the *fault.Error that a store.Backend may return.
func problem(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(err, fault.Unavailable, "",
			"The store did not respond in time. Try again later, or request less.")
	}
	e, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return fault.Wrap(err, fault.Internal, "", "the store failed")
	}
	switch e.Code() & 0xff {
	case code.SQLITE_FULL:
		return fault.Wrap(&store.Failure{Err: err}, fault.InsufficientStorage, "", "There is not enough space to store this.")
	case code.SQLITE_NOMEM:
		return fault.Wrap(err, fault.Unavailable, "", "The request needs more memory than the store has. Try again later, or request less.")
	case code.SQLITE_TOOBIG:
		return fault.Wrap(err, fault.TooLarge, "", "The document is too large for the store.")
	case code.SQLITE_INTERNAL, code.SQLITE_ERROR, code.SQLITE_MISUSE, code.SQLITE_RANGE, code.SQLITE_MISMATCH, code.SQLITE_CONSTRAINT:
		return fault.Wrap(err, fault.Internal, "", "the store rejected a statement")
	case code.SQLITE_BUSY, code.SQLITE_LOCKED, code.SQLITE_INTERRUPT, code.SQLITE_PROTOCOL:
		return fault.Wrap(err, fault.Unavailable, "", unavailable)
	default: // the disk or the file
		return fault.Wrap(&store.Failure{Err: err}, fault.Unavailable, "", unavailable)
	}
}

// problem is like the function problem, but also recognizes violations of the model's unique indexes and quota.
func (t *table) problem(err error) error {
	if e, ok := errors.AsType[*driver.Error](err); ok && e.Code() == code.SQLITE_CONSTRAINT_TRIGGER {
		return store.QuotaExceeded(t.model)
	}
	if column, ok := taken(err); ok {
		for _, c := range t.columns {
			if c.column == column {
				return store.Duplicate(t.model, c.Name)
			}
		}
	}
	return problem(err)
}

// taken returns the first column of the unique index that err reports. SQLite names the columns only in its text: "… UNIQUE constraint
// failed: users.email, users.realm (2067)".
func taken(err error) (column string, ok bool) {
	e, ok := errors.AsType[*driver.Error](err)
	if !ok || e.Code() != code.SQLITE_CONSTRAINT_UNIQUE && e.Code() != code.SQLITE_CONSTRAINT_PRIMARYKEY {
		return "", false
	}
	_, list, _ := strings.Cut(e.Error(), "UNIQUE constraint failed: ")
	list, _, _ = strings.Cut(list, " (")
	first, _, _ := strings.Cut(list, ",")
	_, column, ok = strings.Cut(first, ".")
	return column, ok
}
