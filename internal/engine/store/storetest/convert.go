package storetest

import (
	"strings"
	"testing"

	"github.com/newsdesk-api/newsdesk/internal/engine/fault"
	"github.com/newsdesk-api/newsdesk/internal/engine/filter"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
)

// testConvert changes the types of properties of which every value converts, and of some of which one does not.
func testConvert(t *testing.T, open func(t *testing.T) store.Backend) {
	of := func(text, rank, share filter.Type) *store.Model {
		return model(t, "Note", "notes", property("text", text), property("rank", rank), property("share", share), property("at.n", rank))
	}
	c := migrated(t, open, of(filter.String, filter.Integer, filter.Number))
	c.insert(t, `{"id":"a","at":{"n":3,"m":5},"rank":9007199254740993,"share":1.5,"text":"-12"}`, `{"id":"b","rank":null,"text":"0"}`,
		`{"id":"c"}`)
	c.planned(t, true, of(filter.Integer, filter.String, filter.String))
	c = c.migrate(t, of(filter.Integer, filter.String, filter.String))
	c.sees(t, "a", `{"id":"a","at":{"n":"3","m":5},"rank":"9007199254740993","share":"1.5","text":-12}`)
	c.sees(t, "b", `{"id":"b","rank":null,"text":0}`)
	c.holds(t, "c", 1, `{"id":"c"}`)
	if d, err := c.Get(t.Context(), c.Model, "a"); err != nil || d.Version < 2 {
		t.Errorf("a document that was converted has version %d, %v", d.Version, err)
	}
	c.finds(t, `{"text":{"lt":1}}`, "a", "b")
	c.finds(t, `{"rank":"9007199254740993","share":"1.5","at.n":"3"}`, "a")

	c.insert(t, `{"id":"d","share":"2.25"}`)
	c = c.migrate(t, of(filter.Number, filter.String, filter.Number))
	c.finds(t, `{"share":{"gt":1.4}}`, "a", "d")
	c.finds(t, `{"text":{"lt":-1.5}}`, "a")
	for _, text := range []string{"", " 1", "01", "1.5x", "Infinity", "1e999", "true", "[1]", `\"1\"`, "9223372036854775808", "1.5"} {
		id := "misfit of " + strings.Trim(text, `\"`)
		c.insert(t, `{"id":"`+id+`","rank":"`+text+`"}`)
		models := []*store.Model{of(filter.Number, filter.Integer, filter.Number)}
		_, planned := c.Plan(t.Context(), models)
		err := c.Migrate(t.Context(), models)
		if fault.KindOf(err) != fault.Conflict || fault.KindOf(planned) != fault.Conflict || !strings.Contains(err.Error(), `"`+id+`"`) {
			t.Errorf("%q becomes an integer: %v, planned as %v", text, err, planned)
		}
		c = c.migrate(t, c.Model)
		if err := c.Delete(t.Context(), c.Model, id, store.Guard{}); err != nil {
			t.Fatal(err)
		}
	}
}
