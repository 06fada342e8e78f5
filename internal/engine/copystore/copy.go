// Package copystore copies collections from one store to another.
package copystore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// inserters is the number of concurrent inserts. Stores commit them in groups.
const inserters = 64

// Options are the options of a copy.
type Options struct {
	// Merge allows a target that contains documents that the source does not contain. They are not changed.
	Merge bool
	// Progress, if not nil, is called from one goroutine, with a description of the step and the numbers of processed and all documents.
	Progress func(doing string, done, total int64)
}

// Collection is the result for one collection.
type Collection struct {
	Name      string
	Documents int64    // in the source
	Copied    int64    // by this call; the target already contained the others
	Source    Checksum // of the source's documents
	Target    Checksum // of the target's documents with ids of the source
}

// Copy copies all documents of the models from one store to another, byte for byte and with their versions. Then it reads both
// stores again and compares them: if it returns nil, the checksums of each collection are equal.
//
// Copy never writes to the source, and never changes or deletes a document of the target. If it is interrupted, the next call
// continues it. Both stores must be migrated to the models. Nobody else should write to them during the copy; such writes may
// appear as differences.
//
// Copy returns an error, before it writes anything, if the target contains a document that the source does not contain or that
// differs. With Merge, documents that the source does not contain are kept, and Copy returns an error at the end if documents
// differ. It also returns an error if the target rejects a document, for example because of a unique index.
func Copy(ctx context.Context, from, to store.Backend, models []*store.Model, o Options) ([]Collection, error) {
	if !o.Merge {
		if err := checkTarget(ctx, from, to, models); err != nil {
			return nil, err
		}
	}
	copied := make([]int64, len(models))
	for i, m := range models {
		var err error
		if copied[i], err = fill(ctx, from, to, m, o.Progress); err != nil {
			return nil, err
		}
	}
	collections := make([]Collection, len(models))
	var wrong []string
	for i, m := range models {
		c, err := verify(ctx, from, to, m, o.Progress)
		if err != nil {
			return nil, err
		}
		c.Copied = copied[i]
		if collections[i] = c; c.Source != c.Target {
			wrong = append(wrong, c.Name)
		}
	}
	if len(wrong) > 0 {
		return collections, fault.New(fault.Conflict, "COPY_DIFFERS", "source and target differ in: %s. "+
			"Either they were written to during the copy: stop all writers and copy again. Or the target contained other documents with "+
			"the same ids; they were kept",
			strings.Join(wrong, ", "))
	}
	return collections, nil
}

// checkTarget returns an error unless the target contains only documents of the source.
func checkTarget(ctx context.Context, from, to store.Backend, models []*store.Model) error {
	var reasons []string
	for _, m := range models {
		right := newCursor(to, m)
		if first, err := right.head(ctx); err != nil {
			return err
		} else if first == nil {
			continue
		}
		foreign, different := 0, 0
		err := walk(ctx, newCursor(from, m), right, func(source, target *store.Document) error {
			switch {
			case source == nil:
				foreign++
			case target != nil && !same(source, target):
				different++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if foreign+different > 0 {
			reasons = append(reasons, fmt.Sprintf("%s: %d not in the source, %d different", m.Collection, foreign, different))
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "COPY_REFUSED",
		"the target contains other documents (%s); nothing was copied. Use an empty target, or --merge",
		strings.Join(reasons, "; "))
}

// fill inserts the documents of a collection that the target does not contain, and returns their number.
func fill(ctx context.Context, from, to store.Backend, m *store.Model, progress func(string, int64, int64)) (copied int64, err error) {
	report, err := reports(ctx, from, m, "copy", progress)
	if err != nil {
		return 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(inserters)
	err = walk(ctx, newCursor(from, m), newCursor(to, m), func(source, target *store.Document) error {
		if source == nil {
			return nil
		}
		if target == nil {
			copied++
			d := *source
			group.Go(func() error { return insert(ctx, to, m, d) })
		}
		report()
		return ctx.Err()
	})
	if failed := group.Wait(); failed != nil {
		err = failed // the walk ended because of it
	}
	return copied, err
}

// reports returns a function that counts one document and reports the progress. It has already reported 0.
func reports(ctx context.Context, from store.Backend, m *store.Model, doing string,
	progress func(string, int64, int64)) (report func(), err error) {
	if progress == nil {
		return func() {}, nil
	}
	total, err := from.Count(ctx, m, nil)
	if err != nil {
		return nil, err
	}
	done := int64(-1)
	report = func() {
		done++
		progress(doing+" "+m.Collection, done, total)
	}
	report()
	return report, nil
}

func insert(ctx context.Context, to store.Backend, m *store.Model, d store.Document) error {
	err := to.Insert(ctx, m, d)
	switch f, _ := errors.AsType[*fault.Error](err); {
	case f == nil:
	case f.Kind == fault.Invalid, f.Kind == fault.TooLarge:
		return fault.New(f.Kind, "COPY_REFUSED", "%s: cannot copy the document with id %q: %v", m.Collection, d.ID, err)
	case f.Kind == fault.Conflict:
		return fault.New(fault.Conflict, "COPY_REFUSED", "%s: cannot copy the document with id %q: "+
			"another document of the target has the same value in a unique index (%v). Change or delete one of the two, and copy again",
			m.Collection, d.ID, err)
	}
	return err
}

// verify reads a collection in both stores and computes the checksums.
func verify(ctx context.Context, from, to store.Backend, m *store.Model, progress func(string, int64, int64)) (Collection, error) {
	c := Collection{Name: m.Collection}
	source, target := newSum(), newSum()
	report, err := reports(ctx, from, m, "compare", progress)
	if err != nil {
		return c, err
	}
	err = walk(ctx, newCursor(from, m), newCursor(to, m), func(a, b *store.Document) error {
		if a == nil {
			return nil
		}
		c.Documents++
		source.add(a)
		if b != nil {
			target.add(b)
		}
		report()
		return nil
	})
	c.Source, c.Target = source.checksum(), target.checksum()
	return c, err
}

func same(a, b *store.Document) bool { return a.Version == b.Version && bytes.Equal(a.JSON, b.JSON) }
