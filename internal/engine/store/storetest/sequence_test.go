package storetest

import (
	"context"
	"errors"
	"go/format"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// TestReference runs the tables for backends on the reference, so that both agree.
func TestReference(t *testing.T) {
	t.Parallel()
	open := func(*testing.T) store.Backend { return newReference() }
	for name, test := range map[string]func(*testing.T, func(*testing.T) store.Backend){
		"Insert": testInsert, "Unique": testUnique, "Unknown": testUnknown, "Update": testUpdate, "UpdateGuard": testUpdateGuard,
		"Delete": testDelete, "Bulk": testBulk, "Operators": testOperators, "Order": testOrder, "Page": testPage, "Yield": testYield,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// TestSequencesAreVaried checks that the usual sequences contain every possible result of every call more than once.
func TestSequencesAreVaried(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(60) {
		m := articles(t)
		ideal := collection{newReference(), m}
		for _, s := range (generator{rand.New(rand.NewPCG(2, seed)), m.Columns}).sequence(t, m) {
			o := s.perform(t, ideal)
			var f *fault.Error
			switch {
			case errors.As(o.err, &f):
				seen[s.Call+" "+f.Code]++
			case o.count > 0 || len(o.documents) > 0 && s.Call == "Find":
				seen[s.Call+" some"]++
			default:
				seen[s.Call]++
			}
			if s.Where != "" && o.err == nil {
				seen[s.Call+" where"]++
			}
			if s.Version != 0 && o.err == nil {
				seen[s.Call+" version"]++
			}
			if n := len(ideal.all(t).documents); n > 40 {
				t.Fatalf("%d documents; Run promises small collections", n)
			}
		}
	}
	t.Log(seen)
	for _, want := range []string{
		"Insert", "Insert DUPLICATE_ENTRY", "Get", "Get ENTITY_NOT_FOUND", "Find", "Find some", "Count", "Count some",
		"Update", "Update where", "Update version", "Update ENTITY_NOT_FOUND", "Update VERSION_MISMATCH", "Update DUPLICATE_ENTRY",
		"UpdateAll", "UpdateAll some", "UpdateAll DUPLICATE_ENTRY", "DeleteAll", "DeleteAll some",
		"Delete", "Delete where", "Delete version", "Delete ENTITY_NOT_FOUND", "Delete VERSION_MISMATCH",
	} {
		if seen[want] < 5 {
			t.Errorf("%q was seen %d times", want, seen[want])
		}
	}
}

// TestDifference checks which differences the comparison accepts: only the order of members that one change has added.
func TestDifference(t *testing.T) {
	t.Parallel()
	add := []store.Change{set("title", `"x"`), set("views", `1`)}
	document := func(text string) []store.Document { return []store.Document{{ID: "a", Version: 2, JSON: []byte(text)}} }
	update := Step{Call: "Update", ID: "a", Set: add}
	for _, tt := range []struct {
		name string
		step Step
		got  outcome
		same bool
	}{
		{"same", update, outcome{documents: document(`{"id":"a","body":"y","slug":"s","title":"x","views":1}`)}, true},
		{"added in another order", update, outcome{documents: document(`{"id":"a","body":"y","slug":"s","views":1,"title":"x"}`)}, true},
		{"old ones in another order", update, outcome{documents: document(`{"id":"a","slug":"s","body":"y","title":"x","views":1}`)},
			false},
		{"added before old ones", update, outcome{documents: document(`{"id":"a","title":"x","views":1,"body":"y","slug":"s"}`)}, false},
		{"white space", update, outcome{documents: document(`{"id":"a","body":"y","slug":"s","title":"x", "views":1}`)}, false},
		{"another value", update, outcome{documents: document(`{"id":"a","body":"y","slug":"s","title":"x","views":1.0}`)}, false},
		{"one missing", update, outcome{documents: document(`{"id":"a","body":"y","slug":"s","title":"x"}`)}, false},
		{"no document", update, outcome{}, false},
		{"another version", update, outcome{documents: []store.Document{{ID: "a", Version: 1,
			JSON: []byte(`{"id":"a","body":"y","slug":"s","title":"x","views":1}`)}}}, false},
		{"another id", update, outcome{documents: []store.Document{{ID: "b", Version: 2,
			JSON: []byte(`{"id":"a","body":"y","slug":"s","title":"x","views":1}`)}}}, false},
		{"an error", update, outcome{err: store.NotFound(articles(t), "a")}, false},
		{"a count", Step{Call: "Count"}, outcome{count: 1}, true},
		{"another count", Step{Call: "Count"}, outcome{count: 2}, false},
		{"an error and its cause", Step{Call: "Get", ID: "b"}, outcome{err: caused(store.NotFound(articles(t), "b"))}, true},
		{"no error", Step{Call: "Get", ID: "b"}, outcome{}, false},
		{"another kind", Step{Call: "Get", ID: "b"}, outcome{err: store.PreconditionFailed(articles(t), "b")}, false},
		{"another detail", Step{Call: "Get", ID: "b"}, outcome{err: store.NotFound(articles(t), "c")}, false},
		{"no fault", Step{Call: "Get", ID: "b"}, outcome{err: errors.New("Entity not found")}, false},
		{"of two taken values the id", Step{Call: "Insert", JSON: `{"id":"a","slug":"s"}`},
			outcome{err: store.Duplicate(articles(t), "id")}, true},
		{"the other one", Step{Call: "Insert", JSON: `{"id":"a","slug":"s"}`}, outcome{err: store.Duplicate(articles(t), "slug")}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ref := newReference()
			ideal := collection{ref, articles(t)}
			ideal.insert(t, `{"id":"a","body":"y","slug":"s"}`)
			problem := ref.difference(t, tt.got, tt.step.perform(t, ideal))
			if (problem == "") != tt.same {
				t.Errorf("difference: %q", problem)
			}
			if tt.same && len(tt.got.documents) > 0 { // the reference has taken over the order
				if again := ref.difference(t, tt.got, Step{Call: "Get", ID: "a"}.perform(t, ideal)); again != "" {
					t.Errorf("the second time: %s", again)
				}
			}
		})
	}
}

// TestShrink checks that a sequence is reduced to the steps that its failure needs, and that these are printed as Go.
func TestShrink(t *testing.T) {
	t.Parallel()
	steps := []Step{
		{Call: "Insert", JSON: `{"id":"b","title":"x"}`, Version: 7},
		{Call: "Insert", JSON: `{"id":"a","title":"x","views":1,"slug":"` + "`" + `"}`, Version: 7},
		{Call: "Count", Where: `{"views":1}`},
		{Call: "Update", ID: "a", Set: []store.Change{set("body", `[1]`), remove("title"), set("views", `2`)}, Version: 7,
			Where: `{"or":[{"title":{"eq":"x","exists":true}},{"and":[{"views":{"lt":9223372036854775807}}]}]}`},
		{Call: "Delete", ID: "b"},
		{Call: "Find", JSON: `{"limit":50,"order":["title"],"skip":1,"where":{"nor":[{"views":{"gt":9007199254740993}},` +
			`{"title":{"eq":"x"}}]}}`},
	}
	find := func(steps []Step, call, in string) int {
		return slices.IndexFunc(steps, func(s Step) bool { return s.Call == call && strings.Contains(s.JSON+s.Where, in) })
	}
	short := shrink(steps, func(steps []Step) bool {
		insert, update, found := find(steps, "Insert", "`"), find(steps, "Update", "9223372036854775807"),
			find(steps, "Find", "9007199254740993")
		return insert >= 0 && insert < update && update < found &&
			steps[update].Version > 0 && slices.ContainsFunc(steps[update].Set, func(c store.Change) bool { return c.JSON == nil })
	})
	want := `func TestSequence(t *testing.T) {
	storetest.Replay(t, open(t),
		storetest.Step{Call: "Insert", JSON: "{\"id\":\"a\",\"slug\":\"` + "`" + `\"}"},
		storetest.Step{Call: "Update", ID: ` + "`a`, Where: `" + `{"views":{"lt":9223372036854775807}}` + "`" +
		`, Version: 7, Set: []store.Change{{Name: "title"}}},
		storetest.Step{Call: "Find", JSON: ` + "`" + `{"where":{"views":{"gt":9007199254740993}}}` + "`" + `},
	)
}
`
	if got := source(short); got != want {
		t.Errorf("shrunk to\n%s\nwant\n%s", got, want)
	}
}

// TestFailure checks that the test that is printed for a wrong result of a filter is minimal.
func TestFailure(t *testing.T) {
	t.Parallel()
	documents := [][]byte{[]byte(`{"id":"a","title":"x"}`), []byte(`{"id":"b","title":"x","views":1}`), []byte(`{"id":"c","views":1}`)}
	steps := asked(t, documents, map[string]any{"limit": 5, "where": map[string]any{"or": []any{map[string]any{"title": "x"},
		map[string]any{"views": map[string]any{"gt": 5}}}}})
	right := func(*testing.T) store.Backend { return newReference() }
	if got := failure(t, right, steps); got != "" {
		t.Error(got)
	}
	want := "step 2, Count:\n got count 2, 0 documents\nwant count 1, 0 documents\nas a test, for the file that calls Run:\n\n" +
		"func TestSequence(t *testing.T) {\n\tstoretest.Replay(t, open(t),\n\t\tstoretest.Step{Call: \"Insert\", JSON: " +
		"`{\"id\":\"b\"}`},\n\t\tstoretest.Step{Call: \"Count\"},\n\t)\n}\n"
	if got := failure(t, func(*testing.T) store.Backend { return miscounting{newReference()} }, steps); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// miscounting is a backend that counts one match too many.
type miscounting struct{ *reference }

func (m miscounting) Count(ctx context.Context, model *store.Model, where filter.Where) (int64, error) {
	n, err := m.reference.Count(ctx, model, where)
	return n + min(n, 1), err
}

// TestSource checks that sequences are printed as Go, the way gofmt does.
func TestSource(t *testing.T) {
	t.Parallel()
	m := articles(t)
	for seed := range uint64(20) {
		text := "package x\n\n" + source(generator{rand.New(rand.NewPCG(2, seed)), m.Columns}.sequence(t, m))
		formatted, err := format.Source([]byte(text))
		if err != nil || string(formatted) != text {
			t.Fatalf("%v in\n%s\nwant\n%s", err, text, formatted)
		}
	}
}

// TestShrinkEnds checks that the search ends, for a failure that no step can shorten and for one that every step can.
func TestShrinkEnds(t *testing.T) {
	t.Parallel()
	m := articles(t)
	for _, always := range []bool{true, false} {
		steps := slices.Repeat(generator{rand.New(rand.NewPCG(2, 0)), m.Columns}.sequence(t, m), 20)
		tries := 0
		short := shrink(steps, func([]Step) bool {
			tries++
			return always
		})
		if tries > maxTries || (len(short) == 0) != always {
			t.Errorf("%d tries made %d steps of %d", tries, len(short), len(steps))
		}
	}
}

func caused(err error) error {
	f := *err.(*fault.Error)
	f.Err = errors.New("the driver's text")
	return &f
}
