package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
)

// maxStrays is the maximum number of stray documents that a process logs; the first ones are enough to find the others.
const maxStrays = 1000

// strays detects stored documents that do not fit their schema, because another program wrote them. Each is logged once and omitted from
// lists.
type strays struct {
	log func() *slog.Logger

	mu     sync.Mutex
	logged map[[2]string]bool // by collection and id

	// Documents that fit are remembered by hash, because checking one again would take longer than reading it.
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

// fits returns nil for a stored document that has only properties of the schema, with values of T's types. The other rules of a schema
// apply only when a document is written, because a stricter rule must not hide stored documents.
func (c Collection[T]) fits(d Document) error {
	if d.Unreadable != nil {
		return d.Unreadable
	}
	sum := maphash.Bytes(c.strays.seed, d.JSON) ^ maphash.String(c.strays.seed, c.model.Collection+"/"+d.ID)
	slot := &c.strays.known[sum%uint64(len(c.strays.known))]
	if sum != 0 && slot.Load() == sum {
		return nil
	}
	if err := c.model.holds(d.JSON); err != nil {
		return err
	}
	var named struct{ ID string }
	if err := json.Unmarshal(d.JSON, &named); err != nil || named.ID != d.ID {
		return errors.New("its id differs from the one that it is stored under")
	}
	var value T
	if err := json.Unmarshal(d.JSON, &value); err != nil {
		return err
	}
	slot.Store(sum)
	return nil
}

// holds returns nil for the JSON of a document without unknown properties, in the form that stores write.
func (m *Model) holds(text json.RawMessage) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil || compact.Len() != len(text) || !utf8.Valid(text) {
		return errors.New("it is not compact JSON in UTF-8")
	}
	for _, p := range m.Properties {
		delete(members, p.Name)
	}
	for name := range members {
		return fmt.Errorf("unknown property %q", name)
	}
	return nil
}

// each calls yield for each document of a list that fits.
func (c Collection[T]) each(yield func(Document) error) func(Document) error {
	return func(d Document) error {
		if err := c.fits(d); err != nil {
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

// Strays reads all documents of the models and returns a line for each that does not fit its schema, the first of each collection. The
// backend must have been migrated to the models. A line begins with the collection; its only text from the document is the quoted id.
func Strays(ctx context.Context, backend Backend, models []*Model) (lines []string, err error) {
	for _, m := range models {
		n := 0
		err := backend.Scan(ctx, m, func(d Document) error {
			why := d.Unreadable
			if why == nil {
				why = m.holds(d.JSON)
			}
			if why == nil && m.Check != nil {
				why = m.Check(d.JSON, true)
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
	}
	return lines, nil
}
