package storetest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// mix is how often sequences call what.
const mix = "Insert Insert Insert Insert Insert Insert Insert Get Get Find Find Find Count Count " +
	"Update Update Update Update Update Update Update Update Update UpdateAll UpdateAll UpdateAll Delete Delete DeleteAll"

// sequence returns 24 to 40 random steps on at most 16 documents. The reference performs them too, so that they can use existing ids, and
// current and old versions.
func (g generator) sequence(t *testing.T, m *store.Model) []Step {
	t.Helper()
	names := values(filter.String)
	var ids []string
	for _, i := range g.Perm(len(names))[:4+g.IntN(13)] {
		ids = append(ids, document(t, `{"id":`+names[i]+`}`).ID)
	}
	ideal := collection{newReference(), m}
	steps := make([]Step, 24+g.IntN(17))
	for i := range steps {
		call := pick(g, strings.Fields(mix))
		if i < len(ids)/2 {
			call = "Insert"
		}
		steps[i] = g.step(t, ideal, call, ids)
		steps[i].perform(t, ideal)
	}
	return steps
}

// step is a call with arguments; those ids are the only ones that documents have.
func (g generator) step(t *testing.T, c collection, call string, ids []string) Step {
	t.Helper()
	s := Step{Call: call}
	switch call {
	case "Insert":
		s.JSON = string(object(slices.Insert(g.present(), 0, set("id", quoted(pick(g, ids))))))
		s.Version = pick(g, []int64{0, 0, 0, 1, 7})
		return s
	case "Find":
		s.JSON = string(text(t, g.query()))
		return s
	case "Count", "UpdateAll", "DeleteAll":
		s.Where = string(text(t, g.where(2)))
	default: // of one document, which mostly is there
		if there := c.find(t, `{}`); len(there) > 0 && g.IntN(6) > 0 {
			ids = there
		}
		s.ID = pick(g, ids)
	}
	if call == "Update" || call == "UpdateAll" {
		s.Set = g.changes()
	}
	if call == "Update" || call == "Delete" {
		if g.IntN(3) == 0 {
			s.Where = string(text(t, g.where(1)))
		}
		d, _ := c.Get(t.Context(), c.Model, s.ID)
		s.Version = pick(g, []int64{0, 0, 0, d.Version, d.Version, d.Version, d.Version + 1, d.Version - 1, 1, -1})
	}
	return s
}

// changes are those of a replacement, which names every property, or of a patch.
func (g generator) changes() []store.Change {
	all := g.properties()
	if g.IntN(3) == 0 {
		return all
	}
	return all[:g.IntN(4)]
}

// present are the members of a new document.
func (g generator) present() []store.Change {
	return slices.DeleteFunc(g.properties(), func(c store.Change) bool { return c.JSON == nil })
}

// properties are all but the id, in disorder, each with a value or none. To those of members come what filters cannot
// name, and for slug, which is unique, values that documents want to share.
func (g generator) properties() []store.Change {
	all := g.members()
	all["slug"] = pick(g, []json.RawMessage{nil, nil, nil, nil, nil, []byte(`null`), []byte(`"a"`), []byte(`"A"`), []byte(`"b"`),
		[]byte(`"c"`), []byte(`"é"`), []byte(`""`)})
	all["body"] = pick(g, []json.RawMessage{nil, nil, []byte(`null`), []byte(`"$where"`), []byte(`[null,{"b":1,"a":[1.5,{}]}]`),
		[]byte(`{"id":"x","slug":"a","views":null}`)})
	if g.IntN(3) == 0 {
		all["address"] = pick(g, []json.RawMessage{[]byte(`{}`), []byte(`{"zip":"00100"}`),
			[]byte(`{"zip":"00100","city":"a","geo":{"lat":41.9}}`)})
	}
	var changes []store.Change
	for _, name := range slices.Sorted(maps.Keys(all)) {
		changes = append(changes, store.Change{Name: name, JSON: all[name]})
	}
	g.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	return changes
}
