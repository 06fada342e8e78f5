package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testSequences compares the backend with the reference for random sequences of calls: each result, and all documents at the end. The seeds
// are fixed, so that a failure is reproducible.
func testSequences(t *testing.T, open func(t *testing.T) store.Backend) {
	const groups = 4 // that run side by side
	total := uint64(scaled(t, 60, 500))
	for group := range uint64(groups) {
		t.Run(fmt.Sprint(group), func(t *testing.T) {
			t.Parallel()
			for seed := group; seed < total; seed += groups {
				m := articles(t)
				steps := generator{rand.New(rand.NewPCG(2, seed)), m.Columns}.sequence(t, m)
				if problem := failure(t, open, steps); problem != "" {
					t.Errorf("sequence %d, in short: %s", seed, problem)
					return // one difference is enough to read
				}
			}
		})
	}
}

// failure performs the steps on a new backend. If a result differs, it looks for fewer and simpler steps that still differ, and returns the
// difference and the steps as a test; otherwise it returns an empty string.
func failure(t *testing.T, open func(t *testing.T) store.Backend, steps []Step) (problem string) {
	t.Helper()
	fails := func(steps []Step) bool {
		now := performed(t, open(t), steps)
		problem = cmp.Or(now, problem)
		return now != ""
	}
	if !fails(steps) {
		return ""
	}
	steps = shrink(steps, fails)
	return problem + "\nas a test, for the file that calls Run:\n\n" + source(steps)
}

// Step is one call of a method of store.Backend. Run prints what fails in a random test as a test made of steps.
type Step struct {
	Call    string         // the method: Insert, Get, Find, Count, Update, UpdateAll, Delete or DeleteAll
	ID      string         // of Get, Update and Delete
	JSON    string         // Insert's document, with its id, or Find's filter
	Set     []store.Change // of Update and UpdateAll
	Where   string         // the condition of Count, UpdateAll and DeleteAll, or the guard's; empty: no condition
	Version int64          // the guard's, or that of Insert's document
}

// Replay performs the steps on a backend without collections, fails the test at the first result that differs from the definition, and
// closes the backend. The collection is that of Run's sequences:
//
//	id, category, slug (unique), title: string    tags: array of strings    views: integer    scores: array of integers
//	rating: number    published: boolean    date: date-time    address: object with city: string    body: anything
func Replay(t *testing.T, b store.Backend, steps ...Step) {
	t.Helper()
	if problem := performed(t, b, steps); problem != "" {
		t.Error(problem)
	}
}

// performed performs the steps on an empty backend and on the reference, returns the first difference of their results, if any, and closes
// the backend.
func performed(t *testing.T, b store.Backend, steps []Step) (problem string) {
	t.Helper()
	defer func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	tested := collection{Backend: b}.migrate(t, articles(t))
	ref := newReference()
	ideal := collection{ref, tested.Model}
	for i, s := range steps {
		want := s.perform(t, ideal)
		if problem := ref.difference(t, s.perform(t, tested), want); problem != "" {
			return fmt.Sprintf("step %d, %s:\n%s", i+1, s.Call, problem)
		}
	}
	if problem := ref.difference(t, tested.all(t), ideal.all(t)); problem != "" {
		return "the documents at the end:\n" + problem
	}
	return ""
}

// outcome is the result of a step: the document or documents that it returned; for UpdateAll and DeleteAll, all documents afterwards.
type outcome struct {
	err       error
	count     int64
	documents []store.Document
}

// perform performs the call.
func (s Step) perform(t *testing.T, c collection) (o outcome) {
	t.Helper()
	var d store.Document
	where := c.where(t, s.Where)
	guard := store.Guard{Where: where, Version: s.Version}
	switch s.Call {
	case "Insert":
		d = document(t, s.JSON)
		d.Version = s.Version
		o.err = c.Insert(t.Context(), c.Model, d)
	case "Get":
		d, o.err = c.Get(t.Context(), c.Model, s.ID)
	case "Find":
		return c.page(t, s.JSON)
	case "Count":
		o.count, o.err = c.Count(t.Context(), c.Model, where)
	case "Update":
		d, o.err = c.Update(t.Context(), c.Model, s.ID, s.Set, guard)
	case "UpdateAll":
		o.count, o.err = c.UpdateAll(t.Context(), c.Model, where, s.Set)
	case "Delete":
		o.err = c.Delete(t.Context(), c.Model, s.ID, guard)
	case "DeleteAll":
		o.count, o.err = c.DeleteAll(t.Context(), c.Model, where)
	default:
		t.Fatalf("a step's Call is %q; it must be the name of a method that Step lists", s.Call)
	}
	switch {
	case o.err != nil:
		return outcome{err: o.err} // whatever else there is says nothing
	case strings.HasSuffix(s.Call, "All"):
		o.documents = c.all(t).documents
	case s.Call == "Get" || s.Call == "Update":
		o.documents = []store.Document{d}
	}
	return o
}

// page is the outcome of a Find.
func (c collection) page(t *testing.T, text string) (o outcome) {
	t.Helper()
	q, err := c.Schema.Query([]byte(text))
	if err != nil {
		t.Fatalf("the filter %s: %v", text, err)
	}
	o.err = c.Find(t.Context(), c.Model, q, func(d store.Document) error {
		d.JSON = slices.Clone(d.JSON)
		o.documents = append(o.documents, d)
		return nil
	})
	return o
}

// all is the outcome of a Find without conditions.
func (c collection) all(t *testing.T) outcome {
	t.Helper()
	return c.page(t, fmt.Sprintf(`{"limit":%d}`, filter.MaxLimit))
}
