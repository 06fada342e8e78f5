package store

import (
	"context"
	"encoding/json"

	"github.com/newsdesk-api/newsdesk/internal/filter"
)

// Backend keeps documents. It knows nothing of owners or Go types; Collection does.
//
// The suite in storetest is its definition. All methods are safe for
// concurrent use, are one atomic operation each, honour the context's deadline and return
// only nil or a *fault.Error: NotFound, Conflict (a unique index; Fields[0].Path is the JSON pointer of its
// first property), Stale, TooLarge, Invalid (the store cannot hold the document), Malformed (it cannot run the
// condition), Unavailable (the store does not answer; also when the context ended), Full or Internal. A write that returned
// nil is durable: it survives the loss of power.
type Backend interface {
	// Migrate makes tables, columns and indexes fit the models. Running it again changes nothing.
	// What would lose or hide data is refused with an error that says what to do.
	Migrate(ctx context.Context, models []*Model) error
	// Plan returns the steps that Migrate would take, each a line that begins with the collection, or Migrate's refusal; that documents share
	// a value of a new unique index it may leave to Migrate. It changes nothing. Without steps Migrate has nothing to do.
	Plan(ctx context.Context, models []*Model) ([]string, error)
	// Insert stores a new document with the version it has, 1 when that is 0. A taken id is a Conflict on "/id",
	// whatever else is taken.
	Insert(ctx context.Context, m *Model, d Document) error
	// Get returns the document with that id, or NotFound.
	Get(ctx context.Context, m *Model, id string) (Document, error)
	// Find calls yield for each match in order, ties broken by id, until yield returns an error, which Find then returns.
	// The document's JSON is valid only until yield returns. q.Fields is the caller's business.
	Find(ctx context.Context, m *Model, q *filter.Query, yield func(Document) error) error
	// Count returns the number of matches.
	Count(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Update applies the changes to the document with that id, adds one to its version, and returns
	// it as it is afterwards. When the document does not meet the guard nothing is written and the answer is NotFound or Stale.
	Update(ctx context.Context, m *Model, id string, set []Change, g Guard) (Document, error)
	// UpdateAll applies the changes to every match, adds one to each version, and returns how many there were.
	UpdateAll(ctx context.Context, m *Model, where filter.Where, set []Change) (int64, error)
	// Delete removes the document with that id; refusals are those of Update.
	Delete(ctx context.Context, m *Model, id string, g Guard) error
	// DeleteAll removes every match and returns how many there were.
	DeleteAll(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Ping returns nil when the store would answer.
	Ping(ctx context.Context) error
	// Close finishes the writes that have begun and releases the store. No method may be called afterwards.
	Close(ctx context.Context) error
}

// Document is one stored document.
type Document struct {
	ID      string
	Version int64           // 1 for a new document, one more with each change
	JSON    json.RawMessage // the whole document, compact, its id included, ready to send
}

// Change sets one top-level property of a document, or removes it.
type Change struct {
	Name string          // a declared property of the model; never the id
	JSON json.RawMessage // the new value, compact; nil removes the property
}

// Guard is what must hold, inside the write itself, for a document to be changed.
type Guard struct {
	Where   filter.Where // a document that does not match answers NotFound; Collection tells the caller why. nil: any
	Version int64        // a document at another version answers Stale; 0: any
}
