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

// Backend keeps documents. It knows nothing of owners or Go types; Collection does.
//
// The suite in storetest is its definition. All methods are safe for
// concurrent use, are one atomic operation each, DeleteAll excepted, honour the context's deadline and return
// only nil or a *fault.Error: NotFound, Conflict (a unique index; Fields[0].Path is the JSON pointer of its
// first property), Forbidden (the model's quota; a write that makes nothing larger is never refused), Stale, TooLarge, Invalid (the store
// cannot hold the document; see Storable), Malformed (it cannot run the condition), Unavailable (the store does not answer; also when the
// context ended), Full or Internal. A write that returned nil is durable: it survives the loss of power.
type Backend interface {
	// Migrate makes tables, columns and indexes fit the models. Running it again changes nothing.
	// What would lose or hide data is refused with an error that says what to do.
	Migrate(ctx context.Context, models []*Model) error
	// Plan returns the steps that Migrate would take, each a line that begins with the collection, or Migrate's refusal; that documents
	// share a value of a new unique index it may leave to Migrate. It changes nothing. Without steps Migrate has nothing to do.
	Plan(ctx context.Context, models []*Model) ([]string, error)
	// Insert stores a new document with the version it has, 1 when that is 0. A taken id is a Conflict on "/id",
	// whatever else is taken.
	Insert(ctx context.Context, m *Model, d Document) error
	// Get returns the document with that id, or NotFound. One that it cannot read is Unreadable.
	Get(ctx context.Context, m *Model, id string) (Document, error)
	// Find calls yield for each match in order, ties broken by id, until yield returns an error, which Find then returns.
	// The document's JSON is valid only until yield returns. q.Fields is the caller's business. What q.CheckPage refuses is Internal.
	// A Find or Count of a context that IsScan must not keep another caller's, or a Get, from starting.
	Find(ctx context.Context, m *Model, q *filter.Query, yield func(Document) error) error
	// Scan calls yield for every document of the model, Unreadable ones too, in any order, until yield returns an error, which Scan then
	// returns. It is for tools: it may take long.
	Scan(ctx context.Context, m *Model, yield func(Document) error) error
	// Count returns the number of matches.
	Count(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Update applies the changes to the document with that id, adds one to its version, and returns
	// it as it is afterwards. When the document does not meet the guard nothing is written and the answer is NotFound or Stale.
	Update(ctx context.Context, m *Model, id string, set []Change, g Guard) (Document, error)
	// UpdateAll applies the changes to every match, adds one to each version, and returns how many there were. It changes all of them
	// or none; more than CheckUpdate allows is Malformed. The matches are those of one moment after the call began; a document that
	// has changed between that moment and the write is changed if it matches still.
	UpdateAll(ctx context.Context, m *Model, where filter.Where, set []Change) (int64, error)
	// Delete removes the document with that id; refusals are those of Update.
	Delete(ctx context.Context, m *Model, id string, g Guard) error
	// DeleteAll removes every match and returns how many there were. It may do so in portions, so that others can write in between:
	// when it fails, the first ones may be gone.
	DeleteAll(ctx context.Context, m *Model, where filter.Where) (int64, error)
	// Ping returns nil when the store would answer.
	Ping(ctx context.Context) error
	// Close finishes the writes that have begun and releases the store. No method may be called afterwards.
	Close(ctx context.Context) error
}

// MaxDocument is how many bytes of JSON a document or a change can have. A backend may count in its own format, which is about as large.
const MaxDocument = 16 << 20

// Storable returns nil for the JSON of a document or of a change that every backend takes, and otherwise the fault with which all refuse
// it: TooLarge, or Invalid for what is not UTF-8 or has a NUL in a text or a name.
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

// nul is a NUL as JSON has it: behind an even number of other backslashes.
var nul = regexp.MustCompile(`(^|[^\\])(\\\\)*\\u0000`)

// Document is one stored document.
type Document struct {
	ID      string
	Version int64           // 1 for a new document, one more with each change
	JSON    json.RawMessage // the whole document, compact, its id included, ready to send
	// Unreadable is why there is no JSON: another program has stored something that is no document. The ID is then for people only.
	Unreadable error
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

// What one UpdateAll may change, so that it cannot keep others from writing for long, nor fill the disk with its log. One document
// may have any size.
const (
	MaxUpdateDocuments = 1000
	MaxUpdateBytes     = 4 << 20 // of JSON: the documents before the change, and what is set once for each
)

// CheckUpdate returns nil if an UpdateAll may change documents of so many bytes together, and otherwise the Malformed fault with
// which every backend refuses it.
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
