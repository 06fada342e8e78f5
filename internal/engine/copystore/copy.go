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

// inserters is how many documents are written at a time: stores commit together what arrives together.
const inserters = 64

// Options are what a copy may be told.
type Options struct {
	// Merge allows a target with documents that the source does not have, and leaves them alone.
	Merge bool
	// Progress, when not nil, is called from one goroutine, with what is being done to which collection, to how many of its documents, and how many there are.
	Progress func(doing string, done, total int64)
}

// Collection is what became of one collection.
type Collection struct {
	Name      string
	Documents int64    // that the source has
	Copied    int64    // of them, by this call; the target had the others
	Source    Checksum // of the source's documents
	Target    Checksum // of those of the target's documents that the source has, too
}

// Copy gives to every document of the models that from has, byte for byte and with its version. Then it reads
// both again and compares them: when it returns nil, the checksums of each collection are equal.
//
// Nothing is written to from, and no document of to is changed or removed. A copy that ended early is continued by the next one. Both stores must
// have been migrated to the models, and nobody else should write to them meanwhile: what somebody did write may show as a difference in the end.
//
// A target that has a document which the source does not have, or has otherwise, is refused before anything is
// written. With Merge such documents stay, and those that differ are an error in the end. So is, at
// once, a document that the target cannot hold, or with a value that a unique index of the target has already.
func Copy(ctx context.Context, from, to store.Backend, models []*store.Model, o Options) ([]Collection, error) {
	if !o.Merge {
		if err := refuse(ctx, from, to, models); err != nil {
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
		return collections, fault.New(fault.Conflict, "COPY_DIFFERS", "the target does not hold what the source does, in: %s. Either somebody wrote to one of them, so stop "+
			"whoever does and copy again; or the target had other documents with the same ids, which were kept", strings.Join(wrong, ", "))
	}
	return collections, nil
}

// refuse returns an error when the target is anything but the beginning of a copy of the source.
func refuse(ctx context.Context, from, to store.Backend, models []*store.Model) error {
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
			reasons = append(reasons, fmt.Sprintf("%s: %d that the source does not have, %d that differ", m.Collection, foreign, different))
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "COPY_REFUSED", "the target has documents of its own (%s); nothing was copied. Name an empty one, or merge", strings.Join(reasons, "; "))
}

// fill inserts what the target lacks of a collection, and returns how many documents that were.
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

// reports returns what counts one more document, and has already told progress that there is none yet.
func reports(ctx context.Context, from store.Backend, m *store.Model, doing string, progress func(string, int64, int64)) (report func(), err error) {
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
		return fault.New(f.Kind, "COPY_REFUSED", "%s: the document with id %q cannot be copied: %v", m.Collection, d.ID, err)
	case f.Kind == fault.Conflict:
		return fault.New(fault.Conflict, "COPY_REFUSED", "%s: the document with id %q cannot be copied, because the target has another one with a value that must be unique (%v). "+
			"Change or delete one of the two, and copy again", m.Collection, d.ID, err)
	}
	return err
}

// verify reads both sides of a collection.
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
