// Package transfer writes collections as text, and reads them: as NDJSON, one JSON object per line, or as CSV, as spreadsheets do.
package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Format is the form of the text.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
)

// Limits of a page of documents. It ends with the document that reaches one of them.
const (
	pageDocuments = 500
	pageBytes     = 4 << 20
)

// ExportOptions are the options of Export.
type ExportOptions struct {
	Format Format
	// Tagged writes lines that contain the name of the collection, for texts with several collections: {"collection":"…","document":{…}}.
	// The format must be NDJSON.
	Tagged bool
	// Progress, if not nil, is called after each page with the number of documents so far.
	Progress func(done int64)
}

// Export writes all documents of a collection in the order of their ids, and returns their number. It reads one page at a time. A document
// that changes meanwhile is written as it is before or after the change. Properties of other versions of the contract are left out. In a
// CSV, the first row contains the names of the properties; see cell for the values.
func Export(ctx context.Context, backend store.Backend, m *store.Model, w io.Writer, o ExportOptions) (n int64, err error) {
	write, err := writer(m, w, o)
	if err != nil {
		return 0, err
	}
	view := m.View()
	var after filter.Where
	for {
		page, err := readPage(ctx, backend, m, after)
		if err != nil || len(page) == 0 {
			return n, err
		}
		for _, d := range page {
			if err := write(view(d)); err != nil {
				return n, err
			}
			n++
		}
		if o.Progress != nil {
			o.Progress(n)
		}
		if after, err = filter.After(nil, page[len(page)-1]); err != nil {
			return n, err
		}
	}
}

// readPage returns the next documents in the order of ids.
func readPage(ctx context.Context, backend store.Backend, m *store.Model, after filter.Where) (page []json.RawMessage, err error) {
	size, full := 0, fmt.Errorf("the page is full")
	err = backend.Find(ctx, m, &filter.Query{Where: after, Limit: pageDocuments}, func(d store.Document) error {
		if d.Unreadable != nil {
			return fmt.Errorf("%s: cannot read the document with the id %q: %w", m.Collection, d.ID, d.Unreadable)
		}
		page = append(page, bytes.Clone(d.JSON))
		if size += len(d.JSON); size >= pageBytes {
			return full
		}
		return nil
	})
	if err == full {
		err = nil
	}
	return page, err
}

// writer returns a function that writes one document.
func writer(m *store.Model, w io.Writer, o ExportOptions) (func(json.RawMessage) error, error) {
	if o.Format == CSV {
		return newCSVWriter(m, w)
	}
	before, after := "", "\n"
	if o.Tagged {
		before, after = `{"collection":`+strconv.Quote(m.Collection)+`,"document":`, "}\n"
	}
	var line []byte
	return func(document json.RawMessage) error {
		line = append(append(append(line[:0], before...), document...), after...)
		_, err := w.Write(line)
		return err
	}, nil
}
