package store

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// Backend stores documents. It does not know owners or Go types; Collection does.
//
// The suite in storetest is its definition. All methods are safe for concurrent use, honour the context's deadline and, except DeleteAll,
// are one atomic operation each. They return nil or a *fault.Error: NotFound, Conflict (a unique index; Fields[0].Path is the JSON pointer
// of its first property), Forbidden (the model's quota; it never rejects a write that does not increase what is stored),
// PreconditionFailed, TooLarge, Invalid (the store cannot hold the document; see Storable), BadRequest (the store cannot evaluate the
// condition), Unavailable (the store does not respond, or the context has ended), InsufficientStorage or Internal. The cause of the last
// three is a Failure if it is the state of the store. A write that returned nil is durable: it survives a power failure.
type Backend interface {
	// Migrate makes tables, columns and indexes fit the models. Running it again changes nothing. It rejects changes that would lose
	// data, with an error that says what to do. What the models do not have stays, because programs with an older or newer contract may
	// use the store at the same time or afterwards: collections, indexes, and properties of documents.
	//
	// A property with a former name (Property.Was) is stored under both names. Collection writes both. Where a document has the former name
	// with another value, an older program has written it last, and Migrate copies the value to the property.
	Migrate(ctx context.Context, models []*Model) error
	// Plan returns the steps that Migrate would execute, each a line that begins with the collection, or the error that Migrate would
	// return. Only Migrate need detect duplicate values of a new unique index. Plan changes nothing. If it returns no steps, Migrate has
	// nothing to do.
	Plan(ctx context.Context, models []*Model) ([]string, error)
	// Prune does what Migrate does, drops the indexes that the models do not have, and deletes what is Removed. It returns its steps, as
	// Plan does; if dry is set, it changes nothing. Call it when no program with an older contract runs any more.
	Prune(ctx context.Context, models []*Model, dry bool) ([]string, error)
	// Insert stores a new document with its version, or with version 1 if that is 0. It may have properties that the model does not have.
	// If the id exists, the error is a Conflict on "/id", even if other values are duplicates too.
	Insert(ctx context.Context, m *Model, d Document) error
	// Get returns the document with that id, or NotFound. If it cannot read the document, it returns one with Unreadable set.
	Get(ctx context.Context, m *Model, id string) (Document, error)
	// Find calls yield for each match in order, ties broken by id, until yield returns an error, which Find then returns. The document's
	// JSON is valid only until yield returns. The caller must apply q.Fields. If q.CheckPage returns an error, Find returns Internal. If
	// IsScan reports true for the context, a Find or Count must not keep a Get, or a scan of another caller, from starting.
	Find(ctx context.Context, m *Model, q *filter.Query, yield func(Document) error) error
	// Scan calls yield for every document of the model, including Unreadable ones, in any order, until yield returns an error, which Scan
	// then returns. It is for tools, because it may take a long time.
	Scan(ctx context.Context, m *Model, yield func(Document) error) error
	// Count returns the number of matches.
	Count(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Update applies the changes to the document with that id, adds one to its version, and returns it as it is afterwards. If the document
	// does not meet the guard, nothing is written and the error is NotFound or PreconditionFailed.
	Update(ctx context.Context, m *Model, id string, set []Change, g Guard) (Document, error)
	// UpdateAll applies the changes to every match, adds one to each version, and returns how many there were. It changes all of them or
	// none; if there are more than CheckUpdate allows, the error is BadRequest. The matches are determined at one moment after the call
	// began; a document that has changed between that moment and the write is updated only if it still matches.
	UpdateAll(ctx context.Context, m *Model, where filter.Where, set []Change) (int64, error)
	// Delete deletes the document with that id. The errors for the guard are those of Update.
	Delete(ctx context.Context, m *Model, id string, g Guard) error
	// DeleteAll deletes every match and returns their number. It may delete in portions, so that others can write in between: after an
	// error, some matches may have been deleted.
	DeleteAll(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Ping returns nil if the store responds.
	Ping(ctx context.Context) error
	// Probe returns nil if the store accepts writes. It does not change what is stored.
	Probe(ctx context.Context) error
	// Close finishes the writes that have begun and releases the store. No method may be called afterwards.
	Close(ctx context.Context) error
}

// MaxDocument is the maximum size in bytes of the JSON of a document or a change. A backend may count in its own format, which is about as
// large.
const MaxDocument = 16 << 20

// Storable returns nil if every backend accepts the JSON of a document or of a change, and otherwise the fault that all backends return:
// TooLarge, or Invalid if it is not UTF-8 or has a NUL in a text or a name.
func Storable(text json.RawMessage) error {
	switch {
	case len(text) > MaxDocument:
		return fault.New(fault.TooLarge, "", "The document is too large. The limit is 16 MiB.")
	case !utf8.Valid(text):
		return fault.New(fault.Invalid, "VALIDATION_FAILED", "All text must be valid UTF-8.")
	case bytes.Contains(text, []byte(`\u0000`)) && nul.Match(text):
		return fault.New(fault.Invalid, "VALIDATION_FAILED", "Text must not contain NUL, the character U+0000.")
	}
	return nil
}

// nul matches an escaped NUL in JSON: after an even number of other backslashes.
var nul = regexp.MustCompile(`(^|[^\\])(\\\\)*\\u0000`)

// Document is one stored document.
type Document struct {
	ID      string
	Version int64           // 1 for a new document, one more with each change
	JSON    json.RawMessage // the whole document, compact, its id included, ready to send; nobody changes its bytes
	// Unreadable is the reason why there is no JSON: another program has stored something that is not a document. The ID is then only
	// informative.
	Unreadable error
}

// Change sets one top-level property of a document, or removes it.
type Change struct {
	Name string          // a declared property of the model, or its former name; never the id
	JSON json.RawMessage // the new value, compact; nil removes the property
}

// Guard is the condition for changing a document. It is checked inside the write itself.
type Guard struct {
	Where   filter.Where // if the document does not match, the error is NotFound; Collection explains it to the caller. nil: any document
	Version int64        // if the document has another version, the error is PreconditionFailed; 0: any version
}

// Limits of one UpdateAll, so that it cannot block other writes for long or fill the disk with its log. They do not apply to a single
// document.
const (
	MaxUpdateDocuments = 1000
	MaxUpdateBytes     = 4 << 20 // of JSON: the documents before the change, and what is set once for each
)

// CheckUpdate returns nil if an UpdateAll may change that number of documents and bytes, and otherwise the fault of kind BadRequest that
// every backend returns.
func CheckUpdate(documents, bytes int64, set []Change) error {
	for _, c := range set {
		bytes += documents * int64(len(c.JSON))
	}
	if documents <= 1 || documents <= MaxUpdateDocuments && bytes <= MaxUpdateBytes {
		return nil
	}
	return fault.New(fault.BadRequest, "UPDATE_TOO_LARGE",
		"The condition matches too much for one update. The limits are %d documents, and %d bytes for the documents and the changes "+
			"together. Send several requests, each with a narrower condition.", MaxUpdateDocuments,
		MaxUpdateBytes)
}
