package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// Limits of a batch, whose documents are stored at the same time.
const (
	batchDocuments = 512
	batchBytes     = 4 << 20
	inserters      = 64
)

// Problem is a reason why a document was rejected. It quotes no value.
type Problem struct {
	Path    string `json:"path"` // a JSON pointer into the document; empty: all of it
	Message string `json:"message"`
}

// Rejection is a document that was not imported.
type Rejection struct {
	Line     int       `json:"line"` // on which it begins, from 1
	Problems []Problem `json:"problems"`
}

// String returns the rejection on one line.
func (r Rejection) String() string {
	var parts []string
	for _, p := range r.Problems {
		parts = append(parts, strings.TrimSpace(p.Path+" "+p.Message))
	}
	return fmt.Sprintf("line %d: %s", r.Line, strings.Join(parts, "; "))
}

// ImportOptions are the options of Import.
type ImportOptions struct {
	Format   Format
	FromLine int // earlier lines are skipped, except the header of a CSV
	// Rejected is called for each document that is rejected, in the order of lines. An error ends the import.
	Rejected func(Rejection) error
	// Changed, if not nil, is called after a document that was there before has been changed.
	Changed func(ctx context.Context, m *store.Model, id string) error
	// Progress, if not nil, is called after each batch with the number of bytes of its documents and of those before.
	Progress func(bytes int64)
}

// Result counts documents.
type Result struct{ Inserted, Updated, Unchanged, Rejected int64 }

// Import stores the documents of a text: those with new ids are inserted, and those with the id of a stored document replace it. Each is
// checked against the schema of its collection before. A second import of the same text changes nothing. The models are one, or, for tagged
// lines, several. It keeps one batch in memory.
//
// Objects of MongoDB's extended JSON are replaced with what they stand for, and _id is another name of id. A property may have its former
// name (x-was), or both names with equal values. Missing required properties get their defaults. Date-times and strings get their canonical
// form.
//
// It returns an error if the text cannot be read or the store fails. next is then the first line that may not have been imported.
func Import(ctx context.Context, backend store.Backend, models []*store.Model, tagged bool, r io.Reader, o ImportOptions) (
	result Result, next int, err error) {
	var from source
	if o.Format == CSV {
		from, err = newCSVReader(models[0], r)
	} else {
		from, err = newLineReader(models, tagged, r)
	}
	if err != nil {
		return result, 1, err
	}
	b := &batch{backend: backend, options: o, result: &result, ids: map[[2]string]bool{}, views: map[*store.Model]view{}}
	for _, m := range models {
		b.views[m] = m.View()
	}
	next = max(1, o.FromLine)
	for {
		i, err := from.next()
		if err != nil {
			if stored := b.store(ctx); stored != nil || err == io.EOF {
				return result, next, stored
			}
			return result, next, fmt.Errorf("cannot read the input: %w", err)
		}
		b.bytes += i.size
		if i.line < o.FromLine {
			continue
		}
		d, problems := document(i)
		if b.full(i, d) {
			if err := b.store(ctx); err != nil {
				return result, next, err
			}
			next = i.line
		}
		b.add(i, d, problems)
	}
}

// batch is what is stored next.
type batch struct {
	backend store.Backend
	options ImportOptions
	result  *Result
	views   map[*store.Model]view

	items    []entry
	ids      map[[2]string]bool // collection and id; each is in a batch once, because the last line with an id counts
	size     int
	bytes    int64 // read so far
	rejected sync.Mutex
}

// view returns a stored document as this program sees it.
type view = func(json.RawMessage) json.RawMessage

type entry struct {
	line     int
	model    *store.Model
	document store.Document
	problems []Problem
}

// full reports whether a document belongs to the next batch.
func (b *batch) full(i item, d store.Document) bool {
	return len(b.items) >= batchDocuments || b.size >= batchBytes ||
		d.ID != "" && b.ids[[2]string{i.model.Collection, d.ID}]
}

func (b *batch) add(i item, d store.Document, problems []Problem) {
	b.items = append(b.items, entry{i.line, i.model, d, problems})
	b.size += len(d.JSON)
	if d.ID != "" {
		b.ids[[2]string{i.model.Collection, d.ID}] = true
	}
}

// store stores the batch and empties it.
func (b *batch) store(ctx context.Context) error {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(inserters)
	var panicked atomic.Value
	for at := range b.items {
		e := &b.items[at]
		if len(e.problems) > 0 {
			continue
		}
		group.Go(func() error {
			defer func() {
				if p := recover(); p != nil {
					panicked.Store(fmt.Sprintf("%v\n%s", p, debug.Stack()))
				}
			}()
			return b.upsert(working, e)
		})
	}
	err := group.Wait()
	if p := panicked.Load(); p != nil {
		panic(p) // where the caller can recover it
	}
	if err != nil {
		return err
	}
	for _, e := range b.items {
		if len(e.problems) == 0 {
			continue
		}
		b.result.Rejected++
		if err := b.options.Rejected(Rejection{e.line, e.problems}); err != nil {
			return err
		}
	}
	b.items, b.size = b.items[:0], 0
	clear(b.ids)
	if b.options.Progress != nil {
		b.options.Progress(b.bytes)
	}
	return ctx.Err()
}

// upsert stores one document, or sets the problems for which the store rejects it.
func (b *batch) upsert(ctx context.Context, e *entry) error {
	count, err := b.write(ctx, e)
	if f, is := errors.AsType[*fault.Error](err); is {
		switch f.Kind {
		case fault.Invalid, fault.TooLarge, fault.Conflict, fault.Forbidden, fault.BadRequest:
			e.problems = problemsOf(f)
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", e.line, err)
	}
	b.rejected.Lock()
	*count++
	b.rejected.Unlock()
	return nil
}

// write stores one document, and returns what counts it.
func (b *batch) write(ctx context.Context, e *entry) (*int64, error) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(e.document.JSON, &members) // join has written it
	for {
		before, err := b.backend.Get(ctx, e.model, e.document.ID)
		if fault.KindOf(err) == fault.NotFound {
			d := store.Document{ID: e.document.ID, JSON: e.model.Stored(e.document.JSON, members)}
			if err = b.backend.Insert(ctx, e.model, d); isIDConflict(err) {
				continue // another program was faster
			}
			return &b.result.Inserted, err
		}
		if err != nil {
			return nil, err
		}
		if before.Unreadable != nil {
			return nil, fault.New(fault.Conflict, "", "the stored document cannot be read; delete it first")
		}
		if same(e.model, b.views[e.model](before.JSON), e.document.JSON) {
			return &b.result.Unchanged, nil
		}
		_, err = b.backend.Update(ctx, e.model, e.document.ID, changes(e.model, members), store.Guard{Version: before.Version})
		if kind := fault.KindOf(err); kind == fault.PreconditionFailed || kind == fault.NotFound {
			continue // another program has changed it
		}
		if err == nil && b.options.Changed != nil {
			err = b.options.Changed(ctx, e.model, e.document.ID)
		}
		return &b.result.Updated, err
	}
}

func isIDConflict(err error) bool {
	f, is := errors.AsType[*fault.Error](err)
	return is && f.Kind == fault.Conflict && len(f.Fields) > 0 && f.Fields[0].Path == "/id"
}

// same reports whether two documents have equal values.
func same(m *store.Model, a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	text := func(document json.RawMessage) json.RawMessage {
		value, err := decode(document)
		members, is := value.(map[string]any)
		if err != nil || !is {
			return nil
		}
		joined, _ := join(m, members)
		return joined
	}
	return bytes.Equal(text(a), text(b))
}

// changes returns the changes that replace a document.
func changes(m *store.Model, members map[string]json.RawMessage) (set []store.Change) {
	for _, p := range m.Properties {
		if p.Name == "id" {
			continue
		}
		set = append(set, store.Change{Name: p.Name, JSON: members[p.Name]})
		if p.Was != "" {
			set = append(set, store.Change{Name: p.Was, JSON: members[p.Name]})
		}
	}
	return set
}
