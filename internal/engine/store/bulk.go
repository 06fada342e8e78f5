package store

import "github.com/newsdesk-api/newsdesk/internal/engine/fault"

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
	return fault.New(fault.BadRequest, "UPDATE_TOO_LARGE", "What matches is too much to be changed at once: at most %d documents, and %d bytes "+
		"of them and of what is changed in each. Change them in several requests, each with a narrower condition.", MaxUpdateDocuments, MaxUpdateBytes)
}
