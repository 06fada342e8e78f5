package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testOperators compares the matches of every operator on every type with handwritten tables.
func testOperators(t *testing.T, open func(t *testing.T) store.Backend) {
	for _, d := range datasets() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c := migrated(t, open, articles(t))
			c.insert(t, d.documents()...)
			for _, row := range d.truths {
				t.Run(row.where, func(t *testing.T) { c.finds(t, d.where(row), d.want(row)...) })
			}
		})
	}
}

// dataset contains a few documents, and the expected matches of filters.
type dataset struct {
	name     string // of the property that the truths are about; another word if they name their own
	property bool
	values   []value
	truths   []truth
}

// value is a document: an id that describes it, and its other members.
type value struct{ id, members string }

// truth is a condition on the property and the ids of the documents that it matches, in any order.
// "all" stands for every document, "all but" for every one except those that follow, "none" for no document.
type truth struct{ where, want string }

func (d dataset) documents() []string {
	var out []string
	for _, v := range d.values {
		members := v.members
		if members != "" {
			members = "," + members
		}
		out = append(out, `{"id":"`+v.id+`"`+members+`}`)
	}
	return out
}

func (d dataset) where(row truth) string {
	if !d.property {
		return row.where
	}
	return `{"` + d.name + `":` + row.where + `}`
}

// want is the ids that the row matches, in order.
func (d dataset) want(row truth) []string {
	named, but := strings.CutPrefix(row.want, "all but ")
	all := row.want == "all"
	names := strings.Fields(named)
	out := []string{}
	for _, v := range d.values {
		if all || slices.Contains(names, v.id) != but {
			out = append(out, v.id)
		}
	}
	slices.Sort(out)
	return out
}

func datasets() []dataset {
	return []dataset{
		strs(), patterns(), integers(), numbers(), booleans(), dates(), stringArrays(), integerArrays(), nested(), identities(), logic(),
	}
}
