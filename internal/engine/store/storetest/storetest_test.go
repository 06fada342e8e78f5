package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
)

// TestTruths tests the evaluator with the tables that backends are tested with, so that the two references agree.
func TestTruths(t *testing.T) {
	t.Parallel()
	schema := articles(t).Schema
	for _, d := range datasets() {
		for _, row := range d.truths {
			w, err := schema.Where([]byte(d.where(row)))
			if err != nil {
				t.Errorf("%s: %v", d.where(row), err)
				continue
			}
			got := []string{}
			for i, text := range d.documents() {
				ok, err := filter.Match(t.Context(), w, []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					got = append(got, d.values[i].id)
				}
			}
			slices.Sort(got)
			if want := d.want(row); !slices.Equal(got, want) {
				t.Errorf("%s %s: %q, want %q", d.name, row.where, got, want)
			}
		}
	}
}

// TestTruthsCoverOperators checks that each operator has a row for each type that it is allowed for.
func TestTruthsCoverOperators(t *testing.T) {
	t.Parallel()
	m := articles(t)
	seen := map[string]bool{}
	for _, d := range datasets() {
		for _, row := range d.truths {
			w, err := m.Schema.Where([]byte(d.where(row)))
			if err != nil {
				t.Fatal(err)
			}
			collect(w, seen)
		}
	}
	for _, name := range []string{"id", "title", "views", "rating", "published", "date", "tags", "scores", "address.city"} {
		p := m.Schema.Property(name)
		for _, op := range p.Ops.Names() {
			if !seen[name+" "+op] {
				t.Errorf("no row says what %s on %s matches", op, name)
			}
		}
	}
}

// TestRandomIsVaried checks that the generator makes filters with every operator and every type.
func TestRandomIsVaried(t *testing.T) {
	t.Parallel()
	m := articles(t)
	g := generator{rand.New(rand.NewPCG(1, 1)), m.Columns}
	seen := map[string]bool{}
	for range 5000 {
		where := g.query()["where"]
		w, err := m.Schema.Where(text(t, where))
		if err != nil {
			t.Fatalf("%s: %v", text(t, where), err)
		}
		collect(w, seen)
	}
	for _, p := range m.Columns {
		for _, op := range p.Ops.Names() {
			if !seen[p.Name+" "+op] {
				t.Errorf("5,000 filters had no %s on %s", op, p.Name)
			}
		}
	}
}

// collect notes the comparisons of a where as "property operator".
func collect(w filter.Where, seen map[string]bool) {
	switch w := w.(type) {
	case filter.And:
		for _, w := range w {
			collect(w, seen)
		}
	case filter.Or:
		for _, w := range w {
			collect(w, seen)
		}
	case filter.Nor:
		for _, w := range w {
			collect(w, seen)
		}
	case *filter.Comparison:
		seen[w.Property.Name+" "+w.Op.String()] = true
	}
}
