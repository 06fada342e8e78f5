package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// maxStrays is the maximum number of stray documents that a process logs; the first ones are enough to find the others.
const maxStrays = 1000

// strays detects stored documents that do not fit their schema, because another program wrote them. Each is logged once and omitted from
// lists. A property that the schema does not have is not sent, but it does not make a document one of them.
type strays struct {
	log func() *slog.Logger

	mu     sync.Mutex
	logged map[[2]string]bool // by collection and id

	// Documents that fit are remembered by hash, because checking one again would take longer than reading it. If the view of one differs,
	// the complement is remembered.
	seed  maphash.Seed
	known [1 << 17]atomic.Uint64
}

func newStrays(log func() *slog.Logger) *strays {
	return &strays{log: log, logged: map[[2]string]bool{}, seed: maphash.MakeSeed()}
}

// found logs a stray document unless it has been logged before.
func (s *strays) found(m *Model, id string, why error) {
	s.mu.Lock()
	key := [2]string{m.Collection, id}
	tell := !s.logged[key] && len(s.logged) < maxStrays
	if tell {
		s.logged[key] = true
	}
	s.mu.Unlock()
	if tell {
		s.log().Error("a stored document does not fit its schema and is left out of lists; change or delete it",
			"collection", m.Collection, "id", id, "reason", why.Error())
	}
}

// see replaces the document's JSON with the view of it (view.of). It returns an error for a document whose known properties have values of
// other types than T's. The other rules of a schema apply only when a document is written, because a stricter rule must not hide stored
// documents.
func (c Collection[T]) see(d *Document) error {
	if d.Unreadable != nil {
		return d.Unreadable
	}
	sum := maphash.Bytes(c.strays.seed, d.JSON) ^ maphash.String(c.strays.seed, c.model.Collection+"/"+d.ID)
	slot := &c.strays.known[sum%uint64(len(c.strays.known))]
	switch slot.Load() {
	case 0:
	case sum:
		return nil
	case ^sum:
		d.JSON = c.view.of(d.JSON)
		return nil
	}
	if err := compact(d.JSON); err != nil {
		return err
	}
	seen := c.view.of(d.JSON)
	var named struct{ ID string }
	if err := json.Unmarshal(seen, &named); err != nil || named.ID != d.ID {
		return errors.New("its id differs from the one that it is stored under")
	}
	var value T
	if err := json.Unmarshal(seen, &value); err != nil {
		return err
	}
	if &seen[0] != &d.JSON[0] {
		sum = ^sum
	}
	slot.Store(sum)
	d.JSON = seen
	return nil
}

// compact returns nil for a JSON object in the form that stores write.
func compact(text json.RawMessage) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	if compact.Len() != len(text) || !utf8.Valid(text) {
		return errors.New("it is not compact JSON in UTF-8")
	}
	if text[0] != '{' {
		return errors.New("it is not a JSON object")
	}
	return nil
}

// each calls yield for each document of a list that fits.
func (c Collection[T]) each(yield func(Document) error) func(Document) error {
	return func(d Document) error {
		if err := c.see(&d); err != nil {
			c.strays.found(c.model, d.ID, err)
			return nil
		}
		return yield(d)
	}
}

// stray returns the fault for a document that was read by its id and does not fit.
func (c Collection[T]) stray(id string, why error) error {
	return fault.Wrap(why, fault.Internal, "", "store: %s: the stored document with id %s does not fit its schema; change or delete it",
		c.model.Collection, quote(id))
}

// maxNamed is the maximum number of documents of a collection that Strays names.
const maxNamed = 20

// Strays reads all documents of the models and returns a line for each that does not fit its schema, the first of each collection, and one
// for each property that documents have and the schema does not. The backend must have been migrated to the models. A line begins with the
// collection; its only text from the document is quoted.
func Strays(ctx context.Context, backend Backend, models []*Model) (lines []string, err error) {
	for _, m := range models {
		n, view := 0, newView(m)
		unknown := map[string]int{}
		err := backend.Scan(ctx, m, func(d Document) error {
			why := d.Unreadable
			if why == nil {
				why = compact(d.JSON)
			}
			if why == nil {
				view.count(d.JSON, unknown)
				if m.Check != nil {
					why = m.Check(view.of(d.JSON), true)
				}
			}
			if why == nil {
				return nil
			}
			if n++; n <= maxNamed {
				lines = append(lines, fmt.Sprintf("%s: the document %q does not fit its schema: %s", m.Collection, d.ID,
					strings.ReplaceAll(why.Error(), "\n", "; ")))
			}
			return nil
		})
		if err != nil {
			return lines, err
		}
		if n > maxNamed {
			lines = append(lines, fmt.Sprintf("%s: %d more do not fit", m.Collection, n-maxNamed))
		}
		for _, name := range slices.Sorted(maps.Keys(unknown)) {
			lines = append(lines, fmt.Sprintf("%s: the property %s is not in the contract, but documents have it: %d. It is kept, and not "+
				"in responses", m.Collection, name, unknown[name]))
		}
	}
	return lines, nil
}

// count adds the unknown top-level properties of a document to the counts of documents, by quoted name.
func (v *view) count(text []byte, unknown map[string]int) {
	filter.EachMember(text, func(quoted, _ []byte) bool {
		_, known := filter.Lookup(v.shape.Members, quoted)
		_, former := filter.Lookup(v.was, quoted)
		if !known && !former && (unknown[string(quoted)] > 0 || len(unknown) < maxNamed) {
			unknown[string(quoted)]++
		}
		return true
	})
}
