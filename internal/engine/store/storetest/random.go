package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// The numbers of testRandom; Run's comment names the product of collections and filters.
const (
	randomCollections = 8
	randomFilters     = 300 // on each collection
	randomFiltersFull = 625
	randomDocuments   = 40 // in each
	randomGuarded     = 4  // of them, that are changed one by one where a filter says so
)

// testRandom compares the backend with the evaluator for random filters on random documents. The seeds are fixed, so that a failure is
// reproducible.
func testRandom(t *testing.T, open func(t *testing.T) store.Backend) {
	filters := scaled(t, randomFilters, randomFiltersFull)
	for i := range uint64(randomCollections) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			columns := slices.DeleteFunc(slices.Clone(c.Columns), func(p *filter.Property) bool { return p.Name == "slug" }) // unique
			g := generator{rand.New(rand.NewPCG(1, i)), columns}
			documents := c.populate(t, g)
			matched := 0
			for i := range filters {
				query := g.query()
				n := c.agrees(t, documents, query)
				if i%10 == 0 && !t.Failed() {
					c.changes(t, documents, query["where"], i/10)
				}
				if t.Failed() {
					t.Log("in short: ", failure(t, open, asked(t, documents, query)))
					return // one difference is enough to read
				}
				if n > 0 {
					matched++
				}
			}
			if matched < filters/4 {
				t.Errorf("only %d of %d filters matched a document: the test proves too little", matched, filters)
			}
			t.Logf("%d of %d filters matched a document", matched, filters)
		})
	}
}

// populate stores random documents. Every second one replaces an earlier version, which filters must not see.
func (c collection) populate(t *testing.T, g generator) [][]byte {
	t.Helper()
	names := values(filter.String)
	var documents [][]byte
	for i, n := range g.Perm(len(names))[:randomDocuments] {
		members := g.members()
		var b strings.Builder
		b.WriteString(`{"id":` + names[n])
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if members[name] != nil {
				b.WriteString(`,"` + name + `":` + string(members[name]))
			}
		}
		d := document(t, b.String()+`}`)
		if err := c.Insert(t.Context(), c.Model, d); err != nil {
			t.Fatalf("Insert(%s): %v", d.JSON, err)
		}
		if i%2 == 1 {
			var changes []store.Change
			members = g.members()
			for _, name := range slices.Sorted(maps.Keys(members)) {
				changes = append(changes, store.Change{Name: name, JSON: members[name]})
			}
			var err error
			if d, err = c.Update(t.Context(), c.Model, d.ID, changes, store.Guard{}); err != nil {
				t.Fatalf("Update(%s): %v", d.JSON, err)
			}
		}
		documents = append(documents, slices.Clone([]byte(d.JSON)))
	}
	return documents
}

// agrees checks one filter and returns how many documents its where matches.
func (c collection) agrees(t *testing.T, documents [][]byte, query map[string]any) int {
	t.Helper()
	problem, n := c.difference(t, documents, query)
	if problem != "" {
		t.Error(problem)
	}
	return n
}

// asked returns the steps that insert the documents into a new backend and use a filter as agrees and changes do.
func asked(t *testing.T, documents [][]byte, query map[string]any) (steps []Step) {
	t.Helper()
	where := string(text(t, query["where"]))
	for _, d := range documents {
		steps = append(steps, Step{Call: "Insert", JSON: string(d)})
	}
	steps = append(steps, Step{Call: "Find", JSON: string(text(t, query))}, Step{Call: "Count", Where: where})
	for _, d := range documents {
		steps = append(steps, Step{Call: "Update", ID: document(t, string(d)).ID, Where: where})
	}
	return append(steps, Step{Call: "UpdateAll", Where: where})
}

// difference compares the backend's results with the evaluator's.
func (c collection) difference(t *testing.T, documents [][]byte, query map[string]any) (problem string, matching int) {
	t.Helper()
	sent := text(t, query)
	q, err := c.Schema.Query(sent)
	if err != nil {
		t.Fatalf("the filter %s: %v", sent, err)
	}
	page, err := q.Apply(documents)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, d := range page {
		want = append(want, document(t, string(d)).ID)
	}
	got := c.find(t, string(sent))
	var differing strings.Builder
	for _, d := range documents {
		matches, err := filter.Match(t.Context(), q.Where, d)
		if err != nil {
			t.Fatal(err)
		}
		if matches {
			matching++
		}
		if id := document(t, string(d)).ID; slices.Contains(got, id) != slices.Contains(want, id) {
			fmt.Fprintf(&differing, "%s\n", d)
		}
	}
	if differing.Len() == 0 { // but for the order
		differing.Write(bytes.Join(page, []byte("\n")))
	}
	if !slices.Equal(got, want) {
		return fmt.Sprintf("Find(%s)\n got %q\nwant %q\ndocuments:\n%s", sent, got, want, &differing), matching
	}
	if n, err := c.Count(t.Context(), c.Model, q.Where); n != int64(matching) || err != nil {
		return fmt.Sprintf("Count(%s): %d, %v, want %d", sent, n, err, matching), matching
	}
	return "", matching
}

// changes compares the documents that writes with that where change with the evaluator's matches: UpdateAll for all documents, Update for a
// few, different ones in each round. Only the versions of the documents change.
func (c collection) changes(t *testing.T, documents [][]byte, where any, round int) {
	t.Helper()
	w := c.where(t, string(text(t, where)))
	matching := map[string]bool{}
	for i, d := range documents {
		id := document(t, string(d)).ID
		matches, err := filter.Match(t.Context(), w, d)
		if err != nil {
			t.Fatal(err)
		}
		if matches {
			matching[id] = true
		}
		if i/randomGuarded != round%(len(documents)/randomGuarded) {
			continue
		}
		if _, err = c.Update(t.Context(), c.Model, id, nil, store.Guard{Where: w}); matches != (err == nil) {
			t.Errorf("Update guarded by %s: %v, of the document %s", text(t, where), err, d)
		}
	}
	before := c.versions(t)
	if n, err := c.UpdateAll(t.Context(), c.Model, w, nil); n != int64(len(matching)) || err != nil {
		t.Errorf("UpdateAll where %s: %d, %v, want %d", text(t, where), n, err, len(matching))
	}
	for id, version := range c.versions(t) {
		if changed := version != before[id]; changed != matching[id] {
			t.Errorf("UpdateAll where %s: the document %q has changed: %v", text(t, where), id, changed)
		}
	}
}

// versions returns the version of each document, by id.
func (c collection) versions(t *testing.T) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, d := range c.all(t).documents {
		all[d.ID] = d.Version
	}
	return all
}

// parts returns simpler filters: without order and page, and with each of the conditions that the where is made of.
func parts(query map[string]any) []map[string]any {
	var out []map[string]any
	if _, ordered := query["order"]; ordered {
		out = append(out, map[string]any{"where": query["where"], "limit": filter.MaxLimit})
	}
	for name, condition := range query["where"].(map[string]any) {
		conditions, _ := condition.([]any) // of and, or, nor
		if operators, ok := condition.(map[string]any); ok && len(operators) > 1 {
			for op, operand := range operators {
				conditions = append(conditions, map[string]any{name: map[string]any{op: operand}})
			}
		}
		for _, where := range conditions {
			part := maps.Clone(query)
			part["where"] = where
			out = append(out, part)
		}
	}
	return out
}

// text is a condition or filter as clients write it.
func text(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
