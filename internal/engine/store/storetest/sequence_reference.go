package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// reference is the part of a store.Backend that stores documents, written for readability and not for speed: the evaluator of
// internal/engine/filter over a map. It is for one collection and one goroutine.
type reference struct {
	store.Backend // nil: of the other methods sequences use none
	documents     map[string]store.Document
	loose         map[string]int // by id, how many members at a document's end are in an order that a store may choose
}

func newReference() *reference {
	return &reference{documents: map[string]store.Document{}, loose: map[string]int{}}
}

func (*reference) Migrate(context.Context, []*store.Model) error { return nil }

func (*reference) Plan(context.Context, []*store.Model) ([]string, error) { return nil, nil }

func (*reference) Close(context.Context) error { return nil }

func (r *reference) Insert(_ context.Context, m *store.Model, d store.Document) error {
	if _, taken := r.documents[d.ID]; taken {
		return store.Duplicate(m, "id")
	}
	if err := r.duplicate(m, d); err != nil {
		return err
	}
	d.Version = max(d.Version, 1)
	r.documents[d.ID] = d
	return nil
}

func (r *reference) Get(_ context.Context, m *store.Model, id string) (store.Document, error) {
	d, found := r.documents[id]
	if !found {
		return d, store.NotFound(m, id)
	}
	return d, nil
}

func (r *reference) Find(_ context.Context, _ *store.Model, q *filter.Query, yield func(store.Document) error) error {
	var texts [][]byte
	byText := map[string]store.Document{}
	for _, d := range r.documents {
		texts = append(texts, d.JSON)
		byText[string(d.JSON)] = d
	}
	page, err := q.Apply(texts)
	for i := 0; i < len(page) && err == nil; i++ {
		err = yield(byText[string(page[i])])
	}
	return err
}

func (r *reference) Count(_ context.Context, _ *store.Model, where filter.Where) (int64, error) {
	matches, err := r.matches(where)
	return int64(len(matches)), err
}

func (r *reference) Update(_ context.Context, m *store.Model, id string, set []store.Change, g store.Guard) (store.Document, error) {
	d, err := r.guarded(m, id, g)
	if err != nil {
		return d, err
	}
	changed, loose := change(d, set)
	return changed, r.replace(m, changed, loose)
}

func (r *reference) UpdateAll(_ context.Context, m *store.Model, where filter.Where, set []store.Change) (int64, error) {
	matches, err := r.matches(where)
	if err != nil {
		return 0, err
	}
	var size int64
	for _, id := range matches {
		size += int64(len(r.documents[id].JSON))
	}
	if err := store.CheckUpdate(int64(len(matches)), size, set); err != nil {
		return 0, err
	}
	before := maps.Clone(r.documents)
	for _, id := range matches {
		d, loose := change(r.documents[id], set)
		if err := r.replace(m, d, loose); err != nil {
			r.documents = before // after the rollback, no order is loose
			clear(r.loose)
			return 0, err
		}
	}
	return int64(len(matches)), nil
}

func (r *reference) Delete(_ context.Context, m *store.Model, id string, g store.Guard) error {
	_, err := r.guarded(m, id, g)
	if err == nil {
		delete(r.documents, id)
	}
	return err
}

func (r *reference) DeleteAll(_ context.Context, _ *store.Model, where filter.Where) (int64, error) {
	matches, err := r.matches(where)
	for _, id := range matches {
		delete(r.documents, id)
	}
	return int64(len(matches)), err
}

// matches returns the ids of the documents that match.
func (r *reference) matches(where filter.Where) ([]string, error) {
	var ids []string
	for id, d := range r.documents {
		ok, err := filter.Match(context.Background(), where, d.JSON)
		if err != nil {
			return nil, err
		}
		if ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// guarded returns the document that a write with that guard changes.
func (r *reference) guarded(m *store.Model, id string, g store.Guard) (store.Document, error) {
	d, found := r.documents[id]
	if !found {
		return d, store.NotFound(m, id)
	}
	switch ok, err := filter.Match(context.Background(), g.Where, d.JSON); {
	case err != nil:
		return d, err
	case !ok:
		return d, store.NotFound(m, id)
	case g.Version != 0 && g.Version != d.Version:
		return d, store.PreconditionFailed(m, id)
	}
	return d, nil
}

// replace stores the new form of a document, unless it is a duplicate.
func (r *reference) replace(m *store.Model, d store.Document, loose int) error {
	old := r.documents[d.ID]
	delete(r.documents, d.ID)
	err := r.duplicate(m, d)
	if err != nil {
		d, loose = old, r.loose[d.ID]
	}
	r.documents[d.ID], r.loose[d.ID] = d, loose
	return err
}

// duplicate is the answer to a new document with values that a unique index binds and a document has; nil to any other.
func (r *reference) duplicate(m *store.Model, d store.Document) error {
	for _, ix := range m.Indexes {
		first := valueAt(d.JSON, ix.Keys[0].Property.Path)
		if !ix.Unique || first == nil {
			continue
		}
		values := map[string]json.RawMessage{}
		for _, k := range ix.Keys {
			values[k.Property.Name] = valueAt(d.JSON, k.Property.Path)
		}
		text, err := json.Marshal(values)
		if err != nil {
			return err
		}
		same, err := m.Schema.Where(text)
		if err != nil {
			return err
		}
		holders, err := r.matches(same)
		if err != nil {
			return err
		}
		if len(holders) > 0 {
			return store.Duplicate(m, ix.Keys[0].Property.Name)
		}
	}
	return nil
}

// change applies changes: a new value keeps the place of the old one, new members go last. Several of those are loose.
func change(d store.Document, set []store.Change) (changed store.Document, loose int) {
	all := members(d.JSON)
	for _, c := range set {
		switch i := slices.IndexFunc(all, func(old store.Change) bool { return old.Name == c.Name }); {
		case i < 0 && c.JSON != nil:
			all = append(all, c)
			loose++
		case i >= 0 && c.JSON != nil:
			all[i] = c
		case i >= 0:
			all = slices.Delete(all, i, i+1)
		}
	}
	return store.Document{ID: d.ID, Version: d.Version + 1, JSON: object(all)}, loose
}

// members are those of a JSON object, in order; other text has none.
func members(text []byte) (all []store.Change) {
	in := json.NewDecoder(bytes.NewReader(text))
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return all
		}
		c := store.Change{Name: name.(string)}
		if err := in.Decode(&c.JSON); err != nil {
			return all
		}
		all = append(all, c)
	}
	return all
}

func object(members []store.Change) json.RawMessage {
	var texts []string
	for _, m := range members {
		texts = append(texts, quoted(m.Name)+":"+string(m.JSON))
	}
	return json.RawMessage("{" + strings.Join(texts, ",") + "}")
}

// valueAt is what a document has at a path; nil when that is null or absent.
func valueAt(text json.RawMessage, path []string) json.RawMessage {
	for _, name := range path {
		all := members(text)
		i := slices.IndexFunc(all, func(m store.Change) bool { return m.Name == name })
		if i < 0 || string(all[i].JSON) == "null" {
			return nil
		}
		text = all[i].JSON
	}
	return text
}
